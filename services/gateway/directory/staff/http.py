"""Staff over HTTP: parse, call, present. No password ever passes here: people choose theirs by a mailed link."""

from __future__ import annotations

from typing import Any

from services.gateway.directory import callers
from services.gateway.directory.schemas import Nothing
from services.gateway.directory.staff import commands, importing, model, queries, schemas, tables
from shared import locale as languages
from shared import web
from shared.web import request

blp = web.Blueprint("staff", __name__, url_prefix="/v1/staff", description="Who works where, in which roles")

CSV = {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}


def _looks() -> str:
    return callers.reads(web.reader(), web.caller())


def _changes() -> str:
    return callers.administers(web.work().connection, web.caller())


@blp.post("")
@web.writes
@blp.arguments(schemas.StaffIn)
@blp.response(201, schemas.StaffOut)
def create(facts: dict[str, Any]) -> model.Staff:
    """Add a person, who is mailed a link to choose a password. Needs the role admin."""
    return web.made(blp, commands.add(web.work(), company=_changes(), **facts))


@blp.get("")
@web.reads
@blp.arguments(schemas.StaffPageIn, location="query")
@blp.response(200, schemas.StaffPageOut)
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """The people of the caller's company, by name."""
    items, following = queries.page(web.reader(), company=_looks(), **query)
    return {"items": items, "next": following}


@blp.post("/import")
@web.writes
@web.takes("text/csv")
@blp.doc(requestBody=CSV)
@blp.arguments(schemas.ImportIn, location="query")
@blp.response(200, schemas.ImportOut)
def take_in(query: dict[str, Any]) -> dict[str, Any]:
    """Add and change people by a CSV file (name, mail, unit, roles, locale): all or none. Needs the role admin."""
    outcome = importing.take(web.work(), request.body(), company=_changes(), **query)
    return {
        "dry_run": query["dry_run"],
        "added": outcome.added,
        "changed": outcome.changed,
        "unchanged": outcome.unchanged,
        "faults": [
            {"line": each.line, "column": each.column, "why": languages.say(each.why, web.locale())}
            for each in outcome.faults
        ],
    }


@blp.get("/<string:id>")
@web.reads
@blp.response(200, schemas.StaffOut)
def shown(id: str) -> model.Staff:
    """One person, and what is possible now."""
    return web.tagged(tables.load(web.reader(), id, company=_looks()))


@blp.patch("/<string:id>")
@web.writes
@blp.arguments(schemas.StaffChangeIn)
@blp.response(200, schemas.StaffOut)
def change(facts: dict[str, Any], id: str) -> model.Staff:
    """Change what is given; other roles or another unit sign the person out. Needs the role admin, but for one's own
    language."""
    own = web.caller().actor == f"staff:{id}" and set(facts) <= {"locale"}
    look = callers.reads if own else callers.administers
    company = look(web.work().connection, web.caller())
    return web.tagged(commands.change(web.work(), id, company=company, version=web.expected_version(), **facts))


@blp.post("/<string:id>/invite")
@web.writes
@blp.arguments(Nothing)
@blp.response(200, schemas.StaffOut)
def invite(_facts: dict[str, Any], id: str) -> model.Staff:
    """Mail the person a link to choose a password. Needs the role admin."""
    return web.tagged(commands.invite(web.work(), id, company=_changes(), version=web.expected_version()))


@blp.post("/<string:id>/deactivate")
@web.writes
@blp.arguments(Nothing)
@blp.response(200, schemas.StaffOut)
def deactivate(_facts: dict[str, Any], id: str) -> model.Staff:
    """The person leaves: signed out everywhere, no way back in. Needs the role admin."""
    company = _changes()
    return web.tagged(commands.deactivate(web.work(), id, company=company, version=web.expected_version()))


@blp.post("/<string:id>/reactivate")
@web.writes
@blp.arguments(Nothing)
@blp.response(200, schemas.StaffOut)
def reactivate(_facts: dict[str, Any], id: str) -> model.Staff:
    """The person is back. Needs the role admin."""
    company = _changes()
    return web.tagged(commands.reactivate(web.work(), id, company=company, version=web.expected_version()))


BLUEPRINTS = (blp,)
