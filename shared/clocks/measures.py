"""How promises were kept: on time, late and left unanswered of what has ended, and what is open now.

The sums of a day are counted up when a clock ends; the clock keeps as what it was counted and on which day, so that
behind every number there is the list of its clocks.

Invariants: a promise counts once; silence that somebody closed is neither on time nor late; people who lead nobody
see what they owed themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from shared.clocks import model, queries, tables
from shared.kernel import moment

BY = ("step", "person", "unit", "type", "period")
SHOWN = (*model.COUNTED, "open", "open_late")
"""What one may ask the list of: a column of the table."""
NOBODY = "nobody"
"""Asks for what was assigned to nobody in particular; as `type`, for what has no type yet."""
_c, _k = tables.clock.c, tables.kpi.c
_OPEN = _c.state.in_(model.OPEN)
_OWNER, _TYPE = sa.func.coalesce(_c.owner, ""), sa.func.coalesce(_c.request_type, "")

_DIMENSIONS: Mapping[str, tuple[Any, Any]] = {  # by -> (column of the sums, column of the clocks)
    "step": (_k.step, _c.name),
    "person": (_k.person, _OWNER),
    "unit": (_k.unit, _c.unit),
    "type": (_k.request_type, _TYPE),
}


@dataclass(frozen=True, slots=True)
class Sight:
    """What somebody may see: all of these units, and what they owed themselves."""

    units: frozenset[str]
    person: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """Of which days (both included), and of which unit, step, person and type; what is not named is not narrowed."""

    start: date
    end: date
    only: Mapping[str, str] = field(default_factory=dict)


def table(
    connection: sa.Connection, sight: Sight, asked: Asked, *, by: str, now: datetime, with_open: bool = True
) -> list[dict[str, Any]]:
    """One row for each value of a dimension, sorted by it; `period` gives a row a day, without what is open."""
    key = _k.day if by == "period" else _DIMENSIONS[by][0]
    sums = (sa.func.sum(_k[name]) for name in (*model.COUNTED, "used_s"))
    ended = sa.and_(_k.day >= asked.start, _k.day <= asked.end, *_narrowed(sight, asked, place=0))
    found: dict[str, dict[str, Any]] = {}
    for name, *counts in connection.execute(sa.select(key, *sums).where(ended).group_by(key)):
        found[str(name)] = _row(str(name), *(int(count) for count in counts))
    if by != "period" and with_open:
        dimension = _DIMENSIONS[by][1]
        overdue = sa.func.sum(sa.case((_overdue(now), 1), else_=0))
        here = sa.and_(_OPEN, *_narrowed(sight, asked, place=1))
        for name, count, late in connection.execute(
            sa.select(dimension, sa.func.count(), overdue).where(here).group_by(dimension)
        ):
            row = found.setdefault(str(name), _row(str(name), 0, 0, 0, 0))
            row |= {"open": int(count), "open_late": int(late or 0)}
    return [found[name] for name in sorted(found)]


def behind(
    connection: sa.Connection,
    sight: Sight,
    asked: Asked,
    *,
    show: str,
    now: datetime,
    limit: int = 50,
    after: tuple[datetime, str] | None = None,
) -> list[tables.Kept]:
    """The clocks behind a number: of what has ended the newest first, of what is open now the one due first.

    What is open is open now, whatever the days; `after` is the place of the last one seen (`cursor`).
    """
    here = _narrowed(sight, asked, place=1)
    if show not in model.COUNTED:
        late = [_overdue(now)] if show == "open_late" else []
        return queries.page(connection, sa.select(tables.clock).where(_OPEN, *late, *here), limit, after)
    statement = sa.select(tables.clock).where(
        _c.counted == show,
        _c.ended_at >= _midnight(asked.start, -1),  # days are those of the units' zones: the index is read a bit wider
        _c.ended_at < _midnight(asked.end, 2),
        _c.ended_on >= asked.start,
        _c.ended_on <= asked.end,
        *here,
    )
    if after is not None:
        at, id = after
        statement = statement.where(sa.or_(_c.ended_at < at, sa.and_(_c.ended_at == at, _c.id < id)))
    ordered = statement.order_by(_c.ended_at.desc(), _c.id.desc()).limit(min(limit, queries.MOST))
    return [tables.read(row) for row in connection.execute(ordered)]


def cursor(kept: tables.Kept) -> str:
    """What the next page of such a list begins after; `queries.read_cursor` reads it."""
    at = kept.clock.due_at if kept.clock.open else kept.clock.ended_at
    return f"{moment.text(at or kept.clock.due_at)} {kept.id}"


def _midnight(day: date, later: int) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC) + timedelta(days=later)


def _narrowed(sight: Sight, asked: Asked, *, place: int) -> Iterable[sa.ColumnElement[bool]]:
    """What may be seen and was asked for, of the sums (`place` 0) or of the clocks themselves (1)."""
    here = _DIMENSIONS["unit"][place].in_(sorted(sight.units))
    mine = (_k.person, _c.owner)[place] == sight.person
    yield here if sight.person is None else sa.or_(here, mine)
    for name, value in asked.only.items():
        yield _DIMENSIONS[name][place] == ("" if value == NOBODY else value)


def _overdue(now: datetime) -> sa.ColumnElement[bool]:
    """Late once, or due by now; while it is paused its due moment stands still and says nothing."""
    return sa.or_(_c.late_at.is_not(None), sa.and_(_c.due_at < now, _c.state == "running"))


def _row(name: str, on_time: int, late: int, unanswered: int, used_s: int) -> dict[str, Any]:
    ended = on_time + late
    return {
        "key": name,
        "on_time": on_time,
        "late": late,
        "unanswered": unanswered,
        "open": 0,
        "open_late": 0,
        "average_seconds": round(used_s / ended) if ended else None,
        "share_on_time": round(on_time / ended, 4) if ended else None,
    }
