"""Task rows: adding, claiming, finishing, hinting again.

A lease is measured by the machine's clock (`engine.Database.machine`), not by the business time. Whoever lost a task,
because its lease ran out and another took it, writes nothing more to its row: every write says which run it is of.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from shared import outbox
from shared.failures import story
from shared.kernel import errors, ids
from shared.store import engine, tables, work

TIME_LIMIT_S = 20  # of one run; longer work is cut into chunks
LEASE_S = 60  # a running task whose worker has not been heard of for this long is run again
HINT_AGAIN_S = 60  # a hint that was sent this long ago and led to nothing was lost
SWEEP_BATCH = 200

_t, _o = tables.task.c, tables.outbox.c
_OPEN = _t.state.in_(("ready", "retry", "running"))  # as the partial index says it


@dataclass(frozen=True, slots=True)
class Task:
    """One kind of slow work: a row of the table TASKS in a slice's `tasks.py`.

    `run` gets the running job and the task's arguments as keywords; it opens its own units of work and must be safe to
    run again after a crash anywhere. What it returns (JSON) is kept as the result; `Again` has it run once more.
    `cut_off` is told, with the arguments, of a task that is parked because its runs never ended; it writes down what
    that means for the work, in the unit of work that parks the task.
    """

    name: str
    run: Callable[..., Any]
    limit_s: float = TIME_LIMIT_S
    cut_off: Callable[..., object] | None = None


@dataclass(frozen=True, slots=True)
class Again:
    """Returned by a task that has done a chunk of its work and is to be run for the next one, at once.

    `args` are the arguments that change: where it goes on.
    """

    done: int
    of: int | None = None
    args: Mapping[str, Any] = field(default_factory=dict)


class LeaseLost(errors.Refused):
    """Another runner has taken this task over, because this run was not heard of for too long."""

    code = "lease-lost"


@dataclass(frozen=True, slots=True)
class Claim:
    """A task that this runner may run now."""

    id: str
    name: str
    args: dict[str, Any]
    actor: str
    trace: str
    started: int
    finished: int
    attempts: int


def add(unit: work.Work, name: str, **args: Any) -> str:
    """Have a task run after the commit. Returns its id."""
    id = _insert(unit, name, args, state="ready", hinted_at=unit.now)
    hint(unit, id)
    return id


def add_later(unit: work.Work, name: str, *, at: datetime, **args: Any) -> str:
    """Have a task run once `at` has come, in business time; never before. Returns its id.

    Nobody is told of it now: runners that look find it then, the others hear of it from the sweeper, seconds later.
    """
    return _insert(unit, name, args, state="retry", retry_at=at)


def _insert(unit: work.Work, name: str, args: dict[str, Any], **values: Any) -> str:
    row = {"id": ids.new(), "name": name, "args": args, "actor": unit.actor, "trace": unit.trace}
    work.insert(unit, tables.task, {**row, "created_at": unit.now, **values})
    return row["id"]


def hint(unit: work.Work, id: str) -> None:
    """Have the runners told of a task after the commit."""
    outbox.hint(unit, queue=queue(unit.service), task_id=id, body=hint_body(unit.service, id))
    unit.wake("tasks")


def queue(service: str) -> str:
    """The queue of a service's task hints."""
    return f"steward.{service}.tasks"


def hint_body(service: str, id: str) -> bytes:
    """The bytes of a hint: a dramatiq message for the service's one actor, carrying the id and nothing else."""
    message = {
        "queue_name": queue(service),
        "actor_name": f"run_{service}",
        "args": [id],
        "kwargs": {},
        "options": {},
        "message_id": ids.new(),
        "message_timestamp": 0,
    }
    return json.dumps(message, separators=(",", ":")).encode()


def claim(database: engine.Database, id: str, *, suspect: bool = False) -> Claim | None:
    """Take a task for running; None when it is done, taken, or not due: a repeated hint has no effect.

    A suspect (see `suspects`) is taken only by those who say so.
    """
    with database.work(actor=f"system:{database.service}") as unit:
        ended = (_t.started > _t.finished) if suspect else (_t.started <= _t.finished)
        row = unit.execute(
            tables.task.update()
            .where(_t.id == id, _due(database), ended)
            .values(state="running", started=_t.started + 1, lease_until=_lease(database))
            .returning(_t.id, _t.name, _t.args, _t.actor, _t.trace, _t.started, _t.finished, _t.attempts)
        ).one_or_none()
    return None if row is None else Claim(*row)


