"""The read side of tickets."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from services.support.ticket import finding, model, tables
from shared.store import cursor as cursors

MOST = 100  # tickets on one page
NUMBER = re.compile(r"TCK-(\d{4})-(\d{1,18})", re.IGNORECASE)

_t = tables.ticket.c
_ASKED = sa.func.coalesce(_t.asked_at, _t.received_at, type_=_t.asked_at.type)


def client_names(connection: sa.Connection, ids: Collection[str]) -> dict[str, str]:
    """Whom these tickets are for, by id."""
    rows = connection.execute(sa.select(_t.id, _t.requester).where(_t.id.in_(ids))).all()
    return {row.id: row.requester["name"] for row in rows}


def year_and_seq(number: str) -> tuple[int, int] | None:
    """What `TCK-2026-000123` names; None for what is no number of ours."""
    found = NUMBER.fullmatch(number.strip())
    return (int(found[1]), int(found[2])) if found else None


def page(
    connection: sa.Connection,
    *,
    units: Collection[str],
    state: str | None = None,
    number: str | None = None,
    topic: str | None = None,
    channel: str | None = None,
    request_type: int | None = None,
    rating: int | None = None,
    owner: str | None = None,
    unit: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    q: str | None = None,
    limit: int = 25,
    cursor: str | None = None,
) -> tuple[list[model.Ticket], str | None]:
    """The units' tickets, newest first (with `q` the best hits first), and the cursor of the next page.

    `unit` is one of the units; `since` and `until` are about when the client asked.

    Each unit is read from its own index and cut off: one condition over all would sort everything they have.
    """
    here = [each for each in sorted(units) if unit in (None, each)]
    statement = sa.select(tables.ticket)
    given = {
        _t.state: state,
        _t.topic: topic,
        _t.channel: channel,
        _t.owner: owner,
        _t.request_type: request_type,
        _t.rating: rating,
    }
    statement = statement.where(*(column == value for column, value in given.items() if value is not None))
    if since:
        statement = statement.where(since <= _ASKED)
    if until:
        statement = statement.where(until > _ASKED)
    if number:
        named = year_and_seq(number)
        statement = statement.where(_t.year == named[0], _t.seq == named[1]) if named else statement.where(sa.false())
    if q:
        return finding.page(connection, statement, q, units=here, limit=limit, cursor=cursor)
    if cursor:
        statement = statement.where(_t.seq < cursors.read(cursor))
    statement = statement.order_by(_t.seq.desc()).limit(limit + 1)
    rows = [row for each in here for row in connection.execute(statement.where(_t.unit == each))]
    rows.sort(key=lambda row: row.seq, reverse=True)
    tickets = [tables.read(row) for row in rows[:limit]]
    return tickets, cursors.write(tickets[-1].seq) if len(rows) > limit else None
