"""Failures as people look at them: by cause, with the first and the last, the objects they are about, and notes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from shared import trail
from shared.failures import story
from shared.kernel import errors, ids
from shared.kernel.text import plain
from shared.store import tables, types, work

STATES = ("parked", "replayed", "resolved", "discarded")
EXAMPLES = 3  # failures whose objects are named with a cause
MOST_CAUSES = 200
MOST_NOTES = 100
KIND = "operations.cause"

_f, _n = tables.failure.c, tables.failure_note.c


class NoSuchCause(errors.NotFound):
    """Nothing of this cause is known here; it was dealt with and forgotten, or never was."""

    code = "no-such-cause"


@dataclass(frozen=True, slots=True)
class Group:
    """Failures of one cause that are in one state."""

    id: str
    cause: str
    kind: str
    name: str
    reason: str
    count: int
    first: datetime
    last: datetime
    again: int
    """How often they failed anew after a replay."""
    examples: tuple[str, ...]
    """The ids of the newest."""
    notes: int


def key(cause: str) -> str:
    """What a cause is called in an address."""
    return hashlib.sha256(cause.encode()).hexdigest()[:16]


def named(connection: sa.Connection, key_: str) -> str:
    """The cause of a key, whatever state its failures are in. Raises `NoSuchCause`."""
    for cause in connection.execute(sa.select(_f.cause).distinct()).scalars():
        if key(cause) == key_:
            return cause
    raise NoSuchCause


def of(connection: sa.Connection, state: str, *, cause: str | None = None) -> list[Group]:
    """The causes of what is in this state, the most frequent first."""
    columns = (
        _f.cause,
        sa.func.min(_f.kind).label("kind"),
        sa.func.min(_f.name).label("name"),
        sa.func.min(_f.reason).label("reason"),
        sa.func.count().label("many"),
        sa.func.min(_f.failed_at).label("first"),
        sa.func.max(_f.changed_at).label("last"),
        sa.func.sum(_f.failed_again).label("again"),
    )
    wanted = [_f.state == state] + ([_f.cause == cause] if cause is not None else [])
    count: Any = sa.func.count()
    rows = connection.execute(
        sa.select(*columns).where(*wanted).group_by(_f.cause).order_by(count.desc(), _f.cause).limit(MOST_CAUSES)
    ).all()
    noted = _noted(connection, [row.cause for row in rows])
    return [
        Group(
            id=key(row.cause),
            cause=row.cause,
            kind=row.kind,
            name=row.name,
            reason=row.reason,
            count=row.many,
            first=row.first,
            last=row.last,
            again=int(row.again),
            examples=_examples(connection, row.cause, state),
            notes=noted.get(row.cause, 0),
        )
        for row in rows
    ]


def _examples(connection: sa.Connection, cause: str, state: str) -> tuple[str, ...]:
    some = sa.select(_f.id).where(_f.state == state, _f.cause == cause).order_by(_f.id.desc()).limit(EXAMPLES)
    return tuple(connection.execute(some).scalars())


def _noted(connection: sa.Connection, causes: Iterable[str]) -> dict[str, int]:
    counted = sa.select(_n.cause, sa.func.count().label("many")).where(_n.cause.in_(list(causes))).group_by(_n.cause)
    return {row.cause: row.many for row in connection.execute(counted)}


def members(cause: str, state: str, *, until: datetime | None = None) -> sa.Select[tuple[str]]:
    """The ids of what is in this state with this cause, oldest first; with `until` what had come into it by then."""
    wanted = sa.select(_f.id).where(_f.state == state, _f.cause == cause)
    if until is not None:
        wanted = wanted.where(_f.changed_at <= until)
    return wanted.order_by(_f.failed_at, _f.id)


def page(
    connection: sa.Connection, *, state: str | None, cause: str | None, after: str | None, limit: int
) -> list[sa.Row[Any]]:
    """Failures one by one, the newest first, without their raw bytes; `after` is the id of the last one seen."""
    found = sa.select(*(column for column in tables.failure.columns if column.name not in ("raw", "error", "headers")))
    if state is not None:
        found = found.where(_f.state == state)
    if cause is not None:
        found = found.where(_f.cause == cause)
    if after is not None:
        found = found.where(_f.id < after)
    return list(connection.execute(found.order_by(_f.id.desc()).limit(limit)))


def some(connection: sa.Connection, ids_: Sequence[str]) -> list[sa.Row[Any]]:
    """Failures by their ids: enough to say what they are about."""
    if not ids_:
        return []
    columns: Any = (_f.id, _f.kind, _f.ref, _f.name, _f.subject)
    wanted: Any = sa.select(*columns).where(types.among(_f.id, list(ids_), connection.dialect.name))
    return list(connection.execute(wanted))


def notes(connection: sa.Connection, cause: str) -> list[sa.Row[Any]]:
    """What people on call wrote about a cause, the newest first."""
    wanted = sa.select(tables.failure_note).where(_n.cause == cause)
    return list(connection.execute(wanted.order_by(_n.id.desc()).limit(MOST_NOTES)))


def note(unit: work.Work, cause: str, text: str) -> str:
    """Write down what is known about a cause. Returns the note's id. Raises `story.ReasonMissing`."""
    story.check(text)
    row = {
        "id": ids.new(),
        "cause": cause,
        "text": plain(text.strip()),
        "at": unit.now,
        "by": unit.actor[: tables.NAME],
    }
    work.insert(unit, tables.failure_note, row)
    entry = trail.Entry(KIND, f"cause:{key(cause)}", "noted", {"cause": cause, "note": row["id"]})
    trail.append(unit, entry)
    return row["id"]
