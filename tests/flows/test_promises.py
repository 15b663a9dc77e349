"""The deadlines of the support request under `vimc-support`: each is kept a second before it is due and broken a second
after; on the way it is told to whom the procedure names; what was late stays late."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.kernel import moment
from shared.web import tokens
from tests.flows.house import SHANGHAI, House
from tests.flows.promised import HOUR, MINUTE, SECOND, Office

DAY = timedelta(days=1)


@pytest.fixture
def office(house: House) -> Office:
    # Somebody of another branch, who has nothing to do with it and must never be named.
    house.staff("staff", "lead", unit=SHANGHAI, name="无关")
    return Office(house)


def _ids(*people: tokens.Caller) -> list[str]:
    return [person.id for person in people]


def _half_then_late(office: Office, id: str, name: str, within: timedelta, *, half: timedelta) -> None:
    """From now, which is when the clock started: one rung at `half`, none more until the last second, then late."""
    assert (office.clock(id, name)["late"], office.due(id, name)) == (False, office.now + within)
    office.house.pass_time(half - SECOND)
    assert office.rungs(id, name) == []
    office.house.pass_time(SECOND)
    assert len(office.rungs(id, name)) == 1
    office.house.pass_time(within - half - SECOND)
    assert len(office.rungs(id, name)) == 1
    assert office.clock(id, name)["late"] is False
    office.house.pass_time(2 * SECOND)
    assert len(office.rungs(id, name)) == 2
    assert office.clock(id, name)["late"] is True
    office.house.pass_time(DAY)
    assert len(office.rungs(id, name)) == 2  # each rung once, however long it takes


@pytest.mark.rule("S004-53")
def test_a_request_is_classified_and_the_client_told_within_half_an_hour_of_its_receipt(office: Office) -> None:
    kept, broken = office.receive(), office.receive()
    assert office.clock(kept, "classify")["owes"] == "staff"
    office.house.pass_time(30 * MINUTE - SECOND)
    office.do("classify", kept, request_type=3)
    assert (office.clock(kept, "classify")["late"], office.clock(kept, "classify")["state"]) == (False, "stopped")
    assert len(office.house.mails(to="anh@example.com")) == 3  # two receipts, and the promise
    assert office.clock(broken, "classify")["late"] is False

    office.house.pass_time(2 * SECOND)
    half, due = office.rungs(broken, "classify")
    assert (half["told"], half["rung"]["percent"]) == ({"staff": _ids(office.staff)}, 50.0)
    assert (due["told"], due["rung"]["percent"]) == ({"lead": _ids(office.lead)}, 100.0)
    assert (half["rung"]["escalate"], due["rung"]["escalate"], due["late"]) == (False, True, True)
    assert due["people"] == {
        "responsible": _ids(office.staff),
        "accountable": [],
        "consulted": [],
        "informed": _ids(office.lead),
    }
    assert len(office.rungs(kept, "classify")) == 1  # kept: its last rung never fired

    office.do("classify", broken, request_type=3)
    late = office.clock(broken, "classify")
    assert (late["late"], late["state"]) == (True, "stopped")
    assert (office.kpis()["classify"]["on_time"], office.kpis()["classify"]["late"]) == (1, 1)


def test_the_rungs_before_classification_come_once_and_at_their_moment(office: Office) -> None:
    _half_then_late(office, office.receive(), "classify", 30 * MINUTE, half=15 * MINUTE)


@pytest.mark.rule("S004-54", "S004-81", "S004-83", "S004-85", "S004-89", "S004-92", "S004-149")
def test_each_kind_of_request_is_settled_within_its_own_time(office: Office) -> None:
    within = {1: 12 * MINUTE, 2: HOUR, 3: HOUR, 5: 12 * MINUTE}
    kept = {kind: office.brought_to("classify", request_type=kind) for kind in within}
    broken = {kind: office.brought_to("classify", request_type=kind) for kind in within}
    for kind, span in within.items():
        for id in (kept[kind], broken[kind]):
            assert office.due(id, "handle") == office.now + span
            assert moment.parse(office.ticket(id)["promised_at"]) == office.now + span
    office.house.pass_time(12 * MINUTE - SECOND)
    for kind in (1, 5):
        office.do("complete", kept[kind])
    office.house.pass_time(2 * SECOND)
    for kind in within:
        assert office.clock(broken[kind], "handle")["late"] is (kind in (1, 5))
    office.house.pass_time(HOUR - 12 * MINUTE - 2 * SECOND)
    for kind in (2, 3):
        office.do("complete", kept[kind])
        assert office.clock(broken[kind], "handle")["late"] is False
    office.house.pass_time(2 * SECOND)
    for kind in within:
        early, late = office.rungs(broken[kind], "handle")
        assert (early["told"], late["told"]) == ({"staff": _ids(office.staff)}, {"lead": _ids(office.lead)})
        assert (early["rung"]["percent"], late["rung"]["escalate"]) == (80.0, True)
        office.do("complete", broken[kind])
        assert office.clock(kept[kind], "handle")["late"] is False
        assert office.clock(broken[kind], "handle")["late"] is True
    assert (office.kpis()["handle"]["on_time"], office.kpis()["handle"]["late"]) == (len(kept), len(broken))
    measured = office.kpis("type")
    assert {kind: (measured[str(kind)]["on_time"], measured[str(kind)]["late"]) for kind in within} == dict.fromkeys(
        within, (1, 1)
    )


@pytest.mark.rule("S004-87", "S004-91")
@pytest.mark.parametrize("kind", [4, 6])
def test_a_complaint_and_another_request_need_a_moment_that_a_person_sets(office: Office, kind: int) -> None:
    kept, broken = office.receive(), office.receive()
    before = office.house.snapshot("support")
    refused = office.try_("classify", kept, office.staff, language="en", request_type=kind)
    assert (refused.status, refused.code) == (422, "moment-missing")
    assert list(refused.body["errors"]) == ["promised_at"]
    past = office.try_("classify", kept, office.staff, request_type=kind, promised_at=moment.text(office.now))
    assert past.code == "promise-in-the-past"
    assert office.house.snapshot("support") == before

    promised = office.now + timedelta(hours=50)
    for id in (kept, broken):
        office.do("classify", id, request_type=kind, promised_at=moment.text(promised))
        assert office.due(id, "handle") == promised
        clock = office.clock(id, "handle")
        assert (clock["owes"], clock["owed_by"]) == ("lead", None)  # whoever has the authority for it owes it
    office.house.pass_time(timedelta(hours=50) - SECOND)
    office.do("complete", kept, office.lead)
    assert office.clock(broken, "handle")["late"] is False
    office.house.pass_time(2 * SECOND)
    office.do("complete", broken, office.lead)
    assert [office.clock(id, "handle")["late"] for id in (kept, broken)] == [False, True]


@pytest.mark.rule("S004-55")
def test_the_result_is_handed_over_at_most_half_an_hour_after_completion(office: Office) -> None:
    kept, broken = office.brought_to("complete"), office.brought_to("complete")
    assert office.clock(kept, "hand_over")["owes"] == "lead"
    office.house.pass_time(30 * MINUTE - SECOND)
    office.do("hand_over", kept)
    assert office.clock(broken, "hand_over")["late"] is False
    office.house.pass_time(2 * SECOND)
    half, due = office.rungs(broken, "hand_over")
    assert (half["told"], due["told"]) == ({"lead": _ids(office.lead)}, {"executive": _ids(office.executive)})
    assert (half["rung"]["percent"], due["rung"]["escalate"]) == (50.0, True)
    office.do("hand_over", broken)
    assert [office.clock(id, "hand_over")["late"] for id in (kept, broken)] == [False, True]


@pytest.mark.rule("S004-56")
def test_the_clients_confirmation_is_had_within_a_day_of_the_handover(office: Office) -> None:
    kept, refused, broken = (office.brought_to("hand_over") for _ in range(3))
    office.house.pass_time(DAY - SECOND)
    office.answer("confirm", kept, rating=5)
    office.answer("refuse", refused, reason="Chưa có hàng")
    assert office.clock(broken, "confirm")["late"] is False
    office.house.pass_time(2 * SECOND)
    half, due = office.rungs(broken, "confirm")
    assert (half["rung"]["tell"], half["rung"]["percent"]) == (["client"], 50.0)
    assert due["told"] == {"lead": _ids(office.lead)}
    assert office.ticket(broken)["state"] == "handed_over"  # silence is never taken for a yes
    office.answer("confirm", broken, rating=3)
    assert [office.clock(id, "confirm")["late"] for id in (kept, refused, broken)] == [False, False, True]


@pytest.mark.rule("S004-57")
def test_the_record_is_written_within_a_day(office: Office) -> None:
    kept, broken = office.brought_to("confirm"), office.brought_to("confirm")
    assert (office.clock(kept, "log")["owes"], office.clock(kept, "log")["owed_by"]) == ("staff", office.staff.id)
    office.house.pass_time(DAY - SECOND)
    office.do("log", kept)
    assert office.clock(broken, "log")["late"] is False
    office.house.pass_time(2 * SECOND)
    half, due = office.rungs(broken, "log")
    assert (half["told"], due["told"]) == ({"staff": _ids(office.staff)}, {"lead": _ids(office.lead)})
    office.do("log", broken)
    assert [office.clock(id, "log")["late"] for id in (kept, broken)] == [False, True]


def test_every_way_of_receiving_a_request_starts_its_promise(house: House) -> None:
    office = Office(house)
    office.receive()
    body = {"channel": "hotline", "content": "Giá?", "requester": {"name": "A", "mails": ["a@example.com"]}}
    office.as_(office.staff).post("/v1/tickets", body).expect(201)
    data = {"unit": office.unit, "channel": "chat", "topic": "question", "content": "?"}
    house.publish_inbound("tos", "request.submitted", {**data, "requester": body["requester"] | {"locale": "vi"}})
    house.settle()
    items = office.as_(office.staff).get("/v1/tickets").expect(200)["items"]
    assert [[clock["name"] for clock in item["clocks"]] for item in items] == [["classify"]] * 3


@pytest.mark.server
def test_on_servers_too_a_promise_is_kept_before_and_broken_after(house_on_servers: House) -> None:
    office = Office(house_on_servers)
    kept, broken = office.receive(), office.receive()
    office.house.pass_time(30 * MINUTE - SECOND)
    office.do("classify", kept, request_type=3)
    assert len(office.rungs(broken, "classify")) == 1
    office.house.pass_time(2 * SECOND)
    assert [rung["late"] for rung in office.rungs(broken, "classify")] == [False, True]
    office.do("classify", broken, request_type=3)
    assert [office.clock(id, "classify")["late"] for id in (kept, broken)] == [False, True]
    assert (office.kpis()["classify"]["on_time"], office.kpis()["classify"]["late"]) == (1, 1)
