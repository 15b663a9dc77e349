"""The read side of tokens: which there are, and who calls."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from services.gateway.directory import keyset
from services.gateway.directory.access import model, tables
from services.gateway.directory.unit import tables as unit_tables
from shared.kernel import errors
from shared.web import tokens

_a, _u = tables.access.c, unit_tables.unit.c


def known(connection: sa.Connection, token: str) -> model.Access:
    """The valid token of an open unit behind what a system sent. Raises `errors.Unauthenticated`, saying no more."""
    row = connection.execute(
        sa.select(tables.access)
        .join(unit_tables.unit, _u.code == _a.unit)
        .where(_a.digest == model.digest(token), _a.state == model.LIFECYCLE.initial, _u.state == "open")
    ).one_or_none()
    if row is None:
        raise errors.Unauthenticated
    return tables.read(row)


def caller(connection: sa.Connection, token: str, now: datetime) -> tuple[tokens.Caller, str | None]:
    """For whom to sign, and the id to `commands.touch` when its use is to be written down.

    Raises `errors.Unauthenticated`.
    """
    access = known(connection, token)
    who = tokens.Caller("system", access.system, access.system, scopes=access.scopes, unit=access.unit)
    return who, access.id if access.touch_due(now) else None


def page(
    connection: sa.Connection,
    *,
    company: str | None = None,
    system: str | None = None,
    active: bool | None = None,
    limit: int = 25,
    cursor: str | None = None,
) -> tuple[list[model.Access], str | None]:
    """Tokens by system, and the cursor of the next page. Raises `keyset.BadCursor`."""
    statement = sa.select(tables.access)
    if company is not None:
        statement = statement.where(_a.company == company)
    if system is not None:
        statement = statement.where(_a.system == system)
    if active is not None:
        statement = statement.where((_a.state == model.LIFECYCLE.initial) == active)
    if cursor:
        statement = statement.where(keyset.after(cursor, _a.system, _a.id))
    rows = connection.execute(statement.order_by(_a.system, _a.id).limit(limit + 1)).all()
    found = [tables.read(row) for row in rows[:limit]]
    return found, keyset.write(found[-1].system, found[-1].id) if len(rows) > limit else None
