"""Making the demo company: all of it or nothing, once."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import sqlalchemy as sa

from services.gateway.demo import people
from services.gateway.directory.password import hashing
from services.gateway.directory.staff import commands as staff
from services.gateway.directory.staff import model as staff_model
from services.gateway.directory.staff import tables as staff_tables
from services.gateway.directory.unit import commands as units
from services.gateway.directory.unit import queries as unit_queries
from services.gateway.directory.unit import tables as unit_tables
from shared.kernel import errors
from shared.store import engine
from shared.store.work import Work

LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"  # without those that are misread; typed by hand
ACTOR = "system:demo"


class NameTaken(errors.Refused):
    """The demo company cannot be made: a real unit is called {code} already. Nothing was changed."""

    code = "demo-name-taken"


def new_password() -> str:
    """A password that a person copies from the terminal: 59 bits."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))


def exists(connection: sa.Connection) -> bool:
    """Whether the demo company is there."""
    return bool(unit_queries.companies(connection, demo=True))


def make(database: engine.Database, password: str) -> bool:
    """Make the company with its people, who all get this password. False when it was there already.

    One hash serves all: they are one demo. Raises `NameTaken`, `hashing.Busy`.
    """
    hashed = hashing.make(password)
    with database.work(actor=ACTOR) as work:
        if exists(work.connection):
            return False
        _open_places(work)
        for each in people.PEOPLE:
            staff.add(
                work,
                name=each.name,
                mail=each.mail,
                locale=each.locale,
                unit=each.unit,
                roles=each.roles,
                hashed=hashed,
            )
    return True


def give_password(database: engine.Database, password: str) -> None:
    """Give the people of the demo another password; whoever left it keeps theirs. Raises `hashing.Busy`."""
    hashed = hashing.make(password)
    with database.work(actor=ACTOR) as work:
        for person in members(work.connection):
            if person.active:
                staff.set_password(work, person.id, hashed=hashed)


def members(connection: sa.Connection) -> Sequence[staff_model.Staff]:
    """The people that the demo was made with, in its order."""
    keys = [staff_model.key(each.mail) for each in people.PEOPLE]
    rows = connection.execute(
        sa.select(staff_tables.staff)
        .join(unit_tables.unit, unit_tables.unit.c.code == staff_tables.staff.c.company)
        .where(staff_tables.staff.c.mail_key.in_(keys), unit_tables.unit.c.demo)
    )
    found = {person.mail_key: person for person in map(staff_tables.read, rows)}
    return [found[key] for key in keys if key in found]


def _open_places(work: Work) -> None:
    for each in people.PLACES:
        try:
            units.open_(
                work,
                code=each.code,
                kind=each.kind,
                title=each.title,
                country=each.country,
                parent=each.parent,
                demo=True,
                phone=each.phone,
                mail=each.mail,
            )
        except units.CodeTaken as error:
            raise NameTaken(code=each.code) from error
