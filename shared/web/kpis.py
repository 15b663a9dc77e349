"""How promises were kept, over HTTP: the sums by one dimension, and the clocks behind each of them.

Leads see the units that they lead, executives the company, everybody else what they owed themselves.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from shared import web
from shared.clocks import measures, queries
from shared.envelope.fields import Text
from shared.kernel import errors
from shared.people import sight
from shared.web import promises
from shared.web.site import current

LONGEST = timedelta(days=3 * 366)  # of one report
ONLY = ("unit", "step", "person", "type")

kpis = web.Blueprint("kpis", __name__, url_prefix="/v1/kpis", description="How promises were kept")


class AskedIn(ma.Schema):
    """Which days, both included, and of which unit, step, person (or "nobody") and type (or "nobody")."""

    start = fields.Date(required=True, data_key="from")
    end = fields.Date(required=True, data_key="to")
    unit = Text(most=100)
    step = Text(most=100)
    person = Text(most=200)
    type = Text(most=100)


class KpiIn(AskedIn):
    """By which dimension; what is open is counted too, unless it is not asked for."""

    by = fields.String(load_default="step", validate=validate.OneOf(measures.BY))
    open = fields.Boolean(load_default=True)


class BehindIn(AskedIn):
    """Behind which number, and which page."""

    show = fields.String(required=True, validate=validate.OneOf(measures.SHOWN))
    limit = fields.Integer(load_default=50, validate=validate.Range(1, queries.MOST))
    cursor = fields.String()


class KpiOut(ma.Schema):
    """One row: what ended in the period, and what is open now.

    `unanswered` is what was closed because an outsider kept silent: it is neither on time nor late.
    """

    key = fields.String()
    on_time = fields.Integer()
    late = fields.Integer()
    unanswered = fields.Integer()
    open = fields.Integer()
    open_late = fields.Integer()
    average_seconds = fields.Integer(allow_none=True)
    share_on_time = fields.Float(allow_none=True)


@kpis.get("")
@web.reads
@kpis.arguments(KpiIn, location="query")
@kpis.response(200, KpiOut(many=True))
def measured(query: dict[str, Any]) -> list[dict[str, Any]]:
    """On time, late, unanswered and open: of the units that the caller leads, else of what they owed themselves."""
    asked = _asked(query)
    return measures.table(
        web.reader(), _sight(), asked, by=query["by"], now=current().database.time.now(), with_open=query["open"]
    )


@kpis.get("/clocks")
@web.reads
@kpis.arguments(BehindIn, location="query")
@kpis.response(200, promises.ClocksOut)
def behind(query: dict[str, Any]) -> dict[str, Any]:
    """The clocks behind one of the numbers: what has ended newest first, what is open by due moment."""
    asked, after = _asked(query), promises.after(query)
    found = measures.behind(
        web.reader(),
        _sight(),
        asked,
        show=query["show"],
        now=current().database.time.now(),
        limit=query["limit"],
        after=after,
    )
    return promises.page(found, query["limit"], cursor=measures.cursor)


def _asked(query: dict[str, Any]) -> measures.Asked:
    if query["end"] < query["start"] or query["end"] - query["start"] > LONGEST:
        raise errors.Invalid(fields={"to": ["Must be after from, at most three years."]})
    return measures.Asked(query["start"], query["end"], {name: query[name] for name in ONLY if name in query})


def _sight() -> measures.Sight:
    who = promises.asking()
    units = sight.led(web.reader(), who, current().database.time.now())
    return measures.Sight(frozenset(units), who.id if who.kind == "staff" else None)


BLUEPRINTS = (kpis,)
