"""What a check lists: the lines of its unit's record that the day is about, with what is to be said of each."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from services.support.record_check import model, tables
from services.support.ticket import model as tickets
from services.support.ticket import tables as ticket_tables
from services.support.ticket.flow import TICKET
from shared.clocks import model as clock_model
from shared.clocks import tables as clock_tables
from shared.store.cursor import BadCursor
from shared.store.types import among

MOST = 500  # lines of one check; those of the day come first

_c, _d, _k, _t = clock_tables.clock.c, tables.demand.c, tables.check.c, ticket_tables.ticket.c


@dataclass(frozen=True, slots=True)
class Line:
    """One request, what is wrong with its record, and what was demanded."""

    ticket: tickets.Ticket
    findings: tuple[model.Finding, ...]
    demands: tuple[dict[str, Any], ...]


def lines(connection: sa.Connection, held: model.Check, now: datetime) -> list[Line]:
    """The requests that came in, and older ones whose promises are late now: not classified, not handed over, not
    answered, or not written down in time (S004-157, S004-162)."""
    came = (_t.unit == held.unit, _t.received_at > held.since, _t.received_at <= held.due_at)
    order = (_t.received_at, _t.seq)
    rows = connection.execute(sa.select(ticket_tables.ticket).where(*came).order_by(*order).limit(MOST))
    found = [ticket_tables.read(row) for row in rows]
    known = {ticket.id for ticket in found}
    older = [id for id in _late_now(connection, held.unit, now) if id not in known][: MOST - len(found)]
    if older:
        rows = connection.execute(
            sa.select(ticket_tables.ticket)
            .where(among(_t.id, older, connection.dialect.name), _t.received_at < held.due_at)
            .order_by(_t.seq)
        )
        found += [ticket_tables.read(row) for row in rows]
    all_ = [ticket.id for ticket in found]
    late, asked = _late(connection, all_, now), demands(connection, all_)
    return [
        Line(
            ticket,
            tuple(model.findings(ticket, tickets.missing(ticket), late.get(ticket.id, ()))),
            tuple(asked.get(ticket.id, ())),
        )
        for ticket in found
    ]


def _late_now(connection: sa.Connection, unit: str, now: datetime) -> list[str]:
    open_ = _c.state.in_(clock_model.OPEN)
    due = sa.select(_c.object_id).where(open_, _c.unit == unit, _c.object_kind == TICKET.name, _c.due_at < now)
    return list(dict.fromkeys(connection.execute(due.order_by(_c.due_at).limit(MOST)).scalars()))


def _late(connection: sa.Connection, ids: list[str], now: datetime) -> dict[str, list[str]]:
    """The names of the promises of each request that were kept late, or are late now."""
    over = sa.or_(_c.late_at.is_not(None), sa.and_(_c.state == "running", _c.due_at < now))
    found: dict[str, list[str]] = {}
    statement = sa.select(_c.object_id, _c.name).where(among(_c.object_id, ids, connection.dialect.name), over)
    for id, name in connection.execute(statement.order_by(_c.started_at)):
        if name not in found.setdefault(id, []):
            found[id].append(name)
    return found


def demands(connection: sa.Connection, ids: list[str]) -> dict[str, list[dict[str, Any]]]:
    """What was demanded of each request, oldest first; open until its record is written."""
    states = dict(
        map(tuple, connection.execute(sa.select(_t.id, _t.state).where(among(_t.id, ids, connection.dialect.name))))
    )
    found: dict[str, list[dict[str, Any]]] = {}
    asked = sa.select(tables.demand).where(among(_d.ticket_id, ids, connection.dialect.name)).order_by(_d.demanded_at)
    for row in connection.execute(asked):
        is_open = states.get(row.ticket_id) not in model.ENDED
        found.setdefault(row.ticket_id, []).append({**row._mapping, "open": is_open})
    return found


def open_demands(connection: sa.Connection, units: Collection[str]) -> list[dict[str, Any]]:
    """Every demand of the units that is still open, oldest first."""
    statement = (
        sa.select(tables.demand, _t.year, _t.seq)
        .join(ticket_tables.ticket, _t.id == _d.ticket_id)
        .where(_d.unit.in_(list(units)), _t.state.not_in(model.ENDED))
        .order_by(_d.demanded_at, _d.id)
        .limit(MOST)
    )
    return [
        {**row._mapping, "number": f"TCK-{row.year}-{row.seq:06d}", "open": True}
        for row in connection.execute(statement)
    ]


def page(
    connection: sa.Connection,
    *,
    units: Collection[str],
    state: str | None = None,
    since: date | None = None,
    until: date | None = None,
    limit: int = 25,
    cursor: str | None = None,
) -> tuple[list[model.Check], str | None]:
    """Checks of the units, the newest day first."""
    statement = sa.select(tables.check).where(_k.unit.in_(list(units)))
    if state is not None:
        statement = statement.where(_k.state == state)
    if since is not None:
        statement = statement.where(_k.day >= since)
    if until is not None:
        statement = statement.where(_k.day <= until)
    if cursor:
        day, unit = _read(cursor)
        statement = statement.where(sa.or_(_k.day < day, sa.and_(_k.day == day, _k.unit > unit)))
    rows = connection.execute(statement.order_by(_k.day.desc(), _k.unit).limit(limit + 1)).all()
    found = [tables.read(row) for row in rows[:limit]]
    return found, f"{found[-1].day.isoformat()} {found[-1].unit}" if len(rows) > limit else None


def _read(cursor: str) -> tuple[date, str]:
    day, _, unit = cursor.partition(" ")
    try:
        return date.fromisoformat(day), unit
    except ValueError as error:
        raise BadCursor from error
