"""What a caller may see: the units in which they hold a role, and those below; whose promises are theirs to take."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from shared.clocks.queries import Pool
from shared.people import places, standing, tables
from shared.store import tables as store
from shared.web.tokens import Caller

EVERYWHERE = frozenset({"on-call"})
"""Roles of whoever keeps the system running: they see every unit of their company."""
LEAD, EXECUTIVE = "lead", "executive"
"""Roles that answer for the promises of others."""

_h, _s, _u = tables.holding.c, tables.substitution.c, store.unit.c


def units(connection: sa.Connection, who: Caller, now: datetime) -> set[str]:
    """The units whose objects the caller may see, also in somebody's stead; none once the person has left."""
    if who.kind == "staff":
        active, day = _standing(connection, who, now)
        if active is False:
            return set()
        if who.unit and set(who.roles) & EVERYWHERE:
            return standing.company(connection, who.unit)
        held = connection.execute(sa.select(_h.unit).where(_whose(who, day)).distinct()).scalars()
        found = {*held, *((who.unit,) if who.unit else ())}
        return standing.below(connection, found)
    return {who.unit} if who.unit else set()


def company_of(connection: sa.Connection, who: Caller, now: datetime, role: str) -> set[str]:
    """Every unit of the company, for whoever holds the role in one of them; none for anybody else."""
    if who.kind != "staff" or who.unit is None:
        return set()
    active, day = _standing(connection, who, now)
    if active is False:
        return set()
    held = sa.select(_h.unit).where(_whose(who, day), _h.role == role).limit(1)
    holds = role in who.roles if active is None else connection.execute(held).first() is not None
    return standing.company(connection, who.unit) if holds else set()


def led(connection: sa.Connection, who: Caller, now: datetime) -> set[str]:
    """The units of whose people the caller may see how they keep their promises: those that they lead and all below,
    for an executive every unit of the company. Holds in somebody's stead too. A system sees what it sees anyway.
    """
    if who.kind != "staff":
        return units(connection, who, now)
    everything = company_of(connection, who, now, EXECUTIVE)
    if everything:
        return everything
    active, day = _standing(connection, who, now)
    if not active:
        return set()
    held = sa.select(_h.unit).where(_whose(who, day), _h.role == LEAD).distinct()
    return standing.below(connection, connection.execute(held).scalars())


def pools(connection: sa.Connection, who: Caller, now: datetime) -> list[Pool]:
    """The roles and units whose unassigned promises the caller may take, also in somebody's stead."""
    _, day = _standing(connection, who, now)
    rows = connection.execute(sa.select(_h.unit, _h.role).where(_whose(who, day)).distinct()).all()
    found = [Pool(unit, row.role) for row in rows for unit in sorted(standing.below(connection, {row.unit}))]
    return list(dict.fromkeys(found))


def roles(connection: sa.Connection, who: Caller, now: datetime) -> dict[str, frozenset[str]]:
    """The roles that the caller has in each unit, also in somebody's stead."""
    found: dict[str, set[str]] = {}
    for pool in pools(connection, who, now):
        found.setdefault(pool.unit, set()).add(pool.role)
    return {unit: frozenset(held) for unit, held in found.items()}


def _whose(who: Caller, day: date) -> sa.ColumnElement[bool]:
    """The roles that the caller holds, and those of whom they stand in for on the day that it is where they work."""
    absent = sa.select(_s.absent).where(_s.substitute == who.id, _s.active, _s.since <= day, _s.until >= day)
    return sa.or_(_h.person == who.id, _h.person.in_(absent))


def _standing(connection: sa.Connection, who: Caller, now: datetime) -> tuple[bool | None, date]:
    """Whether the caller works here (None: not known yet), and which day it is where they do."""
    active, country = connection.execute(_STANDING, {"person": who.id, "unit": who.unit or ""}).one()
    return active, now.astimezone(ZoneInfo(places.ZONES[country or "VN"])).date()


_STANDING = sa.select(
    sa.select(tables.person.c.active).where(tables.person.c.id == sa.bindparam("person")).scalar_subquery(),
    sa.select(_u.country).where(_u.code == sa.bindparam("unit")).scalar_subquery(),
)
