"""Writing, changing, removing and bringing back prepared texts: a unit's lead does, or its administrator."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from services.support.macro import model, tables
from services.support.ticket.flow import TICKET
from shared import trail
from shared.kernel import errors, ids
from shared.people import permission, places, sight, standing, units
from shared.playbook import shelf
from shared.store.work import Work
from shared.web.tokens import Caller

LEAD, ADMIN = "lead", "admin"


def create(
    work: Work,
    who: Caller,
    *,
    title: str,
    text: Mapping[str, str],
    unit: str | None = None,
    request_type: int | None = None,
) -> model.Macro:
    """A new one, of the caller's unit unless another is named.

    Raises `units.UnknownUnit`, `errors.Forbidden`, `model.TooManyMacros`, and the refusals of `model.check`.
    """
    code = unit or who.unit or ""
    if code not in sight.units(work.connection, who, work.now):
        raise units.UnknownUnit(code=code, fields={"unit": ["There is no such unit."]})
    units.known(work.connection, code)
    _may(work, who, code)
    _check(work, code, text, request_type)
    if tables.count(work.connection, code) >= model.MOST:
        raise model.TooManyMacros(most=model.MOST)
    new = model.Macro(
        id=ids.new(),
        version=1,
        unit=code,
        title=title,
        text=text,
        request_type=request_type,
        state=model.LIFECYCLE.initial,
        created_at=work.now,
        created_by=work.actor,
        changed_at=work.now,
        changed_by=work.actor,
    )
    tables.add(work, new)
    _note(work, new, "created")
    return new


def change(
    work: Work,
    id: str,
    who: Caller,
    *,
    title: str,
    text: Mapping[str, str],
    request_type: int | None = None,
    version: int | None = None,
) -> model.Macro:
    """It says something else; replies that were written with it stay as they are. Raises the same, `errors.Stale`."""
    held = _mine(work, id, who, version)
    changed = model.change(held, title=title, text=text, request_type=request_type, by=work.actor, now=work.now)
    _check(work, held.unit, text, request_type)
    return _kept(work, changed, "changed")


def remove(work: Work, id: str, who: Caller, *, version: int | None = None) -> model.Macro:
    """Nobody is offered it any more; it is kept. Raises `errors.WrongState`."""
    return _kept(work, model.move(_mine(work, id, who, version), "remove", by=work.actor, now=work.now), "removed")


def restore(work: Work, id: str, who: Caller, *, version: int | None = None) -> model.Macro:
    """A removed one is offered again. Raises `errors.WrongState`."""
    return _kept(work, model.move(_mine(work, id, who, version), "restore", by=work.actor, now=work.now), "restored")


def seen(connection: sa.Connection, macro: model.Macro, who: Caller, now: datetime) -> model.Macro:
    """The prepared text, if it is of a unit of the caller's or of one above theirs. Raises `tables.NoSuchMacro`."""
    mine = sight.units(connection, who, now)
    if macro.unit in mine or (mine and who.unit and macro.unit in standing.line(connection, who.unit)):
        return macro
    raise tables.NoSuchMacro


def _mine(work: Work, id: str, who: Caller, version: int | None) -> model.Macro:
    held = seen(work.connection, tables.load(work.connection, id, lock=True), who, work.now)
    _may(work, who, held.unit)
    if version is not None and held.version != version:
        raise errors.Stale
    return held


def _may(work: Work, who: Caller, unit: str) -> None:
    """A lead of the unit or of one above it, also in somebody's stead; or an administrator who sees it."""
    if who.kind != "staff":
        raise permission.PeopleOnly
    if ADMIN in who.roles and unit in sight.units(work.connection, who, work.now):
        return
    held = standing.held(work.connection, who.id, unit, _day(work, unit))
    mine = next((each for each in held if each.role == LEAD), None)
    if mine is None:
        raise errors.Forbidden(missing="the role lead or admin in the unit of the prepared text")
    if mine.on_behalf_of is not None:
        work.on_behalf_of = f"staff:{mine.on_behalf_of}"


def _check(work: Work, unit: str, text: Mapping[str, str], request_type: int | None) -> None:
    model.check(text)
    known = {kind.code for kind in shelf.active(work.connection, TICKET.name, unit).request_types}
    if request_type is not None and request_type not in known:
        raise model.NotOfType(
            request_type=request_type, fields={"request_type": ["The unit's procedure has no such request type."]}
        )


def _kept(work: Work, changed: model.Macro, what: str) -> model.Macro:
    saved = tables.save(work, changed)
    _note(work, saved, what)
    return saved


def _note(work: Work, macro: model.Macro, what: str) -> None:
    facts = {"unit": macro.unit, "version": macro.version, "languages": sorted(macro.text)}
    trail.append(work, trail.Entry(model.LIFECYCLE.name, macro.id, what, facts))


def _day(work: Work, unit: str) -> date:
    return work.now.astimezone(ZoneInfo(places.ZONES[units.known(work.connection, unit).country])).date()
