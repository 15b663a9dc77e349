"""The names that pages show for what services know by code: people by actor, units by code."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import flask
import sqlalchemy as sa

from services.gateway.directory.membership import tables as memberships
from services.gateway.directory.session import queries
from services.gateway.directory.staff import tables as staff
from services.gateway.directory.substitute import tables as substitutes
from services.gateway.directory.unit import model
from services.gateway.directory.unit import tables as units
from services.gateway.front import language, moments
from shared.locale import phone as numbers
from shared.store import types
from shared.text import fold
from shared.web import site

MOST_LEVELS = 10  # of the tree of units
STAFF = "staff:"
LEADING = ("lead", "executive")
MOST_PEOPLE = 500  # offered in a list


def unit(code: str) -> model.Unit | None:
    """The unit, closed ones too; None when there is none. Kept for the rest of the request that shows a page."""
    known: dict[str, model.Unit | None] = flask.g.setdefault("units", {})
    if code not in known or flask.request.method != "GET":
        with site.current().database.reading() as connection:
            try:
                known[code] = units.load(connection, code)
            except units.NoSuchUnit:
                known[code] = None
    return known[code]


def country(code: str | None) -> str:
    """The country whose time a unit lives by."""
    found = unit(code) if code else None
    return found.country if found else model.COUNTRIES[0]


@dataclass(frozen=True, slots=True)
class Reached:
    """Where clients reach a unit: to be called, to be read, to be written to."""

    phone: str | None
    shown: str | None
    mail: str | None


def reached(code: str) -> Reached | None:
    """How a unit is reached, by itself or by the nearest above it that says so; None where nobody does."""
    with site.current().database.reading() as connection:
        above = _line(connection, code)
    phone = next((each.phone for each in above if each.phone), None)
    mail = next((each.mail for each in above if each.mail), None)
    if not (phone or mail):
        return None
    return Reached(phone, phone and numbers.shown(phone), mail)


def actor(text: str | None) -> str:
    """Who did something, as people call them: a name, a system, the client."""
    return actors([text])[text]


def actors(texts: Sequence[str | None]) -> dict[str | None, str]:
    """The same for many at once, by actor: one question for those whom this page has not named yet."""
    names = _names({id for text in texts if (id := (text or "").removeprefix(STAFF)) != text and text})
    return {text: _called(text, names) for text in dict.fromkeys(texts)}


def _called(text: str | None, names: Mapping[str, str]) -> str:
    kind, _, id = (text or "").partition(":")
    if kind == "staff":
        return names.get(id) or language.say("Somebody who has left")
    if kind == "client":
        return language.say("The client")
    return language.say("The system {name}", name=id) if id else ""


def _names(ids: Collection[str]) -> dict[str, str]:
    """The names of staff by id, kept for the rest of the request; who is not known has none."""
    known: dict[str, str] = flask.g.setdefault("names", {})
    if unknown := sorted(set(ids) - known.keys()):
        _s = staff.staff.c
        with site.current().database.reading() as connection:
            wanted = types.among(_s.id, unknown, connection.dialect.name)
            found = {row.id: row.name for row in connection.execute(sa.select(_s.id, _s.name).where(wanted))}
        known |= {id: found.get(id, "") for id in unknown}
    return known


def colleagues(code: str, *, roles: Sequence[str], everywhere: bool = False) -> list[tuple[str, str]]:
    """Active people with one of the roles in a unit or above it, as (id, name and unit); or in the whole company."""
    known: dict[str, list[_Holder]] = flask.g.setdefault("holders", {})
    if code not in known:
        known[code] = _holders(code)
    found = [each for each in known[code] if set(roles) & (each.anywhere if everywhere else each.here)]
    return [(each.id, each.shown) for each in sorted(found, key=lambda each: (each.elsewhere, fold.bare(each.shown)))]


@dataclass(frozen=True, slots=True)
class _Holder:
    """Somebody active of a company, and the roles that they hold in a unit or above it, or there and at home."""

    id: str
    shown: str
    elsewhere: bool
    here: frozenset[str]
    anywhere: frozenset[str]


def _holders(code: str) -> list[_Holder]:
    """Everybody who may be offered where somebody of a unit is chosen, by name."""
    with site.current().database.reading() as connection:
        line = _line(connection, code)
        if not line:
            return []
        _s, _m = staff.staff.c, memberships.membership.c
        here = [unit.code for unit in line]
        active = sa.select(_s.id, _s.name, _s.unit, _s.roles).where(_s.state == "active", _s.company == line[0].company)
        elsewhere = sa.select(_m.person, _m.roles).where(_m.state == "active", _m.unit.in_(here))
        member = {row.person: row.roles for row in connection.execute(elsewhere)}
        rows = connection.execute(active.order_by(*staff.BY_NAME).limit(MOST_PEOPLE)).all()
        titles = {
            each.code: each.title for each in connection.execute(sa.select(units.unit.c.code, units.unit.c.title))
        }
    found = []
    for row in rows:
        away = frozenset(member.get(row.id, ()))
        anywhere = away | set(row.roles)
        shown = f"{row.name} · {titles.get(row.unit, row.unit)}"
        found.append(_Holder(row.id, shown, row.unit != code, anywhere if row.unit in here else away, anywhere))
    return found


def leads(who: queries.Signed) -> bool:
    """Whether somebody answers for the promises of others: as a lead or executive, somewhere or in somebody's stead."""
    if set(who.roles) & set(LEADING):
        return True
    _s, _m, _i = staff.staff.c, memberships.membership.c, substitutes.substitution.c
    day = site.current().database.time.now().astimezone(moments.zone(country(who.unit))).date()
    with site.current().database.reading() as connection:
        here = sa.and_(_i.substitute == who.staff_id, _i.state == "active", _i.since <= day, _i.until >= day)
        people = {who.staff_id, *connection.execute(sa.select(_i.absent).where(here)).scalars()}
        home = sa.select(_s.roles).where(_s.id.in_(people), _s.state == "active")
        elsewhere = sa.select(_m.roles).where(_m.person.in_(people), _m.state == "active")
        held = [role for each in (home, elsewhere) for roles in connection.execute(each).scalars() for role in roles]
    return bool(set(held) & set(LEADING))


def line(code: str) -> list[str]:
    """The codes of a unit and of those above it, nearest first."""
    with site.current().database.reading() as connection:
        return [unit.code for unit in _line(connection, code)]


def _line(connection: sa.Connection, code: str) -> list[model.Unit]:
    """The unit and those above it, nearest first."""
    found: list[model.Unit] = []
    next_: str | None = code
    while next_ is not None and len(found) < MOST_LEVELS:
        try:
            found.append(units.load(connection, next_))
        except units.NoSuchUnit:
            break
        next_ = found[-1].parent
    return found
