"""The request types of a unit's procedure, for forms, lists and the criteria table beside the classification."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields

from shared import web
from shared.envelope.fields import Text
from shared.kernel import errors
from shared.people import sight
from shared.playbook import shelf
from shared.web.site import current

FLOW = "support.ticket"


class UnitIn(ma.Schema):
    """Whose procedure; without a unit, the caller's own."""

    unit = Text(most=100)


class TypeOut(ma.Schema):
    """A request type; `usual_minutes` is null where a person must set the time."""

    code = fields.Integer()
    title = fields.Dict(keys=fields.String(), values=fields.String())
    criteria = fields.Dict(keys=fields.String(), values=fields.String())
    script = fields.Dict(keys=fields.String(), values=fields.String())
    within = fields.String()
    usual_minutes = fields.Integer(allow_none=True)
    authority = fields.List(fields.String())
    always = fields.List(fields.String(), metadata={"description": "What every such request asks for: `apology`."})


blp = web.Blueprint("types", __name__, url_prefix="/v1/types", description="Request types")


@blp.get("")
@web.reads
@blp.arguments(UnitIn, location="query")
@blp.response(200, TypeOut(many=True))
def listed(query: dict[str, Any]) -> list[dict[str, Any]]:
    """All request types of the unit's playbook, in three languages."""
    connection, who = web.reader(), web.caller()
    unit = query.get("unit") or who.unit
    if unit is None or unit not in sight.units(connection, who, current().database.time.now()):
        raise errors.NotFound
    playbook = shelf.active(connection, FLOW, unit)
    return [
        {
            "code": kind.code,
            "title": kind.title,
            "criteria": kind.criteria,
            "script": kind.script,
            "within": str(kind.within),
            "usual_minutes": kind.within.length and int(kind.within.length.total_seconds() // 60),
            "authority": list(playbook.authority.get(kind.code, ())),
            "always": list(kind.always),
        }
        for kind in playbook.request_types
    ]


BLUEPRINTS = (blp,)
