"""Who may handle a kind of request in a unit on a day: the unit's own regulation, else the playbook's table."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from shared.people import standing, tables
from shared.playbook.model import Playbook

_a = tables.authority.c


def allowed(
    connection: sa.Connection, playbook: Playbook, request_type: int | None, *, unit: str, day: date
) -> tuple[str, ...]:
    """The roles that may handle a request of this type; none without a type.

    A row of the unit itself is stronger than one of a unit above it, and of two rows the one that began last holds.
    """
    if request_type is None:
        return ()
    rows = connection.execute(
        sa.select(_a.unit, _a.roles, _a.since)
        .where(
            _a.flow == playbook.flow,
            _a.request_type == request_type,
            _a.active,
            _a.since <= day,
            sa.or_(_a.until.is_(None), _a.until >= day),
        )
        .order_by(_a.since.desc(), _a.id)
    ).all()
    if rows:
        by_unit = {row.unit: tuple(row.roles) for row in reversed(rows)}
        for each in standing.line(connection, unit):
            if each in by_unit:
                return by_unit[each]
    return playbook.authority.get(request_type, ())
