"""The table of prepared texts."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from services.support.macro import model
from shared.kernel import errors, ids
from shared.store import types, work

METADATA = types.metadata("support")

macro = sa.Table(
    "macro",
    METADATA,
    sa.Column("id", types.Id, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("unit", sa.String(100), nullable=False),
    sa.Column("title", sa.String(model.MAX_TITLE), nullable=False),
    sa.Column("text", types.Json, nullable=False),  # locale -> words
    sa.Column("request_type", sa.Integer),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("created_at", types.Moment, nullable=False),
    sa.Column("created_by", sa.String(200), nullable=False),
    sa.Column("changed_at", types.Moment, nullable=False),
    sa.Column("changed_by", sa.String(200), nullable=False),
)
sa.Index("ix_macro_unit", macro.c.unit, macro.c.state)

_m = macro.c


class NoSuchMacro(errors.NotFound):
    """There is no such prepared text, or none that you may know of."""

    code = "no-such-macro"


def add(to: work.Work, new: model.Macro) -> None:
    """Insert it."""
    work.insert(to, macro, _row(new))


def load(connection: sa.Connection, id: str, *, lock: bool = False) -> model.Macro:
    """The prepared text; with `lock` nobody else changes it meanwhile. Raises `NoSuchMacro`."""
    if not ids.is_id(id):
        raise NoSuchMacro
    statement = sa.select(macro).where(_m.id == id)
    row = connection.execute(statement.with_for_update() if lock else statement).one_or_none()
    if row is None:
        raise NoSuchMacro
    return model.Macro(**row._mapping)


def save(to: work.Work, changed: model.Macro) -> model.Macro:
    """Write one that was loaded at its version. Raises `errors.Stale`."""
    work.update(to, macro, _row(changed), id=changed.id, version=changed.version)
    return dataclasses.replace(changed, version=changed.version + 1)


def of_units(
    connection: sa.Connection, units: Iterable[str], *, where: Iterable[sa.ColumnElement[bool]] = ()
) -> list[model.Macro]:
    """Those of some units, at most `model.MOST` of each, by title."""
    statement = sa.select(macro).where(_m.unit.in_(list(units)), *where).order_by(_m.title, _m.id)
    return [model.Macro(**row._mapping) for row in connection.execute(statement)]


def count(connection: sa.Connection, unit: str) -> int:
    """How many a unit has, those removed included."""
    return connection.execute(sa.select(sa.func.count()).where(_m.unit == unit)).scalar_one()


def _row(of: model.Macro) -> dict[str, Any]:
    return {name: getattr(of, name) for name in model.Macro.__slots__} | {"text": dict(of.text)}
