"""The verbs of a substitution."""

from __future__ import annotations

from datetime import date

from services.gateway.directory import named, seen
from services.gateway.directory.staff import tables as staff
from services.gateway.directory.substitute import events, model, tables
from shared import outbox
from shared.kernel import ids
from shared.store.work import Work


def name(work: Work, *, company: str, absent: str, substitute: str, since: date, until: date) -> model.Substitution:
    """Name a substitute. Raises `named.NotInCompany`, `model.WrongDates`, `model.OwnSubstitute`, `model.Overlaps`.

    The absent person's row is locked, so that of two overlapping ones at once the second is refused.
    """
    model.check(absent, substitute, since, until)
    named.person(work.connection, absent, field="absent", company=company, lock=True)
    named.person(work.connection, substitute, field="substitute", company=company)
    if (other := tables.overlapping(work.connection, absent, since, until)) is not None:
        person = staff.load(work.connection, other.substitute, company=company)
        raise model.Overlaps(since=other.since, until=other.until, name=person.name)
    new = model.Substitution(
        id=ids.new(),
        version=1,
        company=company,
        absent=absent,
        substitute=substitute,
        since=since,
        until=until,
        state=model.LIFECYCLE.initial,
        entered_at=work.now,
        entered_by=work.actor,
    )
    tables.add(work, new)
    outbox.emit(work, events.CHANGED, new.id, events.data(new))
    return new


def take_back(work: Work, id: str, *, company: str, version: int | None = None) -> model.Substitution:
    """It is not so after all. Raises `tables.NoSuchSubstitution`, `errors.WrongState`, `errors.Stale`."""
    found = tables.load(work.connection, id, company=company, lock=True)
    seen.check(version, found.version)
    taken = tables.save(work, model.take_back(found))
    outbox.emit(work, events.CHANGED, taken.id, events.data(taken))
    return taken
