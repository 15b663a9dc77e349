"""Open promises priced anew: after a declared year or closure, and by `steward playbooks reprice` after a new version.

A task works through the clocks in the order of their ids, a few hundred in one transaction, and hands on to a task that
continues when its time is up, so that 100,000 clocks hold nobody up. What was counted stays counted under the old
calendar; every moved due moment is told by an event with the old and the new one.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from shared import jobs
from shared.clocks import commands, model, tables
from shared.clocks.calendar import Calendar
from shared.jobs import Task
from shared.jobs.runner import Job
from shared.people import places
from shared.playbook import book, promises, shelf
from shared.playbook.model import Playbook
from shared.store.work import Work

CALENDAR = "promises.reprice_calendar"
PLAYBOOK = "promises.reprice_playbook"
CHUNK = 250  # clocks in one transaction
SECONDS = 10  # of one task's run, under the 20 s that a task has

_c = tables.clock.c


def after_calendar_change(work: Work, was: places.Former, why: str) -> None:
    """Have the open clocks on working time priced anew, in the transaction that keeps the changed calendar."""
    closure = {name: _text(value) for name, value in was.closure.items()} if was.closure is not None else None
    jobs.add(
        work,
        CALENDAR,
        country=was.country,
        number=was.number,
        year=dict(was.year) if was.year is not None else None,
        closure_id=was.closure_id,
        closure=closure,
        why=why,
        after="",
    )


def ask(work: Work, id: str, version: str, *, why: str) -> None:
    """Have open clocks of older versions of a playbook priced by this one."""
    jobs.add(work, PLAYBOOK, id=id, version=version, why=why, after="")


def calendar(job: Job, *, after: str, why: str, closure: dict[str, Any] | None, **was: Any) -> dict[str, Any]:
    """The task: from the clock after `after` on."""
    if closure is not None:
        closure = {
            **closure,
            "since": date.fromisoformat(closure["since"]),
            "until": date.fromisoformat(closure["until"]),
        }
    former = places.Former(**was, closure=closure)
    befores: dict[tuple[str, str, str], Calendar] = {}

    def one(unit: Work, kept: tables.Kept) -> commands.Repriced | None:
        known = book.of(unit.connection)
        now = known.places(unit.connection, kept.of)
        key = (kept.of.unit, kept.of.playbook, kept.of.playbook_version)
        if key not in befores:
            spec = shelf.kept(unit.connection, kept.of.playbook, kept.of.playbook_version).calendar
            befores[key] = places.former(unit.connection, kept.of.unit, spec, former)
        before = befores[key]
        return None if now == before else commands.Repriced(kept, before, now)

    where = (_c.basis == commands.WORKING,)
    arguments = {**was, "closure": closure and {k: _text(v) for k, v in closure.items()}, "why": why}
    return _through(job, CALENDAR, one, where, after, arguments)


def playbook(job: Job, *, id: str, version: str, after: str, why: str) -> dict[str, Any]:
    """The task: open clocks of other versions of a playbook are priced by this one; the records keep their version."""
    with job.database.reading() as connection:
        new = shelf.kept(connection, id, version)

    def one(unit: Work, kept: tables.Kept) -> commands.Repriced | None:
        return _by_playbook(unit, kept, new)

    where = (_c.playbook == id, _c.playbook_version != version)
    return _through(job, PLAYBOOK, one, where, after, {"id": id, "version": version, "why": why})


def _by_playbook(unit: Work, kept: tables.Kept, new: Playbook) -> commands.Repriced | None:
    spec = new.clocks.get(kept.clock.name)
    if spec is None:
        return None
    known = book.of(unit.connection)
    before = known.time(unit.connection, kept.of, kept.basis)
    span = promises.span_of(new, spec, kept.of.request_type)
    if span.by_person:
        return None  # a person promised: a policy does not take that back
    if spec.within is None and not _usual(unit, kept, new):
        return None
    allowance = span.length
    if span.working_days is not None:
        calendar_ = known.places(unit.connection, kept.of)
        due = calendar_.after_days(kept.clock.started_at, span.working_days)
        allowance = calendar_.between(kept.clock.started_at, due)
    return commands.Repriced(kept, before, before, allowance, promises.steps(spec))


def _usual(unit: Work, kept: tables.Kept, new: Playbook) -> bool:
    """Whether a clock of the request type's own time still has the time of a version of its playbook, and not another
    that a person promised when they classified or escalated."""
    for version in shelf.versions(unit.connection, new.id):
        spec = version.clocks.get(kept.clock.name)
        span = promises.span_of(version, spec, kept.of.request_type) if spec is not None else None
        if span is not None and (span.length == kept.clock.allowance or span.working_days is not None):
            return True
    return False


def _through(
    job: Job, name: str, one: Any, where: Sequence[Any], after: str, arguments: dict[str, Any]
) -> dict[str, Any]:
    """Run `one` over the open clocks; go on in a new task when the time of this one is up."""
    until = time.monotonic() + SECONDS
    looked = moved = 0
    while True:
        with job.database.work(actor="system:promises", trace=job.trace) as unit:
            rows = unit.execute(
                sa.select(tables.clock)
                .where(_c.state.in_(model.OPEN), _c.id > after, *where)
                .order_by(_c.id)
                .limit(CHUNK)
                .with_for_update()
            ).all()
            changes = [change for row in rows if (change := one(unit, tables.read(row))) is not None]
            moved += book.of(unit.connection).reprice(unit, changes, why=arguments["why"])
            looked += len(rows)
            if rows:
                after = rows[-1].id
            if len(rows) < CHUNK:
                return {"looked_at": looked, "moved": moved}
            if time.monotonic() > until:
                jobs.add(unit, name, **arguments, after=after)
                return {"looked_at": looked, "moved": moved, "goes_on_after": after}
        job.progress(looked, looked + CHUNK)


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


TASKS = (Task(CALENDAR, calendar), Task(PLAYBOOK, playbook))
