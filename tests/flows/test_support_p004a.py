"""The procedure of customer support besides the straight way: checked before it is handled, counted from receipt,
classified again, promised anew, told how far it is, sent back, withdrawn, closed without an answer; by HTTP, events and
clocks. The straight way itself is walked in `test_support_request`.
"""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from shared.kernel import moment
from tests.flows.house import COMPANY, HAI_PHONG, House
from tests.flows.promised import DONE, HOUR, MINUTE, REQUESTER, SECOND, Office

DOCS = Path(__file__).parents[2] / "docs"
WHY: dict[str, Any] = {"reason": "Khách gọi điện"}


@pytest.fixture
def office(house: House) -> Office:
    return Office(house)


def said(office: Office, kind: str, id: str) -> dict[str, Any]:
    """The newest event of this kind about a ticket."""
    found = [event for event in office.house.events("support", f"support.{kind}") if event["subject"] == id]
    return found[-1]["data"]


def entry(office: Office, id: str, what: str) -> dict[str, Any]:
    """The newest entry of this kind in a ticket's trail."""
    return [each for each in office.trail(id)["entries"] if each["what"] == what][-1]


def taken_down(office: Office, **more: Any) -> dict[str, Any]:
    """A request that staff write down."""
    body = {"channel": "hotline", "topic": "question", "content": "Hàng đến chưa?", "requester": REQUESTER, **more}
    made = office.as_(office.staff).post("/v1/tickets", body).expect(201)
    office.house.settle()
    return made


# ---- receipt and verification


@pytest.mark.rule("S004-141")
def test_a_call_is_written_down_and_classified_within_half_an_hour_of_the_call(office: Office) -> None:
    called = office.now
    office.house.pass_time(20 * MINUTE)
    id = taken_down(office, asked_at=moment.text(called))["id"]
    record, classify = office.clock(id, "record"), office.clock(id, "classify")
    assert (record["state"], record["used_seconds"], record["late"]) == ("stopped", 20 * 60, False)
    assert office.due(id, "classify") == called + 30 * MINUTE
    assert classify["used_seconds"] == 20 * 60
    assert moment.parse(office.ticket(id)["asked_at"]) == called
    office.house.pass_time(10 * MINUTE - SECOND)
    assert office.clock(id, "classify")["late"] is False
    in_time = taken_down(office, asked_at=moment.text(called))["id"]
    office.house.pass_time(2 * SECOND)
    assert office.clock(id, "classify")["late"] is True
    late = taken_down(office, asked_at=moment.text(called))["id"]
    assert (office.clock(in_time, "record")["late"], office.clock(late, "record")["late"]) == (False, True)
    (told,) = office.rungs(late, "record")
    assert told["told"] == {"lead": [office.lead.id]}
    assert (office.kpis()["record"]["on_time"], office.kpis()["record"]["late"]) == (2, 1)
    at_once = taken_down(office)  # what comes now is recorded now: there is nothing to count
    assert [clock["name"] for clock in at_once["clocks"]] == ["classify"]


def test_nothing_was_asked_in_the_future_and_other_systems_may_say_when_it_was(office: Office) -> None:
    ahead, before = moment.text(office.now + SECOND), office.house.snapshot("support")
    body = {"content": "?", "requester": REQUESTER, "asked_at": ahead}
    refused = office.as_(office.staff).post("/v1/tickets", body)
    assert (refused.status, refused.code, list(refused.body["errors"])) == (422, "asked-in-the-future", ["asked_at"])
    assert office.house.snapshot("support") == before
    asked = moment.text(office.now - 25 * MINUTE)
    data = {"unit": HAI_PHONG, "channel": "survey", "content": "?", "requester": REQUESTER, "asked_at": asked}
    office.house.publish_inbound("khaosat", "request.submitted", data)
    office.house.settle()
    (ticket,) = office.as_(office.staff).get("/v1/tickets?channel=survey").expect(200)["items"]
    assert (ticket["asked_at"], office.due(ticket["id"], "classify")) == (asked, office.now + 5 * MINUTE)


