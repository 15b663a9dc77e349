"""Reading the record: pages by the day of the request, and what a period adds up to."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.support.record import filters
from services.support.ticket import model, tables
from shared.kernel import moment
from shared.people import places
from shared.store.cursor import BadCursor

SORTS = ("-request_date", "request_date")
"""Newest first, or oldest first."""

_t = tables.ticket.c


def page(
    connection: sa.Connection,
    asked: filters.Filter,
    *,
    units: Collection[str],
    sort: str = SORTS[0],
    limit: int = 25,
    cursor: str | None = None,
) -> tuple[list[model.Ticket], str | None]:
    """Lines of the units' record and the cursor of the next page. Raises `BadCursor`.

    Each unit is read from its own index and cut off, as lists of tickets are.
    """
    newest = sort.startswith("-")
    order = [column.desc() if newest else column.asc() for column in (_t.asked_at, _t.seq)]
    statement = sa.select(tables.ticket).where(*filters.conditions(connection, asked))
    if cursor:
        at, seq = _read(cursor)
        behind = _t.asked_at < at if newest else _t.asked_at > at
        beside = _t.seq < seq if newest else _t.seq > seq
        statement = statement.where(sa.or_(behind, sa.and_(_t.asked_at == at, beside)))
    statement = statement.order_by(*order).limit(limit + 1)
    zones = places.zones(connection, units)
    rows = [
        row
        for unit, zone in sorted(zones.items())
        for row in connection.execute(statement.where(_t.unit == unit, *filters.period(asked, zone)))
    ]
    rows.sort(key=lambda row: (row.asked_at, row.seq), reverse=newest)
    tickets = [tables.read(row) for row in rows[:limit]]
    return tickets, _write(tickets[-1]) if len(rows) > limit else None


def totals(connection: sa.Connection, asked: filters.Filter, *, units: Collection[str]) -> list[dict[str, Any]]:
    """Per unit: how many requests there were, and what became of them; silence and withdrawals are counted apart."""
    found = []
    for unit, zone in sorted(places.zones(connection, units).items()):
        where = (_t.unit == unit, *filters.period(asked, zone), *filters.conditions(connection, asked))
        rows = connection.execute(sa.select(*_COUNTED).where(*where).group_by(_t.state))
        states = {row.state: row for row in rows}
        of = {state: row.requests for state, row in states.items()}
        answered = states["logged"].answered if "logged" in states else 0
        counts = {
            "requests": sum(of.values()),
            "classified": sum(row.classified for row in states.values()),
            "logged": answered,
            "without_answer": of.get("logged", 0) - answered,
            "withdrawn": of.get("withdrawn", 0),
            "duplicates": of.get(model.DUPLICATE, 0),
            "open": sum(count for state, count in of.items() if state not in model.ENDED),
        }
        found.append({"unit": unit, **counts})
    return found


_COUNTED = (
    _t.state,
    sa.func.count().label("requests"),
    sa.func.count(_t.classified_at).label("classified"),
    sa.func.count(_t.answered_at).label("answered"),
)
"""All of it stands in the index of the list by state, so that a record of many years is added up without reading it."""


def _write(last: model.Ticket) -> str:
    return f"{moment.text(last.receipt)} {last.seq}"


def _read(cursor: str) -> tuple[datetime, int]:
    at, _, seq = cursor.partition(" ")
    try:
        found = moment.parse(at), int(seq)
    except ValueError as error:
        raise BadCursor from error
    if not (seq.isascii() and seq.isdecimal() and len(seq) < 19):
        raise BadCursor
    return found
