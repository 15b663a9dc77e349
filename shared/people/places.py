"""The working calendar of a unit: its country's years, its own closures, and the hours of its playbook."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from shared.clocks.calendar import Calendar, Week
from shared.people import tables
from shared.playbook.model import CalendarSpec
from shared.store import tables as store

ZONES = {"VN": "Asia/Ho_Chi_Minh", "CN": "Asia/Shanghai"}
REMEMBERED = 256  # calendars kept per process

_Row = SimpleNamespace
_y, _c, _r = tables.year.c, tables.closure.c, tables.revision.c


class Places:
    """Finds and remembers calendars. A remembered one is used while no year or closure behind it has changed."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, CalendarSpec], tuple[tuple[int, ...], Calendar]] = {}
        self._seen: dict[tuple[str, CalendarSpec], tuple[Any, Calendar]] = {}

    def calendar(self, connection: sa.Connection, unit: str, spec: CalendarSpec) -> Calendar:
        """The unit's calendar. One short query a transaction when nothing has changed."""
        transaction = connection.get_transaction()
        if (seen := self._seen.get((unit, spec))) is not None and seen[0] is transaction and transaction is not None:
            return seen[1]
        made = self._looked_up(connection, unit, spec)
        self._seen[unit, spec] = (transaction, made)
        return made

    def _looked_up(self, connection: sa.Connection, unit: str, spec: CalendarSpec) -> Calendar:
        rows = connection.execute(_REVISIONS, {"unit": unit, "country": spec.country}).all()
        revision = tuple(number for _, number in sorted(tuple(row) for row in rows))
        known = self._known.get((unit, spec))
        if known is not None and known[0] == revision:
            return known[1]
        if len(self._known) >= REMEMBERED:
            self._known.clear()
            self._seen.clear()
        made = build(connection, unit, spec)
        self._known[unit, spec] = (revision, made)
        return made


@dataclass(frozen=True, slots=True)
class Former:
    """How one year or closure stood before it was changed; with neither `year` nor `closure` it was not there."""

    country: str | None = None
    number: int | None = None
    year: Mapping[str, Any] | None = None
    closure_id: str | None = None
    closure: Mapping[str, Any] | None = None


def former(connection: sa.Connection, unit: str, spec: CalendarSpec, was: Former) -> Calendar:
    """The calendar as it was before the change, for what was counted under it."""
    return build(connection, unit, spec, was)


def build(connection: sa.Connection, unit: str, spec: CalendarSpec, was: Former | None = None) -> Calendar:
    """The calendar from what is known now, or was known before one change."""
    years: list[Any] = list(connection.execute(sa.select(tables.year).where(_y.country == spec.country)))
    closures: list[Any] = list(connection.execute(sa.select(tables.closure).where(_c.unit == unit, _c.active)))
    if was is not None and was.country == spec.country:
        years = [row for row in years if row.year != was.number]
        years += [_Row(**was.year)] if was.year is not None else []
    if was is not None and was.closure_id is not None:
        closures = [row for row in closures if row.id != was.closure_id]
        if was.closure is not None and was.closure["unit"] == unit and was.closure["active"]:
            closures.append(_Row(**was.closure))
    off = {date.fromisoformat(day) for row in years for day in row.off}
    for row in closures:
        off |= {row.since + timedelta(days=n) for n in range((row.until - row.since).days + 1)}
    made_up: dict[date, Any] = {
        date.fromisoformat(day): weekday for row in years for day, weekday in row.made_up.items()
    }
    return Calendar(
        key=unit,
        zone=ZONES[spec.country],
        weeks=tuple(Week(hours.since, hours.days) for hours in spec.hours),
        off=frozenset(off),
        made_up=made_up,
        official=frozenset(row.year for row in years if row.official),
    )


def zones(connection: sa.Connection, units: Iterable[str]) -> dict[str, ZoneInfo]:
    """The zone that each unit lives by, by the unit's code; a unit that is not known has none."""
    u = store.unit.c
    rows = connection.execute(sa.select(u.code, u.country).where(u.code.in_(list(units))))
    return {row.code: ZoneInfo(ZONES[row.country]) for row in rows}


_REVISIONS = sa.select(_r.key, _r.number).where(_r.key.in_((sa.bindparam("unit"), sa.bindparam("country"))))
