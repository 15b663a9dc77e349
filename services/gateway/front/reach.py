"""Which units and people a list offers to choose from: those that the reader sees."""

from __future__ import annotations

import sqlalchemy as sa

from services.gateway.directory.membership import tables as memberships
from services.gateway.directory.session.queries import Signed
from services.gateway.directory.staff import tables as staff
from services.gateway.directory.unit import tables as units
from shared.text import fold
from shared.web import site

EVERYWHERE = "on-call"
"""The role of whoever sees every unit of the company."""
MOST_PEOPLE = 500  # offered in a list

_u, _s, _m = units.unit.c, staff.staff.c, memberships.membership.c


def seen(who: Signed) -> dict[str, str]:
    """The units in which somebody holds a role, and those below: title by code, in the order of titles."""
    with site.current().database.reading() as connection:
        rows = connection.execute(sa.select(_u.code, _u.parent, _u.title).where(_u.company == who.company)).all()
        elsewhere = sa.select(_m.unit).where(_m.state == "active", _m.person == who.staff_id)
        found = {who.unit, *connection.execute(elsewhere).scalars()}
    parents = {row.code: row.parent for row in rows}
    return {
        row.code: row.title
        for row in sorted(rows, key=lambda row: (fold.bare(row.title), row.code))
        if EVERYWHERE in who.roles or _below(row.code, parents, found)
    }


def colleagues(codes: dict[str, str]) -> dict[str, str]:
    """Active people who work in these units, by id and in the order of their names."""
    with site.current().database.reading() as connection:
        here = sa.select(_s.id, _s.name).where(_s.unit.in_(list(codes)), _s.state == "active")
        rows = connection.execute(here.order_by(*staff.BY_NAME).limit(MOST_PEOPLE)).all()
    return {row.id: row.name for row in rows}


def _below(code: str, parents: dict[str, str | None], tops: set[str]) -> bool:
    passed: set[str] = set()
    next_: str | None = code
    while next_ is not None and next_ not in passed:
        if next_ in tops:
            return True
        passed.add(next_)
        next_ = parents.get(next_)
    return False
