"""The desk on screen: its lists and how much is on each, the clock as colour and words, the one next thing to do."""

from __future__ import annotations

import itertools
from datetime import timedelta

import flask
import pytest

from services.gateway.directory.staff import model as people
from services.support.record_check import commands as record_checks
from tests.flows.house import COMPANY, House
from tests.pages.browser import Browser
from tests.pages.conftest import add_person, signed_in_as
from tests.pages.test_ticket_pages import receive

_branches = itertools.count(1)


@pytest.fixture
def branch(house: House) -> str:
    """A branch of its own for each test: what is owed elsewhere is not owed by its people."""
    code = house.unit(f"desk-{next(_branches)}", title="Chi nhánh mới", parent=COMPANY)
    house.settle()
    return code


def somebody(house: House, front: flask.Flask, branch: str, *roles: str) -> tuple[people.Staff, Browser]:
    person = add_person(house, *roles, locale="en", unit=branch)
    house.settle()
    return person, signed_in_as(house, front, person)


def clock_of(browser: Browser) -> str:
    """The colour of the only clock."""
    (tone,) = [part.partition('"')[0] for part in browser.page.html.split('class="tone ')[1:]]
    return tone


def test_each_list_shows_its_own_and_says_how_much_there_is(house: House, front: flask.Flask, branch: str) -> None:
    _, staff = somebody(house, front, branch, "staff")
    _, lead = somebody(house, front, branch, "lead")
    id = receive(house, "Khách Một", branch)
    house.settle()
    staff.open("/desk")
    assert {"Mine 1", "My team 2", "For my information"} <= set(staff.page.links)
    assert f'href="/support/triage?ticket={id}"' in staff.page.html  # the one next thing
    assert "Yêu cầu của Khách Một" in staff.page.text  # what it is about, without opening it
    lead.open("/desk")
    assert "Khách Một" not in lead.page.text
    lead.follow("For my information 1")
    assert "Khách Một" in lead.page.text
    assert "Yêu cầu của" not in lead.page.text
    assert f"/triage?ticket={id}" not in lead.page.html  # nothing to do for whoever only hears of it
    assert "Classify" in lead.page.text
    lead.open("/desk?show=everything")
    assert "Check of the record" in lead.page.text  # an address that somebody made up is one's own desk


def test_a_clock_is_green_then_amber_then_red_and_says_so_in_words(
    house: House, front: flask.Flask, branch: str
) -> None:
    _, browser = somebody(house, front, branch, "staff")
    receive(house, "Khách Một", branch)
    house.settle()
    for minutes, tone, said in (
        (0, "good", "30 minutes left"),
        (25, "busy", "5 minutes left"),
        (10, "late", "5 minutes late"),
    ):
        house.time.move(timedelta(minutes=minutes))
        browser.open("/desk")
        assert (clock_of(browser), said in browser.page.text) == (tone, True)
    text = browser.page.text
    assert "running time" in text  # beside it, for whoever hovers or focuses it
    assert "Owed by Customer service officer" in text
    assert "Vietnam time (UTC+7)" in text


def test_a_paused_clock_is_blue_and_says_for_whom_it_waits(house: House, front: flask.Flask, branch: str) -> None:
    person, browser = somebody(house, front, branch, "staff")
    id = receive(house, "Khách Một", branch)
    clerk = house.client("support", house.staff("staff", unit=branch))
    house.settle()
    clerk.post(f"/v1/tickets/{id}/classify", {"request_type": 3}).expect(200)
    clerk.post(f"/v1/tickets/{id}/assign", {"to": person.id}).expect(200)
    clerk.post(f"/v1/tickets/{id}/pause", {"reason": "outside", "evidence": "Công văn 12/CV"}).expect(200)
    browser.open("/desk")
    assert clock_of(browser) == "waits"
    assert "Paused, 1 hour left" in browser.page.text
    assert "Waiting for somebody outside the company" in browser.page.text


def test_a_promise_in_working_time_is_grey_until_work_begins(house: House, front: flask.Flask) -> None:
    at_night = house.time.now().replace(hour=20, minute=0, second=0)  # 3 in the morning in Vietnam
    house.time.move(at_night - house.time.now())
    branch = house.unit("desk-at-night", title="Chi nhánh đêm", parent=COMPANY)
    house.settle()
    with house.work("support") as work:
        assert record_checks.open_(work, branch)
    person, browser = somebody(house, front, branch, "lead")
    browser.open("/desk")
    assert clock_of(browser) == "rest"
    assert "Not started yet" in browser.page.text
    house.time.move(timedelta(hours=6))
    browser = signed_in_as(house, front, person)
    browser.open("/desk")
    assert clock_of(browser) == "good"
    assert "working time" in browser.page.text
