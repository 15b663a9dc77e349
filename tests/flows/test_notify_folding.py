"""Staff are told of much in one mail: each thing is there, with its page, once, and none of it late."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from services.notify.message import commands, model
from services.notify.message import tables as messages
from shared.store import tables
from shared.web import tokens
from tests.flows.house import HAI_PHONG, PUBLIC_URL, House
from tests.flows.house_mail import Letter
from tests.flows.promised import Office
from tests.flows.test_notify_promises import letters, run_again

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
_m = messages.message.c
HEADS = {"vi": "việc cần Anh/Chị lưu ý", "zh": "项工作提醒", "en": "things that need your attention"}


def rows(house: House, recipient: str) -> list[sa.Row[Any]]:
    """A person's messages, oldest first."""
    with house.process.databases["notify"].reading() as connection:
        return list(connection.execute(sa.select(messages.message).where(_m.recipient == recipient).order_by(_m.seq)))


def told(letter: Letter, ids: list[str]) -> int:
    """How many of the tickets the letter leads to."""
    return sum(f"{PUBLIC_URL}/tickets/{id}" in letter.text for id in ids)


@pytest.mark.parametrize("locale", HEADS)
def test_more_than_three_messages_within_ten_minutes_come_in_one_mail_at_the_end_of_them(
    house: House, locale: str
) -> None:
    office = Office(house)
    reader = house.staff("staff", locale=locale)
    house.settle()
    ids = [office.receive() for _ in range(6)]
    house.pass_time(15 * MINUTE)  # every one of them is soon due
    assert [told(letter, ids) for letter in letters(house, reader)] == [1, 1, 1]
    run_again(house, "notify")
    house.pass_time(10 * MINUTE - SECOND)
    assert len(letters(house, reader)) == 3
    house.pass_time(2 * SECOND)
    *alone, several = letters(house, reader)
    assert (len(alone), told(several, ids)) == (3, 3)
    assert "3" in several.subject
    assert HEADS[locale] in several.subject
    assert len({id for id in ids for letter in letters(house, reader) if told(letter, [id])}) == 6
    for id in ids:  # what, by when and where, of each that was not told before
        if told(several, [id]):
            number = office.as_(office.staff).get(f"/v1/tickets/{id}").expect(200)["number"]
            assert number in several.text
            assert number in several.html

    found = rows(house, several.to)
    assert [row.state for row in found] == ["sent"] * 3 + ["folded", "sent", "folded", "folded"]
    (one,) = {row.folded_into for row in found if row.state == "folded"}
    assert one == next(row.id for row in found if row.rule == "task-digest")
    assert all((row.text is None) == (row.state == "folded") for row in found)  # a folded one is read in its mail
    run_again(house, "notify")
    house.pass_time(20 * MINUTE)
    assert sum(told(letter, ids) for letter in letters(house, reader) if HEADS[locale] in letter.subject) == 3


def test_what_comes_after_the_mail_was_prepared_and_before_it_leaves_is_in_it_as_well(house: House) -> None:
    office = Office(house)
    ids = [office.receive() for _ in range(5)]
    house.pass_time(15 * MINUTE)
    (id,) = [row.id for row in rows(house, letters(house, office.staff)[0].to) if row.rule == "task-digest"]
    with house.work("notify") as work:
        found = messages.load(work.connection, id)
    prepared = model.rendered(found, title="t", text="t", html="h", sender_name="s")
    house.time.move(9 * MINUTE)
    late = office.receive()
    office.do("classify", late, request_type=3)
    colleague = house.staff("staff")
    house.settle()
    office.do("assign", late, office.lead, to=colleague.id)  # the former owner hears of it, in the same mail
    with pytest.raises(commands.Grown), house.work("notify") as work:  # a worker that had prepared it meanwhile
        commands.begin(work, prepared, channel="folder", message_id="<x@y>")
    house.pass_time(2 * MINUTE)
    several = letters(house, office.staff)[-1]
    assert told(several, [*ids, late]) == 3
    with house.process.databases["notify"].reading() as connection:
        waiting = connection.execute(sa.select(_m.rule).where(_m.state == "waiting")).scalars().all()
    assert set(waiting) == {"decision-digest"}  # what lead and executive are only informed of leaves later
    t = tables.task.c
    assert house.scalar("notify", sa.select(sa.func.count()).where(t.state.in_(("ready", "running")))) == 0


def test_colleagues_see_with_what_a_message_was_told(house: House) -> None:
    office = Office(house)
    for _ in range(4):
        office.receive()
    house.pass_time(15 * MINUTE)
    lead: tokens.Caller = office.lead
    items = house.client("notify", lead).get("/v1/messages?state=folded").expect(200)["items"]
    (folded,) = [each for each in items if each["rule"] == "promise-warning"]
    shown = house.client("notify", lead).get(f"/v1/messages/{folded['id']}").expect(200)
    several = house.client("notify", lead).get(f"/v1/messages/{shown['folded_into']}").expect(200)
    assert (several["rule"], several["state"], several["unit"]) == ("task-digest", "waiting", HAI_PHONG)
    house.pass_time(11 * MINUTE)
    assert house.client("notify", lead).get(f"/v1/messages/{several['id']}").expect(200)["state"] == "sent"
