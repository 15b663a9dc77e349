"""A request that is the same as another is closed under its number; the client is told once; it can be taken back."""

from __future__ import annotations

from typing import Any

import pytest

from services.support.ticket import model
from shared.kernel import moment
from tests.flows.house import House
from tests.flows.promised import HOUR, MINUTE, Office


@pytest.fixture
def office(house: House) -> Office:
    return Office(house)


def letters(office: Office) -> list[str]:
    """The subjects of the client's mails, oldest first."""
    return [str(each.message["Subject"]) for each in office.house.mails(to="anh@example.com")]


def links(office: Office, id: str) -> list[dict[str, Any]]:
    return office.as_(office.lead).get(f"/v1/tickets/{id}/duplicates").expect(200)["links"]


@pytest.mark.parametrize("locale", ["vi", "zh", "en"])
def test_a_duplicate_ends_under_the_other_number_and_the_client_is_told_once(office: Office, locale: str) -> None:
    first = office.receive(locale=locale)
    second = office.brought_to("classify", request_type=3)
    office.house.settle()
    third = office.receive(locale=locale)
    number, other = office.ticket(third)["number"], office.ticket(first)["number"]
    before = len(letters(office))
    office.do("close_duplicate", third, to=other, reason="Khách gửi hai lần")
    ticket = office.ticket(third)
    assert (ticket["state"], ticket["closing_reason"]) == ("duplicate", "Khách gửi hai lần")
    assert ticket["possible"] == ["reopen_duplicate"]
    assert {clock["state"] for clock in ticket["clocks"]} == {"cancelled"}
    told = letters(office)[before:]
    assert len(told) == 1
    assert number in told[0]
    assert other in told[0]
    (link,) = links(office, third)
    assert (link["ticket_id"], link["as"]) == (first, "duplicate")
    entries = {each["what"]: each for each in office.trail(third)["entries"]}
    assert entries["closed_as_duplicate"]["facts"]["other"] == other
    assert entries["clock.cancelled"]["facts"]["reason"] == "duplicate"
    assert office.ticket(first)["state"] == "received"  # it goes on as it was
    assert office.ticket(second)["state"] == "classified"
    totals = office.as_(office.lead).get("/v1/record/totals").expect(200)["units"][0]
    assert (totals["duplicates"], totals["open"], totals["withdrawn"]) == (1, 2, 0)
    refused: dict[str, dict[str, Any]] = {"classify": {"request_type": 3}, "withdraw": {"reason": "?"}, "complete": {}}
    for verb, body in refused.items():
        assert office.try_(verb, third, office.staff, **body).code == "wrong-state"
    follow = [e["data"]["link"] for e in office.house.events("support", "support.ticket.received")][-1]
    shown = office.house.client("support").get(f"/v1/public/links/{follow}").expect(200)
    assert (shown["state"], shown["withdrawable"]) == ("duplicate", False)


def test_it_is_taken_up_again_with_its_own_time_and_the_link_goes(office: Office) -> None:
    first, second = office.receive(), office.brought_to("classify", request_type=3)
    office.do("close_duplicate", second, to=first)
    assert office.try_("unlink", first, office.staff, to=second).code == "still-closed"
    office.house.pass_time(2 * HOUR)
    before = len(letters(office))
    office.do("reopen_duplicate", second, reason="Là việc khác")
    ticket = office.ticket(second)
    assert (ticket["state"], ticket["request_type"], ticket["owner"], ticket["closing_reason"]) == (
        "received",
        None,
        None,
        None,
    )
    assert links(office, second) == []
    assert office.due(second, "classify") == office.now + 30 * MINUTE
    assert [clock["name"] for clock in ticket["clocks"] if clock["ended_at"] is None] == ["classify"]
    assert [ticket["number"] in subject for subject in letters(office)[before:]] == [True]
    office.do("classify", second, request_type=2)
    assert moment.parse(office.ticket(second)["promised_at"]) == office.now + HOUR
    office.do("complete", second)


def test_a_request_continues_only_under_one_that_is_open_and_nothing_goes_round_in_a_circle(office: Office) -> None:
    first, second, third = office.receive(), office.receive(), office.brought_to("complete")
    withdrawn = office.receive()
    office.do("withdraw", withdrawn, reason="Đã tự tra cứu")
    for of, to, code in (
        (first, first, "same-ticket"),
        (first, "TCK-2026-999999", "no-such-other"),
        (first, withdrawn, "other-ended"),
        (third, first, "wrong-state"),  # there is a result to answer
        (withdrawn, first, "wrong-state"),
    ):
        before = office.house.snapshot("support")
        assert office.try_("close_duplicate", of, office.staff, to=to).code == code
        assert office.house.snapshot("support") == before
    assert office.try_("reopen_duplicate", first, office.staff).code == "wrong-state"
    assert office.try_("close_duplicate", first, office.executive, to=second).status == 403
    office.do("close_duplicate", first, to=second)
    assert office.try_("close_duplicate", second, office.staff, to=first).code == "other-ended"
    assert office.try_("close_duplicate", second, office.staff, to=third).code == "others-continue-here"
    assert set(model.ENDED) >= {office.ticket(first)["state"]}


def test_a_corrected_address_gets_the_number_and_the_link_that_works(office: Office) -> None:
    id = office.receive()
    right = {"name": "Nguyễn Thị Ánh", "locale": "vi", "mails": ["anh.nguyen@example.com"], "phones": []}
    office.do("verify", id, requester=right)
    (letter,) = office.house.mails(to="anh.nguyen@example.com")
    assert office.ticket(id)["number"] in str(letter.message["Subject"])
    (event,) = office.house.events("support", "support.ticket.verified")
    assert event["data"]["link"] in letter.text
    office.do("verify", id, topic="incident")
    assert len(office.house.mails(to="anh.nguyen@example.com")) == 1
