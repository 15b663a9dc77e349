"""Setting up the real company."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from services.gateway.directory import insertion
from services.gateway.directory.password import hashing
from services.gateway.directory.password import model as passwords
from services.gateway.directory.setup import model, queries, tables
from services.gateway.directory.staff import commands as staff
from services.gateway.directory.staff import model as staff_model
from services.gateway.directory.throttle import commands as throttle
from services.gateway.directory.throttle import model as limits
from services.gateway.directory.unit import commands as units
from services.gateway.directory.unit import model as unit_model
from shared.store import engine
from shared.store.work import Work

_s = tables.setup.c


@dataclass(frozen=True, slots=True)
class Company:
    """What is asked of the company."""

    code: str
    title: str
    country: str


@dataclass(frozen=True, slots=True)
class Administrator:
    """What is asked of its first administrator."""

    name: str
    mail: str
    locale: str
    password: str


def offer(work: Work) -> str | None:
    """A new code to print, in place of the one before; None when a real company exists already."""
    if not queries.open_(work.connection):
        return None
    code = model.new_code()
    row = {"digest": model.digest(code), "expires_at": work.now + model.LIFETIME, "used_at": None, "company": None}
    if not insertion.if_new(work, tables.setup, {"id": tables.ONLY, **row}, key=["id"]):
        work.execute(tables.setup.update().values(**row))
    return code


def set_up(
    database: engine.Database, code: str, *, company: Company, admin: Administrator, address: str | None = None
) -> tuple[unit_model.Unit, staff_model.Staff]:
    """Open the real company with its first administrator, and use the code up: of two at once one succeeds.

    Raises `model.AlreadySetUp`, `model.WrongCode`, `errors.TooMany`, `passwords.Weak`, `hashing.Busy`, and what
    `unit.commands.open_` and `staff.commands.add` raise.
    """
    with database.work(actor="system:setup") as work:
        if not queries.open_(work.connection):
            raise model.AlreadySetUp
        throttle.take(work, (limits.SETUP, address))
    with database.reading() as connection:
        right = connection.execute(sa.select(_s.id).where(_valid(code, database.time.now()))).first() is not None
    if not right:
        raise model.WrongCode(fields={"code": ["This code is not right."]})
    passwords.judge(admin.password, mail=admin.mail, name=admin.name)
    hashed = hashing.make(admin.password)
    with database.work(actor="system:setup") as work:
        return _set_up(work, code, company, admin, hashed)


def _set_up(
    work: Work, code: str, company: Company, admin: Administrator, hashed: str
) -> tuple[unit_model.Unit, staff_model.Staff]:
    if not work.execute(tables.setup.update().where(_valid(code, work.now)).values(used_at=work.now)).rowcount:
        raise model.WrongCode if queries.open_(work.connection) else model.AlreadySetUp
    unit = units.open_(work, code=company.code, kind=unit_model.COMPANY, title=company.title, country=company.country)
    person = staff.add(
        work,
        name=admin.name,
        mail=admin.mail,
        locale=admin.locale,
        unit=unit.code,
        roles=("staff", staff_model.ADMIN),
        hashed=hashed,
    )
    work.execute(tables.setup.update().values(company=unit.code))
    return unit, person


def _valid(code: str, now: object) -> sa.ColumnElement[bool]:
    return sa.and_(_s.digest == model.digest(code), _s.used_at.is_(None), _s.expires_at > now)
