"""The record over HTTP: JSON, or a file or a page to print of everything that the filter shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from services.support.record import filters, presenting, queries, reach, schemas
from services.support.ticket import callers, filtering
from shared import web
from shared.sheets import print_file
from shared.web import export
from shared.web.site import current

NO_NUMBER = (0, 0)

blp = web.Blueprint("record", __name__, url_prefix="/v1/record", description="The customer-support tracking record")


@blp.get("")
@web.reads
@blp.arguments(schemas.RecordPageIn, location="query")
@blp.response(200, schemas.RecordOut)
@blp.doc(**export.doc(print_file.CONTENT_TYPE))
def listed(query: dict[str, Any]) -> Any:
    """The record of the caller's units, or of one; the newest request first. For `Accept: text/csv`, XLSX or
    `text/html` everything that the filter shows, as a file or a page to print."""
    connection = web.reader()
    units = _units(connection, query)
    paging = {name: query.pop(name, None) for name in ("limit", "cursor")}
    sort = query.pop("sort")
    asked = _filter(query)
    if kind := export.wanted(print_file.CONTENT_TYPE):
        pages: Iterator[Any] = export.pages(
            lambda at: queries.page(connection, asked, units=units, sort=sort, limit=export.PAGE, cursor=at)
        )
        return export.respond(presenting.sheet(connection, pages, web.locale()), kind)
    items, following = queries.page(connection, asked, units=units, sort=sort, **paging)
    return {"items": presenting.lines(connection, items, web.locale()), "next": following}


@blp.get("/totals")
@web.reads
@blp.arguments(schemas.RecordIn, location="query")
@blp.response(200, schemas.RecordCountsOut)
def totals(query: dict[str, Any]) -> dict[str, Any]:
    """What the filter adds up to, per unit; silence and withdrawals are counted apart."""
    connection = web.reader()
    units = _units(connection, query)
    return {"units": queries.totals(connection, _filter(query), units=units)}


def _units(connection: Any, query: dict[str, Any]) -> set[str]:
    """The units whose record the caller may read, narrowed to the one that is asked for."""
    return reach.units(connection, callers.reader(), current().database.time.now(), query.pop("unit", None))


def _filter(query: dict[str, Any]) -> filters.Filter:
    number = query.pop("number", None)
    return filters.Filter(**query, number=_number(number))


def _number(text: str | None) -> tuple[int, int] | None:
    """What a number names; one that is none of ours finds nothing."""
    return (filtering.year_and_seq(text) or NO_NUMBER) if text else None


BLUEPRINTS = (blp,)