@pytest.mark.rule("S004-60")
@pytest.mark.parametrize("days", [5, 38], ids=["a Sunday", "New Year's Day"])
def test_requests_are_received_on_any_day_at_any_hour_and_their_half_hour_runs(office: Office, days: int) -> None:
    office.house.pass_time(timedelta(days=days, hours=18))
    kept, broken = office.receive(), office.receive()
    assert office.due(broken, "classify") == office.now + 30 * MINUTE
    office.house.pass_time(30 * MINUTE - SECOND)
    office.do("classify", kept, request_type=3)
    office.house.pass_time(2 * SECOND)
    assert (office.clock(kept, "classify")["late"], office.clock(broken, "classify")["late"]) == (False, True)


@pytest.mark.rule("S004-108", "S004-140")
@pytest.mark.parametrize(
    ("language", "sentence"),
    [("vi", "kiểm tra thông tin đã ghi nhận"), ("zh", "核实"), ("en", "check what was taken down")],
    ids=["vi", "zh", "en"],
)
def test_what_nobody_has_checked_is_not_completed(office: Office, language: str, sentence: str) -> None:
    id = office.receive()
    assert office.try_("complete", id, office.staff, **DONE).code == "wrong-state"  # first it is assessed
    assert office.due(id, "classify") == office.now + 30 * MINUTE
    office.do("classify", id, request_type=3, verified=False)
    assert office.clock(id, "handle")["state"] == "running"  # checking it is within the hour that is promised
    ticket = office.as_(office.staff, language=language).get(f"/v1/tickets/{id}").expect(200)
    assert "complete" not in ticket["possible"]
    assert sentence in ticket["not_possible"]["complete"]
    before = office.house.snapshot("support")
    refused = office.try_("complete", id, office.staff, language=language, **DONE)
    assert (refused.status, refused.code) == (409, "not-verified")
    assert sentence in refused.body["detail"]
    assert office.house.snapshot("support") == before
    office.do("verify", id, topic="incident")
    ticket = office.ticket(id)
    assert (ticket["topic"], ticket["verified_by"], ticket["content"]) == (
        "incident",
        office.staff.actor,
        "Lô hàng của tôi bao giờ đến cảng?",
    )
    assert entry(office, id, "verified")["facts"].items() >= {"topic_before": "question", "topic": "incident"}.items()
    assert office.do("complete", id)["state"] == "completed"
    assert office.try_("verify", id, office.staff).code == "wrong-state"


def test_a_wrong_address_is_put_right_and_the_link_goes_with_it(office: Office) -> None:
    id = office.receive()
    wrong = said(office, "ticket.received", id)["link"]
    right = {**REQUESTER, "mails": ["anh.nguyen@example.com"]}
    office.do("verify", id, requester=right)
    event = said(office, "ticket.verified", id)
    assert event["contact"]["mails"] == ["anh.nguyen@example.com"]
    client = office.house.client("support")
    assert client.get(f"/v1/public/links/{wrong}").code == "link-revoked"
    assert client.get(f"/v1/public/links/{event['link']}").expect(200)["state"] == "received"
    assert entry(office, id, "verified")["text"] == "anh@example.com → anh.nguyen@example.com"
    nowhere = office.try_("verify", id, office.staff, requester={"name": "Ánh", "locale": "vi"})
    assert (nowhere.status, list(nowhere.body["errors"])) == (422, ["requester"])


# ---- classified, promised, told


def test_classified_again_both_clocks_stay_and_what_was_late_stays_late(office: Office) -> None:
    id = office.brought_to("classify", request_type=1)
    begun = office.now
    office.house.pass_time(10 * MINUTE)
    again = {"request_type": 3, "reason": "Khách hỏi về lô hàng"}
    office.do("reclassify", id, **again)
    clocks = [each for each in office.ticket(id)["clocks"] if each["name"] == "handle"]
    assert [(each["round"], each["state"], each["late"]) for each in clocks] == [
        (1, "cancelled", False),
        (2, "running", False),
    ]
    assert office.due(id, "handle") == begun + 10 * MINUTE + HOUR
    told = said(office, "ticket.reclassified", id)
    assert (told["request_type"], moment.parse(told["promised_at"])) == (3, office.due(id, "handle"))
    facts = entry(office, id, "reclassified")
    assert (facts["facts"]["request_type_before"], facts["text"]) == (1, again["reason"])
    assert office.try_("reclassify", id, office.staff, **again).code == "same-type"
    assert office.try_("reclassify", id, office.staff, request_type=4, reason="?").code == "moment-missing"
    assert office.try_("reclassify", id, office.lead, request_type=2, reason="?").code == "letter-missing"
    office.do("complete", id)
    late = office.brought_to("classify", request_type=1)
    office.house.pass_time(13 * MINUTE)
    office.do("reclassify", late, **again)
    assert (office.kpis()["handle"]["on_time"], office.kpis()["handle"]["late"]) == (1, 1)


