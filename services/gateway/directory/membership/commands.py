"""The verbs of a membership."""

from __future__ import annotations

from services.gateway.directory import named, seen
from services.gateway.directory.membership import events, model, tables
from services.gateway.directory.staff import model as staff_model
from shared import outbox
from shared.kernel import ids
from shared.store.work import Work


def enter(work: Work, *, company: str, person: str, unit: str, roles: tuple[str, ...]) -> model.Membership:
    """Give somebody roles in another unit of the company.

    Raises `named.NotInCompany`, `staff_model.WrongRoles`, `model.AlreadyMember`. The person's row is
    locked, so that of two at once the second is refused.
    """
    someone = named.person(work.connection, person, field="person", company=company, lock=True)
    named.unit(work.connection, unit, field="unit", company=company)
    open_units = {each.unit for each in tables.of_person(work.connection, person, company=company)}
    if unit in open_units or unit == someone.unit:
        raise model.AlreadyMember(unit=unit)
    new = model.Membership(
        id=ids.new(),
        version=1,
        company=company,
        person=person,
        unit=unit,
        roles=staff_model.roles(roles),
        state=model.LIFECYCLE.initial,
        entered_at=work.now,
        entered_by=work.actor,
    )
    tables.add(work, new)
    return _told(work, new)


def change(
    work: Work, id: str, *, company: str, roles: tuple[str, ...], version: int | None = None
) -> model.Membership:
    """Other roles there. Raises `tables.NoSuchMembership`, `staff_model.WrongRoles`, `errors.WrongState`,
    `errors.Stale`."""
    found = _mine(work, id, company, version)
    return _told(work, tables.save(work, model.change(found, staff_model.roles(roles))))


def end(work: Work, id: str, *, company: str, version: int | None = None) -> model.Membership:
    """No roles there any more. Raises `tables.NoSuchMembership`, `errors.WrongState`, `errors.Stale`."""
    return _told(work, tables.save(work, model.end(_mine(work, id, company, version))))


def _mine(work: Work, id: str, company: str, version: int | None) -> model.Membership:
    found = tables.load(work.connection, id, company=company, lock=True)
    seen.check(version, found.version)
    return found


def _told(work: Work, membership: model.Membership) -> model.Membership:
    outbox.emit(work, events.CHANGED, membership.id, events.data(membership))
    return membership
