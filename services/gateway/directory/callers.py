"""Who may do what in the directory, the same for API and pages.

Staff may look at their own company, administrators change it; a system needs the scope `directory` and only looks.
"""

from __future__ import annotations

import sqlalchemy as sa

from services.gateway.directory.unit import tables as units
from shared.kernel import errors
from shared.web import tokens

ADMIN = "admin"
SCOPE = "directory"


def reads(connection: sa.Connection, who: tokens.Caller) -> str:
    """The company that the caller may look at. Raises `errors.Forbidden`, which says what is missing."""
    if who.kind == "system" and SCOPE not in who.scopes:
        raise errors.Forbidden(missing=f"a system token with the scope {SCOPE}")
    if who.kind not in ("staff", "system"):
        raise errors.Forbidden(missing="a staff account")
    return _company(connection, who)


def administers(connection: sa.Connection, who: tokens.Caller) -> str:
    """The company that the caller may change. Raises `errors.Forbidden`, which says what is missing."""
    if who.kind != "staff":
        raise errors.Forbidden(missing="a staff account")
    if ADMIN not in who.roles:
        raise errors.Forbidden(missing=f"the role {ADMIN}")
    return _company(connection, who)


class SharedYear(errors.Forbidden):
    """Several companies work in {country}: its official days are declared by the operator, with "steward year"."""

    code = "shared-year"


def declares_days(connection: sa.Connection, who: tokens.Caller, country: str) -> str:
    """The company, if the caller may say which days of a country are official: they move the promises of everybody who
    works there, so an administrator may where no other company does. Raises `errors.Forbidden`, `SharedYear`.
    """
    company = administers(connection, who)
    u = units.unit.c
    others = sa.select(u.code).where(u.country == country, u.company != company, u.state == "open").limit(1)
    if connection.execute(others).first() is not None:
        raise SharedYear(country=country)
    return company


def looks_after(connection: sa.Connection, who: tokens.Caller, person: str) -> str:
    """The company, if the caller may enter somebody's absence or substitute: their own, or as administrator anybody's.

    Raises `errors.Forbidden`.
    """
    if who.kind == "staff" and who.id == person:
        return _company(connection, who)
    return administers(connection, who)


def _company(connection: sa.Connection, who: tokens.Caller) -> str:
    try:
        return units.load(connection, who.unit or "").company
    except units.NoSuchUnit:
        raise errors.Forbidden(missing="a unit: your account belongs to no company or branch") from None
