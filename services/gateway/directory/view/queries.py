"""The read side of saved views."""

from __future__ import annotations

import sqlalchemy as sa

from services.gateway.directory.view import model, tables
from shared.kernel import errors
from shared.web.tokens import Caller

_v = tables.view.c


def owner(who: Caller) -> str:
    """Whose views these are. Raises `errors.Forbidden` for whoever is no person."""
    if who.kind != "staff":
        raise errors.Forbidden(missing="a staff account")
    return who.id


def of(connection: sa.Connection, who: Caller, *, list: str | None = None, removed: bool = False) -> list[model.View]:
    """The caller's views and those that are shared in their unit, by list and name; or what they have removed."""
    mine = _v.owner == owner(who)
    shared = _v.unit == who.unit if who.unit is not None else sa.false()  # without a unit nothing is shared with them
    statement = sa.select(tables.view).where(mine if removed else sa.or_(mine, shared))
    statement = statement.where(_v.removed_at.is_not(None) if removed else _v.removed_at.is_(None))
    if list is not None:
        statement = statement.where(_v.list == list)
    rows = connection.execute(statement.order_by(_v.list, _v.name, _v.id))
    return [model.View(**row._mapping) for row in rows]


def one(connection: sa.Connection, who: Caller, id: str) -> model.View:
    """One that there is for the caller, removed or not. Raises `model.NoSuchView`."""
    row = connection.execute(sa.select(tables.view).where(_v.id == id)).one_or_none()
    view = model.View(**row._mapping) if row is not None else None
    if view is None or not view.seen_by(owner(who), who.unit):
        raise model.NoSuchView
    return view


def changes(who: Caller, view: model.View) -> bool:
    """Whether the caller may rename, remove or bring it back."""
    return view.changed_by(owner(who), who.unit, who.roles)
