"""The inbox worker: runs the reactions, in batches, and decides the fate of what fails."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
import structlog

from shared.envelope import catalogue, cloudevent, rejected
from shared.failures import policy, story
from shared.inbox import counters
from shared.inbox.reaction import OVERTAKEN, Reaction
from shared.kernel import errors
from shared.store import engine, held, tables, types, work

BATCH = 100  # events in one transaction, at most; one commit per event is five times slower
HOLD_S = 0.05  # real time that a batch of slow reactions may hold its locks: on SQLite everybody else waits meanwhile
RETRIES = 20  # due retries run before the next batch: an avalanche of them must not hold up the rest
STALE_TRIES = 3  # runs of one event that met somebody else's write, before it waits as any other failure does

log = structlog.get_logger(__name__)
_i = tables.inbox.c
Row = sa.Row[Any]


class NewerVersion(errors.Refused):
    """This event has schema version {version}; version {known} is the newest that is understood here."""

    code = "newer-version"


class Worker:
    """Runs one service's reactions. Not thread-safe: a loop owns it; copies stand by behind the lock."""

    def __init__(self, database: engine.Database, reactions: Iterable[Reaction]) -> None:
        self._database = database
        self._held = held.Held(database, f"inbox {database.service}")
        self._reactions: dict[tuple[str, bool], tuple[Reaction, ...]] = {}
        for reaction in reactions:  # slices may share an event: all of them react, in the manifest's order
            key = (reaction.type, reaction.inbound)
            self._reactions[key] = (*self._reactions.get(key, ()), reaction)
        self._most = BATCH  # events in the next batch: as many as `HOLD_S` has room for, by the batch before
        self._unsettled: set[int] = set()  # rows whose run ended by an exception that could not be written down

    def step(self) -> bool:
        """Run what is due. True when there may be more. Raises `errors.Transient` when the world is away."""
        try:
            if not self._held.take():
                return False
            self._settle()
            due = self._held.rows(_RETRY_DUE, {"now": self._database.time.now()})
            self._run_each(due)
            rows = self._held.rows(_READY)
            if rows:
                self._run_some(rows)
            return bool(due or rows)
        except errors.DatabaseAway:
            self._held.release()
            raise

    def _settle(self) -> None:
        """A run that ended by an exception did not kill its process: count its end, which the database lacks so far."""
        if self._unsettled:
            with self._held.work() as unit:
                unit.execute(
                    tables.inbox.update()
                    .where(types.among(_i.seq, list(self._unsettled), unit.dialect), _i.started > _i.finished)
                    .values(finished=_i.finished + 1)
                )
            self._unsettled.clear()

    def _run_some(self, rows: Sequence[Row]) -> None:
        batch: list[Row] = []
        for row in rows[: self._most]:
            if row.started > row.finished or any(reaction.alone for reaction in self._of(row)):
                break
            batch.append(row)
        if len(batch) > 1:
            self._run_batch(batch)
        else:
            self._run_alone(rows[0])

    def _run_batch(self, rows: Sequence[Row]) -> None:
        self._start(rows)
        try:
            with self._held.work() as unit:
                began = time.monotonic()
                outcomes = [self._react(unit, row) for row in rows]
                self._done(unit, rows, outcomes)
        except Exception as error:  # noqa: BLE001 - whichever it was, the rows are run one by one to find it
            self._unsettled.update(row.seq for row in rows)
            self._settle()  # raises when the database is away, and then nothing more is tried
            log.info("batch_redone", service=self._database.service, rows=len(rows), error=repr(error))
            self._run_each(rows)
        else:
            if self._database.turns is not None:  # PostgreSQL lets the others write meanwhile
                self._most = fitting(len(rows), time.monotonic() - began)
            self._count(rows, outcomes)

    def _run_each(self, rows: Sequence[Row]) -> None:
        """One by one; what comes after a row that now waits, and is of the same subject, is left to wait with it."""
        waiting: set[str] = set()
        for row in rows:
            if row.subject not in waiting and not self._run_alone(row):
                waiting.add(row.subject)

    def _run_alone(self, row: Row) -> bool:
        """Run one event in its own transaction. False when it now waits for a retry."""
        if policy.crashed(row.started, row.finished):
            times = row.started - row.finished
            self._park(row, None, "kills-process", f"The reaction killed its process {times} times.")
            return True
        self._start([row])
        try:
            outcome = self._run_once_or_again(row)
        except Exception as error:  # noqa: BLE001 - the policy knows every class of error
            self._unsettled.add(row.seq)
            return self._fail(row, error)
        self._count([row], [outcome])
        return True

    def _run_once_or_again(self, row: Row) -> str:
        for left in reversed(range(STALE_TRIES)):
            try:
                with self._held.work() as unit:
                    outcome = self._react(unit, row)
                    self._done(unit, [row], [outcome])
                return outcome
            except errors.Stale:  # somebody wrote the same object meanwhile: loading it again is all it takes
                if not left:
                    raise
        raise AssertionError("unreachable")

    def _start(self, rows: Sequence[Row]) -> None:
        with self._held.work() as unit:
            seqs = [row.seq for row in rows]
            unit.execute(
                tables.inbox.update().where(types.among(_i.seq, seqs, unit.dialect)).values(started=_i.started + 1)
            )

    def _of(self, row: Row) -> tuple[Reaction, ...]:
        """The reactions to an event: what an outside system says is never taken for what a service said."""
        return self._reactions.get((row.type, not row.source.startswith(INSIDE)), ())

    def _react(self, unit: work.Work, row: Row) -> str:
        reactions = self._of(row)
        if not reactions:
            return "skipped"
        event = cloudevent.read(bytes(row.body))
        system = f"system:{event.source.strip('/')}"
        inside = event.source.startswith(INSIDE)
        outcomes: list[str] = []
        for reaction in reactions:
            if event.version > reaction.version:
                raise NewerVersion(version=event.version, known=reaction.version)
            data = catalogue.load(event.type, reaction.schema, event.data)
            unit.actor = event.actor or system if inside else system  # a stranger does not say who of us acted
            unit.on_behalf_of = event.onbehalfof if inside else None
            unit.trace = event.traceparent or work.new_trace()
            with structlog.contextvars.bound_contextvars(trace=unit.trace, message=event.id):
                outcomes.append(reaction.react(unit, dataclasses.replace(event, data=data)) or "ok")
        return OVERTAKEN if set(outcomes) == {OVERTAKEN} else next((o for o in outcomes if o != OVERTAKEN), "ok")

    def _done(self, unit: work.Work, rows: Sequence[Row], outcomes: Sequence[str]) -> None:
        for outcome in set(outcomes):
            seqs = [row.seq for row, became in zip(rows, outcomes, strict=True) if became == outcome]
            unit.execute(
                tables.inbox.update()
                .where(types.among(_i.seq, seqs, unit.dialect))
                .values(
                    state="skipped" if outcome == "skipped" else "done",
                    finished=_i.started,
                    done_at=unit.now,
                    retry_at=None,
                    outcome=outcome[: tables.NAME],
                )
            )
        if replayed := [str(row.seq) for row in rows if row.replayed]:
            story.resolve(unit, "event", replayed)

    def _count(self, rows: Sequence[Row], outcomes: Sequence[str]) -> None:
        for row, outcome in zip(rows, outcomes, strict=True):
            self._count_one(row, outcome)

    def _count_one(self, row: Row, outcome: str) -> None:
        known = row.type if self._of(row) else "unknown"  # a stranger must not make names of metrics
        counters.outcome(self._database.service, known, outcome)

    def _fail(self, row: Row, error: Exception) -> bool:
        decided = policy.fate(error, attempts=row.attempts)
        if isinstance(decided, policy.Park):
            self._park(row, error, decided.reason, policy.text(error))
            return True
        used = isinstance(decided, policy.Retry)
        with self._held.work() as unit:  # when the database itself is away, this says so and ends the step
            unit.execute(
                tables.inbox.update()
                .where(_i.seq == row.seq)
                .values(
                    state="retry",
                    attempts=row.attempts + (1 if used else 0),
                    finished=_i.started,
                    retry_at=unit.now + timedelta(seconds=decided.after_s),
                )
            )
        self._unsettled.discard(row.seq)
        log.warning(
            "reaction_failed",
            type=row.type,
            subject=row.subject,
            seq=row.seq,
            retry_s=round(decided.after_s),
            error=repr(error),
        )
        self._count_one(row, "retry")
        return False

    def _park(self, row: Row, error: Exception | None, reason: str, text: str) -> None:
        with self._held.work(actor=f"system:{self._database.service}") as unit:
            unit.execute(
                tables.inbox.update()
                .where(_i.seq == row.seq)
                .values(state="parked", attempts=row.attempts + 1, finished=_i.started, retry_at=None)
            )
            failure = story.Story(
                kind="event",
                ref=str(row.seq),
                name=row.type,
                source=row.source,
                subject=row.subject,
                reason=reason,
                error=text,
                attempts=row.attempts + 1,
                cause=policy.cause(row.type, error, reason),
            )
            story.park(unit, failure)
            if isinstance(error, errors.Refused) and any(reaction.inbound for reaction in self._of(row)):
                rejected.answer(unit, error, source=row.source, event_id=row.event_id, type=row.type)
        self._unsettled.discard(row.seq)
        log.error("event_parked", type=row.type, subject=row.subject, seq=row.seq, reason=reason, error=repr(error))
        self._count_one(row, "parked")

    def release(self) -> None:
        """Let a standby copy take over at once."""
        self._held.release()

    def close(self) -> None:
        """Give lock and connection back."""
        self.release()