def reclaim(database: engine.Database) -> int:
    """End the leases of runs that were cut off, for a process that alone has this database and has just begun.

    A task that was cut off twice waits for the end of its lease: if it kills its process, it shall not do so at once
    at every start. Returns how many may run now.
    """
    with database.work(actor=f"system:{database.service}") as unit:
        cut_off = sa.and_(_t.state == "running", _t.started == _t.finished + 1)
        ended = tables.task.update().where(cut_off).values(lease_until=database.machine.now())
        return unit.execute(ended).rowcount


def suspected(database: engine.Database, id: str) -> bool:
    """Whether the task may run now and its last run never ended."""
    with database.reading() as connection:
        where = (_t.id == id, _t.started > _t.finished, _due(database))
        return connection.execute(sa.select(_t.id).where(*where)).first() is not None


def next_due(database: engine.Database, *, limit: int) -> list[str]:
    """Ids of tasks that may run now, oldest first: for runners that look instead of being told."""
    with database.reading() as connection:
        due = sa.select(_t.id).where(_OPEN, _due(database))
        return list(connection.execute(due.order_by(_t.created_at).limit(limit)).scalars())


def finish(unit: work.Work, taken: Claim, result: Any) -> None:
    """The task is done. Raises `LeaseLost`."""
    _write(unit, taken, state="done", done_at=unit.now, retry_at=None, result=result)
    story.resolve(unit, "task", [taken.id])


def go_on(unit: work.Work, taken: Claim, chunk: Again) -> None:
    """A chunk is done, the next one may run at once. Raises `LeaseLost`."""
    more = {"args": {**taken.args, **chunk.args}, "progress": chunk.done, "progress_of": chunk.of}
    _write(unit, taken, state="ready", attempts=0, retry_at=None, hinted_at=unit.now, **more)
    hint(unit, taken.id)


def put_off(unit: work.Work, taken: Claim, *, after_s: float, used: bool) -> None:
    """Run it again later; `used` says whether an attempt was used up. Raises `LeaseLost`."""
    _write(
        unit,
        taken,
        state="retry",
        attempts=taken.attempts + (1 if used else 0),
        retry_at=unit.now + timedelta(seconds=after_s),
        hinted_at=None,
    )


def park(unit: work.Work, taken: Claim, told: story.Story) -> None:
    """Stop running it and wait for a person. Raises `LeaseLost`."""
    _write(unit, taken, state="parked", attempts=taken.attempts + 1)
    story.park(unit, told)


def _write(unit: work.Work, taken: Claim, **values: Any) -> None:
    """The end of a run, unless it is not the row's run any more."""
    ended = _of_this_run(taken).values(finished=taken.started, lease_until=None, **values)
    if unit.execute(ended).rowcount != 1:
        raise LeaseLost


def _of_this_run(taken: Claim) -> sa.Update:
    return tables.task.update().where(_t.id == taken.id, _t.state == "running", _t.started == taken.started)


def _lease(database: engine.Database) -> datetime:
    return database.machine.now() + timedelta(seconds=LEASE_S)


def sweep(database: engine.Database) -> int:
    """Hint again what is due and was not heard of for a minute. Returns how many.

    A hint that has not even left (the broker is away) is not written once more.
    """
    silent = sa.or_(_t.hinted_at.is_(None), _t.hinted_at < database.time.now() - timedelta(seconds=HINT_AGAIN_S))
    unsent = sa.select(_o.subject).where(_o.sent_at.is_(None), _o.kind == "task")
    forgotten = sa.select(_t.id).where(_OPEN, _due(database), silent, _t.id.not_in(unsent))
    with database.reading() as connection:
        if not connection.execute(forgotten.limit(1)).first():
            return 0
    with database.work(actor=f"system:{database.service}") as unit:
        some = forgotten.order_by(_t.created_at).limit(SWEEP_BATCH).with_for_update(skip_locked=True, of=tables.task)
        found = list(unit.execute(some).scalars())
        for id in found:
            hint(unit, id)
        unit.execute(tables.task.update().where(_t.id.in_(found)).values(hinted_at=unit.now))
    return len(found)


def _due(database: engine.Database) -> sa.ColumnElement[bool]:
    return sa.or_(
        _t.state == "ready",
        sa.and_(_t.state == "retry", _t.retry_at <= database.time.now()),
        sa.and_(_t.state == "running", _t.lease_until <= database.machine.now()),
    )


def progress(database: engine.Database, taken: Claim, done: int, of: int) -> None:
    """Say how far a task is, and that it is alive: its lease is renewed. Raises `LeaseLost`."""
    with database.work(actor=f"system:{database.service}") as unit:
        told = _of_this_run(taken).values(progress=done, progress_of=of, lease_until=_lease(database))
        if unit.execute(told).rowcount != 1:
            raise LeaseLost
