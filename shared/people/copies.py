"""Keeping the copies: each keeps the newest state of one object, and says whether the event was news."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from shared.people import tables
from shared.store.work import Work, insert


def keep(work: Work, table: sa.Table, key: Mapping[str, Any], facts: Mapping[str, Any], *, sequence: int) -> bool:
    """Write a row unless something newer is known. True when it was written."""
    dialect = postgresql.insert if work.dialect == "postgresql" else sqlite.insert
    row = {**facts, "sequence": sequence}
    statement = dialect(table).values(**key, **row)
    statement = statement.on_conflict_do_update(index_elements=list(key), set_=row, where=table.c.sequence < sequence)
    return work.execute(statement).rowcount == 1


HOME = "home"
"""The origin of the roles that somebody holds in their home unit."""


def keep_person(
    work: Work,
    *,
    id: str,
    name: str,
    mail: str,
    locale: str,
    unit: str,
    active: bool,
    roles: list[str],
    sequence: int,
) -> bool:
    """A person and the roles in the home unit, replaced together."""
    facts = {"name": name, "mail": mail, "locale": locale, "unit": unit, "active": active}
    if not keep(work, tables.person, {"id": id}, facts, sequence=sequence):
        return False
    _hold(work, id, unit, roles if active else [], HOME)
    return True


def keep_membership(
    work: Work, *, id: str, person: str, unit: str, roles: list[str], active: bool, sequence: int
) -> bool:
    """The roles that somebody holds in a unit that is not their home."""
    facts = {"person": person, "unit": unit, "roles": roles, "active": active}
    if not keep(work, tables.membership, {"id": id}, facts, sequence=sequence):
        return False
    _hold(work, person, unit, roles if active else [], id)
    return True


def _hold(work: Work, person: str, unit: str, roles: list[str], origin: str) -> None:
    h = tables.holding.c
    work.execute(tables.holding.delete().where(h.person == person, h.origin == origin))
    rows = [{"person": person, "unit": unit, "role": role, "origin": origin} for role in dict.fromkeys(roles)]
    insert(work, tables.holding, rows)


def keep_year(
    work: Work,
    *,
    country: str,
    year: int,
    official: bool,
    off: list[date],
    made_up: Mapping[date, int],
    sequence: int,
) -> bool:
    """A country's year; whoever remembers a calendar of the country is told that it is old."""
    facts = {
        "official": official,
        "off": sorted(day.isoformat() for day in off),
        "made_up": {day.isoformat(): weekday for day, weekday in sorted(made_up.items())},
    }
    kept = keep(work, tables.year, {"country": country, "year": year}, facts, sequence=sequence)
    if kept:
        _revise(work, country)
    return kept


def keep_closure(work: Work, *, id: str, unit: str, since: date, until: date, active: bool, sequence: int) -> bool:
    """Days on which a unit is closed."""
    facts = {"unit": unit, "since": since, "until": until, "active": active}
    kept = keep(work, tables.closure, {"id": id}, facts, sequence=sequence)
    if kept:
        _revise(work, unit)
    return kept


def year(connection: sa.Connection, country: str, number: int) -> dict[str, Any] | None:
    """A year as it is kept now, as JSON has it."""
    y = tables.year.c
    columns = (y.year, y.official, y.off, y.made_up)
    row = connection.execute(sa.select(*columns).where(y.country == country, y.year == number)).one_or_none()
    return None if row is None else dict(row._mapping)


def closure(connection: sa.Connection, id: str) -> dict[str, Any] | None:
    """A closure as it is kept now."""
    c = tables.closure.c
    row = connection.execute(sa.select(c.id, c.unit, c.since, c.until, c.active).where(c.id == id)).one_or_none()
    return None if row is None else dict(row._mapping)


def _revise(work: Work, key: str) -> None:
    dialect = postgresql.insert if work.dialect == "postgresql" else sqlite.insert
    statement = dialect(tables.revision).values(key=key, number=1)
    statement = statement.on_conflict_do_update(index_elements=["key"], set_={"number": tables.revision.c.number + 1})
    work.execute(statement)
