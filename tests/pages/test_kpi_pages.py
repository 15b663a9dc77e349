"""How promises were kept, as people look at it: numbers beside what they were, the chart, the way to what is behind."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import flask
import pytest

from services.gateway.directory.substitute import commands as substitutes
from tests.flows.house import COMPANY, House
from tests.flows.promised import HOUR, Office
from tests.pages.browser import Browser
from tests.pages.conftest import SignedIn, add_person, signed_in_as

DAYS = "from=2026-11-01&to=2027-01-31"


@pytest.fixture(scope="module")
def worked(house: House) -> Office:
    """A branch where one request was settled in time, one late, one never answered, and one waits."""
    office = Office(house)
    office.brought_to("log")
    late, silent = office.brought_to("classify"), office.brought_to("hand_over")
    office.do("take", late)
    house.pass_time(2 * HOUR)
    office.do("complete", late)
    house.pass_time(timedelta(hours=24))
    office.do("log_unanswered", silent, office.lead, reason="Đã gọi hai lần.")
    office.receive()
    return office


@pytest.fixture
def lead(house: House, front: flask.Flask, worked: Office) -> Browser:
    """A lead of the branch, who reads English."""
    person = add_person(house, "staff", "lead", locale="en", name="Lê Dẫn Đầu")
    house.settle()
    return signed_in_as(house, front, person)


def test_the_numbers_stand_in_a_table_beside_their_chart_and_lead_to_what_is_behind(lead: Browser) -> None:
    page = lead.open(f"/kpis?{DAYS}")
    assert 'role="img"' in page.html
    assert 'aria-labelledby="chart-title chart-about"' in page.html
    assert "How promises were kept, by step" in page.html
    lead.follow("Handling")
    assert "by=person" in lead.path
    assert "step=handle" in lead.path
    assert "Trần Văn Nữ" in lead.page.text
    (late,) = [url for url in lead.page.links.values() if "show=late" in url and "person=" in url]
    lead.open(late)
    assert "Late" in lead.page.title
    assert "Not kept" in lead.page.text
    assert lead.page.links["Explain"].startswith("/clocks/support/")
    lead.follow("Back to the numbers")
    assert "step=handle" in lead.path


def test_silence_that_the_lead_closed_stands_in_a_column_of_its_own(lead: Browser) -> None:
    lead.open(f"/kpis/clocks?show=unanswered&{DAYS}")
    assert "The client's answer" in lead.page.text
    assert "Cancelled" in lead.page.text
    lead.open(f"/kpis/clocks?show=late&step=confirm&{DAYS}")
    assert "There is nothing behind this number." in lead.page.text


@pytest.mark.parametrize("by", ["step", "person", "unit", "type", "period"])
def test_every_dimension_has_its_table_and_its_file(lead: Browser, by: str) -> None:
    lead.open(f"/kpis?by={by}&{DAYS}")
    assert lead.status == 200
    assert '<svg class="chart"' in lead.page.html
    answer = lead.raw("GET", lead.page.links["CSV"])
    rows = list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
    assert rows[0][1:4] == ["On time", "Late", "Without the client's answer"]
    assert sum(int(row[2]) for row in rows[1:]) >= 1
    book = lead.raw("GET", lead.page.links["Excel"])
    assert book.get_data().startswith(b"PK")


def test_the_clocks_behind_a_number_leave_as_a_file(lead: Browser) -> None:
    lead.open(f"/kpis/clocks?show=on_time&{DAYS}")
    answer = lead.raw("GET", lead.page.links["CSV"])
    rows = list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
    assert rows[0] == ["Number", "What is promised", "Client", "Owed by whom", "Unit", "Due", "Ended"]
    assert all(row[0].startswith("TCK-") and row[6] for row in rows[1:] if row[1] != "Check of the record")
    assert lead.raw("GET", f"/kpis/clocks?show=nonsense&{DAYS}").status_code == 404
    assert lead.raw("GET", f"/kpis/clocks?show=late&cursor=nonsense&{DAYS}").status_code == 400


def test_the_period_before_is_shown_and_days_that_make_no_sense_are_said_beside_their_field(lead: Browser) -> None:
    lead.open("/kpis?period=week")
    assert "compared with" in lead.page.text
    lead.open("/kpis?from=2026-11-30&to=2026-11-01")
    assert (lead.status, lead.page.wrong("to")) == (422, "Must be after from, at most three years.")
    lead.open("/kpis?from=2026-11-30&to=")
    assert lead.page.wrong("to") == "Please give a day."
    lead.open("/kpis?from=0001-01-01&to=0001-01-02")
    assert lead.page.wrong("from")
    lead.open("/kpis?by=nonsense&period=nonsense&colour=red")
    assert lead.status == 200


def test_a_filter_stands_in_the_address_and_can_be_taken_away(lead: Browser, worked: Office) -> None:
    lead.open(f"/kpis?by=type&step=handle&person={worked.staff.id}&{DAYS}")
    assert "Trần Văn Nữ" in lead.page.text
    (form,) = [form for form in lead.page.forms if "step" in form.values]
    assert (form.values["step"], form.values["person"]) == ("handle", worked.staff.id)
    lead.open(f"/kpis?type=nobody&unit=hai-phong&{DAYS}")
    assert "Without a type" in lead.page.text


def test_staff_find_their_own_numbers_and_an_empty_page_says_how_it_is_filled(
    house: House, front: flask.Flask, worked: Office, signed_in: SignedIn
) -> None:
    fresh = signed_in("staff", locale="en", name="Người Mới")
    house.settle()
    page = fresh.open("/kpis?by=person")
    assert "These are your own numbers." in page.text
    assert "What is assigned to you is counted here." in page.text
    assert "Trần Văn Nữ" not in page.text
    fresh.open(f"/kpis/clocks?show=late&{DAYS}")
    assert "There is nothing behind this number." in fresh.page.text


def test_an_executive_sees_the_company_and_a_substitute_of_a_lead_their_unit(
    house: House, front: flask.Flask, worked: Office
) -> None:
    executive = add_person(house, "executive", unit=COMPANY, locale="en")
    lead, colleague = add_person(house, "lead"), add_person(house, "staff", locale="en")
    today = house.time.now().date()
    with house.work("gateway") as work:
        substitutes.name(
            work,
            company=COMPANY,
            absent=lead.id,
            substitute=colleague.id,
            since=today - timedelta(days=1),
            until=today + timedelta(days=2),
        )
    house.settle()
    for person in (executive, colleague):
        page = signed_in_as(house, front, person).open(f"/kpis?by=unit&{DAYS}")
        assert "These are your own numbers." not in page.text
        assert "Hải Phòng" in page.text
