"""One decision about many failures: a set that is frozen when a person confirms it, worked off by a loop.

Invariants: the set never grows; a failure waits in one set at most, so that two people who replay the same share it
out; each step turns one failure and marks it in one transaction, so that a process killed in between repeats nothing
and forgets nothing; every failure of the set says on its trail who decided what, and why.

A replay that stops at the first new failure sends one ahead and waits for what becomes of it; the others follow at the
rate that was asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects import postgresql, sqlite

from shared import trail
from shared.failures import groups, outcome, story
from shared.kernel import errors, ids
from shared.kernel.text import plain
from shared.store import engine, tables, work

ACTS: dict[str, Callable[..., story.Again | None]] = {
    "replay": story.replay,
    "discard": story.discard,
    "restore": story.restore,
}
FROM = {"replay": "parked", "discard": "parked", "restore": "discarded"}
"""Which state of failures an act is about."""

MOST = 10_000  # failures in one set
SLOWEST, FASTEST = 0.05, 50.0  # replays a second
CATCH_UP = timedelta(seconds=2)  # of its rate, after a pause: a loop that stood still must not come back as a flood
AT_ONCE = 100  # in one step, before another set has its turn
STATES = ("waiting", "sent", "done", "failed", "refused", "left")
TROUBLES = 20  # shown of a set
KIND = "operations.batch"
FAILED_AGAIN = "failed-again"

log = structlog.get_logger(__name__)
_b, _i = tables.failure_batch.c, tables.failure_batch_item.c


class NothingToDo(errors.Conflict):
    """Nothing of this cause is left to decide: it is gone, or waits in a set that somebody else has begun."""

    code = "nothing-to-do"


class Ended(errors.WrongState):
    """This set is over already; nothing of it is left to stop."""

    code = "batch-ended"


# ---- deciding


def begin(
    unit: work.Work,
    act: str,
    cause: str,
    *,
    reason: str,
    until: datetime | None = None,
    rate: float = 5.0,
    stop_on_failure: bool = True,
) -> str:
    """Freeze the set of a cause and have it worked off. Returns the batch's id.

    The set is what is in the act's state now; with `until` only what had come into it by then, which is what the person
    saw. Raises `NothingToDo`, `story.ReasonMissing`.
    """
    story.check(reason)
    id = ids.new()
    row = {
        "id": id,
        "act": act,
        "cause": cause,
        "reason": plain(reason.strip()),
        "rate": rate,
        "stop_on_failure": stop_on_failure and act == "replay",
        "total": 0,
        "state": "running",
        "watched": True,
        "next_at": unit.now,
        "created_at": unit.now,
        "created_by": unit.actor[: tables.NAME],
    }
    work.insert(unit, tables.failure_batch, row)
    total = _freeze(unit, id, groups.members(cause, FROM[act], until=until))
    if not total:
        raise NothingToDo
    unit.execute(tables.failure_batch.update().where(_b.id == id).values(total=total))
    facts = {"act": act, "cause": cause, "failures": total, "rate": rate, "stop_on_failure": row["stop_on_failure"]}
    _write_down(unit, id, "begun", reason, **facts)
    unit.wake("failures")
    return id


def _freeze(unit: work.Work, id: str, members: sa.Select[tuple[str]]) -> int:
    """Take what waits in no other set. Whoever else freezes the same just now is waited for, and shared with."""
    found = list(unit.execute(members.limit(MOST)).scalars())
    rows = [{"batch_id": id, "number": n, "failure_id": each, "state": "waiting"} for n, each in enumerate(found, 1)]
    if rows:
        unit.execute(_NEW_ITEM[unit.dialect], rows)
    mine = sa.select(sa.func.count()).select_from(tables.failure_batch_item).where(_i.batch_id == id)
    return unit.execute(mine).scalar_one()


def stop(unit: work.Work, id: str, *, reason: str) -> None:
    """End it early: what was not reached stays as it is. Raises `errors.NotFound`, `Ended`, `ReasonMissing`."""
    story.check(reason)
    row = unit.execute(sa.select(tables.failure_batch).where(_b.id == id).with_for_update()).one_or_none()
    if row is None:
        raise errors.NotFound
    if row.state != "running":
        raise Ended(state=row.state)
    _stop(unit, id, because=plain(reason.strip()))
    _write_down(unit, id, "stopped", reason)


def _stop(unit: work.Work, id: str, *, because: str) -> None:
    left = tables.failure_batch_item.update().where(_i.batch_id == id, _i.state == "waiting")
    unit.execute(left.values(state="left", at=unit.now))
    _end(unit, id, "stopped", because)


def _end(unit: work.Work, id: str, state: str, why: str | None = None) -> None:
    ended = {"state": state, "ended_at": unit.now, "ended_by": unit.actor[: tables.NAME], "ended_why": why}
    unit.execute(tables.failure_batch.update().where(_b.id == id).values(ended))


def _write_down(unit: work.Work, id: str, what: str, reason: str | None = None, **facts: Any) -> None:
    sealed = {"person": f"batch:{id}", "private": plain(reason.strip())} if reason else {}
    trail.append(unit, trail.Entry(KIND, id, what, facts, **sealed))


# ---- looking


def shown(connection: sa.Connection, id: str) -> dict[str, Any]:
    """One set, how far it is, and the first that did not succeed. Raises `errors.NotFound`."""
    row = connection.execute(sa.select(tables.failure_batch).where(_b.id == id)).one_or_none()
    if row is None:
        raise errors.NotFound
    trouble = sa.select(_i.number, _i.failure_id, _i.state, _i.why, _i.at)
    trouble = trouble.where(_i.batch_id == id, _i.state.in_(("failed", "refused"))).order_by(_i.number).limit(TROUBLES)
    rows = connection.execute(trouble).all()
    return {**_with_counts(connection, [row])[0], "troubles": [dict(each._mapping) for each in rows]}


def newest(connection: sa.Connection, *, cause: str | None = None, limit: int = 20) -> list[dict[str, Any]]:
    """The sets begun last, those of one cause with `cause`."""
    wanted = sa.select(tables.failure_batch)
    if cause is not None:
        wanted = wanted.where(_b.cause == cause)
    return _with_counts(connection, connection.execute(wanted.order_by(_b.id.desc()).limit(limit)).all())


def _with_counts(connection: sa.Connection, rows: Sequence[sa.Row[Any]]) -> list[dict[str, Any]]:
    counted = sa.select(_i.batch_id, _i.state, sa.func.count().label("many"))
    counted = counted.where(_i.batch_id.in_([row.id for row in rows])).group_by(_i.batch_id, _i.state)
    counts: dict[str, dict[str, int]] = {}
    for each in connection.execute(counted):
        counts.setdefault(each.batch_id, {})[each.state] = each.many
    return [
        {**row._mapping, "counts": {state: counts.get(row.id, {}).get(state, 0) for state in STATES}} for row in rows
    ]


# ---- working off


def step(database: engine.Database) -> bool:
    """Go on with every set that is under way. True when there may be more at once. Raises `errors.DatabaseAway`."""
    with database.reading() as connection:
        watched = list(connection.execute(sa.select(_b.id).where(_b.watched).order_by(_b.id)).scalars())
    more = False
    for id in watched:
        _look(database, id)
        turns = 0
        while turns < AT_ONCE and _next(database, id):
            turns += 1
        more |= turns == AT_ONCE
    return more


def _look(database: engine.Database, id: str) -> None:
    """See what became of those that were sent; stop or end the set where that is due."""
    with database.reading() as connection:
        row = connection.execute(sa.select(tables.failure_batch).where(_b.id == id)).one()
        news = outcome.news(connection, id)
        if not (news.ended or _stops(row, news) or _over(connection, id)):
            return
    with database.work(actor=f"system:{database.service}") as unit:
        row = _lock(unit, id)
        if row is None:
            return
        news = outcome.settle(unit, id)
        if _stops(row, news):
            _stop(unit, id, because=FAILED_AGAIN)
            _write_down(unit, id, "stopped", because=FAILED_AGAIN, failure=news.failed)
        if _over(unit.connection, id):
            if row.state == "running" and not _stops(row, news):
                _end(unit, id, "finished")
                _write_down(unit, id, "finished")
            unit.execute(tables.failure_batch.update().where(_b.id == id).values(watched=False))


def _stops(row: sa.Row[Any], news: outcome.News) -> bool:
    return news.failed is not None and row.state == "running" and row.stop_on_failure


def _over(connection: sa.Connection, id: str) -> bool:
    """Whether nothing of the set waits, or has no outcome yet."""
    pending = sa.select(_i.number).where(_i.batch_id == id, _i.state.in_(("waiting", "sent"))).limit(1)
    return connection.execute(pending).first() is None


def _next(database: engine.Database, id: str) -> bool:
    """Decide the next one, if it is due. False when nothing is to be done now."""
    try:
        with database.work(actor=_actor(database, id)) as unit:
            return _decide(unit, id)
    except _Refused as refused:
        with database.work(actor=f"system:{database.service}") as unit:
            if (row := _lock(unit, id)) is not None:
                _mark(unit, row, refused.number, state="refused", why=refused.code)
        log.info("decision_refused", service=database.service, batch=id, why=refused.code)
        return True


class _Refused(Exception):
    """Nothing of the attempt is kept but that it was made."""

    def __init__(self, number: int, code: str) -> None:
        super().__init__(code)
        self.number, self.code = number, code


def _decide(unit: work.Work, id: str) -> bool:
    row = _lock(unit, id)
    if row is None or row.state != "running" or row.next_at > unit.now:
        return False
    first = sa.select(_i.number, _i.failure_id).where(_i.batch_id == id, _i.state == "waiting")
    item = unit.execute(first.order_by(_i.number).limit(1)).one_or_none()
    if item is None or (row.stop_on_failure and outcome.unproved(unit.connection, id)):
        return False
    try:
        again = ACTS[row.act](unit, item.failure_id, reason=row.reason, batch=id)
    except errors.Refused as error:
        raise _Refused(item.number, error.code) from error
    except errors.Transient:
        raise
    except Exception as error:
        log.exception("decision_failed", service=unit.service, batch=id, failure=item.failure_id)
        raise _Refused(item.number, type(error).__name__) from error
    watched = {"state": "done"} if again is None else {"state": "sent", "work_kind": again.kind, "work_ref": again.ref}
    _mark(unit, row, item.number, **watched)
    return True


def _mark(unit: work.Work, row: sa.Row[Any], number: int, **values: Any) -> None:
    mine = tables.failure_batch_item.update().where(_i.batch_id == row.id, _i.number == number)
    unit.execute(mine.where(_i.state == "waiting").values(**values, at=unit.now))
    if row.act == "replay":
        at = max(row.next_at, unit.now - CATCH_UP) + timedelta(seconds=1 / row.rate)
        unit.execute(tables.failure_batch.update().where(_b.id == row.id).values(next_at=at))


def _lock(unit: work.Work, id: str) -> sa.Row[Any] | None:
    """The batch, for this process alone; None while a copy of us has it in hand."""
    wanted = sa.select(tables.failure_batch).where(_b.id == id, _b.watched).with_for_update(skip_locked=True)
    return unit.execute(wanted).one_or_none()


def _actor(database: engine.Database, id: str) -> str:
    with database.reading() as connection:
        return connection.execute(sa.select(_b.created_by).where(_b.id == id)).scalar_one()


_NEW_ITEM = {
    "postgresql": postgresql.insert(tables.failure_batch_item).on_conflict_do_nothing(),
    "sqlite": sqlite.insert(tables.failure_batch_item).on_conflict_do_nothing(),
}
