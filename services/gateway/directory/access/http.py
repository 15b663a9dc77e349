"""Tokens of systems over HTTP, for administrators only."""

from __future__ import annotations

from typing import Any

from services.gateway.directory import callers
from services.gateway.directory.access import commands, model, queries, schemas, tables
from services.gateway.directory.schemas import Nothing
from shared import web

blp = web.Blueprint("tokens", __name__, url_prefix="/v1/tokens", description="Tokens of other systems")


def _looks() -> str:
    return callers.administers(web.reader(), web.caller())


def _changes() -> str:
    return callers.administers(web.work().connection, web.caller())


@blp.post("")
@web.writes
@blp.arguments(schemas.AccessIn)
@blp.response(201, schemas.IssuedOut)
def create(facts: dict[str, Any]) -> dict[str, Any]:
    """A token for a system. It is shown in this answer only, not even in a repeated one. Needs the role admin."""
    access, token = commands.issue(web.work(), company=_changes(), **facts)
    web.tag(access.version)
    web.locate(f"{blp.url_prefix}/{access.id}")
    facts = {name: getattr(access, name) for name in schemas.AccessOut().fields}
    web.keep_instead(schemas.IssuedOut().dump({**facts, "token": None}))
    return {**facts, "token": token}


@blp.get("")
@web.reads
@blp.arguments(schemas.AccessPageIn, location="query")
@blp.response(200, schemas.AccessPageOut)
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """The tokens of the caller's company, by system. Needs the role admin."""
    items, following = queries.page(web.reader(), company=_looks(), **query)
    return {"items": items, "next": following}


@blp.get("/<string:id>")
@web.reads
@blp.response(200, schemas.AccessOut)
def shown(id: str) -> model.Access:
    """One token, without the token. Needs the role admin."""
    return web.tagged(tables.load(web.reader(), id, company=_looks()))


@blp.post("/<string:id>/revoke")
@web.writes
@blp.arguments(Nothing)
@blp.response(200, schemas.AccessOut)
def revoke(_facts: dict[str, Any], id: str) -> model.Access:
    """It works no longer, from the next call on. Needs the role admin."""
    company = _changes()
    return web.tagged(commands.revoke(web.work(), id, company=company, version=web.expected_version()))


BLUEPRINTS = (blp,)