def test_a_type_that_the_owner_may_not_handle_waits_for_who_may(office: Office) -> None:
    id = office.brought_to("classify", request_type=3)
    office.do("take", id)
    later = moment.text(office.now + 5 * HOUR)
    office.do("reclassify", id, request_type=4, reason="Khiếu nại", promised_at=later)
    ticket = office.ticket(id)
    assert (ticket["state"], ticket["owner"], office.clock(id, "handle")["owed_by"]) == ("classified", None, None)
    assert office.clock(id, "handle")["owes"] == "lead"
    assert office.try_("take", id, office.staff).code == "authority-missing"
    office.do("take", id, office.lead)
    assert office.try_("take", id, office.staff).status == 403


@pytest.mark.rule("S004-150")
def test_the_promised_time_is_moved_by_a_person_with_a_reason_and_holds(office: Office) -> None:
    id = office.brought_to("classify", request_type=3)
    office.house.pass_time(50 * MINUTE)
    later = office.now + 3 * HOUR
    office.do("promise", id, promised_at=moment.text(later), reason="Tàu chậm")
    told = said(office, "ticket.promised", id)
    assert moment.parse(told["promised_at"]) == office.due(id, "handle") == later
    assert entry(office, id, "promised")["text"] == "Tàu chậm"
    for body in ({"promised_at": moment.text(office.now), "reason": "?"}, {"promised_at": moment.text(later)}):
        assert office.try_("promise", id, office.staff, **body).status == 422
    office.house.pass_time(3 * HOUR - SECOND)
    assert office.clock(id, "handle")["late"] is False
    office.house.pass_time(2 * SECOND)
    assert office.clock(id, "handle")["late"] is True
    office.do("promise", id, promised_at=moment.text(office.now + HOUR), reason="Tàu vẫn chậm")
    assert office.clock(id, "handle")["late"] is True
    assert office.rungs(id, "handle")[-1]["told"] == {"lead": [office.lead.id]}


def test_progress_is_told_in_words_for_the_client_and_seen_by_the_link(office: Office) -> None:
    id = office.brought_to("classify", request_type=3)
    office.do("progress", id, text="Tàu đã rời Singapore.")
    assert said(office, "ticket.progressed", id)["progress"] == "Tàu đã rời Singapore."
    assert office.ticket(id)["progress"] == "Tàu đã rời Singapore."
    link = said(office, "ticket.received", id)["link"]
    assert (
        office.house.client("support").get(f"/v1/public/links/{link}").expect(200)["progress"]
        == "Tàu đã rời Singapore."
    )
    office.do("complete", id)
    assert said(office, "ticket.completed", id)["progress"] is None
    assert office.try_("progress", id, office.staff, text="?").code == "wrong-state"


# ---- complaints and suggestions


@pytest.mark.rule("S004-120")
def test_a_complaint_is_handled_by_who_has_the_authority_and_never_closed_without_an_apology(office: Office) -> None:
    promised = moment.text(office.now + 5 * HOUR)
    id = office.brought_to("classify", request_type=4, promised_at=promised)
    assert office.try_("complete", id, office.staff, **DONE).code == "authority-missing"
    before = office.house.snapshot("support")
    refused = office.try_("complete", id, office.lead, language="vi", method="m", result="r")
    assert (refused.status, refused.code, list(refused.body["errors"])) == (422, "apology-missing", ["apology"])
    assert "xin lỗi khách hàng" in refused.body["detail"]
    assert office.house.snapshot("support") == before
    assert office.do("complete", id, office.lead, **DONE)["state"] == "completed"
    assert entry(office, id, "completed")["facts"]["apology"] is True


