"""The verbs of a unit. `company` is the caller's; what lies outside does not exist for them (None: the operator)."""

from __future__ import annotations

import sqlalchemy as sa

from services.gateway.directory.official_year import commands as official_years
from services.gateway.directory.unit import events, model, tables
from shared import outbox
from shared.kernel import errors, ids
from shared.store.work import Work

_u = tables.unit.c


class CodeTaken(errors.Invalid):
    """There is a unit with the code {code} already, or there was one."""

    code = "unit-code-taken"


class NoPlace(errors.Invalid):
    """Nobody can work in the unit {unit}: there is no such unit, or it is closed."""

    code = "no-place"


class StillInUse(errors.Conflict):
    """The unit cannot be closed: below it are {units} open units, and {people} people work in it."""

    code = "unit-in-use"


def open_(
    work: Work,
    *,
    code: str,
    kind: str,
    title: str,
    country: str,
    parent: str | None = None,
    company: str | None = None,
    demo: bool = False,
    phone: str | None = None,
    mail: str | None = None,
) -> model.Unit:
    """Open a unit. Raises `model.BadCode`, `model.WrongParent`, `CodeTaken`."""
    above = None if parent is None else _above(work, kind, parent, company)
    if company is not None and above is None:
        raise model.WrongParent(fields={"parent": ["Say which unit of your company it belongs to."]})
    new = model.open_(
        id=ids.new(),
        code=code,
        kind=kind,
        title=title,
        country=country,
        parent=above,
        demo=demo,
        now=work.now,
        phone=phone,
        mail=mail,
    )
    if not tables.add(work, new):
        raise CodeTaken(code=code, fields={"code": ["This code was already given."]})
    official_years.ask_for_proposals(work, country)
    return _told(work, new)


def change(
    work: Work,
    code: str,
    *,
    title: str | None = None,
    country: str | None = None,
    company: str | None = None,
    version: int | None = None,
    **reached: str | None,
) -> model.Unit:
    """Give it another title, country, `phone` or `mail`; the last two are left by not being given.

    Raises `tables.NoSuchUnit`, `errors.WrongState`, `errors.Stale`.
    """
    unit = _mine(work, code, company, version)
    return _told(work, tables.save(work, model.change(unit, title=title, country=country, **reached)))


def close(work: Work, code: str, *, company: str | None = None, version: int | None = None) -> model.Unit:
    """Close it. Raises `StillInUse` while something open hangs below it or somebody works in it."""
    unit = _mine(work, code, company, version)
    closed = model.close(unit, now=work.now)
    below = work.execute(sa.select(sa.func.count()).where(_u.parent == code, _u.state == "open")).scalar_one()
    if below or unit.people:
        raise StillInUse(units=below, people=unit.people)
    return _told(work, tables.save(work, closed))


def reopen(work: Work, code: str, *, company: str | None = None, version: int | None = None) -> model.Unit:
    """Open it again. Raises `model.WrongParent` when what it hangs below is closed."""
    unit = _mine(work, code, company, version)
    if unit.parent is not None and not tables.load(work.connection, unit.parent, lock=True).active:
        raise model.WrongParent(fields={"parent": ["This unit is closed."]})
    return _told(work, tables.save(work, model.reopen(unit)))


def enter(work: Work, code: str, *, company: str | None = None) -> model.Unit:
    """Somebody starts to work in it. Raises `NoPlace` when the caller's company has no such open unit."""
    try:
        unit = tables.load(work.connection, code, company=company, lock=True)
    except tables.NoSuchUnit as error:
        raise NoPlace(unit=code, fields={"unit": ["There is no such unit."]}) from error
    if not unit.active:
        raise NoPlace(unit=code, fields={"unit": ["This unit is closed."]})
    work.execute(tables.unit.update().where(_u.code == code).values(people=_u.people + 1))
    return unit


def leave(work: Work, code: str) -> None:
    """Somebody works in it no more."""
    work.execute(tables.unit.update().where(_u.code == code).values(people=_u.people - 1))


def _above(work: Work, kind: str, parent: str, company: str | None) -> model.Unit:
    try:
        return tables.load(work.connection, parent, company=company, lock=True)
    except tables.NoSuchUnit as error:
        raise model.WrongParent(fields={"parent": ["There is no such unit."]}) from error


def _mine(work: Work, code: str, company: str | None, version: int | None) -> model.Unit:
    unit = tables.load(work.connection, code, company=company, lock=True)
    if version is not None and unit.version != version:
        raise errors.Stale
    return unit


def _told(work: Work, unit: model.Unit) -> model.Unit:
    outbox.emit(work, events.CHANGED, unit.id, events.data(unit))
    return unit
