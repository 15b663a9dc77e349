"""Taking in a file of people: all of it or nothing; somebody whose mail address is known is changed instead of added.

What is wrong is found by looking alone, so that a dry run writes nothing and still says what the real one would say.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import sqlalchemy as sa

from services.gateway.directory.staff import commands, model, sheet, tables
from services.gateway.directory.unit import tables as unit_tables
from shared.kernel import errors
from shared.store.work import Work

_s, _u = tables.staff.c, unit_tables.unit.c
CHUNK = 500  # mail addresses in one query


class FaultyFile(errors.Invalid):
    """Nothing was taken in: the file has faults."""

    code = "faulty-file"


@dataclass(slots=True)
class Outcome:
    """What a file does, or would do: how many people are added, changed and left as they are; what is wrong."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    faults: list[sheet.Fault] = field(default_factory=list)


def take(work: Work, data: bytes, *, company: str | None, dry_run: bool = False) -> Outcome:
    """Take the people of a CSV file in. New ones are mailed a link to choose a password.

    With `dry_run` nothing is written and every fault is in the outcome; otherwise raises `FaultyFile`, which names
    them by line and column. Raises what `sheet.read` raises.
    """
    if company is not None:
        unit_tables.load(work.connection, company, lock=True)
    rows, faults = sheet.read(data)
    known = _known(work.connection, rows)
    faults = sorted([*faults, *_check(work.connection, rows, known, company)], key=lambda each: each.line)
    if faults and not dry_run:
        raise FaultyFile(fields=_fields(faults))
    bad = {fault.line for fault in faults}
    outcome = Outcome(faults=faults)
    # whoever becomes an administrator comes first, so that one who stops being it is never the last
    for row in sorted(rows, key=lambda each: model.ADMIN not in (each.roles or ())):
        if row.line not in bad:
            _count(outcome, row, known.get(row.key))
            if not dry_run:
                _put(work, row, known.get(row.key), company)
    return outcome


def _count(outcome: Outcome, row: sheet.Row, person: model.Staff | None) -> None:
    if person is None:
        outcome.added += 1
    elif _changed(row, person) == person:
        outcome.unchanged += 1
    else:
        outcome.changed += 1


def _changed(row: sheet.Row, person: model.Staff) -> model.Staff:
    return model.change(person, name=row.name, mail=row.mail, unit=row.unit, locale=row.locale, wanted_roles=row.roles)


def _put(work: Work, row: sheet.Row, person: model.Staff | None, company: str | None) -> None:
    if person is None:
        commands.add(
            work,
            name=row.name,
            mail=row.mail,
            unit=row.unit,
            locale=row.locale or "vi",
            roles=row.roles or ("staff",),
            company=company,
        )
    elif _changed(row, person) != person:
        commands.change(
            work,
            person.id,
            name=row.name,
            mail=row.mail,
            unit=row.unit,
            locale=row.locale,
            roles=row.roles,
            company=company,
        )


def _known(connection: sa.Connection, rows: list[sheet.Row]) -> dict[str, model.Staff]:
    """Who is there already, of any company, by the key of the mail address."""
    keys = [row.key for row in rows]
    found: dict[str, model.Staff] = {}
    for start in range(0, len(keys), CHUNK):
        some = sa.select(tables.staff).where(_s.mail_key.in_(keys[start : start + CHUNK]))
        found |= {person.mail_key: person for person in map(tables.read, connection.execute(some))}
    return found


def _check(
    connection: sa.Connection, rows: list[sheet.Row], known: dict[str, model.Staff], company: str | None
) -> Iterator[sheet.Fault]:
    units = {row.code: row for row in connection.execute(sa.select(_u.code, _u.company, _u.state))}
    for row in rows:
        person, unit = known.get(row.key), units.get(row.unit)
        ours = person.company if person is not None else company
        if person is not None and company not in (None, person.company):
            yield sheet.Fault(row.line, "mail", why="Somebody has this mail address already.")
        elif person is not None and not person.active:
            yield sheet.Fault(row.line, "mail", why="This account is deactivated; activate it again first.")
        elif unit is None or ours not in (None, unit.company):
            yield sheet.Fault(row.line, "unit", why="There is no such unit.")
        elif unit.state != "open" and (person is None or person.unit != row.unit):
            yield sheet.Fault(row.line, "unit", why="This unit is closed.")
    yield from _admins(connection, rows, known)


def _admins(connection: sa.Connection, rows: list[sheet.Row], known: dict[str, model.Staff]) -> Iterator[sheet.Fault]:
    """Every company that has an administrator keeps one."""
    stop = [
        (row, person)
        for row in rows
        if (person := known.get(row.key)) and model.ADMIN in person.roles and row.roles and model.ADMIN not in row.roles
    ]
    if not stop:
        return
    named = {person.id for _, person in stop}
    units = {row.code: row.company for row in connection.execute(sa.select(_u.code, _u.company))}
    become = {units.get(row.unit) for row in rows if model.ADMIN in (row.roles or ())}
    others = sa.select(_s.id, _s.company, _s.roles).where(_s.state == "active")
    left = {row.company for row in connection.execute(others) if model.ADMIN in row.roles and row.id not in named}
    for row, person in stop:
        if person.company not in left | become:
            yield sheet.Fault(row.line, "roles", why="This is the last administrator of the company.")


def _fields(faults: list[sheet.Fault]) -> dict[str, dict[str, list[str]]]:
    """`{"line 3": {"mail": ["..."]}}`."""
    found: dict[str, dict[str, list[str]]] = {}
    for fault in faults:
        found.setdefault(f"line {fault.line}", {}).setdefault(fault.column or "line", []).append(fault.why)
    return found
