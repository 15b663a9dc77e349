"""The report over HTTP: whether all that came in was recorded."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from services.support.received import presenting, queries, schemas
from services.support.record import filters, reach
from services.support.ticket import callers
from shared import web
from shared.people import places
from shared.web import export
from shared.web.site import current

blp = web.Blueprint("received", __name__, url_prefix="/v1/received", description="Whether all information is recorded")


@blp.get("")
@web.reads
@blp.arguments(schemas.ReceivedIn, location="query")
@blp.response(200, schemas.ReceivedOut)
@blp.doc(**export.doc())
def shown(query: dict[str, Any]) -> Any:
    """What came in by each channel in these days, how much of it is recorded, and what is not. What names no unit that
    there is is nobody's: everybody sees that it is there, unless they ask for one unit."""
    who, connection = callers.reader(), web.reader()
    wanted = query.pop("unit", None)
    units = reach.units(connection, who, current().database.time.now(), wanted)
    zones = places.zones(connection, units)
    mine = zones.get(who.unit or "") or ZoneInfo(places.ZONES["VN"])
    report = queries.report(connection, filters.Filter(**query), zones, mine if wanted is None else None)
    if kind := export.wanted():
        return export.respond(presenting.sheet(report, mine, web.locale()), kind)
    return presenting.shown(report, web.locale())


BLUEPRINTS = (blp,)
