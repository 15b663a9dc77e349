"""What may happen to a promise on its way: it waits with a reason, goes to a higher level, is taken over, is refused by
the client; and what desk, KPIs, explanation and trail say of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared.kernel import moment
from shared.trail import seal
from tests.flows.house import HAI_PHONG, SHANGHAI, House
from tests.flows.promised import CONTENT, HOUR, MINUTE, SECOND, Office

WAITING: dict[str, Any] = {"reason": "client", "evidence": "Thư ngày 24/11: xin số vận đơn"}


@pytest.fixture
def office(house: House) -> Office:
    return Office(house)


def _assigned(office: Office, **classified: object) -> str:
    id = office.brought_to("classify", **classified)
    office.do("assign", id, to=office.staff.id)
    return id


def test_while_the_client_is_waited_for_the_clock_stands_still_and_it_can_be_explained(office: Office) -> None:
    id = _assigned(office, request_type=3)
    begun = office.now
    office.house.pass_time(20 * MINUTE)
    office.do("pause", id, **WAITING)
    paused = office.clock(id, "handle")
    assert (paused["state"], paused["paused_for"], paused["used_seconds"]) == ("paused", "client", 20 * 60)
    assert office.ticket(id)["state"] == "waiting"
    office.house.pass_time(timedelta(hours=5))
    assert office.rungs(id, "handle") == []
    office.do("resume", id)
    assert office.due(id, "handle") == begun + HOUR + 5 * HOUR
    office.house.pass_time(40 * MINUTE - SECOND)
    assert office.clock(id, "handle")["late"] is False
    office.house.pass_time(2 * SECOND)
    assert office.clock(id, "handle")["late"] is True

    told = office.explain(id, "handle")
    assert told["counted_seconds"] == sum(interval["seconds"] for interval in told["intervals"]) == 3601
    assert moment.parse(told["late_at"]) == begun + 6 * HOUR
    assert moment.parse(told["first_due_at"]) == begun + HOUR
    (pause,) = told["changes"]
    assert (pause["what"], pause["reason"], pause["evidence"]) == ("paused", "client", WAITING["evidence"])
    assert pause["by"] == office.staff.actor
    kinds = [event["type"] for event in office.house.events("support") if ".clock." in event["type"]]
    assert kinds == [f"support.clock.{what}" for what in ("paused", "resumed", "reached", "reached")]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"reason": "client"}, "invalid"),
        ({"reason": "client", "evidence": " "}, "invalid"),
        ({"evidence": "Thư"}, "invalid"),
        ({"reason": "lunch", "evidence": "Thư"}, "unknown-pause-reason"),
    ],
)
def test_nothing_waits_without_a_known_reason_and_evidence(office: Office, body: dict[str, str], code: str) -> None:
    id = _assigned(office)
    before = office.house.snapshot("support")
    refused = office.try_("pause", id, office.staff, **body)
    assert (refused.status, refused.code) == (422, code)
    assert office.house.snapshot("support") == before


def test_a_pause_ends_once(office: Office) -> None:
    id = _assigned(office)
    office.do("pause", id, **WAITING)
    office.do("resume", id)
    before = office.house.snapshot("support")
    refused = office.try_("resume", id, office.staff)
    assert (refused.status, refused.code) == (409, "wrong-state")
    assert office.house.snapshot("support") == before


def test_what_was_late_stays_late_whatever_is_promised_afterwards(office: Office) -> None:
    id = _assigned(office, request_type=1)
    office.house.pass_time(13 * MINUTE)
    later = office.now + 3 * HOUR
    office.do("escalate", id, to=office.executive.id, reason="Ngoài thẩm quyền", promised_at=moment.text(later))
    office.do("complete", id, office.executive)
    clock = office.clock(id, "handle")
    assert (moment.parse(clock["due_at"]), clock["late"], clock["state"]) == (later, True, "stopped")
    assert (office.kpis()["handle"]["on_time"], office.kpis()["handle"]["late"]) == (0, 1)


@pytest.mark.rule("S004-113")
def test_escalation_gives_a_new_deadline_and_the_letter_r_on_this_ticket_alone(office: Office) -> None:
    mine, other = _assigned(office), _assigned(office)
    assert office.try_("complete", mine, office.executive).code == "letter-missing"
    later = office.now + 3 * HOUR
    up = {"to": office.executive.id, "reason": "Vượt thẩm quyền"}
    assert list(office.try_("escalate", mine, office.staff, **up).body["errors"]) == ["promised_at"]
    unclassified = office.try_("escalate", office.receive(), office.staff, **up, promised_at=moment.text(later))
    assert unclassified.code == "wrong-state"
    office.do("escalate", mine, to=office.executive.id, reason="Vượt thẩm quyền", promised_at=moment.text(later))
    ticket = office.ticket(mine)
    assert (ticket["owner"], ticket["escalated_to"]) == (office.executive.id, office.executive.id)
    assert moment.parse(ticket["promised_at"]) == office.due(mine, "handle") == later
    assert office.clock(mine, "handle")["owed_by"] == office.executive.id
    desk = office.as_(office.executive).get("/v1/desk").expect(200)["items"]
    assert [item["of"]["id"] for item in desk] == [mine]
    office.house.pass_time(3 * HOUR - SECOND)
    assert office.clock(mine, "handle")["late"] is False
    assert office.clock(other, "handle")["late"] is True
    assert office.try_("complete", other, office.executive).code == "letter-missing"
    office.do("complete", mine, office.executive)
    assert office.clock(mine, "handle")["late"] is False
    again = {"to": office.executive.id, "reason": "?", "promised_at": moment.text(office.now + HOUR)}
    assert office.try_("escalate", mine, office.staff, **again).code == "wrong-state"


def test_whoever_it_was_escalated_to_sees_it_though_their_unit_is_another(office: Office) -> None:
    expert = office.house.staff("staff", unit=SHANGHAI, name="专家")
    office.house.settle()
    id, other = _assigned(office), _assigned(office)
    assert office.as_(expert).get(f"/v1/tickets/{id}").status == 404
    promised = moment.text(office.now + HOUR)
    office.do("escalate", id, to=expert.id, reason="Hàng ở Thượng Hải", promised_at=promised)
    assert "complete" in office.ticket(id, expert)["possible"]
    assert office.as_(expert).get(f"/v1/tickets/{id}/trail").expect(200)["whole"]
    clock = office.clock(id, "handle")["id"]
    assert office.as_(expert).get(f"/v1/clocks/{clock}/explain").expect(200)["of"]["id"] == id
    assert office.as_(expert).get(f"/v1/tickets/{other}").status == 404
    office.do("complete", id, expert)


def test_nothing_is_escalated_to_a_stranger_of_another_company_or_to_who_is_not_there(office: Office) -> None:
    with office.house.work("gateway") as work:
        from services.gateway.directory.unit import commands as units

        units.open_(work, code="cong-ty-khac", kind="company", title="Công ty khác", country="VN")
    stranger = office.house.staff("lead", unit="cong-ty-khac")
    away = office.house.staff("executive", unit="bien-xanh", name="Vắng Mặt")
    admin = office.house.staff("admin")
    office.house.settle()
    today = {"since": "2026-11-24", "until": "2026-11-25"}
    office.house.client("gateway", admin).post("/v1/absences", {"person": away.id, **today}).expect(201)
    office.house.settle()
    id = _assigned(office)
    before = office.house.snapshot("support")
    for to in (stranger.id, away.id, "nobody"):
        promised = moment.text(office.now + HOUR)
        refused = office.try_("escalate", id, office.staff, to=to, reason="Vì", promised_at=promised)
        assert (refused.status, refused.code) == (422, "not-there"), to
    assert office.house.snapshot("support") == before


def test_the_lead_takes_over_with_a_reason_also_what_waits(office: Office) -> None:
    id = _assigned(office)
    office.do("pause", id, **WAITING)
    office.house.pass_time(HOUR)
    office.do("take_over", id, office.lead, reason="Nhân viên nghỉ ốm")
    ticket = office.ticket(id)
    assert (ticket["owner"], ticket["state"], ticket["waits_for"]) == (office.lead.id, "assigned", None)
    clock = office.clock(id, "handle")
    assert (clock["owed_by"], clock["state"]) == (office.lead.id, "running")
    assert office.trail(id)["entries"][-1]["text"] == "Nhân viên nghỉ ốm"
    assert office.try_("take_over", id, office.staff, reason="Của tôi").code == "role-missing"


def test_a_refused_result_is_worked_on_by_the_same_owner_under_a_clock_of_its_own(office: Office) -> None:
    id = office.brought_to("hand_over", request_type=3)
    office.house.pass_time(2 * HOUR)
    office.answer("refuse", id, reason="Hàng chưa đến")
    assert (office.ticket(id)["state"], office.ticket(id)["owner"]) == ("reopened", office.staff.id)
    rework = office.clock(id, "rework")
    assert (rework["owed_by"], rework["round"]) == (office.staff.id, 1)
    assert office.due(id, "rework") == office.now + HOUR
    desk = office.as_(office.staff).get("/v1/desk").expect(200)["items"]
    assert [(item["name"], item["verbs"]) for item in desk] == [("rework", ["complete"])]
    office.house.pass_time(HOUR - SECOND)
    assert office.clock(id, "rework")["late"] is False
    office.house.pass_time(2 * SECOND)
    assert office.clock(id, "rework")["late"] is True
    office.do("complete", id)
    office.do("hand_over", id)
    office.answer("refuse", id, reason="Vẫn chưa")
    assert (office.clock(id, "rework")["round"], office.clock(id, "rework")["late"]) == (2, False)
    office.do("assign", id, to=office.staff.id)
    office.do("pause", id, **WAITING)  # a rework waits as the first handling did
    assert office.clock(id, "rework")["state"] == "paused"


def test_the_desk_shows_what_waits_for_each_and_the_team_everything(office: Office) -> None:
    new, mine, theirs = office.receive(), _assigned(office), office.brought_to("complete")
    office.house.pass_time(MINUTE)

    def desk(who: object, show: str = "mine") -> list[tuple[str, str]]:
        items = office.as_(who).get(f"/v1/desk?show={show}").expect(200)["items"]  # type: ignore[arg-type] - a caller
        return [(item["of"]["id"], item["name"]) for item in items if item["of"]["kind"] == "support.ticket"]

    assert desk(office.staff) == [(new, "classify"), (mine, "handle")]
    assert desk(office.lead) == [(theirs, "hand_over")]
    assert desk(office.executive) == []
    everything = {(new, "classify"), (mine, "handle"), (theirs, "hand_over")}
    assert set(desk(office.staff, "team")) == set(desk(office.lead, "team")) == everything
    first = office.as_(office.staff).get("/v1/desk?limit=1").expect(200)
    second = office.as_(office.staff).get(f"/v1/desk?limit=1&cursor={first['next']}").expect(200)
    assert [item["of"]["id"] for item in first["items"] + second["items"]] == [new, mine]
    assert {item["client"] for item in first["items"]} == {"Nguyễn Thị Ánh"}


def test_the_kpis_say_how_promises_were_kept_by_step_person_unit_type_and_day(office: Office) -> None:
    office.brought_to("log", request_type=3)
    late = office.brought_to("classify", request_type=1)
    office.house.pass_time(13 * MINUTE)
    office.do("complete", late)
    open_ = office.receive()
    office.house.pass_time(31 * MINUTE)
    by_step = office.kpis()
    assert {step: (row["on_time"], row["late"], row["open"]) for step, row in by_step.items()} == {
        "record_check": (0, 0, 1),
        "classify": (2, 0, 1),
        "handle": (1, 1, 0),
        "hand_over": (1, 0, 1),
        "confirm": (1, 0, 0),
        "log": (1, 0, 0),
    }
    assert by_step["classify"]["open_late"] == by_step["hand_over"]["open_late"] == 1
    assert by_step["handle"]["share_on_time"] == 0.5
    assert by_step["handle"]["average_seconds"] == 13 * 60 / 2
    person = office.kpis("person")[office.staff.id]
    assert (person["on_time"], person["late"]) == (2, 1)  # handled one in time and one late, and wrote a record
    assert set(office.kpis("unit")) == {HAI_PHONG}
    assert (office.kpis("type")["1"]["late"], office.kpis("type")["3"]["late"]) == (1, 0)
    assert (office.kpis("period")["2026-11-24"]["on_time"], office.kpis("period")["2026-11-24"]["late"]) == (6, 1)
    assert office.kpis(start="2026-11-25") | {} == {
        step: {**row, "on_time": 0, "late": 0, "average_seconds": None, "share_on_time": None}
        for step, row in by_step.items()
        if row["open"]
    }
    assert office.ticket(open_)["state"] == "received"


# ---- the trail


def test_every_verb_clock_step_and_answer_of_the_client_stands_in_the_trail_in_order(office: Office) -> None:
    id = office.receive()
    office.house.pass_time(16 * MINUTE)
    office.do("classify", id, request_type=3)
    office.do("assign", id, to=office.staff.id)
    office.do("pause", id, **WAITING)
    office.do("resume", id)
    office.do("complete", id)
    office.do("hand_over", id)
    office.answer("refuse", id, reason="Chưa đúng")
    office.do("take_over", id, office.lead, reason="Làm lại")
    office.do("complete", id, office.lead)
    office.do("hand_over", id)
    office.answer("confirm", id, rating=4, comment="Tốt")
    office.do("log", id)
    told = office.trail(id)
    assert (told["whole"], told["findings"]) == (True, [])
    entries = told["entries"]
    assert [entry["number"] for entry in entries] == list(range(1, len(entries) + 1))
    said = [
        f"{entry['what']} {entry['facts']['clock']}" if "clock" in entry["facts"] else entry["what"]
        for entry in entries
    ]
    assert said == [
        *("received", "clock.started classify", "clock.reached classify"),
        *("classified", "clock.stopped classify", "clock.started handle", "assigned"),
        *("clock.paused handle", "paused", "clock.resumed handle", "resumed"),
        *("completed", "clock.stopped handle", "clock.started hand_over"),
        *("handed_over", "clock.stopped hand_over", "clock.started confirm"),
        *("refused", "clock.stopped confirm", "clock.started rework", "taken_over"),
        *("completed", "clock.stopped rework", "clock.started hand_over"),
        *("handed_over", "clock.stopped hand_over", "clock.started confirm"),
        *("confirmed", "clock.stopped confirm", "clock.started log", "logged", "clock.stopped log"),
    ]
    by = {entry["what"]: entry["actor"] for entry in entries}
    assert (by["classified"], by["taken_over"]) == (office.staff.actor, office.lead.actor)
    assert by["confirmed"] == by["refused"] == f"client:{id}"
    assert by["clock.reached"] == "system:support"
    texts = {entry["what"]: entry["text"] for entry in entries if entry["text"]}
    assert (texts["received"], texts["refused"], texts["confirmed"]) == (CONTENT, "Chưa đúng", "Tốt")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("vi", ("Chuỗi nhật ký còn nguyên vẹn", "Đã phân loại", "Khách hàng đã xác nhận", "Bắt đầu tính thời hạn")),
        ("zh", ("记录链完整", "已分类", "客户已确认", "时限开始")),
        ("en", ("The chain is whole.", "Classified", "Confirmed by the client", "Promise began")),
    ],
    ids=["vi", "zh", "en"],
)
def test_the_trail_is_a_page_to_print_in_each_language(office: Office, language: str, words: tuple[str, ...]) -> None:
    id = office.brought_to("confirm")
    page = office.as_(office.lead, language=language).get(f"/v1/tickets/{id}/trail", headers={"Accept": "text/html"})
    assert page.status == 200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    text = page.raw.decode()
    assert f'<html lang="{language}' in text
    assert all(word in text for word in words)
    assert CONTENT in text
    assert office.ticket(id)["number"] in text
    assert "<script" not in text
    assert ("The chain" in text) is (language == "en")


def test_an_erased_clients_words_are_gone_and_the_chain_is_whole(office: Office) -> None:
    id, other = office.brought_to("confirm"), office.receive()
    with office.house.work("support") as work:
        assert seal.erase(work, f"ticket:{id}", reason="Khách hàng yêu cầu xóa")
    told = office.trail(id)
    assert told["whole"]
    assert [entry["what"] for entry in told["entries"] if entry["erased"]] == ["received", "completed"]
    assert not [entry["text"] for entry in told["entries"] if entry["text"]]
    assert office.trail(other)["entries"][0]["text"] == CONTENT
    page = office.as_(office.lead, language="vi").get(f"/v1/tickets/{id}/trail", headers={"Accept": "text/html"})
    assert CONTENT not in page.raw.decode()
    office.do("log", id)  # life goes on
    assert office.trail(id)["whole"]
