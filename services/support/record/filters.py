"""Which lines of the record: by period, unit, and what stands in each of its columns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from services.support.ticket import tables
from shared.kernel import ids
from shared.people import tables as people

NAMED = "named"
"""The kind of actor who is known by name only: a handler of a record that was kept elsewhere before."""

_t, _p = tables.ticket.c, people.person.c


@dataclass(frozen=True, slots=True)
class Filter:
    """What is asked for; None does not narrow. Days are those of each unit; both ends are included."""

    since: date | None = None
    until: date | None = None
    state: str | None = None
    request_type: int | None = None
    handler: str | None = None
    """A staff id, or part of a name."""
    content: str | None = None
    requester: str | None = None
    method: str | None = None
    rating: int | None = None
    hours_from: float | None = None
    hours_to: float | None = None
    number: tuple[int, int] | None = None
    """Year and running number."""


def conditions(connection: sa.Connection, asked: Filter) -> list[sa.ColumnElement[bool]]:
    """What holds for every unit alike."""
    found: list[sa.ColumnElement[bool]] = []
    for column, value in ((_t.state, asked.state), (_t.request_type, asked.request_type), (_t.rating, asked.rating)):
        if value is not None:
            found.append(column == value)
    name = _t.requester["name"].as_string()
    for column, value in ((_t.content, asked.content), (name, asked.requester), (_t.method, asked.method)):
        if value:
            found.append(column.icontains(value, autoescape=True))
    if asked.number is not None:
        found += [_t.year == asked.number[0], _t.seq == asked.number[1]]
    if asked.handler:
        found.append(_handled_by(connection, asked.handler))
    hours = _hours(connection)
    if asked.hours_from is not None:
        found.append(hours >= asked.hours_from - SLACK)
    if asked.hours_to is not None:
        found.append(hours <= asked.hours_to + SLACK)
    return found


SLACK = 0.005  # hours: what rounding to two places leaves out


def period(asked: Filter, zone: ZoneInfo) -> list[sa.ColumnElement[bool]]:
    """The days of one unit as moments: when the client asked, whenever it was written down (S004-100)."""
    found: list[sa.ColumnElement[bool]] = []
    if asked.since is not None:
        found.append(_t.asked_at >= begin(asked.since, zone))
    if asked.until is not None:
        found.append(_t.asked_at < begin(asked.until + timedelta(days=1), zone))
    return found


def begin(day: date, zone: ZoneInfo) -> datetime:
    """When a day begins there."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _handled_by(connection: sa.Connection, handler: str) -> sa.ColumnElement[bool]:
    if ids.is_id(handler):
        return _t.handler == f"staff:{handler}"
    people_ = connection.execute(sa.select(_p.id).where(_p.name.icontains(handler, autoescape=True))).scalars()
    named = _t.handler.startswith(f"{NAMED}:") & _t.handler.icontains(handler, autoescape=True)
    return sa.or_(_t.handler.in_([f"staff:{id}" for id in people_]), named)


def _hours(connection: sa.Connection) -> sa.ColumnElement[Any]:
    """The processing time in hours, as the database counts it."""
    if connection.dialect.name == "sqlite":
        return (sa.func.julianday(_t.promised_at) - sa.func.julianday(_t.classified_at)) * 24
    return sa.extract("epoch", _t.promised_at - _t.classified_at) / 3600
