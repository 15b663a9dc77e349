"""The verbs of the authority table."""

from __future__ import annotations

from datetime import date

from services.gateway.directory import named, seen
from services.gateway.directory.authority import events, model, tables
from shared import outbox
from shared.kernel import ids
from shared.store.work import Work


def enter(
    work: Work,
    *,
    company: str,
    unit: str,
    flow: str,
    request_type: int,
    roles: tuple[str, ...],
    since: date,
    until: date | None,
) -> model.Row:
    """From a day on, these roles may handle a kind of request. Raises `named.NotInCompany`, `model.WrongDates`."""
    named.unit(work.connection, unit, field="unit", company=company)
    model.check(since, until)
    new = model.Row(
        id=ids.new(),
        version=1,
        company=company,
        unit=unit,
        flow=flow,
        request_type=request_type,
        roles=roles,
        since=since,
        until=until,
        state=model.LIFECYCLE.initial,
        entered_at=work.now,
        entered_by=work.actor,
    )
    tables.add(work, new)
    outbox.emit(work, events.CHANGED, new.id, events.data(new))
    return new


def take_back(work: Work, id: str, *, company: str, version: int | None = None) -> model.Row:
    """What held before holds again. Raises `tables.NoSuchRow`, `errors.WrongState`, `errors.Stale`."""
    found = tables.load(work.connection, id, company=company, lock=True)
    seen.check(version, found.version)
    taken = tables.save(work, model.take_back(found))
    outbox.emit(work, events.CHANGED, taken.id, events.data(taken))
    return taken
