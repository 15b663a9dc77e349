"""The data fields of a request, each on its whole way: entered, validated, stored, shown, filtered and exported."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import flask
import pytest

from services.support.ticket import model, tables
from shared.kernel import moment
from shared.sheets import csv_file
from tests.flows.house import HAI_PHONG, House
from tests.flows.house_http import Client
from tests.pages.browser import Browser
from tests.pages.conftest import add_person, signed_in_as

TOPICS = {
    "service_quality": "Chất lượng dịch vụ",
    "policy": "Chính sách",
    "price": "Giá cả",
    "incident": "Sự cố",
    "complaint": "Khiếu nại",
    "question": "Câu hỏi",
    "suggestion": "Góp ý",
    "other": "Việc khác",
}
CHANNELS = {
    "website": "Trang web",
    "email": "Thư điện tử",
    "social": "Mạng xã hội",
    "chat": "Trò chuyện trực tuyến",
    "hotline": "Đường dây nóng",
    "survey": "Khảo sát",
    "intermediary": "Qua trung gian",
    "direct": "Trực tiếp",
}
TYPES = {
    1: "Tìm hiểu về doanh nghiệp",
    2: "Giá, chính sách",
    3: "Tra cứu tình trạng dịch vụ, hàng hóa",
    4: "Khiếu nại, phàn nàn",
    5: "Góp ý",
    6: "Khác",
}
REQUESTER: dict[str, Any] = {"name": "Lê Văn Nam", "locale": "vi", "mails": ["nam@example.com"], "phones": []}


class Counter:
    """Where requests come in and are looked up: an officer at the pages, and the API as the same person sees it."""

    def __init__(self, house: House, front: flask.Flask) -> None:
        house.time.move(timedelta(minutes=1))  # what was asked before belongs to another test
        self.house, self.since = house, moment.text(house.time.now())
        self.browser = signed_in_as(house, front, add_person(house, "staff"))
        self.visitor = Browser(front)
        self.api: Client = house.client("support", house.staff(unit=HAI_PHONG), language="vi")

    def by_staff(self, **facts: str) -> str:
        """An officer writes it down."""
        self.browser.open("/tickets/new")
        typed = {"channel": "hotline", "topic": "question", "name": "Lê Văn Nam", "mail": "nam@example.com", **facts}
        self.browser.send("/tickets/new", content="Xin hỏi?", **typed)
        assert self.browser.status == 200
        return self.browser.path.split("?")[0].rpartition("/")[2]

    def by_form(self) -> str:
        """A client fills in the form of the website."""
        self.visitor.open(f"/r/{HAI_PHONG}")
        self.visitor.send(f"/r/{HAI_PHONG}", name="Lê Văn Nam", mail="nam@example.com", topic="price", content="Giá?")
        assert self.visitor.status == 200
        return self.list("channel=website")[0]["id"]

    def hand_in(self, sender: str, text: str) -> dict[str, Any]:
        """A mail, as the company's mail server hands it in."""
        relay = self.house.client("support", self.house.system("relay", "mail"))
        raw = f"From: {sender}\nSubject: {text}\nMessage-ID: <{text}@example.com>\n\n{text}\n".encode()
        return relay.call("POST", "/v1/inbound/mail", raw=raw, kind="message/rfc822").expect(201)

    def by_mail(self) -> str:
        """A client writes a mail."""
        return self.hand_in("Nam <nam@example.com>", "lich-tau")["ticket"]

    def by_event(self, channel: str) -> str:
        """The system that the client used says so."""
        data = {"unit": HAI_PHONG, "channel": channel, "content": "?", "requester": REQUESTER}
        self.house.publish_inbound("crm", "request.submitted", data)
        self.house.settle()
        return self.list(f"channel={channel}")[0]["id"]

    def list(self, query: str) -> list[dict[str, Any]]:
        return self.api.get(f"/v1/tickets?{query}&from={self.since}&limit=100").expect(200)["items"]

    def exported(self, query: str) -> list[dict[str, str]]:
        raw = self.api.get(f"/v1/tickets?{query}&from={self.since}", headers={"Accept": csv_file.CONTENT_TYPE}).raw
        return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))

    def stored(self, id: str) -> model.Ticket:
        with self.house.process.databases["support"].reading() as connection:
            return tables.load(connection, id)

    def page(self, id: str) -> str:
        return self.browser.open(f"/tickets/{id}").text

    def proved(self, field: str, column: str, ids: dict[Any, str], words: dict[Any, str]) -> None:
        """Stored, shown, filtered and exported, for every value of the field."""
        for value, id in ids.items():
            assert getattr(self.stored(id), field) == value
            assert self.api.get(f"/v1/tickets/{id}").expect(200)[field] == value
            assert words[value] in self.page(id)
            assert [item["id"] for item in self.list(f"{field}={value}")] == [id]
            (line,) = self.exported(f"{field}={value}")
            assert line[column].endswith(words[value])


@pytest.fixture
def counter(house: House, front: flask.Flask) -> Counter:
    return Counter(house, front)