@pytest.mark.rule("S004-126")
def test_a_suggestion_is_recorded_and_passed_on_to_care_programmes_as_its_schema_says_and_nothing_else_is(
    office: Office,
) -> None:
    id, other = office.brought_to("log", request_type=5), office.brought_to("log", request_type=2)
    silent = office.brought_to("hand_over", request_type=5)
    office.house.pass_time(25 * HOUR)
    office.do("log_unanswered", silent, office.lead, reason="Khách không trả lời điện thoại")
    event, unanswered = office.house.events("support", "support.suggestion.recorded")
    assert (event["subject"], unanswered["subject"]) == (id, silent)
    schema = json.loads((DOCS / "schemas" / "support.suggestion.recorded.json").read_text("utf-8"))
    (example,) = schema["examples"]
    for each in (event["data"], unanswered["data"], example):
        jsonschema.Draft202012Validator(schema).validate(each)
    assert event["dataschema"] == schema["$id"]
    data, ticket = event["data"], office.ticket(id)
    assert data == {  # what to thank for, whom, and who here knows of it
        "ticket_id": id,
        "number": ticket["number"],
        "unit": HAI_PHONG,
        "party": None,
        "people": {
            "responsible": [office.staff.id],
            "accountable": [],
            "consulted": [],
            "informed": [office.executive.id],
        },
        "contact": REQUESTER,
        "content": ticket["content"],
        "topic": "question",
        "channel": "website",
        "asked_at": ticket["asked_at"],
    }
    assert "recorded" in [each["what"] for each in office.trail(id)["entries"]]
    assert "recorded" not in [each["what"] for each in office.trail(other)["entries"]]
    shown = office.as_(office.lead).get("/v1/record?request_type=5").expect(200)["items"]
    assert {each["id"] for each in shown} == {id, silent}  # found in the record, where no programme is there yet


# ---- who is responsible


def test_who_is_away_is_replaced_by_their_substitute_and_both_names_are_kept(office: Office) -> None:
    house = office.house
    away, instead = house.staff("staff", name="Vắng Mặt"), house.staff("staff", name="Thay Thế")
    admin = house.client("gateway", house.staff("admin", unit=COMPANY))
    days = {"since": "2026-11-24", "until": "2026-11-24"}
    admin.post("/v1/absences", {"person": away.id, **days}).expect(201)
    house.settle()
    id = office.brought_to("classify")
    assert office.try_("assign", id, office.staff, to=away.id).code == "not-there"
    admin.post("/v1/substitutes", {"absent": away.id, "substitute": instead.id, **days}).expect(201)
    house.settle()
    assert office.do("assign", id, to=away.id)["owner"] == instead.id
    assert entry(office, id, "assigned")["facts"].items() >= {"to": instead.id, "instead_of": away.id}.items()
    assert office.clock(id, "handle")["owed_by"] == instead.id


def test_of_two_who_take_it_the_second_hears_who_has_it(office: Office) -> None:
    other = office.house.staff("staff", name="Đến Sau")
    office.house.settle()
    id = office.brought_to("classify")
    assert office.do("take", id)["state"] == "assigned"
    before = office.house.snapshot("support")
    second = office.try_("take", id, other, language="en")
    assert (second.status, second.code) == (409, "taken-already")
    assert "Trần Văn Nữ" in second.body["detail"]
    assert office.house.snapshot("support") == before
    assert office.do("take", id)["owner"] == office.staff.id  # pressed twice, it is still theirs


# ---- the end of it


