"""Substitutes over HTTP: parse, call, present."""

from __future__ import annotations

from typing import Any

from services.gateway.directory import callers, dated
from services.gateway.directory.schemas import Nothing
from services.gateway.directory.substitute import commands, model, schemas, tables
from shared import web

blp = web.Blueprint("substitutes", __name__, url_prefix="/v1/substitutes", description="Who acts in whose stead")


@blp.post("")
@web.writes
@blp.arguments(schemas.SubstituteIn)
@blp.response(201, schemas.SubstituteOut)
def name(facts: dict[str, Any]) -> model.Substitution:
    """Name one's own substitute, or as admin anybody's of the company."""
    company = callers.looks_after(web.work().connection, web.caller(), facts["absent"])
    return web.made(blp, commands.name(web.work(), company=company, **facts))


@blp.get("")
@web.reads
@blp.arguments(schemas.SubstitutePageIn, location="query")
@blp.response(200, schemas.SubstitutePageOut)
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """The substitutes of the caller's company, by their last day."""
    company = callers.reads(web.reader(), web.caller())
    absent = query.pop("absent", None)
    where = (tables.substitution.c.absent == absent,) if absent else ()
    items, following = dated.page(web.reader(), tables.substitution, company, where=where, **query)
    return {"items": [tables.read(row) for row in items], "next": following}


@blp.get("/<string:id>")
@web.reads
@blp.response(200, schemas.SubstituteOut)
def shown(id: str) -> model.Substitution:
    """One substitution."""
    return web.tagged(tables.load(web.reader(), id, company=callers.reads(web.reader(), web.caller())))


@blp.post("/<string:id>/take_back")
@web.writes
@blp.arguments(Nothing)
@blp.response(200, schemas.SubstituteOut)
def take_back(_facts: dict[str, Any], id: str) -> model.Substitution:
    """It is not so after all."""
    connection, who = web.work().connection, web.caller()
    company = callers.reads(connection, who)
    callers.looks_after(connection, who, tables.load(connection, id, company=company).absent)
    return web.tagged(commands.take_back(web.work(), id, company=company, version=web.expected_version()))


BLUEPRINTS = (blp,)
