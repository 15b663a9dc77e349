"""Messages over HTTP: staff see what their clients were told, repeat it or stop it, and learn no secret by it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from services.notify.message import model
from shared.kernel import ids
from shared.web import tokens
from tests.flows.notify_house import BOTH, CHINESE, ENGLISH, LINK, TICKET, VIETNAMESE, House, Open, houses, ticket
from tests.servers import ScriptedPeer, SmtpSink
from tests.servers.smtp import Turn

RECEIVED = "support.ticket.received"
LAN = tokens.Caller("staff", "lan", "Lan", roles=("staff",), unit="hai-phong", locale="vi")
MINH = tokens.Caller("staff", "minh", "Minh", roles=("staff", "lead"), unit="shanghai", locale="zh")
NOWHERE = tokens.Caller("staff", "x", "X", roles=("staff",))
TOS = tokens.Caller("system", "tos", "TOS", scopes=("tickets", "inbound", "messages"), unit="hai-phong")

NOBODYS = "01a21065-4fd5-7968-b1eb-7f64c816122f"


@pytest.fixture(params=["embedded"])
def open_house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    yield from houses(request, tmp_path)


@pytest.fixture
def house(open_house: Open, smtp_sink: SmtpSink) -> House:
    """Mails go to a server."""
    made = open_house(smtp_sink)
    made.open_unit()
    made.open_unit("shanghai", "上海分公司", "CN")
    return made


def sent(house: House, **changes: Any) -> str:
    """A message that was sent. Returns its id."""
    house.hear(RECEIVED, ticket(link=LINK, **changes))
    house.work_off()
    return house.messages()[-1].id


def post(
    house: House, id: str, verb: str, given: dict[str, Any], who: tokens.Caller = LAN, **more: Any
) -> TestResponse:
    """Do something with a message."""
    return house.call("POST", f"/v1/messages/{id}/{verb}", who, json=given, **more)


# ---- showing


@pytest.mark.parametrize("open_house", BOTH, indirect=True)
def test_a_message_is_shown_as_the_client_reads_it_with_every_attempt(open_house: Open) -> None:
    with ScriptedPeer(Turn.RCPT_451, Turn.TAKE) as peer:
        house = open_house(peer)
        house.hear(RECEIVED, ticket(link=LINK))
        house.work_off()
        house.pass_time(minutes=2)
        id = house.message().id
        shown = house.call("GET", f"/v1/messages/{id}", LAN)
        assert shown.status_code == 200
        said = shown.get_json()
        assert (said["state"], said["possible"], said["attempts"]) == ("sent", ["resend"], 2)
        assert (said["number"], said["subject"], said["unit"]) == ("TCK-2026-000123", TICKET, "hai-phong")
        assert said["recipient"] == "huong.nguyen@example.com"
        assert said["title"].startswith("[TCK-2026-000123] Chúng tôi đã tiếp nhận")
        assert said["text"].startswith("Kính gửi Quý khách Nguyễn Thị Hường,")
        first, second = said["attempts_made"]
        assert (first["number"], first["outcome"], first["code"], first["channel"]) == (1, "deferred", 451, "smtp")
        assert first["reply"] == "451 4.7.1 try again later"
        assert first["transmitting_at"] is None
        assert (second["outcome"], second["code"]) == ("sent", 250)
        assert second["started_at"] <= second["transmitting_at"] <= second["finished_at"]
        assert said["mail_id"] == f"<{id}@steward.example.com>"
        assert shown.headers["ETag"] == f'"{said["version"]}"'


def test_the_secret_of_a_link_is_shown_to_nobody_but_the_client(house: House) -> None:
    id = sent(house)
    assert LINK in str(house.server.mails[0].parsed.get_body(("plain",)).get_content())  # type: ignore[union-attr]
    for answer in (
        house.call("GET", f"/v1/messages/{id}", LAN),
        house.call("GET", "/v1/messages", LAN),
        post(house, id, "resend", {"reason": "Khách chưa nhận"}),
    ):
        assert answer.status_code < 300
        assert LINK not in answer.get_data(as_text=True)
        assert LINK[4:] not in answer.get_data(as_text=True)


def test_without_a_mail_server_the_answer_is_the_only_mailbox_there_is(open_house: Open) -> None:
    house = open_house()
    id = sent(house)
    assert LINK in house.call("GET", f"/v1/messages/{id}", LAN).get_json()["text"]


def test_a_list_tells_what_became_of_each_message_and_never_its_text(house: House) -> None:
    sent(house)
    house.hear(RECEIVED, ticket(contact={**VIETNAMESE, "mails": []}))
    house.work_off()
    answer = house.call("GET", "/v1/messages", LAN)
    items = answer.get_json()["items"]
    assert [(item["state"], item["reason"]) for item in items] == [("undeliverable", "no-mail"), ("sent", None)]
    assert all("text" not in item and "html" not in item and "facts" not in item for item in items)


def test_pages_follow_one_another_and_leave_nothing_out(house: House) -> None:
    for number in range(7):
        house.hear(RECEIVED, ticket(contact={**ENGLISH, "mails": [f"c{number}@example.com"]}))
    seen, cursor = [], ""
    while True:
        answer = house.call("GET", f"/v1/messages?limit=3{cursor}", LAN).get_json()
        seen += [item["recipient"] for item in answer["items"]]
        if answer["next"] is None:
            break
        house.hear(
            RECEIVED, ticket(contact={**ENGLISH, "mails": ["meanwhile@example.com"]})
        )  # does not shift the pages
        cursor = f"&cursor={answer['next']}"
    assert seen == [f"c{number}@example.com" for number in range(6, -1, -1)]


@pytest.mark.parametrize(
    ("query", "recipients"),
    [
        ("state=sent", ["wang@example.com", "mary@example.com", "huong.nguyen@example.com"]),
        ("state=waiting", []),
        ("recipient=WANG@Example.com", ["wang@example.com"]),
        ("number=tck-2026-000777", ["mary@example.com"]),
        ("subject=other", ["mary@example.com"]),
        ("number=TCK-2026-000123&state=sent&limit=1", ["wang@example.com"]),
        ("recipient=wang", []),
    ],
)
def test_a_list_is_narrowed_by_what_staff_know(house: House, query: str, recipients: list[str]) -> None:
    sent(house)
    sent(house, contact=ENGLISH, number="TCK-2026-000777", ticket_id="other")
    sent(house, contact=CHINESE)
    found = house.call("GET", f"/v1/messages?{query}", LAN).get_json()["items"]
    assert [item["recipient"] for item in found] == recipients


@pytest.mark.parametrize(
    "query",
    [
        "state=lost",
        "limit=0",
        "limit=101",
        "limit=x",
        "cursor=%C3%AD",
        "cursor=" + "OTk5" * 20,
        "cursor=LTE",
        "state=%00",
    ],
)
def test_a_question_that_makes_no_sense_is_refused_in_the_callers_language(house: House, query: str) -> None:
    answer = house.call("GET", f"/v1/messages?{query}", LAN, headers={"Accept-Language": "vi"})
    assert answer.status_code in (400, 422)
    assert answer.content_type == "application/problem+json"


# ---- who may


def test_staff_see_and_touch_the_messages_of_their_own_unit_only(house: House) -> None:
    id = sent(house)
    assert house.call("GET", f"/v1/messages/{id}", MINH).status_code == 404
    assert house.call("GET", "/v1/messages", MINH).get_json()["items"] == []
    assert post(house, id, "resend", {"reason": "再发"}, MINH).status_code == 404
    assert post(house, id, "cancel", {}, MINH).status_code == 404
    assert house.call("GET", "/v1/messages", NOWHERE).get_json()["items"] == []
    assert len(house.messages()) == 1


def test_systems_and_strangers_read_no_clients_mail(house: House) -> None:
    id = sent(house)
    answer = house.call("GET", f"/v1/messages/{id}", TOS)
    assert answer.status_code == 403
    assert "staff" in answer.get_json()["detail"]
    assert house.call("GET", "/v1/messages", TOS).status_code == 403
    assert post(house, id, "resend", {"reason": "x"}, TOS).status_code == 403
    assert house.api.get(f"/v1/messages/{id}").status_code == 401


@pytest.mark.parametrize("id", [NOBODYS, "x", "%2e%2e", "'", "0" * 36, "%F0%A0%AE%B7"])
def test_a_message_that_is_not_there_is_not_found(house: House, id: str) -> None:
    assert house.call("GET", f"/v1/messages/{id}", LAN).status_code == 404
    assert post(house, id, "resend", {"reason": "Gửi lại"}).status_code == 404


# ---- sending again


@pytest.mark.parametrize("open_house", BOTH, indirect=True)
def test_a_message_that_did_not_arrive_is_sent_again_with_a_reason_and_as_another_mail(open_house: Open) -> None:
    with ScriptedPeer(Turn.DROP_AFTER_DOT, Turn.TAKE) as peer:
        house = open_house(peer)
        old = sent(house)
        assert house.message().state == "unknown"
        answer = post(house, old, "resend", {"reason": "Khách báo chưa nhận được"})
        assert answer.status_code == 201
        new = answer.get_json()
        assert answer.headers["Location"] == f"/v1/messages/{new['id']}"
        assert (new["state"], new["resend_of"], new["resend_reason"]) == ("waiting", old, "Khách báo chưa nhận được")
        assert new["created_by"] == "staff:lan"
        house.work_off()
        first, second = house.messages()
        assert (first.state, second.state) == ("unknown", "sent")
        assert first.message_id != second.message_id
        assert (first.title, first.text) == (second.title, second.text)
        shown = house.call("GET", f"/v1/messages/{old}", LAN).get_json()
        assert shown["resent_as"] == [new["id"]]
        assert house.published()[-1]["data"]["resend_of"] == old


def test_a_bounced_message_is_sent_again_to_the_right_address(open_house: Open) -> None:
    with ScriptedPeer(Turn.RCPT_550, Turn.TAKE) as peer:
        house = open_house(peer)
        id = sent(house)
        given = {"reason": "Địa chỉ cũ sai", "recipient": " Huong@Example.ORG "}
        assert post(house, id, "resend", given).get_json()["recipient"] == "Huong@example.org"
        house.work_off()
        assert peer.mails[0].recipients == ("Huong@example.org",)


def test_a_message_that_nobody_could_get_is_sent_once_there_is_an_address(house: House) -> None:
    house.hear(RECEIVED, ticket(contact={**VIETNAMESE, "mails": []}))
    house.work_off()
    id = house.message().id
    refused = post(house, id, "resend", {"reason": "Có địa chỉ rồi"})
    assert refused.status_code == 422
    assert "recipient" in refused.get_json()["errors"]
    assert post(house, id, "resend", {"reason": "Có địa chỉ rồi", "recipient": "huong@example.com"}).status_code == 201
    house.work_off()
    assert len(house.mails()) == 1


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "reason"),
        ({"reason": ""}, "reason"),
        ({"reason": "   "}, "reason"),
        ({"reason": "x" * (model.MAX_REASON + 1)}, "reason"),
        ({"reason": "x", "recipient": "huong@"}, "recipient"),
        ({"reason": "x", "recipient": "a@example.com, b@example.com"}, "recipient"),
        ({"reason": "x", "recipient": "a@example.com\r\nBcc: b@example.com"}, "recipient"),
        ({"reason": "x", "text": "another text"}, "text"),
    ],
)
def test_sending_again_needs_a_reason_and_one_good_address(house: House, given: dict[str, Any], field: str) -> None:
    id = sent(house)
    answer = post(house, id, "resend", given, headers={"Accept-Language": "zh"})
    assert answer.status_code == 422
    assert list(answer.get_json()["errors"]) == [field]
    assert len(house.messages()) == 1


def test_the_same_message_is_not_sent_again_twice_at_once(house: House) -> None:
    id = sent(house)
    assert post(house, id, "resend", {"reason": "Gửi lại"}).status_code == 201
    second = post(house, id, "resend", {"reason": "Gửi lại"})
    assert second.status_code == 409
    assert second.get_json()["type"] == "urn:steward:problem:already-resent"
    house.work_off()
    assert post(house, id, "resend", {"reason": "Lại nữa"}).status_code == 201


def test_a_request_that_is_repeated_sends_one_mail(house: House) -> None:
    id = sent(house)
    key = {"Idempotency-Key": ids.new()}
    answers = [post(house, id, "resend", {"reason": "Gửi lại"}, headers=key) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.get_json()["id"] for answer in answers}) == 1
    house.work_off()
    assert len(house.mails()) == 2


def test_a_message_under_way_cannot_be_sent_again(open_house: Open) -> None:
    with ScriptedPeer(Turn.RCPT_451) as peer:
        house = open_house(peer)
        id = sent(house)
        answer = post(house, id, "resend", {"reason": "Nhanh lên"})
        assert answer.status_code == 409
        assert (answer.get_json()["state"], answer.get_json()["possible"]) == ("waiting", ["cancel"])


# ---- stopping


def test_a_message_that_waits_is_stopped_for_good(open_house: Open) -> None:
    with ScriptedPeer(Turn.RCPT_451, Turn.TAKE) as peer:
        house = open_house(peer)
        id = sent(house)
        answer = post(house, id, "cancel", {"reason": "Đã gọi điện cho khách"})
        assert answer.status_code == 200
        said = answer.get_json()
        assert (said["state"], said["detail"]) == ("cancelled", "staff:lan: Đã gọi điện cho khách")
        house.pass_time(hours=3)
        assert house.message().state == "cancelled"
        assert peer.begun == 1
        assert house.failures() == []
        assert post(house, id, "resend", {"reason": "Thôi cứ gửi"}).status_code == 201
        house.work_off()
        assert len(peer.mails) == 1


def test_what_was_sent_cannot_be_stopped(house: House) -> None:
    id = sent(house)
    answer = post(house, id, "cancel", {}, headers={"Accept-Language": "vi"})
    assert answer.status_code == 409
    assert answer.get_json()["possible"] == ["resend"]
    assert house.message().state == "sent"


def test_whoever_saw_an_older_version_is_told_so(open_house: Open) -> None:
    with ScriptedPeer(Turn.RCPT_451) as peer:
        house = open_house(peer)
        id = sent(house)
        assert post(house, id, "cancel", {}, headers={"If-Match": '"1"'}).status_code == 412
        seen = house.call("GET", f"/v1/messages/{id}", LAN).headers["ETag"]
        assert post(house, id, "cancel", {}, headers={"If-Match": seen}).status_code == 200


# ---- what is for one person alone


def test_a_link_for_a_password_is_shown_and_redirected_by_nobody(open_house: Open) -> None:
    house = open_house()
    secret = "g" + LINK[1:]
    data = {
        "staff_id": "an",
        "unit": "hai-phong",
        "reason": "forgotten",
        "contact": {**VIETNAMESE, "phones": []},
        "link": secret,
        "expires_at": "2026-11-24T03:00:00.000000Z",
    }
    house.hear("directory.password_reset.requested", data)
    house.work_off()
    id = house.message().id
    assert secret in str(house.mail().get_body(("plain",)).get_content())  # type: ignore[union-attr]
    assert secret not in house.call("GET", f"/v1/messages/{id}", LAN).get_data(as_text=True)
    other = post(house, id, "resend", {"reason": "x", "recipient": "lan@example.com"})
    assert other.status_code == 403
    assert post(house, id, "resend", {"reason": "Chưa nhận được"}).status_code == 201
