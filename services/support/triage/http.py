"""The queue over HTTP."""

from __future__ import annotations

from typing import Any

from services.support.ticket import callers, presenting
from services.support.triage import queries, schemas
from shared import web
from shared.clocks import queries as clocks
from shared.people import permission
from shared.web import promises
from shared.web.site import current

blp = web.Blueprint("triage", __name__, url_prefix="/v1/triage", description="What waits to be classified")


@blp.get("")
@web.reads
@blp.arguments(schemas.TriageIn, location="query")
@blp.response(200, schemas.TriageOut)
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """What waits for the caller to classify it, the oldest clock first, and how much that is."""
    who, connection, now = callers.reader(), web.reader(), current().database.time.now()
    if who.kind != "staff":
        raise permission.PeopleOnly
    units = queries.units(connection, who, now)
    begin, after, limit = query.get("ticket"), _after(query), query["limit"]
    items, last = queries.page(connection, units=units, begin=begin, after=after, limit=limit)
    waiting, late = queries.waiting(connection, units, now)
    shown = presenting.brief(connection, items, now=now)
    return {"items": shown, "next": queries.cursor(last), "may": bool(units), "waiting": waiting, "late": late}


def _after(query: dict[str, Any]) -> queries.Place | None:
    if "cursor" not in query:
        return None
    try:
        return clocks.read_cursor(query["cursor"])
    except ValueError as error:
        raise promises.BadCursor from error


BLUEPRINTS = (blp,)
