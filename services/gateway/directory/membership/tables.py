"""The table of memberships."""

from __future__ import annotations

import dataclasses
from typing import Any

import sqlalchemy as sa

from services.gateway.directory.membership import model
from shared.kernel import errors
from shared.store import types, work

METADATA = types.metadata("gateway")

membership = sa.Table(
    "membership",
    METADATA,
    sa.Column("id", types.Id, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("company", sa.String(40), nullable=False),
    sa.Column("person", types.Id, sa.ForeignKey("staff.id"), nullable=False),
    sa.Column("unit", sa.String(40), sa.ForeignKey("unit.code"), nullable=False),
    sa.Column("roles", types.Json, nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("entered_at", types.Moment, nullable=False),
    sa.Column("entered_by", sa.String(200), nullable=False),
)
sa.Index("ix_membership_person", membership.c.person)

_m = membership.c


class NoSuchMembership(errors.NotFound):
    """There is no such membership, or none that you may know of."""

    code = "no-such-membership"


def add(to: work.Work, new: model.Membership) -> None:
    """Insert it."""
    work.insert(to, membership, _row(new))


def load(connection: sa.Connection, id: str, *, company: str, lock: bool = False) -> model.Membership:
    """The membership. Raises `NoSuchMembership`."""
    statement = sa.select(membership).where(_m.id == id, _m.company == company)
    row = connection.execute(statement.with_for_update() if lock else statement).one_or_none()
    if row is None:
        raise NoSuchMembership
    return read(row)


def of_person(connection: sa.Connection, person: str, *, company: str) -> list[model.Membership]:
    """A person's open memberships, by unit."""
    statement = sa.select(membership).where(_m.person == person, _m.company == company, _m.state == "active")
    return [read(row) for row in connection.execute(statement.order_by(_m.unit))]


def save(to: work.Work, changed: model.Membership) -> model.Membership:
    """Write one that was loaded at its version. Raises `errors.Stale`."""
    work.update(to, membership, _row(changed), id=changed.id, version=changed.version)
    return dataclasses.replace(changed, version=changed.version + 1)


def read(row: sa.Row[Any]) -> model.Membership:
    """A row as a membership."""
    facts = dict(row._mapping)
    return model.Membership(**{**facts, "roles": tuple(facts["roles"])})


def _row(of: model.Membership) -> dict[str, Any]:
    return {**dataclasses.asdict(of), "roles": list(of.roles)}
