"""Memberships over HTTP: parse, call, present."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.gateway.directory import callers
from services.gateway.directory.membership import commands, model, tables
from services.gateway.directory.schemas import Nothing
from services.gateway.directory.staff import model as staff
from shared import web
from shared.envelope.fields import Text, When

blp = web.Blueprint("memberships", __name__, url_prefix="/v1/memberships", description="Roles in other units")


class RolesIn(ma.Schema):
    """The roles to be held there."""

    roles = fields.List(
        fields.String(validate=validate.OneOf(staff.ELSEWHERE)), required=True, validate=validate.Length(1, 10)
    )


class MembershipIn(RolesIn):
    """Who is to hold which roles in which unit."""

    person = Text(most=36, required=True)
    unit = Text(most=40, required=True)


class MembershipOut(ma.Schema):
    """Somebody's roles in a unit that is not their home."""

    id = fields.String()
    version = fields.Integer()
    person = fields.String()
    unit = fields.String()
    roles = fields.List(fields.String())
    active = fields.Boolean()
    entered_at = When()
    entered_by = fields.String()


class PersonIn(ma.Schema):
    """Whose."""

    person = Text(most=36, required=True)


@blp.get("")
@web.reads
@blp.arguments(PersonIn, location="query")
@blp.response(200, MembershipOut(many=True))
def listed(query: dict[str, Any]) -> list[model.Membership]:
    """A person's roles beside the home unit."""
    company = callers.reads(web.reader(), web.caller())
    return tables.of_person(web.reader(), query["person"], company=company)


@blp.post("")
@web.writes
@blp.arguments(MembershipIn)
@blp.response(201, MembershipOut)
def enter(facts: dict[str, Any]) -> model.Membership:
    """Give somebody roles in another unit. Needs the role admin."""
    company = callers.administers(web.work().connection, web.caller())
    return web.made(blp, commands.enter(web.work(), company=company, **{**facts, "roles": tuple(facts["roles"])}))


@blp.get("/<string:id>")
@web.reads
@blp.response(200, MembershipOut)
def shown(id: str) -> model.Membership:
    """Somebody's roles in one unit."""
    return web.tagged(tables.load(web.reader(), id, company=callers.reads(web.reader(), web.caller())))


@blp.patch("/<string:id>")
@web.writes
@blp.arguments(RolesIn)
@blp.response(200, MembershipOut)
def change(facts: dict[str, Any], id: str) -> model.Membership:
    """Other roles there. Needs the role admin."""
    company = callers.administers(web.work().connection, web.caller())
    return web.tagged(
        commands.change(web.work(), id, company=company, roles=tuple(facts["roles"]), version=web.expected_version())
    )


@blp.post("/<string:id>/end")
@web.writes
@blp.arguments(Nothing)
@blp.response(200, MembershipOut)
def end(_facts: dict[str, Any], id: str) -> model.Membership:
    """No roles there any more. Needs the role admin."""
    company = callers.administers(web.work().connection, web.caller())
    return web.tagged(commands.end(web.work(), id, company=company, version=web.expected_version()))


BLUEPRINTS = (blp,)
