"""Who may know why somebody is away."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from services.gateway.directory import callers
from services.gateway.directory.membership import tables as memberships
from services.gateway.directory.staff import tables as staff
from shared.web import tokens

LEAD = "lead"
_s, _m = staff.staff.c, memberships.membership.c


def confided(connection: sa.Connection, who: tokens.Caller, people: Iterable[str]) -> set[str]:
    """Those of the people whose reasons the caller may read: themselves, everybody for an administrator, and whoever
    works in a unit where the caller is a lead. A system reads none.
    """
    asked = set(people)
    if who.kind != "staff" or not asked:
        return set()
    if callers.ADMIN in who.roles:
        return asked
    leads = {who.unit} if LEAD in who.roles else set()
    elsewhere = sa.select(_m.unit, _m.roles).where(_m.person == who.id, _m.state == "active")
    leads |= {row.unit for row in connection.execute(elsewhere) if LEAD in row.roles}
    here = sa.select(_s.id).where(_s.id.in_(asked), _s.unit.in_(leads))
    return {who.id} & asked | set(connection.execute(here).scalars())
