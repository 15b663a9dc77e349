"""The reader's company, as forms offer it: its people and units, and what day it is where the reader works."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import sqlalchemy as sa

from services.gateway.directory import callers
from services.gateway.directory.staff import tables as staff
from services.gateway.directory.unit import tables as units
from services.gateway.front import directory, moments, signed
from shared.web import site

MOST = 1_000  # people or units that a form offers
_s, _u = staff.staff.c, units.unit.c


def administers() -> bool:
    """Whether the reader sets up the company."""
    return callers.ADMIN in signed.person().roles


def today() -> date:
    """The day that it is where the reader works."""
    zone = moments.zone(directory.country(signed.person().unit))
    return site.current().database.time.now().astimezone(zone).date()


def people(*, without: Iterable[str] = ()) -> list[tuple[str, str]]:
    """Active people by name, as (id, name and unit)."""
    statement = (
        sa.select(_s.id, _s.name, _u.title)
        .join(units.unit, _u.code == _s.unit)
        .where(_s.company == signed.person().company, _s.state == "active", _s.id.not_in(list(without)))
        .order_by(*staff.BY_NAME)
        .limit(MOST)
    )
    with site.current().database.reading() as connection:
        return [(row.id, f"{row.name} · {row.title}") for row in connection.execute(statement)]


def names(ids: Iterable[str]) -> dict[str, str]:
    """What people are called, by id, those who have left too."""
    wanted = sorted(set(ids))
    with site.current().database.reading() as connection:
        return {row.id: row.name for row in connection.execute(sa.select(_s.id, _s.name).where(_s.id.in_(wanted)))}


def places() -> list[tuple[str, str]]:
    """Open units, the company first, as (code, title)."""
    statement = (
        sa.select(_u.code, _u.title)
        .where(_u.company == signed.person().company, _u.state == "open")
        .order_by(_u.parent.is_not(None), _u.title)
        .limit(MOST)
    )
    with site.current().database.reading() as connection:
        return [(row.code, row.title) for row in connection.execute(statement)]


def titles() -> dict[str, str]:
    """What the company's units are called, closed ones too."""
    statement = sa.select(_u.code, _u.title).where(_u.company == signed.person().company)
    with site.current().database.reading() as connection:
        return {row.code: row.title for row in connection.execute(statement)}
