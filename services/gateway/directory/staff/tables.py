"""The tables of staff and of their passwords' hashes, which no other query ever reads."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc

from services.gateway.directory import insertion
from services.gateway.directory.staff import model
from services.gateway.directory.unit import model as units
from shared.kernel import errors
from shared.store import types, work
from shared.text import fold

METADATA = types.metadata("gateway")

staff = sa.Table(
    "staff",
    METADATA,
    sa.Column("id", types.Id, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("name", sa.String(model.MAX_NAME), nullable=False),
    sa.Column("name_key", sa.String(2 * model.MAX_NAME)),  # none where older code wrote it
    sa.Column("mail", sa.String(model.MAX_MAIL), nullable=False),
    sa.Column("mail_key", sa.String(2 * model.MAX_MAIL), nullable=False, unique=True),  # casefolding may lengthen
    sa.Column("locale", sa.String(2), nullable=False),
    sa.Column("unit", sa.String(units.MAX_CODE), sa.ForeignKey("unit.code"), nullable=False),
    sa.Column("company", sa.String(units.MAX_CODE), sa.ForeignKey("unit.code"), nullable=False),
    sa.Column("roles", types.Json, nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("added_at", types.Moment, nullable=False),
    sa.Column("added_by", sa.String(200), nullable=False),
    sa.Column("deactivated_at", types.Moment),
)
sa.Index("ix_staff_company", staff.c.company, staff.c.name, staff.c.id)
sa.Index("ix_staff_unit", staff.c.unit)

password = sa.Table(
    "password",
    METADATA,
    sa.Column("staff_id", types.Id, sa.ForeignKey("staff.id"), primary_key=True),
    sa.Column("hashed", sa.String(300), nullable=False),
    sa.Column("changed_at", types.Moment, nullable=False),
)

_s, _p = staff.c, password.c

BY_NAME = (sa.func.coalesce(_s.name_key, _s.name, type_=_s.name.type), _s.id)
"""The order of a list of people; no two stand at one place."""


class NoSuchStaff(errors.NotFound):
    """There is no such person, or none that you may know of."""

    code = "no-such-staff"


class MailTaken(errors.Invalid):
    """Somebody has this mail address already."""

    code = "mail-taken"


def add(to: work.Work, new: model.Staff) -> None:
    """Insert a person. Raises `MailTaken`."""
    if not insertion.if_new(to, staff, _row(new), key=["mail_key"]):
        raise MailTaken(fields={"mail": ["Somebody has this mail address already."]})


def load(connection: sa.Connection, id: str, *, company: str | None = None, lock: bool = False) -> model.Staff:
    """The person; with `lock` no other transaction can change them meanwhile. Raises `NoSuchStaff`."""
    return _one(connection, _s.id == id, company, lock)


def load_by_mail(connection: sa.Connection, mail: str, *, company: str | None = None) -> model.Staff:
    """The person with this mail address, in whatever spelling. Raises `NoSuchStaff`."""
    return _one(connection, _s.mail_key == model.key(mail), company, False)


def _one(connection: sa.Connection, where: sa.ColumnElement[bool], company: str | None, lock: bool) -> model.Staff:
    statement = sa.select(staff).where(where)
    if company is not None:
        statement = statement.where(_s.company == company)
    row = connection.execute(statement.with_for_update() if lock else statement).one_or_none()
    if row is None:
        raise NoSuchStaff
    return read(row)


def save(to: work.Work, changed: model.Staff) -> model.Staff:
    """Write a person that was loaded at its version. Raises `errors.Stale`, `MailTaken`."""
    other = sa.select(_s.id).where(_s.mail_key == changed.mail_key, _s.id != changed.id)
    if to.execute(other).first():
        raise MailTaken(fields={"mail": ["Somebody has this mail address already."]})
    try:
        work.update(to, staff, _row(changed), id=changed.id, version=changed.version)
    except exc.IntegrityError as error:  # taken in the meantime
        raise MailTaken(fields={"mail": ["Somebody has this mail address already."]}) from error
    return dataclasses.replace(changed, version=changed.version + 1)


def read(row: sa.Row[Any]) -> model.Staff:
    """A row as a person."""
    facts = dict(row._mapping)
    del facts["mail_key"], facts["name_key"]
    return model.Staff(**{**facts, "roles": tuple(facts["roles"])})


def _row(of: model.Staff) -> dict[str, Any]:
    row = {field.name: getattr(of, field.name) for field in dataclasses.fields(of)}
    return {**row, "roles": list(of.roles), "mail_key": of.mail_key, "name_key": _name_key(of.name)}


def _name_key(name: str) -> str:
    """What a name is put in order by: D beside Đ, whatever the case."""
    return fold.bare(name)[: 2 * model.MAX_NAME]


def hashed(connection: sa.Connection, id: str) -> str | None:
    """The hash of the person's password; None when they have not chosen one yet."""
    return connection.execute(sa.select(_p.hashed).where(_p.staff_id == id)).scalar_one_or_none()


def without_password(connection: sa.Connection, ids: Collection[str]) -> set[str]:
    """Who of these has not chosen a password yet."""
    chosen = sa.select(_p.staff_id).where(_p.staff_id.in_(ids))
    return set(ids) - set(connection.execute(chosen).scalars())


def sign_in_facts(connection: sa.Connection, mail: str) -> tuple[str, str | None] | None:
    """Id and password hash of the active person with this mail address, in one query whether there is one or not."""
    row = connection.execute(
        sa.select(_s.id, _p.hashed)
        .outerjoin(password, _p.staff_id == _s.id)
        .where(_s.mail_key == model.key(mail), _s.state == "active")
    ).one_or_none()
    return None if row is None else (row.id, row.hashed)


def keep_password(to: work.Work, id: str, hash_: str) -> None:
    """Write the hash of the person's password, the first or another."""
    values = {"hashed": hash_, "changed_at": to.now}
    if not insertion.if_new(to, password, {"staff_id": id, **values}, key=["staff_id"]):
        to.execute(password.update().where(_p.staff_id == id).values(**values))