def fitting(rows: int, took_s: float) -> int:
    """How many events the next batch has when the last had `rows` and took so long: 2 to `BATCH`, at most doubled."""
    return max(2, min(BATCH, 2 * rows, int(rows * HOLD_S / max(took_s, 1e-6))))


INSIDE = "/steward/"  # how the sources of our own services begin; the broker and the web hold strangers to theirs

_COLUMNS = (_i.seq, _i.source, _i.event_id, _i.type, _i.subject, _i.body, _i.started, _i.finished, _i.attempts)
_replayed = sa.exists().where(
    tables.failure.c.kind == "event",
    tables.failure.c.ref == sa.cast(_i.seq, sa.String),
    tables.failure.c.state == "replayed",
)
_blocking = tables.inbox.alias("blocking")
_READY = (
    sa.select(*_COLUMNS, _replayed.label("replayed"))
    .where(_i.state == "ready", _i.subject.not_in(sa.select(_blocking.c.subject).where(_blocking.c.state == "retry")))
    .order_by(_i.seq)
    .limit(BATCH)
)
_RETRY_DUE = (
    sa.select(*_COLUMNS, _replayed.label("replayed"))
    .where(_i.state == "retry", _i.retry_at <= sa.bindparam("now", type_=types.Moment()))
    .order_by(_i.seq)
    .limit(RETRIES)
)
