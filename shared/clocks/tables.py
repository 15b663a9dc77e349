"""The tables of the clocks, in every service's database, and a clock to and from its row.

`clock.next_at` is what the loop looks at; a closed stretch keeps its counted intervals as they were; `clock_stop` holds
stops that arrived before their start; `clock_kpi` is counted up when a clock ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from shared.clocks import model
from shared.store.types import Id, Json, Moment, metadata

METADATA = metadata("clocks")
NAME = 200  # characters, as everywhere
MICROSECOND = timedelta(microseconds=1)

clock = sa.Table(
    "clock",
    METADATA,
    sa.Column("id", Id, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("object_kind", sa.String(NAME), nullable=False),  # support.ticket
    sa.Column("object_id", sa.String(NAME), nullable=False),
    sa.Column("number", sa.String(NAME), nullable=False),  # what people call the object
    sa.Column("unit", sa.String(100), nullable=False),
    sa.Column("party", sa.String(NAME)),
    sa.Column("playbook", sa.String(NAME), nullable=False),
    sa.Column("playbook_version", sa.String(NAME), nullable=False),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("request_type", sa.String(100)),
    sa.Column("basis", sa.String(10), nullable=False),  # running | working
    sa.Column("owes", sa.String(100), nullable=False),  # the role
    sa.Column("owner", sa.String(NAME)),  # the person it is assigned to; none: whoever holds the role
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("started_at", Moment, nullable=False),
    sa.Column("started_by", sa.String(NAME), nullable=False),  # the event
    sa.Column("allowance_us", sa.BigInteger, nullable=False),
    sa.Column("used_us", sa.BigInteger, nullable=False),
    sa.Column("since", Moment),
    sa.Column("due_at", Moment, nullable=False),
    sa.Column("first_due_at", Moment, nullable=False),
    sa.Column("ladder", Json, nullable=False),
    sa.Column("fired", sa.Integer, nullable=False),
    sa.Column("next_at", Moment),
    sa.Column("late_at", Moment),
    sa.Column("paused_at", Moment),
    sa.Column("paused_for", sa.Text),
    sa.Column("evidence", sa.Text),
    sa.Column("ended_at", Moment),
    sa.Column("ended_by", sa.String(NAME)),
    sa.Column("provisional", sa.Boolean, nullable=False),
    sa.Column("counted", sa.String(10)),  # on_time | late | unanswered; none: open, or owed no more before it was due
    sa.Column("ended_on", sa.Date),  # the day in the unit's zone on which it was counted
    sa.UniqueConstraint("object_id", "name", "round"),
    sa.UniqueConstraint("object_id", "name", "started_by"),
)
_next = clock.c.next_at.is_not(None)
OPEN = clock.c.state.in_([sa.literal_column(f"'{state}'") for state in model.OPEN])
"""What is still owed. Written out, not as parameters: SQLite reads an index of some rows only for a condition that it
can see."""
sa.Index("ix_clock_next_at", clock.c.next_at, sqlite_where=_next, postgresql_where=_next)
sa.Index("ix_clock_due_at", clock.c.due_at, clock.c.id, sqlite_where=OPEN, postgresql_where=OPEN)
sa.Index("ix_clock_open_unit", clock.c.unit, clock.c.due_at, clock.c.id, sqlite_where=OPEN, postgresql_where=OPEN)
sa.Index("ix_clock_open_owner", clock.c.owner, clock.c.due_at, clock.c.id, sqlite_where=OPEN, postgresql_where=OPEN)
_counted = clock.c.counted.is_not(None)
sa.Index(
    "ix_clock_counted",
    clock.c.counted,
    clock.c.ended_at,
    clock.c.id,
    sqlite_where=_counted,
    postgresql_where=_counted,
)

stretch = sa.Table(
    "clock_stretch",
    METADATA,
    sa.Column("clock_id", Id, sa.ForeignKey("clock.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("started_at", Moment, nullable=False),
    sa.Column("ended_at", Moment, nullable=False),
    sa.Column("intervals", Json, nullable=False),
    sa.Column("ended", sa.String(20), nullable=False),  # paused | repriced | stopped | cancelled
    sa.Column("reason", sa.Text),
    sa.Column("evidence", sa.Text),
    sa.Column("due_before", Moment, nullable=False),
    sa.Column("due_after", Moment, nullable=False),
    sa.Column("actor", sa.String(NAME), nullable=False),
)

early_stop = sa.Table(
    "clock_stop",
    METADATA,
    sa.Column("object_id", sa.String(NAME), primary_key=True),
    sa.Column("name", sa.String(100), primary_key=True),
    sa.Column("event", sa.String(NAME), primary_key=True),
    sa.Column("at", Moment, nullable=False),
)

kpi = sa.Table(
    "clock_kpi",
    METADATA,
    sa.Column("day", sa.Date, primary_key=True),  # on which the clock ended, in the unit's zone
    sa.Column("unit", sa.String(100), primary_key=True),
    sa.Column("playbook", sa.String(NAME), primary_key=True),
    sa.Column("step", sa.String(100), primary_key=True),
    sa.Column("request_type", sa.String(100), primary_key=True),
    sa.Column("person", sa.String(NAME), primary_key=True),
    sa.Column("on_time", sa.Integer, nullable=False),
    sa.Column("late", sa.Integer, nullable=False),
    sa.Column("unanswered", sa.Integer, nullable=False, server_default="0"),
    sa.Column("used_s", sa.BigInteger, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Object:
    """What a clock is about, as far as lists and messages need to know it."""

    kind: str
    id: str
    number: str
    unit: str
    party: str | None
    playbook: str
    playbook_version: str
    request_type: str | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """A clock with its place in the database."""

    id: str
    version: int
    of: Object
    round: int
    basis: str
    owes: str
    owner: str | None
    started_by: str
    clock: model.Clock


def read(row: sa.Row[Any]) -> Kept:
    """A row as a clock."""
    of = Object(
        row.object_kind,
        row.object_id,
        row.number,
        row.unit,
        row.party,
        row.playbook,
        row.playbook_version,
        row.request_type,
    )
    return Kept(row.id, row.version, of, row.round, row.basis, row.owes, row.owner, row.started_by, _clock(row))


def _clock(row: sa.Row[Any]) -> model.Clock:
    return model.Clock(
        name=row.name,
        state=row.state,
        started_at=row.started_at,
        allowance=row.allowance_us * MICROSECOND,
        used=row.used_us * MICROSECOND,
        since=row.since,
        due_at=row.due_at,
        first_due_at=row.first_due_at,
        ladder=tuple(model.Step(at, tuple(tell), escalate) for at, tell, escalate in row.ladder),
        fired=row.fired,
        next_at=row.next_at,
        late_at=row.late_at,
        paused_at=row.paused_at,
        paused_for=row.paused_for,
        evidence=row.evidence,
        ended_at=row.ended_at,
        provisional=row.provisional,
    )


def changing(of: model.Clock) -> dict[str, Any]:
    """The columns that a verb may change."""
    return {
        "state": of.state,
        "allowance_us": of.allowance // MICROSECOND,
        "used_us": of.used // MICROSECOND,
        "since": of.since,
        "due_at": of.due_at,
        "ladder": [[step.at, list(step.tell), step.escalate] for step in of.ladder],
        "fired": of.fired,
        "next_at": of.next_at,
        "late_at": of.late_at,
        "paused_at": of.paused_at,
        "paused_for": of.paused_for,
        "evidence": of.evidence,
        "ended_at": of.ended_at,
        "provisional": of.provisional,
    }


def row(of: Kept) -> dict[str, Any]:
    """A new clock's row."""
    about = of.of
    return {
        "id": of.id,
        "version": of.version,
        "object_kind": about.kind,
        "object_id": about.id,
        "number": about.number,
        "unit": about.unit,
        "party": about.party,
        "playbook": about.playbook,
        "playbook_version": about.playbook_version,
        "name": of.clock.name,
        "round": of.round,
        "request_type": about.request_type,
        "basis": of.basis,
        "owes": of.owes,
        "owner": of.owner,
        "started_at": of.clock.started_at,
        "started_by": of.started_by,
        "first_due_at": of.clock.first_due_at,
        "ended_by": None,
        "counted": None,
        "ended_on": None,
        **changing(of.clock),
    }


def read_stretch(row: sa.Row[Any]) -> model.Stretch:
    """A closed stretch."""
    intervals = tuple((datetime.fromisoformat(a), datetime.fromisoformat(b)) for a, b in row.intervals)
    return model.Stretch(row.started_at, row.ended_at, intervals, row.ended, row.reason, row.evidence)


CHANGING = (
    "state",
    "allowance_us",
    "used_us",
    "since",
    "due_at",
    "ladder",
    "fired",
    "next_at",
    "late_at",
    "paused_at",
    "paused_for",
    "evidence",
    "ended_at",
    "provisional",
)
"""The names of what `changing` gives."""
