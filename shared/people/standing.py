"""What a person is in a unit: the roles held there or above, own or as somebody's substitute; who holds a role; who is
there.

A role in a unit holds in the units below it: an executive of the company is one for its branches. Whoever is to be
told is looked for the other way: in the unit first, then above it, so that a branch's own lead hears of it and not
everybody's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from shared.people import tables

MOST_LEVELS = 10  # of the tree of units

_h, _p, _s, _a, _u = tables.holding.c, tables.person.c, tables.substitution.c, tables.absence.c, tables.place.c


@dataclass(frozen=True, slots=True)
class Held:
    """A role, and for whom it is held: None for oneself, or the id of the absent person."""

    role: str
    on_behalf_of: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, as messages and lists need to know them."""

    id: str
    name: str
    mail: str
    locale: str
    unit: str
    active: bool


def line(connection: sa.Connection, unit: str) -> list[str]:
    """The unit and those above it, nearest first."""
    return list(dict.fromkeys((unit, *connection.execute(_LINE, {"unit": unit}).scalars())))


def below(connection: sa.Connection, units: Iterable[str]) -> set[str]:
    """The units and all below them."""
    found = set(units)
    return found | set(connection.execute(_BELOW, {"units": sorted(found)}).scalars()) if found else found


def company(connection: sa.Connection, unit: str) -> set[str]:
    """All units of the company that the unit belongs to. Companies of one installation are strangers to each other."""
    return below(connection, {line(connection, unit)[-1]})


def held(connection: sa.Connection, person: str, unit: str, day: date) -> tuple[Held, ...]:
    """The roles that somebody may act in for a unit on a day: their own first, then those of people they stand for."""
    if not _is_active(connection, person):
        return ()
    units = line(connection, unit)
    active = sa.select(_h.role, _h.person).join(tables.person, _p.id == _h.person).where(_p.active, _h.unit.in_(units))
    own = connection.execute(active.where(_h.person == person).order_by(_h.role)).all()
    absent = sa.select(_s.absent).where(_s.substitute == person, _s.active, _s.since <= day, _s.until >= day)
    for_others = connection.execute(active.where(_h.person.in_(absent)).order_by(_h.person, _h.role)).all()
    mine = tuple(dict.fromkeys(Held(row.role) for row in own))
    return mine + tuple(Held(row.role, row.person) for row in for_others)


def holders(connection: sa.Connection, unit: str, role: str, day: date) -> tuple[str, ...]:
    """Who is to do or hear what a role of a unit does or hears: the nearest level that has somebody.

    An absent person is replaced by the substitute of that day; without one, they are named all the same.
    """
    return holders_of(connection, unit, (role,), day)[role]


def holders_of(connection: sa.Connection, unit: str, roles: Iterable[str], day: date) -> dict[str, tuple[str, ...]]:
    """`holders` for several roles at once."""
    wanted = list(dict.fromkeys(roles))
    if not wanted:
        return {}
    units = line(connection, unit)
    rows = connection.execute(_HOLDERS, {"units": units, "roles": wanted}).all()
    instead = {row.person: stands_in(connection, row.person, day) or row.person for row in rows}
    found: dict[str, tuple[str, ...]] = {}
    for role in wanted:
        levels = ([row.person for row in rows if row.unit == each and row.role == role] for each in units)
        nearest = next((people for people in levels if people), [])
        found[role] = tuple(dict.fromkeys(instead[person] for person in nearest))
    return found


def stands_in(connection: sa.Connection, person: str, day: date) -> str | None:
    """The active substitute of somebody who is away on a day; None when they are there or nobody was named."""
    away = connection.execute(
        sa.select(_a.id).where(_a.person == person, _a.active, _a.since <= day, _a.until >= day).limit(1)
    ).first()
    if away is None:
        return None
    return connection.execute(
        sa.select(_s.substitute)
        .join(tables.person, _p.id == _s.substitute)
        .where(_s.absent == person, _s.active, _s.since <= day, _s.until >= day, _p.active)
        .order_by(_s.since.desc(), _s.id)
        .limit(1)
    ).scalar_one_or_none()


def present(connection: sa.Connection, person: str, day: date) -> bool:
    """Whether somebody works on a day: active and not away."""
    away = sa.select(_a.id).where(_a.person == person, _a.active, _a.since <= day, _a.until >= day).limit(1)
    return _is_active(connection, person) and connection.execute(away).first() is None


def known(connection: sa.Connection, ids: Iterable[str]) -> dict[str, Person]:
    """The people with these ids, by id."""
    wanted = list(ids)
    if not wanted:
        return {}
    return {row.id: Person(*row) for row in connection.execute(_PEOPLE, {"wanted": wanted})}


def names(connection: sa.Connection, actors: Iterable[str]) -> dict[str, str]:
    """What people call these actors, as far as they are known: staff by name, others by what they are called."""
    found = {actor: actor.partition(":") for actor in actors}
    people = known(connection, [id for kind, _, id in found.values() if kind == "staff"])
    return {
        actor: people[id].name if kind == "staff" else id
        for actor, (kind, _, id) in found.items()
        if kind != "staff" or id in people
    }


def _is_active(connection: sa.Connection, person: str) -> bool:
    return bool(connection.execute(_ACTIVE, {"person": person}).scalar_one_or_none())


def _line() -> sa.Select[Any]:
    """The units above one, nearest first; a ring in the tree ends at `MOST_LEVELS`."""
    first = sa.select(_u.parent.label("code"), sa.literal(1).label("level")).where(_u.code == sa.bindparam("unit"))
    up = first.cte("up", recursive=True)
    up = up.union_all(
        sa.select(_u.parent, up.c.level + 1).join(up, up.c.code == _u.code).where(up.c.level < MOST_LEVELS - 1)
    )
    return sa.select(up.c.code).where(up.c.code.is_not(None)).order_by(up.c.level)


def _below() -> sa.Select[Any]:
    """The units below some; a ring in the tree ends where it began, because UNION keeps what is new only."""
    first = sa.select(_u.code).where(_u.parent.in_(sa.bindparam("units", expanding=True)))
    down = first.cte("down", recursive=True)
    return sa.select(down.union(sa.select(_u.code).join(down, down.c.code == _u.parent)).c.code)


_LINE, _BELOW = _line(), _below()
_ACTIVE = sa.select(_p.active).where(_p.id == sa.bindparam("person"))
_PEOPLE = sa.select(_p.id, _p.name, _p.mail, _p.locale, _p.unit, _p.active).where(
    _p.id.in_(sa.bindparam("wanted", expanding=True))
)
_HOLDERS = (
    sa.select(_h.unit, _h.role, _h.person)
    .join(tables.person, _p.id == _h.person)
    .where(
        _h.unit.in_(sa.bindparam("units", expanding=True)),
        _h.role.in_(sa.bindparam("roles", expanding=True)),
        _p.active,
    )
    .order_by(_p.name, _p.id)
)
