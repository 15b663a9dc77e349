"""Years over HTTP: parse, call, present."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.gateway.directory import callers
from services.gateway.directory.official_year import commands, model, tables
from shared import web
from shared.envelope.fields import When

blp = web.Blueprint(
    "official-years", __name__, url_prefix="/v1/official-years", description="Days off and make-up workdays"
)


class YearIn(ma.Schema):
    """The official days of a country's year."""

    country = fields.String(required=True, validate=validate.OneOf(model.COUNTRIES))
    year = fields.Integer(required=True, strict=True, validate=validate.Range(model.FIRST, model.LAST))
    off = fields.List(fields.Date(), required=True, validate=validate.Length(max=model.MOST_DAYS))
    made_up = fields.Dict(
        keys=fields.Date(), values=fields.Integer(strict=True, validate=validate.Range(0, 6)), load_default=dict
    )


class YearOut(ma.Schema):
    """A year; one that is not official is a proposal, and promises that reach into it are provisional."""

    id = fields.String()
    version = fields.Integer()
    country = fields.String()
    year = fields.Integer()
    official = fields.Boolean()
    off = fields.List(fields.Date())
    made_up = fields.Dict(keys=fields.Date(), values=fields.Integer())
    changed_at = When()
    changed_by = fields.String()


class YearsIn(ma.Schema):
    """Of which country."""

    country = fields.String(validate=validate.OneOf(model.COUNTRIES))


@blp.get("")
@web.reads
@blp.arguments(YearsIn, location="query")
@blp.response(200, YearOut(many=True))
def listed(query: dict[str, Any]) -> list[model.Year]:
    """Every year that is known."""
    callers.reads(web.reader(), web.caller())
    return tables.all_(web.reader(), query.get("country"))


@blp.post("")
@web.writes
@blp.arguments(YearIn)
@blp.response(200, YearOut)
def declare(facts: dict[str, Any]) -> model.Year:
    """Say what is official; open promises on working time move. Needs the role admin of the only company there."""
    callers.declares_days(web.work().connection, web.caller(), facts["country"])
    facts["off"] = tuple(dict.fromkeys(facts["off"]))
    return web.tagged(commands.declare(web.work(), **facts))


BLUEPRINTS = (blp,)
