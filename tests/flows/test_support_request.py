"""A support request on its whole way: it arrives, is recorded, classified, completed, handed over, confirmed by the
client through the link in the mail, and logged. Each step is told to the client in their language, and their name
arrives as they write it at every hop: database, event, mail.

The same test runs embedded with a folder of mails, embedded with a mail server, and on PostgreSQL and RabbitMQ.
"""

from __future__ import annotations

import html
import json

import pytest
import sqlalchemy as sa

from services.notify.contact import tables as contacts
from services.support.ticket import tables as tickets
from shared.store import tables
from tests.flows.house import PUBLIC_URL, House
from tests.flows.house_request import LANGUAGES, STEPS, Case, Handled, arrived, each_case, quoted


@pytest.mark.rule("S004-46", "S004-93", "S004-129", "S004-130", "S004-131", "S004-133", "S004-135")
@each_case
def test_a_request_travels_from_its_arrival_to_the_record(house: House, case: Case) -> None:
    _travels(house, case)


@each_case
@pytest.mark.parametrize("kind", ["house_with_smtp", pytest.param("house_on_servers", marks=pytest.mark.server)])
def test_it_travels_as_well_by_a_mail_server_and_on_postgresql_and_rabbitmq(
    request: pytest.FixtureRequest, kind: str, case: Case
) -> None:
    _travels(request.getfixturevalue(kind), case)


def _travels(house: House, case: Case) -> None:
    handled = arrived(house, case)
    assert [letter.language for letter in handled.letters] == [LANGUAGES[case.locale]]
    received = handled.letters[0]
    assert handled.ticket["number"] in received.subject
    assert quoted(case.content, received.text)
    _only(handled, "classify")

    handled.classify()
    promised = handled.letters[1]
    assert case.promised_said in promised.text
    _only(handled, "complete")

    at = house.time.now()
    handled.complete()
    told = handled.letters[2]
    assert house.time.now() == at  # the result is told right away; to confirm it is asked at the handover
    assert all(line in part for part in (told.text, html.unescape(told.html)) for line in case.result.splitlines())
    assert case.told in told.subject
    assert "/p/" not in told.text
    early = house.client("support").post(f"/v1/public/links/{received.link}/confirm", {"rating": 5})
    assert (early.status, early.code) == (404, "link-unknown")  # what is not handed over is not confirmed
    _only(handled, "hand_over")

    handled.do("hand_over")
    asked = handled.letters[3]
    assert case.asked in asked.subject
    assert all(line in asked.text for line in case.result.splitlines())
    assert f"{PUBLIC_URL}/p/{asked.link}" in asked.text
    assert f"{PUBLIC_URL}/p/{asked.link}" in asked.html
    _only(handled)

    handled.answer("confirm", {"rating": 5, "comment": case.content}, asked.link)
    assert len(handled.letters) == 5
    again = house.client("support").post(f"/v1/public/links/{asked.link}/refuse", {"reason": "x"})
    assert (again.status, again.code) == (410, "link-used")
    _only(handled, "log")

    handled.do("log")
    assert len(handled.letters) == 5  # the record is the firm's own business
    _only(handled)
    _intact(handled)
    assert house.failures("support") == house.failures("notify") == []


def _only(handled: Handled, *allowed: str) -> None:
    """In this state staff can do only this: every other step is refused, says what is possible, and changes nothing."""
    before = handled.house.snapshot("support")
    assert [verb for verb in handled.ticket["possible"] if verb in STEPS] == list(allowed)
    for verb, body in STEPS.items():
        if verb not in allowed:
            refused = handled.staff.post(f"/v1/tickets/{handled.id}/{verb}", body)
            assert (refused.status, refused.code) == (409, "wrong-state")
            assert refused.body["state"] == handled.ticket["state"]
            assert set(allowed) <= set(refused.body["possible"])
    assert handled.house.snapshot("support") == before


def _intact(handled: Handled) -> None:
    """The client's name and words as they wrote them, at every hop."""
    house, case = handled.house, handled.case
    with house.process.databases["support"].reading() as connection:
        row = tickets.load(connection, handled.id)
    assert (row.requester.name, row.content, row.result, row.comment) == (
        case.name,
        case.content,
        case.result,
        case.content,
    )
    o = tables.outbox.c
    bodies = house.column("support", sa.select(o.body).where(o.kind == "event").order_by(o.seq))
    told = [body for body in map(bytes, bodies) if b'"type":"support.ticket.' in body]
    assert len(told) == 6
    for body in told:
        assert case.name.encode() in body  # letters as letters, not as \u escapes
        assert json.loads(body)["data"]["content"] == case.content
    assert house.column("notify", sa.select(contacts.contact.c.name)) == [case.name]
    for letter in handled.letters:
        assert letter.to_name == case.name
        assert case.name in letter.text
        assert letter.language == LANGUAGES[case.locale]
        assert letter.raw.isascii()  # so that no server on the way has to convert it
