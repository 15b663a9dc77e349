"""The story of one piece of failed work, and what a person may do about it.

Invariants: a failure row and the state of the work it tells of change in one transaction; the note of a failure and its
trail keep every decision about it, who took it, when and why.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from shared import trail
from shared.kernel import errors, ids, moment
from shared.kernel.text import plain
from shared.store import tables, work

RESTORABLE = timedelta(days=30)  # how long a discarded failure can be taken up again
LEAST_REASON = 3  # characters
KIND = "operations.failure"
"""What a failure's own trail is called: who decided what about it, and who looked at personal data in it."""

_f = tables.failure.c


class NotParked(errors.WrongState):
    """This failure is {state}; only what is parked can be replayed or discarded."""

    code = "not-parked"


class NotDiscarded(errors.WrongState):
    """This failure is {state}; only what was discarded can be restored."""

    code = "not-discarded"


class WorkGone(errors.Gone):
    """The work behind this failure is not there any more; what was given up can be restored for {days} days."""

    code = "work-gone"


class ReasonMissing(errors.Invalid):
    """Say why: a reason of at least three characters is written to the record."""

    code = "reason-missing"


@dataclass(frozen=True, slots=True)
class Story:
    """What went wrong. `ref` names the work: the inbox row's seq, the task's id, or the digest of a raw delivery."""

    kind: str
    ref: str
    name: str
    source: str
    subject: str
    reason: str
    error: str
    attempts: int
    cause: str | None = None
    raw: bytes | None = None
    headers: dict[str, Any] | None = None


def park(unit: work.Work, told: Story) -> str:
    """Write the failure; when the same work had failed before, its row is parked again and counted. Returns its id."""
    again = {
        "reason": told.reason,
        "cause": plain(told.cause or f"{told.name} {told.reason}")[: tables.NAME],
        "error": plain(told.error),
        "attempts": told.attempts,
        "state": "parked",
        "changed_at": unit.now,
        "changed_by": unit.actor[: tables.NAME],
    }
    row = {
        **again,
        "id": ids.new(),
        "kind": told.kind,
        "ref": told.ref,
        "name": plain(told.name)[: tables.NAME],
        "source": plain(told.source)[: tables.NAME],
        "subject": told.subject,
        "raw": told.raw,
        "headers": told.headers,
        "failed_at": unit.now,
    }
    insert = _INSERT[unit.dialect](tables.failure).values(row)
    known = insert.on_conflict_do_update(
        index_elements=["kind", "ref"], set_={**again, "failed_again": _f.failed_again + 1}
    )
    return unit.execute(known.returning(_f.id)).scalar_one()


def resolve(unit: work.Work, kind: str, refs: list[str]) -> None:
    """The work succeeded after a replay: close its story, if it has one."""
    if refs:
        unit.execute(
            tables.failure.update()
            .where(_f.kind == kind, _f.ref.in_(refs), _f.state == "replayed")
            .values(state="resolved", changed_at=unit.now)
        )


# ---- looking


def listed(
    connection: sa.Connection, *, state: str | None = "parked", limit: int = 100, cause: str | None = None
) -> list[sa.Row[Any]]:
    """The newest failures first; the raw bytes are left out."""
    statement = sa.select(*(column for column in tables.failure.columns if column.name != "raw"))
    if state:
        statement = statement.where(_f.state == state)
    if cause:
        statement = statement.where(_f.cause == cause)
    return list(connection.execute(statement.order_by(_f.failed_at.desc(), _f.id.desc()).limit(limit)))


def grouped(connection: sa.Connection) -> Sequence[sa.Row[Any]]:
    """Parked failures by cause: how many, since when, the newest."""
    count, first, last = sa.func.count(), sa.func.min(_f.failed_at), sa.func.max(_f.failed_at)
    columns = (_f.cause, _f.reason, count.label("count"), first.label("first"), last.label("last"))
    parked: Any = sa.select(*columns).where(_f.state == "parked").group_by(_f.cause, _f.reason)
    return connection.execute(parked.order_by(count.desc(), _f.cause)).all()


def frozen(connection: sa.Connection, cause: str, *, limit: int | None = None) -> list[str]:
    """The ids of what is parked with this cause now, oldest first: a set that does not grow while it is replayed."""
    statement = sa.select(_f.id).where(_f.state == "parked", _f.cause == cause).order_by(_f.failed_at, _f.id)
    return list(connection.execute(statement.limit(limit)).scalars())


def any_parked(connection: sa.Connection) -> bool:
    """Whether anything waits for a person."""
    return connection.execute(sa.select(_f.id).where(_f.state == "parked").limit(1)).first() is not None


def shown(connection: sa.Connection, id: str) -> sa.Row[Any]:
    """One failure, whole. Raises `errors.NotFound`."""
    row = connection.execute(sa.select(tables.failure).where(_f.id == id)).one_or_none()
    if row is None:
        raise errors.NotFound
    return row


# ---- deciding


