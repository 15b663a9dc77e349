"""What is said about a ticket: replies that can be taken back, notes that never reach the client, and colleagues who
are asked for advice and decide nothing."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from shared.store import tables
from tests.flows.house import SHANGHAI, House
from tests.flows.promised import Office, install

TEN, JUST_BEFORE = timedelta(seconds=10), timedelta(seconds=9, milliseconds=999)
REPLY = "Lô hàng <HPH-8812> dự kiến đến ngày 26/11 & có thể nhận từ 8 giờ.\nQuý khách mang theo giấy ủy quyền."
SECRET = "Khách này hay trả chậm, hỏi kỹ trước khi hứa."


@pytest.fixture
def office(house: House) -> Office:
    return Office(house)


def _said(office: Office, id: str) -> list[dict[str, Any]]:
    return office.as_(office.lead).get(f"/v1/tickets/{id}/conversation").expect(200)["items"]


def _reply(office: Office, id: str, text: str = REPLY) -> dict[str, Any]:
    return office.as_(office.staff).post(f"/v1/tickets/{id}/reply", {"text": text}).expect(201)


def test_a_reply_leaves_after_ten_seconds_and_reaches_the_client_once(office: Office) -> None:
    house, id = office.house, office.receive()
    before = len(house.mails())
    written = _reply(office, id)
    assert (written["state"], written["possible"]) == ("scheduled", ["undo"])
    house.pass_time(JUST_BEFORE)
    assert len(house.mails()) == before
    assert house.events("support", "support.ticket.replied") == []
    house.pass_time(TEN - JUST_BEFORE)
    house.pass_time(TEN)
    (event,) = house.events("support", "support.ticket.replied")
    assert (event["data"]["reply_id"], event["data"]["text"]) == (written["id"], REPLY)
    assert event["actor"] == f"staff:{office.staff.id}"
    (letter,) = house.mails()[before:]
    assert letter.to == "anh@example.com"
    assert all(line in letter.text for line in REPLY.splitlines())
    assert "&lt;HPH-8812&gt;" in letter.html
    assert "<HPH-8812>" not in letter.html
    (shown,) = _said(office, id)
    assert (shown["state"], shown["possible"]) == ("sent", [])
    late = office.as_(office.staff, language="vi").post(f"/v1/replies/{written['id']}/undo", {})
    assert (late.status, late.code) == (409, "already-gone")
    assert "đã gửi" in late.body["detail"]


def test_a_reply_that_is_taken_back_in_time_was_never_told_to_anybody(office: Office) -> None:
    house, id = office.house, office.receive()
    before = len(house.mails())
    written = _reply(office, id)
    house.pass_time(JUST_BEFORE)
    staff = office.as_(office.staff)
    assert staff.post(f"/v1/replies/{written['id']}/undo", {}).expect(200)["state"] == "taken_back"
    again = staff.post(f"/v1/replies/{written['id']}/undo", {})
    assert (again.status, again.code) == (409, "already-taken-back")
    house.pass_time(TEN)
    assert len(house.mails()) == before
    assert house.events("support", "support.ticket.replied") == []
    assert [each["state"] for each in _said(office, id)] == ["taken_back"]
    assert [each["what"] for each in office.trail(id)["entries"] if each["what"].startswith("reply")] == [
        "reply_written",
        "reply_taken_back",
    ]


def test_from_the_tenth_second_on_it_is_too_late_though_nobody_has_sent_it_yet(office: Office) -> None:
    written = _reply(office, office.receive())
    office.house.time.move(TEN)  # and no worker has looked yet
    assert office.as_(office.staff).post(f"/v1/replies/{written['id']}/undo", {}).code == "already-gone"
    office.house.settle()
    assert len(office.house.events("support", "support.ticket.replied")) == 1


@pytest.mark.parametrize("locale", ["vi", "zh", "en"])
def test_a_reply_comes_in_the_clients_language(office: Office, locale: str) -> None:
    id = office.receive(locale=locale)
    _reply(office, id, "HPH-8812: 26/11, 8:00")
    office.house.pass_time(TEN)
    letter = office.house.mails()[-1]
    opening = {"vi": "Kính gửi Quý khách Nguyễn Thị Ánh", "zh": "尊敬的Nguyễn Thị Ánh", "en": "Dear Nguyễn Thị Ánh"}
    assert opening[locale] in letter.text
    assert "HPH-8812: 26/11, 8:00" in letter.text
    assert office.ticket(id)["number"] in letter.subject


def test_who_has_only_to_be_informed_writes_no_client_and_is_told_who_may(office: Office) -> None:
    id = office.receive()
    before = office.house.snapshot("support")
    for verb, body in (("reply", {"text": REPLY}), ("consult", {"text": "?", "to": office.staff.id})):
        refused = office.as_(office.executive, language="en").post(f"/v1/tickets/{id}/{verb}", body)
        assert (refused.status, refused.code) == (403, "letter-missing")
        assert "Customer service officer" in refused.body["detail"]
    crm = office.house.system("crm", "tickets")
    assert office.as_(crm).post(f"/v1/tickets/{id}/note", {"text": "x"}).code == "people-only"
    assert office.house.snapshot("support") == before
    office.as_(office.executive).post(f"/v1/tickets/{id}/note", {"text": "Tôi đã xem."}).expect(201)


def test_a_note_and_an_advice_reach_no_mail_no_public_page_and_no_event(office: Office) -> None:
    house, id = office.house, office.receive()
    staff = office.as_(office.staff)
    staff.post(f"/v1/tickets/{id}/note", {"text": SECRET}).expect(201)
    staff.post(f"/v1/tickets/{id}/consult", {"text": SECRET, "to": office.lead.id}).expect(201)
    house.settle()
    office.as_(office.lead).post(f"/v1/tickets/{id}/advise", {"text": SECRET}).expect(201)
    _reply(office, id)
    house.pass_time(TEN)
    office.do("classify", id, request_type=3)
    office.do("complete", id, method="m", result="r")
    office.do("hand_over", id)
    assert [each["kind"] for each in _said(office, id)] == ["note", "question", "advice", "reply"]
    o = tables.outbox.c
    bodies = [json.loads(bytes(each)) for each in house.column("support", sa.select(o.body).where(o.kind == "event"))]
    said = [event for event in bodies if SECRET in json.dumps(event, ensure_ascii=False)]
    assert [event["type"] for event in said] == ["support.ticket.consulted"]  # the question, to who is asked
    assert "contact" not in said[0]["data"]
    assert "anh@example.com" not in json.dumps(said[0])
    mails = [letter.to for letter in house.mails() if SECRET in letter.text or SECRET in letter.html]
    assert set(mails) == {office.house.mails()[1].to}  # the colleague's alone
    assert "anh@example.com" not in mails
    link = house.events("support", "support.ticket.handed_over")[-1]["data"]["link"]
    for of_it in ("", "/conversation", "/request"):
        answer = house.client("support").get(f"/v1/public/links/{link}{of_it}")
        assert answer.status == 200
        assert SECRET not in answer.raw.decode()
    erasable = [each for each in office.trail(id)["entries"] if each["what"] in ("note_kept", "advised", "consulted")]
    assert [each["text"] for each in erasable] == [SECRET] * 3  # on the trail, sealed: no plain fact holds it
    assert not any(SECRET in json.dumps(each["facts"], ensure_ascii=False) for each in erasable)


@pytest.mark.rule("S004-146")
def test_staff_classify_together_with_a_colleague_who_sees_the_ticket_and_decides_nothing(office: Office) -> None:
    house, id = office.house, office.receive()
    expert = house.staff("staff", "lead", unit=SHANGHAI, name="王专家", locale="zh")
    stranger = house.staff("staff", unit=SHANGHAI, name="李无关")
    house.settle()
    colleague = office.as_(expert, language="en")
    assert colleague.get(f"/v1/tickets/{id}").status == 404
    asked = {"text": "Yêu cầu này thuộc loại 3 hay loại 4?", "to": expert.id}
    office.as_(office.staff).post(f"/v1/tickets/{id}/consult", asked).expect(201)
    house.settle()
    (event,) = house.events("support", "support.ticket.consulted")
    assert event["data"]["people"]["consulted"] == [expert.id]
    (mail,) = [letter for letter in house.mails() if asked["text"] in letter.text]
    assert mail.language == "zh-CN"
    assert "Trần Văn Nữ" in mail.text
    assert f"/tickets/{id}" in mail.text

    assert colleague.get(f"/v1/tickets/{id}").expect(200)["possible"] == []
    before = house.snapshot("support")
    for verb, body in {"classify": {"request_type": 3}, "reply": {"text": "x"}, "consult": asked}.items():
        refused = colleague.post(f"/v1/tickets/{id}/{verb}", body)
        assert (refused.status, refused.code) == (403, "letter-missing"), verb
        assert "Customer service officer" in refused.body["detail"]
    not_asked = office.as_(office.lead, language="en").post(f"/v1/tickets/{id}/advise", {"text": "x"})
    assert (not_asked.status, not_asked.code) == (403, "not-asked")
    assert office.as_(stranger).post(f"/v1/tickets/{id}/advise", {"text": "x"}).status == 404
    assert office.as_(stranger).get(f"/v1/tickets/{id}/conversation").status == 404
    assert house.snapshot("support") == before

    colleague.post(f"/v1/tickets/{id}/advise", {"text": "Loại 3: khách hỏi vị trí lô hàng."}).expect(201)
    office.do("classify", id, request_type=3)  # by whoever has the letter
    assert [(each["kind"], each["by"]) for each in _said(office, id)] == [
        ("question", f"staff:{office.staff.id}"),
        ("advice", f"staff:{expert.id}"),
    ]
    assert [each["what"] for each in office.trail(id)["entries"] if not each["what"].startswith("clock")] == [
        "received",
        "consulted",
        "advised",
        "classified",
    ]


@pytest.mark.rule("S004-36")
def test_a_role_with_the_letter_c_is_asked_advises_and_decides_nothing(office: Office, tmp_path: Path) -> None:
    house = office.house
    install(
        house, tmp_path, ("support: {staff: R, lead: R, executive: I}", "support: {staff: R, lead: R, executive: C}")
    )
    id = office.brought_to("classify", request_type=3)
    staff = office.as_(office.staff, language="en")
    for body, field in (
        ({"text": "?", "role": "lead"}, "role"),  # has R in this step, not C
        ({"text": "?", "role": "nobody"}, "role"),
        ({"text": "?"}, "to"),
        ({"text": "?", "to": office.lead.id, "role": "executive"}, "to"),
        ({"text": "?", "to": "0193f1c2-7a5e-7c11-8a55-0f3d6e1b2c3d"}, "to"),
    ):
        refused = staff.post(f"/v1/tickets/{id}/consult", body)
        assert (refused.status, list(refused.body["errors"])) == (422, [field]), body
    staff.post(f"/v1/tickets/{id}/consult", {"text": "Có giảm giá được không?", "role": "executive"}).expect(201)
    house.settle()
    (event,) = house.events("support", "support.ticket.consulted")
    assert event["data"]["people"]["consulted"] == [office.executive.id]
    assert [letter for letter in house.mails() if "Có giảm giá được không?" in letter.text]
    asked = office.as_(office.executive, language="en")
    refused = asked.post(f"/v1/tickets/{id}/complete", {"method": "m", "result": "r"})
    assert (refused.status, refused.code) == (403, "letter-missing")
    assert "Head of customer service" in refused.body["detail"]
    assert "complete" not in office.ticket(id, office.executive)["possible"]
    asked.post(f"/v1/tickets/{id}/advise", {"text": "Giảm tối đa 3%."}).expect(201)
    assert _said(office, id)[-1]["text"] == "Giảm tối đa 3%."


def test_who_is_away_is_not_asked_and_who_left_sees_nothing_more(office: Office) -> None:
    house, id = office.house, office.receive()
    admin = house.staff("admin")
    expert = house.staff("staff", unit=SHANGHAI, name="王专家")
    house.settle()
    body = {"text": "?", "to": expert.id}
    office.as_(office.staff).post(f"/v1/tickets/{id}/consult", body).expect(201)
    assert office.as_(expert).get(f"/v1/tickets/{id}/conversation").status == 200
    house.client("gateway", admin).post(f"/v1/staff/{expert.id}/deactivate", {}).expect(200)
    house.settle()
    assert office.as_(expert).get(f"/v1/tickets/{id}/conversation").status == 404
    assert office.as_(office.staff).post(f"/v1/tickets/{id}/consult", body).code == "not-there"
