"""The verbs of a closure."""

from __future__ import annotations

from datetime import date

from services.gateway.directory import named, seen
from services.gateway.directory.closure import events, model, tables
from shared import outbox
from shared.kernel import ids
from shared.store.work import Work


def declare(work: Work, *, company: str, unit: str, since: date, until: date, reason: str) -> model.Closure:
    """A unit will be closed. Raises `named.NotInCompany`, `model.WrongDates`."""
    named.unit(work.connection, unit, field="unit", company=company)
    model.check(since, until)
    new = model.Closure(
        id=ids.new(),
        version=1,
        company=company,
        unit=unit,
        since=since,
        until=until,
        reason=reason,
        state=model.LIFECYCLE.initial,
        entered_at=work.now,
        entered_by=work.actor,
    )
    tables.add(work, new)
    outbox.emit(work, events.CHANGED, new.id, events.data(new))
    return new


def take_back(work: Work, id: str, *, company: str, version: int | None = None) -> model.Closure:
    """The unit works after all. Raises `tables.NoSuchClosure`, `errors.WrongState`, `errors.Stale`."""
    found = tables.load(work.connection, id, company=company, lock=True)
    seen.check(version, found.version)
    taken = tables.save(work, model.take_back(found))
    outbox.emit(work, events.CHANGED, taken.id, events.data(taken))
    return taken
