"""Closures over HTTP: parse, call, present."""

from __future__ import annotations

from typing import Any

from services.gateway.directory import callers, dated
from services.gateway.directory.closure import commands, model, schemas, tables
from services.gateway.directory.schemas import Nothing
from shared import web

blp = web.Blueprint("closures", __name__, url_prefix="/v1/closures", description="When a branch is closed")


@blp.post("")
@web.writes
@blp.arguments(schemas.ClosureIn)
@blp.response(201, schemas.ClosureOut)
def declare(facts: dict[str, Any]) -> model.Closure:
    """Close a unit for whole days; open promises on its working time move. Needs the role admin."""
    company = callers.administers(web.work().connection, web.caller())
    return web.made(blp, commands.declare(web.work(), company=company, **facts))


@blp.get("")
@web.reads
@blp.arguments(schemas.ClosurePageIn, location="query")
@blp.response(200, schemas.ClosurePageOut)
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """The closures of the caller's company, by their last day."""
    company = callers.reads(web.reader(), web.caller())
    unit = query.pop("unit", None)
    where = (tables.closure.c.unit == unit,) if unit else ()
    items, following = dated.page(web.reader(), tables.closure, company, where=where, **query)
    return {"items": [tables.read(row) for row in items], "next": following}


@blp.get("/<string:id>")
@web.reads
@blp.response(200, schemas.ClosureOut)
def shown(id: str) -> model.Closure:
    """One closure."""
    return web.tagged(tables.load(web.reader(), id, company=callers.reads(web.reader(), web.caller())))


@blp.post("/<string:id>/take_back")
@web.writes
@blp.arguments(Nothing)
@blp.response(200, schemas.ClosureOut)
def take_back(_facts: dict[str, Any], id: str) -> model.Closure:
    """The unit works after all. Needs the role admin."""
    company = callers.administers(web.work().connection, web.caller())
    return web.tagged(commands.take_back(web.work(), id, company=company, version=web.expected_version()))


BLUEPRINTS = (blp,)
