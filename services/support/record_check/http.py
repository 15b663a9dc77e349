"""The lead's check of the record over HTTP."""

from __future__ import annotations

from typing import Any

from services.support.record_check import commands, model, queries, schemas, tables
from services.support.record_check.flow import RECORD_CHECK
from services.support.ticket import callers
from shared import web
from shared.people import sight
from shared.web import promises
from shared.web.site import current

blp = web.Blueprint(
    "record-checks", __name__, url_prefix="/v1/record-checks", description="The lead's daily check of the record"
)


@blp.get("")
@web.reads
@blp.arguments(schemas.CheckPageIn, location="query")
@blp.response(200, schemas.CheckPageOut)
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """The checks of the caller's units, the newest day first."""
    items, following = queries.page(web.reader(), units=_units(query.pop("unit", None)), **query)
    return {"items": items, "next": following}


@blp.get("/demands")
@web.reads
@blp.arguments(schemas.AllDemandsIn, location="query")
@blp.response(200, schemas.DemandsOut)
def demands(_query: dict[str, Any]) -> dict[str, Any]:
    """Demands of the caller's units whose record is not written yet."""
    return {"items": queries.open_demands(web.reader(), _units(None))}


@blp.get("/<string:id>")
@web.reads
@blp.response(200, schemas.CheckOut)
def shown(id: str) -> dict[str, Any]:
    """One check, with each request of the day and what is missing, late or unanswered, as it stands now."""
    connection, who = web.reader(), callers.reader()
    held = commands.seen(connection, tables.load(connection, id), who, _now())
    return _shown(held, connection)


@blp.get("/<string:id>/trail")
@web.reads
@blp.response(200, promises.TrailOut)
def trail(id: str) -> Any:
    """What happened to it, in order, hash-chained; as JSON, or as a page to print for `Accept: text/html`."""
    connection, who = web.reader(), callers.reader()
    held = commands.seen(connection, tables.load(connection, id), who, _now())
    return promises.of_object(connection, RECORD_CHECK.name, held.id, title=held.number)


@blp.post("/<string:id>/check")
@web.writes
@blp.arguments(schemas.RemarksIn)
@blp.response(200, schemas.CheckOut)
def check(facts: dict[str, Any], id: str) -> dict[str, Any]:
    """The lead has checked the record of the day."""
    work = web.work()
    return _shown(commands.check(work, id, callers.reader(), version=web.expected_version(), **facts), work.connection)


@blp.post("/<string:id>/demand")
@web.writes
@blp.arguments(schemas.DemandIn)
@blp.response(201, schemas.DemandOut)
def demand(facts: dict[str, Any], id: str) -> dict[str, Any]:
    """The lead demands that a record be completed; whoever is responsible is told."""
    return commands.demand(web.work(), id, callers.reader(), **facts) | {"open": True}


def _shown(held: model.Check, connection: Any) -> dict[str, Any]:
    web.tag(held.version)
    names = list(schemas.CheckLineOut().fields)
    return {name: getattr(held, name) for name in names} | {
        "tickets": [_line(each) for each in queries.lines(connection, held, _now())],
        "begun": held.day <= commands.today(connection, held, _now()),
    }


def _line(line: queries.Line) -> dict[str, Any]:
    ticket = line.ticket
    facts = {name: getattr(ticket, name) for name in ("id", "number", "state", "content", "owner", "received_at")}
    return {**facts, "requester": ticket.requester.name, "findings": line.findings, "demands": line.demands}


def _units(wanted: str | None) -> set[str]:
    seen = sight.units(web.reader(), callers.reader(), _now())
    return seen if wanted is None else seen & {wanted}


def _now() -> Any:
    return current().database.time.now()


BLUEPRINTS = (blp,)
