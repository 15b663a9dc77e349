"""What a message needs to know of a unit and of the people who work there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from shared.locale import phone as numbers
from shared.people import standing
from shared.people.places import ZONES
from shared.store import tables

_u = tables.unit.c


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as it signs a letter, closed ones included; None for what nobody has told yet."""

    title: str | None
    country: str | None
    reached: str | None = None
    """Where its clients call and write, as one line; what it has not is that of the nearest unit above it."""


@dataclass(frozen=True, slots=True)
class Reader:
    """One of staff who is written to; of somebody whom the directory has not told of, the id alone."""

    id: str
    name: str
    mail: str | None = None
    locale: str = "en"
    country: str | None = None
    """Of the unit where they work: their time."""
    home: str | None = None
    """The code of that unit."""
    instead_of: str | None = None
    """The name of the absent colleague whom this was for."""


def unit(connection: sa.Connection, code: str) -> Unit:
    """What is known of the unit."""
    line = standing.line(connection, code)
    found = {row.code: row for row in connection.execute(_UNITS, {"codes": line})}
    if code not in found:
        return Unit(None, None)
    above = [found[each] for each in line if each in found]
    phone = next((each.phone for each in above if each.phone), None)
    mail = next((each.mail for each in above if each.mail), None)
    reached = " · ".join(each for each in (phone and numbers.shown(phone), mail) if each)
    return Unit(found[code].title, found[code].country, reached or None)


_UNITS = sa.select(_u.code, _u.title, _u.country, _u.phone, _u.mail).where(
    _u.code.in_(sa.bindparam("codes", expanding=True))
)


def readers(
    connection: sa.Connection, staff: Iterable[str], *, unit_code: str, at: datetime, but: str | None = None
) -> list[Reader]:
    """Who is to read what is meant for these people of a unit: each once, the substitute of whoever is away that day.

    Nobody who has left, and not the person `but`: whoever did something need not be told of it.
    """
    country = unit(connection, unit_code).country or ""
    day = at.astimezone(ZoneInfo(ZONES.get(country, ZONES["VN"]))).date()
    meant = [id for id in dict.fromkeys(staff) if id != but]
    stead = {id: standing.stands_in(connection, id, day) for id in meant}
    known = standing.known(connection, {*meant, *(id for id in stead.values() if id)})
    found: dict[str, Reader] = {}
    for id in meant:
        to = stead[id] or id
        if to == but or to in found:
            continue
        person = known.get(to)
        if person is None:
            found[to] = Reader(to, to)
        elif person.active:
            instead = known[id].name if to != id and id in known and to not in meant else None
            home = unit(connection, person.unit).country
            found[to] = Reader(to, person.name, person.mail, person.locale, home, person.unit, instead)
    return list(found.values())


def name(connection: sa.Connection, id: str | None) -> str | None:
    """What somebody of staff is called; None for whoever is not known, or is not of staff."""
    person = standing.known(connection, (id,)).get(id) if id else None
    return person.name if person else None
