"""Reactions that keep the copies. A service that needs them takes this table into a slice of its own.

Every reaction converges: an event that newer ones have overtaken changes nothing and says so.
"""

from __future__ import annotations

from marshmallow import fields, validate

from shared.envelope import catalogue, cloudevent
from shared.inbox.reaction import OVERTAKEN, Reaction
from shared.people import copies, places, tables, units
from shared.playbook import repricing
from shared.store import work

WEEKDAY = validate.Range(0, 6)


class UnitChanged(catalogue.Reader):
    """What is copied of a unit."""

    code = fields.String(required=True)
    title = fields.String(required=True)
    country = fields.String(required=True)
    active = fields.Boolean(required=True)
    parent = fields.String(load_default=None, allow_none=True)
    phone = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=20))
    mail = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=254))


class StaffChanged(catalogue.Reader):
    """What is copied of a person."""

    staff_id = fields.String(required=True)
    name = fields.String(required=True)
    mail = fields.String(required=True)
    locale = fields.String(required=True)
    unit = fields.String(required=True)
    roles = fields.List(fields.String(), load_default=list)
    active = fields.Boolean(required=True)


class MembershipChanged(catalogue.Reader):
    """The roles that somebody holds in a unit that is not their home."""

    membership_id = fields.String(required=True)
    staff_id = fields.String(required=True)
    unit = fields.String(required=True)
    roles = fields.List(fields.String(), required=True)
    active = fields.Boolean(required=True)


class Dated(catalogue.Reader):
    """What holds from one day to another, both included, until it is taken back."""

    since = fields.Date(required=True)
    until = fields.Date(required=True)
    active = fields.Boolean(required=True)


class SubstitutionChanged(Dated):
    """Who stands in for whom."""

    substitution_id = fields.String(required=True)
    absent = fields.String(required=True)
    substitute = fields.String(required=True)


class AbsenceChanged(Dated):
    """Who is away."""

    absence_id = fields.String(required=True)
    staff_id = fields.String(required=True)


class ClosureChanged(Dated):
    """When a unit is closed."""

    closure_id = fields.String(required=True)
    unit = fields.String(required=True)


class YearDeclared(catalogue.Reader):
    """A country's year; `made_up` maps make-up workdays to the weekday (0 is Monday) whose hours they have."""

    country = fields.String(required=True)
    year = fields.Integer(required=True)
    official = fields.Boolean(required=True)
    off = fields.List(fields.Date(), required=True)
    made_up = fields.Dict(keys=fields.Date(), values=fields.Integer(validate=WEEKDAY), required=True)


class AuthorityChanged(catalogue.Reader):
    """Who may handle a request type in a unit, where it differs from the playbook's table."""

    authority_id = fields.String(required=True)
    unit = fields.String(required=True)
    flow = fields.String(required=True)
    request_type = fields.Integer(required=True)
    roles = fields.List(fields.String(), required=True)
    since = fields.Date(required=True)
    until = fields.Date(load_default=None, allow_none=True)
    active = fields.Boolean(required=True)


def keep_unit(unit: work.Work, event: cloudevent.Event) -> str | None:
    """Keep the newest state of the unit and its place in the tree."""
    facts = dict(event.data)
    place = {"parent": facts.pop("parent")}
    copies.keep(unit, tables.place, {"code": facts["code"]}, place, sequence=_number(event))
    return _said(units.keep(unit, **facts, sequence=_number(event)))


def keep_staff(unit: work.Work, event: cloudevent.Event) -> str | None:
    """Keep the newest state of the person with the roles in the home unit."""
    facts = dict(event.data)
    return _said(copies.keep_person(unit, id=facts.pop("staff_id"), **facts, sequence=_number(event)))


def keep_membership(unit: work.Work, event: cloudevent.Event) -> str | None:
    """Keep which roles somebody holds elsewhere."""
    facts = dict(event.data)
    id, person = facts.pop("membership_id"), facts.pop("staff_id")
    return _said(copies.keep_membership(unit, id=id, person=person, **facts, sequence=_number(event)))


def keep_substitution(unit: work.Work, event: cloudevent.Event) -> str | None:
    """Keep who stands in for whom."""
    facts = dict(event.data)
    key = {"id": facts.pop("substitution_id")}
    return _said(copies.keep(unit, tables.substitution, key, facts, sequence=_number(event)))


def keep_absence(unit: work.Work, event: cloudevent.Event) -> str | None:
    """Keep who is away."""
    facts = dict(event.data)
    key = {"id": facts.pop("absence_id")}
    facts["person"] = facts.pop("staff_id")
    return _said(copies.keep(unit, tables.absence, key, facts, sequence=_number(event)))


def keep_closure(unit: work.Work, event: cloudevent.Event) -> str | None:
    """Keep when a unit is closed; open promises on its working time are priced anew."""
    facts = dict(event.data)
    id = facts.pop("closure_id")
    was = places.Former(closure_id=id, closure=copies.closure(unit.connection, id))
    kept = copies.keep_closure(unit, id=id, **facts, sequence=_number(event))
    if kept:
        repricing.after_calendar_change(unit, was, f"closure of {facts['unit']} from {facts['since']}")
    return _said(kept)


def keep_year(unit: work.Work, event: cloudevent.Event) -> str | None:
    """Keep a country's year; open promises on its working time are priced anew."""
    country, number = event.data["country"], event.data["year"]
    was = places.Former(country, number, copies.year(unit.connection, country, number))
    kept = copies.keep_year(unit, **event.data, sequence=_number(event))
    if kept:
        repricing.after_calendar_change(unit, was, f"calendar of {country} {number}")
    return _said(kept)


def keep_authority(unit: work.Work, event: cloudevent.Event) -> str | None:
    """Keep a unit's own row of the authority table."""
    facts = dict(event.data)
    key = {"id": facts.pop("authority_id")}
    return _said(copies.keep(unit, tables.authority, key, facts, sequence=_number(event)))


def _number(event: cloudevent.Event) -> int:
    return event.sequence or 0


def _said(kept: bool) -> str | None:
    return None if kept else OVERTAKEN


UNITS = (Reaction("directory.unit.changed", keep_unit, UnitChanged),)
"""For a service that only needs to know the units."""

PEOPLE = (
    Reaction("directory.staff.changed", keep_staff, StaffChanged),
    Reaction("directory.membership.changed", keep_membership, MembershipChanged),
    Reaction("directory.substitution.changed", keep_substitution, SubstitutionChanged),
    Reaction("directory.absence.changed", keep_absence, AbsenceChanged),
    Reaction("directory.closure.changed", keep_closure, ClosureChanged),
    Reaction("directory.calendar_year.declared", keep_year, YearDeclared),
    Reaction("directory.authority.changed", keep_authority, AuthorityChanged),
)
"""For a service whose flows ask who may do what, and when."""

REACTIONS = UNITS
