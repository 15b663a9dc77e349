"""How promises were kept: what counts as what, who sees whose numbers, and the list behind each number."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared.web import tokens
from tests.flows.house import COMPANY, SHANGHAI, House
from tests.flows.promised import HOUR, MINUTE, Office

DAYS = "from=2026-11-01&to=2026-12-31"


@pytest.fixture
def office(house: House) -> Office:
    """A branch with its people."""
    return Office(house)


def table(office: Office, who: tokens.Caller, **more: str) -> dict[str, dict[str, Any]]:
    """The KPIs as somebody sees them."""
    asked = "".join(f"&{name}={value}" for name, value in more.items())
    return {row["key"]: row for row in office.as_(who).get(f"/v1/kpis?{DAYS}{asked}").expect(200)}


def behind(office: Office, who: tokens.Caller, show: str, **more: str) -> list[str]:
    """The names of the clocks behind a number, with the ids of what they are about."""
    asked = "".join(f"&{name}={value}" for name, value in more.items())
    page = office.as_(who).get(f"/v1/kpis/clocks?{DAYS}&show={show}{asked}").expect(200)
    return [f"{item['name']} {item['of']['id']}" for item in page["items"]]


def test_behind_each_number_is_the_list_of_its_clocks(office: Office) -> None:
    in_time, late = office.brought_to("classify"), office.receive()
    office.house.pass_time(31 * MINUTE)
    waiting = office.receive()
    office.do("classify", late, request_type=3)
    row = table(office, office.lead)["classify"]
    assert (row["on_time"], row["late"], row["unanswered"], row["open"], row["open_late"]) == (1, 1, 0, 1, 0)
    assert behind(office, office.lead, "on_time") == [f"classify {in_time}"]
    assert behind(office, office.lead, "late") == [f"classify {late}"]
    assert behind(office, office.lead, "open", step="classify") == [f"classify {waiting}"]
    assert behind(office, office.lead, "open_late", step="classify") == []
    office.house.pass_time(31 * MINUTE)
    assert behind(office, office.lead, "open_late", step="classify") == [f"classify {waiting}"]
    assert behind(office, office.lead, "late", step="handle") == []


def test_what_has_ended_is_listed_newest_first_and_page_by_page(office: Office) -> None:
    ids = []
    for _ in range(3):
        ids.append(office.brought_to("classify"))
        office.house.pass_time(MINUTE)
    asked = f"/v1/kpis/clocks?{DAYS}&show=on_time&step=classify&limit=2"
    first = office.as_(office.lead).get(asked).expect(200)
    rest = office.as_(office.lead).get(f"{asked}&cursor={first['next']}").expect(200)
    assert [item["of"]["id"] for page in (first, rest) for item in page["items"]] == ids[::-1]
    assert rest["next"] is None


def test_what_is_paused_is_not_late_however_long_it_waits(office: Office) -> None:
    id = office.brought_to("classify", request_type=3)
    office.do("take", id)
    office.do("pause", id, reason="client", evidence="Thư 09:10")
    office.house.pass_time(3 * HOUR)
    row = table(office, office.lead)["handle"]
    assert (row["open"], row["open_late"]) == (1, 0)
    office.do("resume", id)
    office.house.pass_time(3 * HOUR)
    assert table(office, office.lead)["handle"]["open_late"] == 1


def test_silence_has_a_list_of_its_own_and_says_nothing_of_how_long_we_take(office: Office) -> None:
    silent, answered = office.brought_to("hand_over"), office.brought_to("hand_over")
    office.house.pass_time(HOUR)
    office.answer("confirm", answered, rating=5)
    office.house.pass_time(timedelta(hours=24))
    office.do("log_unanswered", silent, office.lead, reason="Đã gọi hai lần, không liên lạc được.")
    row = table(office, office.lead)["confirm"]
    assert (row["on_time"], row["late"], row["unanswered"]) == (1, 0, 1)
    assert row["average_seconds"] == HOUR.total_seconds()
    assert behind(office, office.lead, "unanswered") == [f"confirm {silent}"]
    assert behind(office, office.lead, "late", step="confirm") == []
    assert table(office, office.lead, by="period")[office.now.date().isoformat()]["unanswered"] == 1


def test_numbers_are_narrowed_by_each_dimension_and_by_what_is_nobodys(office: Office) -> None:
    id = office.brought_to("classify", request_type=3)
    office.do("take", id)
    office.house.pass_time(2 * HOUR)
    office.do("complete", id)
    open_ = office.receive()
    assert table(office, office.lead, person=office.staff.id)["handle"]["late"] == 1
    assert set(table(office, office.lead, person=office.staff.id)) == {"handle"}
    assert table(office, office.lead, person="nobody")["classify"]["open"] == 1
    assert table(office, office.lead, by="person", step="handle", type="3").keys() == {office.staff.id}
    assert behind(office, office.lead, "open", type="nobody", step="classify") == [f"classify {open_}"]
    assert table(office, office.lead, type="5") == {}
    closed = table(office, office.lead, open="no")
    assert "open" in closed["handle"]
    assert closed["classify"]["open"] == 0
    refused = office.as_(office.lead).get("/v1/kpis?from=2026-11-30&to=2026-11-01")
    assert (refused.status, list(refused.body["errors"])) == (422, ["to"])


def test_staff_see_their_own_numbers_leads_their_unit_executives_the_company(office: Office) -> None:
    id = office.brought_to("classify")
    office.do("take", id)
    other = Office(office.house, SHANGHAI)
    other.receive()
    executive = office.house.staff("executive", unit=COMPANY)
    admin = office.house.staff("admin")
    office.house.settle()
    assert set(table(office, office.staff, by="person")) == {office.staff.id}
    assert set(table(office, office.staff)) == {"handle"}
    assert behind(office, office.staff, "open") == [f"handle {id}"]
    assert table(office, admin) == {}
    assert set(table(office, office.lead, by="unit")) == {office.unit}
    assert table(office, office.lead, unit=SHANGHAI) == {}
    assert set(table(office, executive, by="unit")) == {office.unit, SHANGHAI}
    assert len(behind(office, executive, "open", step="classify")) == 1
    assert len(behind(office, executive, "open", step="record_check")) == 2