@pytest.mark.rule("S004-128")
def test_only_what_meets_quality_is_handed_over_the_rest_goes_back_to_the_same_person(office: Office) -> None:
    id = office.brought_to("complete", request_type=3)
    assert office.try_("send_back", id, office.staff, reason="Chưa đủ").code == "letter-missing"
    assert office.try_("send_back", id, office.lead, reason=" ").status == 422
    office.house.pass_time(5 * MINUTE)
    office.do("send_back", id, office.lead, reason="Chưa nêu giờ đến")
    ticket = office.ticket(id)
    assert (ticket["state"], ticket["owner"]) == ("assigned", office.staff.id)
    assert office.clock(id, "hand_over")["state"] == "cancelled"
    assert office.due(id, "rework") == moment.parse(ticket["promised_at"]) == office.now + HOUR
    assert office.clock(id, "rework")["owed_by"] == office.staff.id
    assert office.try_("hand_over", id, office.lead).code == "wrong-state"
    office.do("complete", id)
    office.do("hand_over", id)
    assert office.clock(id, "hand_over")["round"] == 2
    assert office.try_("send_back", id, office.lead, reason="?").code == "wrong-state"


@pytest.mark.parametrize("by", ["client", "staff"])
def test_what_is_withdrawn_is_owed_no_more_and_says_so(office: Office, by: str) -> None:
    id = office.brought_to("classify", request_type=3)
    link = said(office, "ticket.received", id)["link"]
    client = office.house.client("support")
    assert client.get(f"/v1/public/links/{link}").expect(200)["withdrawable"] is True
    if by == "client":
        client.post(f"/v1/public/links/{link}/withdraw", {"comment": "Tôi đã tự tra cứu được"}).expect(200)
        office.house.settle()
    else:
        office.do("withdraw", id, **WHY)
    ticket = office.ticket(id)
    assert (ticket["state"], ticket["possible"]) == ("withdrawn", [])
    assert ticket["closing_reason"] == ("Tôi đã tự tra cứu được" if by == "client" else WHY["reason"])
    assert {clock["state"] for clock in ticket["clocks"]} == {"stopped", "cancelled"}
    assert entry(office, id, "clock.cancelled")["facts"]["reason"] == "withdrawn"
    actor = f"client:{id}" if by == "client" else office.staff.actor
    assert entry(office, id, "withdrawn")["actor"] == actor
    looked = client.get(f"/v1/public/links/{link}").expect(200)
    assert (looked["state"], looked["withdrawable"]) == ("withdrawn", False)
    before = office.house.snapshot("support")
    assert client.post(f"/v1/public/links/{link}/withdraw", {}).code == "wrong-state"
    assert office.try_("complete", id, office.staff).code == "wrong-state"
    assert office.house.snapshot("support") == before


def test_a_result_is_answered_and_not_withdrawn(office: Office) -> None:
    id = office.brought_to("hand_over")
    follow, answer = said(office, "ticket.received", id)["link"], said(office, "ticket.handed_over", id)["link"]
    client = office.house.client("support")
    assert client.post(f"/v1/public/links/{follow}/withdraw", {}).code == "wrong-state"
    assert client.post(f"/v1/public/links/{answer}/withdraw", {}).status == 404
    assert office.try_("withdraw", id, office.staff, **WHY).code == "wrong-state"


def test_silence_is_closed_by_the_lead_once_the_day_is_over_and_counted_apart(office: Office) -> None:
    id, answered = office.brought_to("hand_over"), office.brought_to("log")
    office.house.pass_time(timedelta(hours=24) - SECOND)
    early = office.try_("log_unanswered", id, office.lead, **WHY)
    assert (early.status, early.code) == (409, "still-time")
    office.house.pass_time(2 * SECOND)
    assert office.ticket(id)["state"] == "handed_over"  # silence is no answer
    assert office.try_("log_unanswered", id, office.staff, **WHY).code == "role-missing"
    assert office.try_("log_unanswered", id, office.lead, reason="").status == 422
    office.do("log_unanswered", id, office.lead, **WHY)
    ticket = office.ticket(id)
    assert (ticket["state"], ticket["without_answer"], ticket["answered_at"]) == ("logged", True, None)
    assert (ticket["closing_reason"], office.ticket(answered)["without_answer"]) == (WHY["reason"], False)
    assert said(office, "ticket.logged", id)["without_answer"] is True
    assert entry(office, id, "clock.cancelled")["facts"]["reason"] == "without_answer"
    kept = office.kpis()["confirm"]
    assert (kept["on_time"], kept["late"], kept["unanswered"], kept["share_on_time"]) == (1, 0, 1, 1.0)
    assert (kept["open"], kept["open_late"]) == (0, 0)
    link = said(office, "ticket.handed_over", id)["link"]
    assert office.house.client("support").post(f"/v1/public/links/{link}/confirm", {"rating": 5}).code == "wrong-state"


