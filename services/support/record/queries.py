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
        logged, silent = _t.state == "logged", _t.answered_at.is_(None)
        counts = {
            "requests": sa.func.count(),
            "classified": _sum(_t.classified_at.is_not(None)),
            "logged": _sum(sa.and_(logged, ~silent)),
            "without_answer": _sum(sa.and_(logged, silent)),
            "withdrawn": _sum(_t.state == "withdrawn"),
            "duplicates": _sum(_t.state == model.DUPLICATE),
            "open": _sum(_t.state.not_in(model.ENDED)),
        }
        row = connection.execute(sa.select(*(each.label(name) for name, each in counts.items())).where(*where)).one()
        found.append({"unit": unit, **{name: int(value or 0) for name, value in row._mapping.items()}})
    return found


def _sum(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[Any]:
    return sa.func.sum(sa.case((condition, 1), else_=0))


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
