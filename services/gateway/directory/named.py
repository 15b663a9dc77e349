"""People and units that a body names: what is not there is said at the field that names it."""

from __future__ import annotations

import sqlalchemy as sa

from services.gateway.directory.staff import model as staff_model
from services.gateway.directory.staff import tables as staff
from services.gateway.directory.unit import model as unit_model
from services.gateway.directory.unit import tables as units
from shared.kernel import errors


class NotInCompany(errors.Invalid):
    """Your company has no such person or unit."""

    code = "not-in-company"


def person(connection: sa.Connection, id: str, *, field: str, company: str, lock: bool = False) -> staff_model.Staff:
    """Somebody of the company. Raises `NotInCompany`."""
    try:
        return staff.load(connection, id, company=company, lock=lock)
    except staff.NoSuchStaff as error:
        raise NotInCompany(fields={field: ["There is no such person."]}) from error


def unit(connection: sa.Connection, code: str, *, field: str, company: str) -> unit_model.Unit:
    """A unit of the company. Raises `NotInCompany`."""
    try:
        return units.load(connection, code, company=company)
    except units.NoSuchUnit as error:
        raise NotInCompany(fields={field: ["There is no such unit."]}) from error
