"""The read side of clocks: what is due, what waits for me, and why a clock is where it is.

The desk is read from the clocks themselves: whoever owes an open promise finds it by an index over owner (or unit) and
due moment, however many objects there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from shared.clocks import commands, model, tables
from shared.kernel import moment

MOST = 200  # clocks on one page
COUNTED = 1_000
"""As far as a list of the desk is counted: one more is shown as "1,000+"."""
_c, _s = tables.clock.c, tables.stretch.c
_OPEN = tables.OPEN
_ORDER = (_c.due_at, _c.id)


@dataclass(frozen=True, slots=True)
class Pool:
    """Promises of a role in a unit that nobody in particular owes yet."""

    unit: str
    role: str


@dataclass(frozen=True, slots=True)
class Watch:
    """Promises of a unit that somebody hears of, by the names of their clocks; their own `roles` there owe some."""

    unit: str
    names: frozenset[str]
    roles: frozenset[str]


def due(
    connection: sa.Connection,
    units: Iterable[str],
    *,
    before: datetime | None = None,
    limit: int = 50,
    after: tuple[datetime, str] | None = None,
    back: bool = False,
) -> list[tables.Kept]:
    """Open clocks of the units, the one due first first; `after` is the last one seen. Going `back` one sees those
    before it, the nearest first."""
    statement = sa.select(tables.clock).where(_OPEN, _c.unit.in_(list(units)))
    if before is not None:
        statement = statement.where(_c.due_at < before)
    return page(connection, statement, limit, after, back=back)


def desk(
    connection: sa.Connection,
    *,
    person: str,
    pools: Sequence[Pool],
    limit: int = 50,
    after: tuple[datetime, str] | None = None,
    back: bool = False,
) -> list[tables.Kept]:
    """What waits for a person: promises assigned to them, and those of their roles that are nobody's yet.

    Each part is read from its own index and cut off, so that a person with a full desk costs as little as any other.
    """
    return _merged(connection, _mine(person, pools), limit, after, back)


def informed(
    connection: sa.Connection,
    *,
    person: str,
    watches: Sequence[Watch],
    limit: int = 50,
    after: tuple[datetime, str] | None = None,
    back: bool = False,
) -> list[tables.Kept]:
    """What others owe and a person hears of, read like the desk."""
    return _merged(connection, [_heard_of(person, watch) for watch in watches], limit, after, back)


def counts(
    connection: sa.Connection, *, person: str, pools: Sequence[Pool], watches: Sequence[Watch], units: Iterable[str]
) -> dict[str, int]:
    """How much is on each list of the desk, up to one more than `COUNTED`."""
    lists = {
        "mine": _mine(person, pools),
        "team": [_c.unit.in_(list(units))],
        "informed": [_heard_of(person, watch) for watch in watches],
    }
    return {name: _count(connection, conditions) for name, conditions in lists.items()}


def _count(connection: sa.Connection, conditions: Sequence[sa.ColumnElement[bool]]) -> int:
    some = sa.select(_c.id).where(_OPEN, sa.or_(sa.false(), *conditions)).limit(COUNTED + 1).subquery()
    return connection.execute(sa.select(sa.func.count()).select_from(some)).scalar_one()


def _mine(person: str, pools: Sequence[Pool]) -> list[sa.ColumnElement[bool]]:
    nobodys = (sa.and_(_c.unit == pool.unit, _c.owes == pool.role, _c.owner.is_(None)) for pool in dict.fromkeys(pools))
    return [_c.owner == person, *nobodys]


def _heard_of(person: str, watch: Watch) -> sa.ColumnElement[bool]:
    others = sa.and_(_c.owner.is_not(None), _c.owner != person)
    anothers = sa.and_(_c.owner.is_(None), _c.owes.not_in(sorted(watch.roles)))
    return sa.and_(_c.unit == watch.unit, _c.name.in_(sorted(watch.names)), sa.or_(others, anothers))


def _merged(
    connection: sa.Connection,
    conditions: Sequence[sa.ColumnElement[bool]],
    limit: int,
    after: tuple[datetime, str] | None,
    back: bool,
) -> list[tables.Kept]:
    parts = [_part(sa.select(tables.clock).where(_OPEN, each), limit, after, back) for each in conditions]
    found = {row.id: row for part in parts for row in connection.execute(part)}
    rows = sorted(found.values(), key=lambda row: (row.due_at, row.id), reverse=back)[:limit]
    return [tables.read(row) for row in rows]


def of_objects(connection: sa.Connection, ids: Sequence[str]) -> dict[str, list[tables.Kept]]:
    """The clocks of objects, oldest first, by the object's id."""
    found: dict[str, list[tables.Kept]] = {id: [] for id in ids}
    for row in connection.execute(_OF_OBJECTS, {"objects": list(ids)}):
        found[row.object_id].append(tables.read(row))
    return found


