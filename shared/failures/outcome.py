"""What became of the work that a replay has begun, read from the work's own row: the inbox's or the task's.

A replayed piece of work that fails once more waits and tries again for over an hour before it is parked; for whoever
replays, its first new failure is news at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from shared.store import tables, types, work

LOOKED_AT = 500  # pieces of work in one look

_i, _in, _t = tables.failure_batch_item.c, tables.inbox.c, tables.task.c

ENDS = {"done": "done", "skipped": "done", "parked": "failed", "discarded": "refused", None: "refused"}
"""From the state of the work to that of the item; what is not here has no outcome yet."""


@dataclass(frozen=True, slots=True)
class News:
    """What a look found. `failed` is the first failure that failed anew, if one did."""

    ended: dict[str, list[int]]
    failed: str | None


def settle(unit: work.Work, batch: str) -> News:
    """Write down what became of those that were sent."""
    found = news(unit.connection, batch)
    for state, numbers in found.ended.items():
        why = {"why": "work-gone"} if state == "refused" else {}
        mine = tables.failure_batch_item.update().where(
            _i.batch_id == batch, types.among(_i.number, numbers, unit.dialect), _i.state == "sent"
        )
        unit.execute(mine.values(state=state, at=unit.now, **why))
    return found


def unproved(connection: sa.Connection, batch: str) -> bool:
    """Whether the one that was sent ahead has not succeeded yet."""
    of = sa.select(_i.state).where(_i.batch_id == batch, _i.state.in_(("sent", "done"))).distinct()
    return set(connection.execute(of).scalars()) == {"sent"}


def news(connection: sa.Connection, batch: str) -> News:
    """What became of those that were sent, and have no outcome so far."""
    sent = sa.select(_i.number, _i.failure_id, _i.work_kind, _i.work_ref)
    rows = connection.execute(
        sent.where(_i.batch_id == batch, _i.state == "sent").order_by(_i.number).limit(LOOKED_AT)
    ).all()
    now = {**_events(connection, rows), **_tasks(connection, rows)}
    ended: dict[str, list[int]] = {}
    failed: str | None = None
    for row in rows:
        state, attempts = now.get((row.work_kind, row.work_ref), (None, 0))
        if state in ENDS:
            ended.setdefault(ENDS[state], []).append(row.number)
        if state == "parked" or (state == "retry" and attempts):
            failed = failed or row.failure_id
    return News(ended, failed)


Found = dict[tuple[str, str], tuple[str, int]]


def _events(connection: sa.Connection, rows: Iterable[Any]) -> Found:
    seqs = [int(row.work_ref) for row in rows if row.work_kind == "event"]
    if not seqs:
        return {}
    some = sa.select(_in.seq, _in.state, _in.attempts).where(types.among(_in.seq, seqs, connection.dialect.name))
    return {("event", str(row.seq)): (row.state, row.attempts) for row in connection.execute(some)}


def _tasks(connection: sa.Connection, rows: Iterable[Any]) -> Found:
    ids = [row.work_ref for row in rows if row.work_kind == "task"]
    if not ids:
        return {}
    some = sa.select(_t.id, _t.state, _t.attempts).where(types.among(_t.id, ids, connection.dialect.name))
    return {("task", row.id): (row.state, row.attempts) for row in connection.execute(some)}
