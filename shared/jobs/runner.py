"""Running one task: claim, run, write down what became of it. The same code for threads and for dramatiq's workers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import prometheus_client as prometheus
import structlog

from shared.failures import policy, story
from shared.jobs import limit, owed, rows, suspects
from shared.kernel import errors
from shared.store import engine, work

_room = suspects.Room()  # of this process: what one task kills, it kills for all of them
_owed = owed.Book()  # ends of runs that could not be written down, because the database was away

_RUNS = prometheus.Counter("steward_task_runs", "Runs of tasks", ("service", "task", "outcome"))

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """What a task function is handed: the running task and the process's resources."""

    claim: rows.Claim
    database: engine.Database
    resources: Any

    @property
    def id(self) -> str:
        """The task's id."""
        return self.claim.id

    @property
    def attempts(self) -> int:
        """How many attempts were used up before this one."""
        return self.claim.attempts

    @property
    def actor(self) -> str:
        """Whose work this is, as `kind:id`."""
        return self.claim.actor

    @property
    def trace(self) -> str:
        """The trace that the task belongs to."""
        return self.claim.trace

    def progress(self, done: int, of: int) -> None:
        """Say how far the task is; keeps its lease. Raises `rows.LeaseLost`, which a task lets pass."""
        rows.progress(self.database, self.claim, done, of)


class UnknownTask(errors.Refused):
    """No task is called {name} here."""

    code = "unknown-task"


def run(database: engine.Database, tasks: Mapping[str, rows.Task], id: str, resources: Any) -> bool:
    """Run a task if it is due. False when there was nothing to run. Raises `errors.DatabaseAway` only."""
    _owed.settle(database)
    with _room.shared() as entered:
        taken = rows.claim(database, id) if entered else None
        if taken is not None:
            _run_bound(database, tasks, taken, resources)
            return True
    if not rows.suspected(database, id):
        return False
    with _room.alone() as entered:  # only now is it claimed: a task that waits must not die of its neighbour's fault
        taken = rows.claim(database, id, suspect=True) if entered else None
        if taken is not None:
            _run_bound(database, tasks, taken, resources)
    return taken is not None  # without a place the row is found again


def _run_bound(database: engine.Database, tasks: Mapping[str, rows.Task], taken: rows.Claim, resources: Any) -> None:
    structlog.contextvars.bind_contextvars(task=taken.name, task_id=taken.id, trace=taken.trace)
    try:
        _run_claimed(database, tasks, taken, resources)
    finally:
        structlog.contextvars.unbind_contextvars("task", "task_id", "trace")


def _run_claimed(database: engine.Database, tasks: Mapping[str, rows.Task], taken: rows.Claim, resources: Any) -> None:
    task = tasks.get(taken.name)
    if policy.crashed(taken.started - 1, taken.finished):
        _park_crashed(database, taken, task)
        return
    try:
        if task is None:
            raise UnknownTask(name=taken.name)
        with limit.within(task.limit_s):
            result = task.run(Job(taken, database, resources), **taken.args)
    except rows.LeaseLost:
        log.warning("task_lost")
    except (Exception, limit.TimeLimit) as error:  # noqa: BLE001 - the policy knows every class of error
        _fail(database, taken, error)
    except BaseException as error:  # the process is told to end, or a worker cuts the run off: not the task's crash
        _fail(database, taken, error)
        raise
    else:
        _end(database, taken, result)


def _end(database: engine.Database, taken: rows.Claim, result: Any) -> None:
    def written(unit: work.Work) -> None:
        if isinstance(result, rows.Again):
            rows.go_on(unit, taken, result)
        else:
            rows.finish(unit, taken, result)

    try:
        _write(database, taken, "again" if isinstance(result, rows.Again) else "ok", written, actor=taken.actor)
    except errors.DatabaseAway:
        raise
    except Exception as error:  # noqa: BLE001 - a result that is no JSON, for one: the task's mistake
        _fail(database, taken, error)


def _fail(database: engine.Database, taken: rows.Claim, error: BaseException) -> None:
    decided = policy.fate(error, attempts=taken.attempts)
    if isinstance(decided, policy.Park):
        _park(database, taken, error, decided.reason, policy.text(error))
        return
    after_s, used = decided.after_s, isinstance(decided, policy.Retry)
    if used:
        log.warning("task_failed", retry_s=round(after_s), error=repr(error))
    else:  # something is away, or it is not time yet: nobody has to look
        log.info("task_waits", retry_s=round(after_s), error=repr(error))
    _write(database, taken, "retry", lambda unit: rows.put_off(unit, taken, after_s=after_s, used=used))


def _park_crashed(database: engine.Database, taken: rows.Claim, task: rows.Task | None) -> None:
    """Park it, and let its kind write down what that means; what goes wrong in that keeps nothing from being parked."""
    text = f"The task killed its process {taken.started - 1 - taken.finished} times."
    if task is not None and task.cut_off is not None:
        tell = task.cut_off
        try:
            _park(database, taken, None, "kills-process", text, also=lambda unit: tell(unit, **taken.args))
            return
        except errors.DatabaseAway:
            raise
        except Exception:
            log.exception("cut_off_not_told")
    _park(database, taken, None, "kills-process", text)


def _park(
    database: engine.Database,
    taken: rows.Claim,
    error: BaseException | None,
    reason: str,
    text: str,
    *,
    also: Callable[[work.Work], object] = lambda _: None,
) -> None:
    told = story.Story(
        kind="task",
        ref=taken.id,
        name=taken.name,
        source=f"/steward/{database.service}",
        subject=taken.id,
        reason=reason,
        error=text,
        attempts=taken.attempts + 1,
        cause=policy.cause(taken.name, error, reason),
    )
    log.error("task_parked", reason=reason, error=repr(error))

    def written(unit: work.Work) -> None:
        rows.park(unit, taken, told)
        also(unit)

    _write(database, taken, "parked", written)


def _write(
    database: engine.Database,
    taken: rows.Claim,
    outcome: str,
    end: Callable[[work.Work], None],
    *,
    actor: str | None = None,
) -> None:
    """Write the end of a run down; while the database is away it is owed."""

    def write() -> None:
        try:
            with database.work(actor=actor or f"system:{database.service}", trace=taken.trace) as unit:
                end(unit)
        except rows.LeaseLost:
            log.warning("task_lost", task=taken.name, task_id=taken.id)
        else:
            _RUNS.labels(database.service, taken.name, outcome).inc()

    _owed.write(database, write)