def test_the_list_is_filtered_by_each_of_its_facts(office: Office) -> None:
    first = taken_down(office, topic="price", channel="chat")["id"]
    office.house.pass_time(HOUR)
    second = taken_down(office, topic="incident", channel="hotline")["id"]
    office.do("classify", second, request_type=3)
    between = moment.text(office.now - MINUTE)
    for query, expected in {
        "topic=price": [first],
        "channel=hotline": [second],
        "request_type=3": [second],
        f"owner={office.staff.id}": [second],
        f"from={between}": [second],
        f"to={between}": [first],
        f"unit={HAI_PHONG}": [second, first],
        "unit=thuong-hai": [],
        "topic=price&channel=hotline": [],
    }.items():
        found = office.as_(office.lead).get(f"/v1/tickets?{query}").expect(200)["items"]
        assert [item["id"] for item in found] == expected, query


@pytest.mark.parametrize(
    ("content", "topic", "request_type", "says"),
    [
        ("Tôi khiếu nại về việc chậm trễ của lô hàng.", "question", 4, ["khiếu nại", "chậm trễ"]),
        ("toi khieu nai ve thai do phuc vu", "question", 4, ["khiếu nại", "thái độ"]),
        ("我要投訴：貨物損壞", "question", 4, ["投诉", "损坏"]),
        ("Xin gia hạn hợp đồng quốc gia.", "question", None, []),
        ("Cho tôi hỏi", "price", 2, []),
        ("When will the container arrive?", "other", 3, ["container", "when will", "arrive"]),
    ],
)
def test_the_rule_suggests_a_type_says_why_and_classifies_nothing(
    office: Office, content: str, topic: str, request_type: int | None, says: list[str]
) -> None:
    id = office.receive(content=content, topic=topic)
    before = office.house.snapshot("support")
    found = office.as_(office.staff).get(f"/v1/tickets/{id}/suggestion").expect(200)
    assert (found["request_type"], sorted(found["says"])) == (request_type, sorted(says))
    assert found["topic"] == (topic if topic == "price" else None)
    assert office.house.snapshot("support") == before
    assert office.ticket(id)["request_type"] is None


def test_goods_are_asked_of_another_system_whose_answer_is_kept_and_what_waited_goes_on(office: Office) -> None:
    id = office.brought_to("classify", request_type=3)
    office.do("take", id)
    office.do("ask_goods", id, reference="MAEU1234567", pause="outside")
    assert (office.ticket(id)["state"], office.clock(id, "handle")["state"]) == ("waiting", "paused")
    asked = said(office, "goods_status.requested", id)
    assert set(asked) == {"ticket_id", "number", "unit", "reference"}  # another system learns nothing of the client
    answer = {"ticket_id": id, "unit": HAI_PHONG, "reference": "MAEU1234567", "status": "Đã dỡ lên bãi"}
    answer |= {"place": "Cảng Hải Phòng", "at": moment.text(office.now)}
    for wrong in ({"unit": "thuong-hai"}, {"reference": "MAEU0000000"}):
        office.house.publish_inbound("tos", "goods.status.reported", {**answer, **wrong})
        office.house.settle()
    codes = [event["data"]["code"] for event in office.house.events("support", "support.inbound.rejected")]
    assert codes == ["no-such-ticket", "nobody-asked"]
    assert office.ticket(id)["state"] == "waiting"
    office.house.pass_time(HOUR)
    office.house.publish_inbound("tos", "goods.status.reported", answer)
    office.house.settle()
    ticket = office.ticket(id)
    assert (ticket["state"], ticket["goods"]["status"], ticket["goods"]["place"]) == (
        "assigned",
        "Đã dỡ lên bãi",
        "Cảng Hải Phòng",
    )
    assert office.clock(id, "handle")["state"] == "running"
    assert entry(office, id, "noted")["actor"] == "system:tos"
    assert said(office, "goods_status.noted", id)["people"]["responsible"] == [office.staff.id]