@dataclass(frozen=True, slots=True)
class Again:
    """The work that a replay has begun: a row of the inbox (`event`) or of the tasks; None where there is nothing to
    watch, because what was delivered had arrived before."""

    kind: str
    ref: str


def replay(unit: work.Work, id: str, *, reason: str, batch: str | None = None) -> Again | None:
    """Try the work again with the present state and a fresh count of attempts. Returns what runs now.

    Raises `errors.NotFound`, `NotParked`, `ReasonMissing`, `WorkGone`; for a raw delivery what `receive.read` raises,
    and then it stays parked.
    """
    row = _locked(unit, id, reason, "parked", NotParked)
    if row.kind == "delivery":
        again = _receive_again(unit, row)  # from here on the inbox answers for it
        _decide(unit, row, "resolved", "replayed", reason, batch)
        return again
    _turn(unit, row, "parked", {"state": "ready", "attempts": 0, "started": 0, "finished": 0, "retry_at": None})
    if row.kind == "event":
        unit.wake("inbox")
    else:
        _hint_again(unit, row)
    _decide(unit, row, "replayed", "replayed", reason, batch)
    return Again(row.kind, row.ref)


def discard(unit: work.Work, id: str, *, reason: str, batch: str | None = None) -> None:
    """Give the work up, with a reason; the row stays. Raises as `replay`."""
    row = _locked(unit, id, reason, "parked", NotParked)
    if row.kind != "delivery":
        _turn(unit, row, "parked", {"state": "discarded", "done_at": unit.now})
    _decide(unit, row, "discarded", "discarded", reason, batch)


def restore(unit: work.Work, id: str, *, reason: str, batch: str | None = None) -> None:
    """Take a discarded failure up again, within 30 days: it is parked as before.

    Raises `errors.NotFound`, `NotDiscarded`, `ReasonMissing`, `WorkGone`.
    """
    row = _locked(unit, id, reason, "discarded", NotDiscarded)
    if unit.now - row.changed_at > RESTORABLE:
        raise WorkGone(days=RESTORABLE.days)
    if row.kind != "delivery":
        _turn(unit, row, "discarded", {"state": "parked", "done_at": None})
    _decide(unit, row, "parked", "restored", reason, batch)


def check(reason: str) -> None:
    """Raises `ReasonMissing`."""
    if len(reason.strip()) < LEAST_REASON:
        raise ReasonMissing(fields={"reason": [f"at least {LEAST_REASON} characters"]})


def write_down(unit: work.Work, row: sa.Row[Any], what: str, reason: str, **facts: Any) -> None:
    """On the failure's trail: who did what about it, and why (which may name somebody, and is sealed)."""
    known = {"name": row.name, "cause": row.cause, **{name: fact for name, fact in facts.items() if fact is not None}}
    trail.append(
        unit, trail.Entry(KIND, row.id, what, known, person=f"failure:{row.id}", private=plain(reason.strip()))
    )


def _locked(
    unit: work.Work, id: str, reason: str, state: str, otherwise: Callable[..., errors.WrongState]
) -> sa.Row[Any]:
    check(reason)
    row = unit.execute(sa.select(tables.failure).where(_f.id == id).with_for_update()).one_or_none()
    if row is None:
        raise errors.NotFound
    if row.state != state:
        raise otherwise(state=row.state)
    return row


def _turn(unit: work.Work, row: sa.Row[Any], state: str, values: dict[str, Any]) -> None:
    """Change the work behind a failure, which must be in `state`."""
    table = tables.inbox if row.kind == "event" else tables.task
    key = tables.inbox.c.seq == int(row.ref) if row.kind == "event" else tables.task.c.id == row.ref
    if unit.execute(table.update().where(key, table.c.state == state).values(values)).rowcount != 1:
        raise WorkGone(days=RESTORABLE.days)


def _decide(unit: work.Work, row: sa.Row[Any], state: str, verb: str, reason: str, batch: str | None) -> None:
    write_down(unit, row, verb, reason, batch=batch)
    line = plain(f"{moment.text(unit.now)} {unit.actor} {verb}: {reason.strip()}")
    note = f"{row.note}\n{line}" if row.note else line
    unit.execute(
        tables.failure.update()
        .where(_f.id == row.id)
        .values(state=state, note=note, changed_at=unit.now, changed_by=unit.actor[: tables.NAME])
    )


def _hint_again(unit: work.Work, row: sa.Row[Any]) -> None:
    from shared.jobs import rows  # tasks park through this module, too

    rows.hint(unit, row.ref)


def _receive_again(unit: work.Work, row: sa.Row[Any]) -> Again | None:
    from shared.bus import port
    from shared.inbox import receive  # the inbox parks through this module; replaying needs it back

    headers = row.headers or {}
    delivery = port.Delivery(
        bytes(row.raw), headers.get("content_type"), headers.get("exchange", ""), headers.get("routing_key", "")
    )
    seq = receive.put_read(unit, delivery)
    return None if seq is None else Again("event", str(seq))


_INSERT: dict[str, Callable[[sa.Table], Any]] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
