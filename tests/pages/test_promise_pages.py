"""What is promised, as pages show it: the desk, the verbs of the handling, a clock explained, a procedure drawn."""

from __future__ import annotations

from datetime import timedelta

import flask

from tests.flows.house import House
from tests.pages.conftest import SignedIn, add_person, signed_in_as
from tests.pages.test_ticket_pages import receive


def test_the_desk_shows_what_waits_for_me_by_due_time_and_leads_to_the_next_step(
    house: House, signed_in: SignedIn
) -> None:
    soon = receive(house, "Khách đến trước")
    house.time.move(timedelta(minutes=5))
    later = receive(house, "Khách đến sau")
    browser = signed_in("staff", locale="en")
    house.settle()
    browser.open("/")
    assert browser.path == "/desk"
    html = browser.page.html
    assert 0 < html.index(f"/support/triage?ticket={soon}") < html.index(f"/support/triage?ticket={later}")
    assert html.index("Khách đến trước") < html.index("Khách đến sau")  # whose promise it is, not only its number
    browser.open("/desk?show=team&cursor=nonsense")
    assert browser.status == 400


def test_a_desk_with_nothing_on_it_says_so(house: House, signed_in: SignedIn) -> None:
    browser = signed_in("on-call", locale="en")
    house.settle()
    browser.open("/desk")
    assert "Nothing waits for you." in browser.page.text


def test_the_handling_goes_by_forms_and_what_is_not_possible_names_what_is_missing(
    house: House, front: flask.Flask
) -> None:
    staff, lead = add_person(house, "staff", locale="en"), add_person(house, "staff", "lead", locale="en")
    house.settle()
    one, other = (signed_in_as(house, front, each) for each in (staff, lead))
    id = receive(house)
    one.open(f"/tickets/{id}")
    one.send("/classify", request_type="3", within="usual", verified="yes")
    assert "1 hour left" in one.page.text
    assert 'This needs the role "Head of customer service".' in one.page.text
    one.send("/assign")  # nobody is chosen until somebody is
    assert one.status == 422
    assert one.page.wrong("assign_to")
    one.send("/assign", assign_to=lead.id)
    assert "The request is assigned." in one.page.text
    other.open(f"/tickets/{id}")
    other.send("/pause", pause_reason="client", pause_evidence="")
    assert other.status == 422
    assert other.page.wrong("pause_evidence")
    other.send("/pause", pause_reason="client", pause_evidence="Thư 09:10")
    assert "Paused, 1 hour left" in other.page.text
    house.time.move(timedelta(minutes=20))
    other.open(f"/tickets/{id}")
    assert "Paused, 1 hour left" in other.page.text
    other.send("/resume")
    one.open(f"/tickets/{id}")
    one.send("/escalate", escalate_to=lead.id, escalate_at="2026-11-30T09:00", escalate_reason="Cần ý kiến")
    assert "The request is escalated. The client is told the new deadline." in one.page.text
    assert "Due 09:00, Monday 30 November 2026" in one.page.text
    one.send("/take")
    assert "Responsible" in one.page.text
    assert "Thư 09:10" in one.page.text  # in the trail


def test_a_clock_is_explained_interval_by_interval(house: House, front: flask.Flask) -> None:
    person = add_person(house, "staff", locale="en")
    house.settle()
    browser = signed_in_as(house, front, person)
    id = receive(house)
    browser.open(f"/tickets/{id}")
    browser.send("/classify", request_type="3", within="usual", verified="yes")
    browser.send("/take")
    house.time.move(timedelta(minutes=10))
    browser.open(f"/tickets/{id}")
    browser.send("/pause", pause_reason="outside", pause_evidence="Công văn 12/CV")
    house.time.move(timedelta(minutes=7))
    browser.open(f"/tickets/{id}")
    browser.send("/resume")
    house.time.move(timedelta(minutes=5, seconds=3))
    browser.open(f"/tickets/{id}")
    browser.open("/clocks/" + browser.page.html.split('href="/clocks/')[1].partition('"')[0])  # the newest
    text = browser.page.text
    for said in (
        "Waiting for somebody outside the company",
        "Công văn 12/CV",
        "15 minutes 3 seconds",
        "10 minutes",
        "Time allowed",
    ):
        assert said in text
    assert browser.raw("GET", "/clocks/nowhere/x").status_code == 404


def test_a_procedure_is_shown_with_its_letters_and_its_lifecycle_drawn(signed_in: SignedIn) -> None:
    browser = signed_in("staff", locale="zh")
    browser.open("/settings/playbooks")
    browser.open(next(target for target in browser.page.links.values() if "/settings/playbooks/support/" in target))
    for said in ("客户支持流程", "最终负责", "已重新受理", "投诉", "30分钟", "1天"):
        assert said in browser.page.text


def test_a_long_desk_goes_on_where_the_first_page_ended(house: House, signed_in: SignedIn) -> None:
    browser = signed_in("staff", locale="en")
    ids = [receive(house, f"Khách {number}") for number in range(30)]
    house.settle()
    seen: list[str] = []
    browser.open("/desk")
    while True:
        seen += [part.partition('"')[0] for part in browser.page.html.split('href="/support/triage?ticket=')[1:]]
        if "Further ones" not in browser.page.links:
            break
        browser.follow("Further ones")
    assert len(seen) == len(set(seen))
    assert set(ids) <= set(seen)
