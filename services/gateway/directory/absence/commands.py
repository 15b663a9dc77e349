"""The verbs of an absence."""

from __future__ import annotations

from datetime import date

from services.gateway.directory import named, seen
from services.gateway.directory.absence import events, model, tables
from shared import outbox
from shared.kernel import ids
from shared.store.work import Work


def enter(
    work: Work, *, company: str, person: str, since: date, until: date, reason: str | None = None
) -> model.Absence:
    """Somebody will be away. Raises `named.NotInCompany`, `model.WrongDates`."""
    named.person(work.connection, person, field="person", company=company)
    model.check(since, until)
    new = model.Absence(
        id=ids.new(),
        version=1,
        company=company,
        person=person,
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


def take_back(work: Work, id: str, *, company: str, version: int | None = None) -> model.Absence:
    """It is not so after all. Raises `tables.NoSuchAbsence`, `errors.WrongState`, `errors.Stale`."""
    found = tables.load(work.connection, id, company=company, lock=True)
    seen.check(version, found.version)
    taken = tables.save(work, model.take_back(found))
    outbox.emit(work, events.CHANGED, taken.id, events.data(taken))
    return taken
