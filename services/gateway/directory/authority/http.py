"""The authority table over HTTP: parse, call, present."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.gateway.directory import callers
from services.gateway.directory.authority import commands, model, tables
from services.gateway.directory.schemas import Nothing
from services.gateway.directory.staff import model as staff
from shared import web
from shared.envelope.fields import Text, When

blp = web.Blueprint("authority", __name__, url_prefix="/v1/authority", description="Who may handle what")


class RowIn(ma.Schema):
    """From which day on which roles may handle a kind of request in a unit."""

    unit = Text(most=40, required=True)
    flow = Text(most=200, load_default="support.ticket")
    request_type = fields.Integer(required=True, strict=True, validate=validate.Range(1, 99))
    roles = fields.List(
        fields.String(validate=validate.OneOf(staff.ROLES)), required=True, validate=validate.Length(1, 10)
    )
    since = fields.Date(required=True)
    until = fields.Date(load_default=None, allow_none=True)


class RowOut(ma.Schema):
    """A row of the authority table."""

    id = fields.String()
    version = fields.Integer()
    unit = fields.String()
    flow = fields.String()
    request_type = fields.Integer()
    roles = fields.List(fields.String())
    since = fields.Date()
    until = fields.Date(allow_none=True)
    active = fields.Boolean()
    entered_at = When()
    entered_by = fields.String()


class RowsIn(ma.Schema):
    """Of which unit."""

    unit = Text(most=40)


@blp.get("")
@web.reads
@blp.arguments(RowsIn, location="query")
@blp.response(200, RowOut(many=True))
def listed(query: dict[str, Any]) -> list[model.Row]:
    """The rows of the caller's company; where there is none, the playbook's table holds."""
    company = callers.reads(web.reader(), web.caller())
    return tables.of_company(web.reader(), company, query.get("unit"))


@blp.post("")
@web.writes
@blp.arguments(RowIn)
@blp.response(201, RowOut)
def enter(facts: dict[str, Any]) -> model.Row:
    """Regulate anew who may handle a kind of request. Needs the role admin."""
    company = callers.administers(web.work().connection, web.caller())
    facts["roles"] = tuple(dict.fromkeys(facts["roles"]))
    return web.made(blp, commands.enter(web.work(), company=company, **facts))


@blp.get("/<string:id>")
@web.reads
@blp.response(200, RowOut)
def shown(id: str) -> model.Row:
    """One row."""
    return web.tagged(tables.load(web.reader(), id, company=callers.reads(web.reader(), web.caller())))


@blp.post("/<string:id>/take_back")
@web.writes
@blp.arguments(Nothing)
@blp.response(200, RowOut)
def take_back(_facts: dict[str, Any], id: str) -> model.Row:
    """What held before holds again. Needs the role admin."""
    company = callers.administers(web.work().connection, web.caller())
    return web.tagged(commands.take_back(web.work(), id, company=company, version=web.expected_version()))


BLUEPRINTS = (blp,)
