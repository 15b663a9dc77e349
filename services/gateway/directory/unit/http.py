"""Units over HTTP: parse, call, present."""

from __future__ import annotations

from typing import Any

from services.gateway.directory import callers
from services.gateway.directory.schemas import Nothing
from services.gateway.directory.unit import commands, model, queries, schemas, tables
from shared import web

blp = web.Blueprint("units", __name__, url_prefix="/v1/units", description="Companies, branches and departments")


def _looks() -> str:
    return callers.reads(web.reader(), web.caller())


def _changes() -> str:
    return callers.administers(web.work().connection, web.caller())


@blp.post("")
@web.writes
@blp.arguments(schemas.UnitIn)
@blp.response(201, schemas.UnitOut)
def create(facts: dict[str, Any]) -> model.Unit:
    """Open a branch or department in the caller's company. Needs the role admin."""
    unit = commands.open_(web.work(), company=_changes(), **facts)
    web.locate(f"{blp.url_prefix}/{unit.code}")
    return web.tagged(unit)


@blp.get("")
@web.reads
@blp.arguments(schemas.UnitPageIn, location="query")
@blp.response(200, schemas.UnitPageOut)
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """The units of the caller's company, by code."""
    items, following = queries.page(web.reader(), company=_looks(), **query)
    return {"items": items, "next": following}


@blp.get("/<string:code>")
@web.reads
@blp.response(200, schemas.UnitOut)
def shown(code: str) -> model.Unit:
    """One unit, and what is possible now."""
    return web.tagged(tables.load(web.reader(), code, company=_looks()))


@blp.patch("/<string:code>")
@web.writes
@blp.arguments(schemas.UnitChangeIn)
@blp.response(200, schemas.UnitOut)
def change(facts: dict[str, Any], code: str) -> model.Unit:
    """Another title or country. Needs the role admin."""
    company = _changes()
    return web.tagged(commands.change(web.work(), code, company=company, version=web.expected_version(), **facts))


@blp.post("/<string:code>/close")
@web.writes
@blp.arguments(Nothing)
@blp.response(200, schemas.UnitOut)
def close(_facts: dict[str, Any], code: str) -> model.Unit:
    """Close it, once nobody works in it. Needs the role admin."""
    company = _changes()
    return web.tagged(commands.close(web.work(), code, company=company, version=web.expected_version()))


@blp.post("/<string:code>/reopen")
@web.writes
@blp.arguments(Nothing)
@blp.response(200, schemas.UnitOut)
def reopen(_facts: dict[str, Any], code: str) -> model.Unit:
    """Open it again. Needs the role admin."""
    company = _changes()
    return web.tagged(commands.reopen(web.work(), code, company=company, version=web.expected_version()))


BLUEPRINTS = (blp,)