@pytest.mark.rule("S004-61", "S004-62", "S004-63", "S004-64", "S004-65", "S004-66", "S004-67", "S004-68")
def test_every_topic_is_entered_validated_stored_shown_filtered_and_exported(counter: Counter) -> None:
    body = {"topic": "weather", "content": "?", "requester": REQUESTER}
    refused = counter.api.post("/v1/tickets", body)
    assert (refused.status, list(refused.body["errors"])) == (422, ["topic"])
    assert counter.list("state=received") == []
    ids = {topic: counter.by_staff(topic=topic) for topic in TOPICS}
    counter.proved("topic", "Chủ đề", ids, TOPICS)


@pytest.mark.rule("S004-69", "S004-70", "S004-71", "S004-72", "S004-73", "S004-74", "S004-75", "S004-76", "S004-77")
def test_every_channel_comes_by_its_own_way_into_the_one_system(counter: Counter) -> None:
    body = {"channel": "fax", "content": "?", "requester": REQUESTER}
    refused = counter.api.post("/v1/tickets", body)
    assert (refused.status, list(refused.body["errors"])) == (422, ["channel"])
    broken = counter.hand_in("nobody at all", "hong")
    assert (broken["outcome"], broken["reason"], broken["ticket"]) == ("parked", "no-sender", None)
    assert counter.list("channel=email") == []
    ids = {"website": counter.by_form(), "email": counter.by_mail()}
    ids |= {channel: counter.by_event(channel) for channel in ("social", "chat", "survey", "intermediary")}
    ids |= {channel: counter.by_staff(channel=channel) for channel in ("hotline", "direct")}
    counter.proved("channel", "Kênh tiếp nhận", ids, CHANNELS)
    assert {item["id"] for item in counter.list("state=received")} == set(ids.values())  # nothing stays outside
    assert len(counter.exported("state=received")) == len(ids)


@pytest.mark.rule("S004-79", "S004-80", "S004-82", "S004-84", "S004-86", "S004-88", "S004-90", "S004-145")
def test_every_type_is_chosen_beside_its_criteria_stored_shown_filtered_and_exported(counter: Counter) -> None:
    kinds = counter.api.get("/v1/types").expect(200)
    assert {kind["code"]: kind["title"]["vi"] for kind in kinds} == TYPES
    ids = {code: counter.by_staff() for code in TYPES}
    page = counter.page(ids[1])
    for kind in kinds:
        assert all(kind["criteria"][locale] for locale in ("vi", "zh", "en"))
        assert kind["criteria"]["vi"] in page  # the table stands beside the choice
    refused = counter.api.post(f"/v1/tickets/{ids[1]}/classify", {"request_type": 7})
    assert (refused.status, list(refused.body["errors"])) == (422, ["request_type"])
    for code, id in ids.items():
        counter.browser.open(f"/tickets/{id}")
        counter.browser.send("/classify", request_type=str(code), within="240" if code in (4, 6) else "usual")
        assert counter.browser.status == 200
    counter.proved("request_type", "Loại yêu cầu", ids, TYPES)


@pytest.mark.rule("S004-78")
def test_no_request_goes_on_that_was_not_classified(counter: Counter) -> None:
    ids = [counter.by_staff(), counter.by_form(), counter.by_event("chat")]
    done = {"method": "m", "result": "r"}
    lead = counter.house.client("support", counter.house.staff("staff", "lead", unit=HAI_PHONG))
    for id in ids:
        for verb, body in (("complete", done), ("hand_over", {}), ("log", {}), ("take", {})):
            refused = lead.post(f"/v1/tickets/{id}/{verb}", body)
            assert (refused.status, refused.code) == (409, "wrong-state")
    assert len(counter.list("state=received")) == len(ids)
    for id in ids:
        lead.post(f"/v1/tickets/{id}/classify", {"request_type": 3}).expect(200)
        assert lead.post(f"/v1/tickets/{id}/classify", {"request_type": 2}).code == "wrong-state"
    assert counter.list("state=received") == []
    assert len(counter.list("state=classified")) == len(ids)


@pytest.mark.rule("S004-132")
def test_the_clients_evaluation_is_entered_by_the_link_validated_stored_shown_filtered_and_exported(
    counter: Counter,
) -> None:
    lead = counter.house.client("support", counter.house.staff("staff", "lead", unit=HAI_PHONG))
    words = {1: "Rất không hài lòng", 5: "Rất hài lòng"}
    ids = {rating: counter.by_staff() for rating in words}
    for rating, id in ids.items():
        lead.post(f"/v1/tickets/{id}/classify", {"request_type": 3}).expect(200)
        lead.post(f"/v1/tickets/{id}/complete", {"method": "m", "result": "r"}).expect(200)
        lead.post(f"/v1/tickets/{id}/hand_over", {}).expect(200)
        events = counter.house.events("support", "support.ticket.handed_over")
        link = [event["data"]["link"] for event in events if event["subject"] == id][-1]
        refused = counter.house.client("support").post(f"/v1/public/links/{link}/confirm", {"rating": 6})
        assert (refused.status, list(refused.body["errors"])) == (422, ["rating"])
        counter.visitor.open(f"/p/{link}")
        counter.visitor.send("/confirm", rating=str(rating))
        assert counter.visitor.status == 200
    counter.proved("rating", "Đánh giá", ids, words)
