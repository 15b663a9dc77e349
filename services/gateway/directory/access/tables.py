"""The table of tokens."""

from __future__ import annotations

import dataclasses
from typing import Any

import sqlalchemy as sa

from services.gateway.directory.access import model
from services.gateway.directory.unit import model as units
from shared.kernel import errors
from shared.store import types, work

METADATA = types.metadata("gateway")

access = sa.Table(
    "access",
    METADATA,
    sa.Column("id", types.Id, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False, unique=True),
    sa.Column("system", sa.String(model.MAX_SYSTEM), nullable=False),
    sa.Column("unit", sa.String(units.MAX_CODE), sa.ForeignKey("unit.code"), nullable=False),
    sa.Column("company", sa.String(units.MAX_CODE), sa.ForeignKey("unit.code"), nullable=False),
    sa.Column("scopes", types.Json, nullable=False),
    sa.Column("hint", sa.String(4), nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("issued_at", types.Moment, nullable=False),
    sa.Column("issued_by", sa.String(200), nullable=False),
    sa.Column("last_used_at", types.Moment),
    sa.Column("revoked_at", types.Moment),
)
sa.Index("ix_access_company", access.c.company, access.c.system, access.c.id)


class NoSuchToken(errors.NotFound):
    """There is no such token, or none that you may know of."""

    code = "no-such-token"


def add(to: work.Work, new: model.Access, digest: str) -> None:
    """Insert a token under its hash."""
    work.insert(to, access, {**_row(new), "digest": digest})


def load(connection: sa.Connection, id: str, *, company: str | None = None, lock: bool = False) -> model.Access:
    """The token; with `lock` no other transaction can change it meanwhile. Raises `NoSuchToken`."""
    statement = sa.select(access).where(access.c.id == id)
    if company is not None:
        statement = statement.where(access.c.company == company)
    row = connection.execute(statement.with_for_update() if lock else statement).one_or_none()
    if row is None:
        raise NoSuchToken
    return read(row)


def save(to: work.Work, changed: model.Access) -> model.Access:
    """Write a token that was loaded at its version. Raises `errors.Stale`."""
    work.update(to, access, _row(changed), id=changed.id, version=changed.version)
    return dataclasses.replace(changed, version=changed.version + 1)


def read(row: sa.Row[Any]) -> model.Access:
    """A row as a token, without its hash."""
    facts = {field.name: row._mapping[field.name] for field in dataclasses.fields(model.Access)}
    return model.Access(**{**facts, "scopes": tuple(facts["scopes"])})


def _row(of: model.Access) -> dict[str, Any]:
    row = {field.name: getattr(of, field.name) for field in dataclasses.fields(of)}
    return {**row, "scopes": list(of.scopes)}
