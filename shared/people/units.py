"""The copy of the units: companies and branches."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from shared.kernel import errors
from shared.store import tables, work

_u = tables.unit.c


class UnknownUnit(errors.Invalid):
    """There is no unit {code} here, or it is closed."""

    code = "unknown-unit"


@dataclass(frozen=True, slots=True)
class Unit:
    """A company or branch, as far as the other services need to know it."""

    code: str
    title: str
    country: str
    active: bool


def known(connection: sa.Connection, code: str) -> Unit:
    """The active unit with this code. Raises `UnknownUnit`."""
    row = connection.execute(_KNOWN, {"wanted": code}).one_or_none()
    if row is None or not row.active:
        raise UnknownUnit(code=code, fields={"unit": ["There is no such unit."]})
    return Unit(*row)


def keep(
    unit: work.Work,
    *,
    code: str,
    title: str,
    country: str,
    active: bool,
    sequence: int,
    phone: str | None = None,
    mail: str | None = None,
) -> bool:
    """Write what the directory says, unless something newer is already known. True when it was written."""
    insert = postgresql.insert if unit.dialect == "postgresql" else sqlite.insert
    row = {"title": title, "country": country, "active": active, "sequence": sequence, "phone": phone, "mail": mail}
    statement = insert(tables.unit).values(code=code, **row)
    statement = statement.on_conflict_do_update(index_elements=["code"], set_=row, where=_u.sequence < sequence)
    return unit.execute(statement).rowcount == 1


_KNOWN = sa.select(_u.code, _u.title, _u.country, _u.active).where(_u.code == sa.bindparam("wanted"))
"""Built once: building a statement costs SQLAlchemy more than running it."""
