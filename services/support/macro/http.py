"""Prepared texts over HTTP: parse, call, present."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.support.macro import commands, model, queries, schemas, tables
from services.support.ticket import callers, gate
from services.support.ticket import tables as ticket_tables
from services.support.ticket.schemas import Nothing
from shared import web
from shared.people import sight
from shared.web.site import current

blp = web.Blueprint("macros", __name__, url_prefix="/v1/macros", description="Prepared texts for replies")
filled = web.Blueprint("ticket-macros", __name__, url_prefix="/v1/tickets", description="Prepared texts for a ticket")


@blp.get("")
@web.reads
@blp.arguments(schemas.MacrosIn, location="query")
@blp.response(200, schemas.MacroOut(many=True))
def listed(query: dict[str, Any]) -> list[model.Macro]:
    """The prepared texts of the caller's unit, then those of the units above it."""
    connection, who = web.reader(), callers.reader()
    unit = query.pop("unit", None) or who.unit or ""
    if unit not in sight.units(connection, who, _now()):
        return []
    return queries.of(connection, unit, **query)


@blp.post("")
@web.writes
@blp.arguments(schemas.MacroIn, example=schemas.MACRO)
@blp.response(201, schemas.MacroOut)
def create(facts: dict[str, Any]) -> model.Macro:
    """Write a new one. Needs the role lead in the unit, or admin."""
    return web.made(blp, commands.create(web.work(), callers.reader(), **facts))


@blp.get("/<string:id>")
@web.reads
@blp.response(200, schemas.MacroOut)
def shown(id: str) -> model.Macro:
    """One prepared text, also when it was removed."""
    connection, who = web.reader(), callers.reader()
    return web.tagged(commands.seen(connection, tables.load(connection, id), who, _now()))


@blp.post("/<string:id>/change")
@web.writes
@blp.arguments(schemas.ChangeMacroIn, example=schemas.MACRO)
@blp.response(200, schemas.MacroOut)
def change(facts: dict[str, Any], id: str) -> model.Macro:
    """Have it say something else; replies already written stay as they are. Needs the role lead, or admin."""
    return web.tagged(commands.change(web.work(), id, callers.reader(), version=web.expected_version(), **facts))


@blp.post("/<string:id>/remove")
@web.writes
@blp.arguments(Nothing)
@blp.response(200, schemas.MacroOut)
def remove(_facts: dict[str, Any], id: str) -> model.Macro:
    """Offer it no more; it is kept and can be restored. Needs the role lead, or admin."""
    return web.tagged(commands.remove(web.work(), id, callers.reader(), version=web.expected_version()))


@blp.post("/<string:id>/restore")
@web.writes
@blp.arguments(Nothing)
@blp.response(200, schemas.MacroOut)
def restore(_facts: dict[str, Any], id: str) -> model.Macro:
    """Offer a removed one again. Needs the role lead, or admin."""
    return web.tagged(commands.restore(web.work(), id, callers.reader(), version=web.expected_version()))


@filled.get("/<string:id>/macros")
@web.reads
@filled.response(200, schemas.FilledOut(many=True))
def for_ticket(id: str) -> list[dict[str, Any]]:
    """The prepared texts for the ticket's type, filled in, in the client's language where there is one."""
    connection, who = web.reader(), callers.reader()
    ticket = gate.seen(connection, ticket_tables.load(connection, id), who, _now())
    return [_shown(each) for each in queries.filled(connection, ticket)]


def _shown(of: model.Filled) -> dict[str, Any]:
    own = {name: getattr(of.macro, name) for name in ("id", "title", "unit", "request_type")}
    return own | {name: getattr(of, name) for name in ("locale", "wanted", "fallback", "text", "missing")}


def _now() -> datetime:
    return current().database.time.now()


BLUEPRINTS = (blp, filled)