_OF_OBJECTS = (
    sa.select(tables.clock)
    .where(_c.object_id.in_(sa.bindparam("objects", expanding=True)))
    .order_by(_c.started_at, _c.id)
)


def one(connection: sa.Connection, id: str) -> tables.Kept:
    """One clock. Raises `commands.NoSuchClock`."""
    row = connection.execute(sa.select(tables.clock).where(_c.id == id)).one_or_none()
    if row is None:
        raise commands.NoSuchClock
    return tables.read(row)


def shown(kept: tables.Kept, book: commands.Book, connection: sa.Connection, now: datetime) -> dict[str, Any]:
    """A clock as every object with clocks shows it."""
    clock = kept.clock
    time = book.time(connection, kept.of, kept.basis)
    left = model.left(clock, now, time) if clock.open else clock.allowance - clock.used
    return {
        "id": kept.id,
        "name": clock.name,
        "round": kept.round,
        "state": clock.state,
        "owed_by": kept.owner,
        "owes": kept.owes,
        "on": kept.basis,
        "started_at": clock.started_at,
        "due_at": clock.due_at,
        "left_seconds": int(left.total_seconds()),
        "used_seconds": int(model.used(clock, now, time).total_seconds()),
        "allowance_seconds": int(clock.allowance.total_seconds()),
        "late": not clock.on_time or (clock.open and left < timedelta()),
        "paused_for": clock.paused_for,
        "provisional": clock.provisional,
        "ended_at": clock.ended_at,
    }


def explain(kept: tables.Kept, book: commands.Book, connection: sa.Connection, now: datetime) -> dict[str, Any]:
    """Why a clock is where it is: every counted interval, every pause, reprice and rung, to the second."""
    rows = connection.execute(sa.select(tables.stretch).where(_s.clock_id == kept.id).order_by(_s.number)).all()
    closed = tuple(tables.read_stretch(row) for row in rows)
    time = book.time(connection, kept.of, kept.basis)
    until = kept.clock.ended_at or now
    intervals, total = model.explain(kept.clock, closed, until, time)
    return {
        **shown(kept, book, connection, now),
        "of": {"kind": kept.of.kind, "id": kept.of.id, "number": kept.of.number, "unit": kept.of.unit},
        "playbook": f"{kept.of.playbook} {kept.of.playbook_version}",
        "first_due_at": kept.clock.first_due_at,
        "late_at": kept.clock.late_at,
        "as_of": until,
        "intervals": [
            {"from": begin, "until": end, "seconds": (end - begin).total_seconds()} for begin, end in intervals
        ],
        "counted_seconds": total.total_seconds(),
        "changes": [_change(row, stretch) for row, stretch in zip(rows, closed, strict=True)],
        "ladder": [_rung(step, number, kept.clock) for number, step in enumerate(kept.clock.ladder)],
    }


def _change(row: sa.Row[Any], stretch: model.Stretch) -> dict[str, Any]:
    return {
        "at": stretch.end,
        "what": stretch.ended,
        "by": row.actor,
        "reason": stretch.reason,
        "evidence": stretch.evidence,
        "counted_seconds": stretch.counted.total_seconds(),
        "due_before": row.due_before,
        "due_after": row.due_after,
    }


def _rung(step: model.Step, number: int, clock: model.Clock) -> dict[str, Any]:
    return {
        "percent": step.at * 100 / model.WHOLE,
        "tell": list(step.tell),
        "escalate": step.escalate,
        "fired": number < clock.fired,
        "next_at": clock.next_at if number == clock.fired else None,
    }


def page(
    connection: sa.Connection,
    statement: sa.Select[Any],
    limit: int,
    after: tuple[datetime, str] | None,
    *,
    back: bool = False,
) -> list[tables.Kept]:
    """Of the clocks of a statement, those after the last one seen, the one due first first."""
    return [tables.read(row) for row in connection.execute(_part(statement, limit, after, back))]


def _part(
    statement: sa.Select[Any], limit: int, after: tuple[datetime, str] | None, back: bool = False
) -> sa.Select[Any]:
    if after is not None:
        at, id = after
        further = (_c.due_at < at, _c.id < id) if back else (_c.due_at > at, _c.id > id)
        statement = statement.where(sa.or_(further[0], sa.and_(_c.due_at == at, further[1])))
    return statement.order_by(*(each.desc() if back else each for each in _ORDER)).limit(min(limit, MOST))


def cursor(kept: tables.Kept) -> str:
    """What the next page begins after."""
    return f"{moment.text(kept.clock.due_at)} {kept.id}"


def read_cursor(text: str) -> tuple[datetime, str]:
    """The place that a cursor names. Raises ValueError."""
    at, _, id = text.partition(" ")
    return moment.parse(at), id
