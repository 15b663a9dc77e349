"""The desk of a service: what waits for the caller, what is open in their units, and what they only hear of.

Registered for every service that has a flow.
"""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from shared import web
from shared.clocks import queries
from shared.people import informed, sight
from shared.runtime import manifest
from shared.web import promises
from shared.web.site import current

desk = web.Blueprint("desk", __name__, url_prefix="/v1/desk", description="What waits for the caller")


class DeskIn(promises.ClockPageIn):
    """`mine`: what I owe and what is my roles' to take. `team`: everything open in my units. `informed`: what others
    owe in steps in which a role of mine has the letter I."""

    show = fields.String(load_default="mine", validate=validate.OneOf(("mine", "team", "informed")))
    back = fields.Boolean(
        load_default=False, metadata={"description": "What comes before the cursor instead, the nearest first."}
    )


class DutyOut(promises.ClockItemOut):
    """A promise on a list of the desk."""

    mine = fields.Boolean(metadata={"description": "Whether the caller owes it, or may take it."})
    content = fields.String(allow_none=True, metadata={"description": "How its text begins, where the flow knows one."})


class DeskOut(ma.Schema):
    """One page; `next` is the cursor of the following one."""

    items = fields.List(fields.Nested(DutyOut))
    next = fields.String(allow_none=True)


class CountsOut(ma.Schema):
    """How much there is on each list; 1,001 stands for more than a thousand."""

    mine = fields.Integer()
    team = fields.Integer()
    informed = fields.Integer()


@desk.get("")
@web.reads
@desk.arguments(DeskIn, location="query")
@desk.response(200, DeskOut)
def shown(query: dict[str, Any]) -> dict[str, Any]:
    """What waits for the caller, the one due first first."""
    connection, who, now = web.reader(), promises.asking(), current().database.time.now()
    paged = {"limit": query["limit"], "after": promises.after(query), "back": query["back"]}
    pools = sight.pools(connection, who, now)
    if query["show"] == "team":
        found = queries.due(connection, sight.units(connection, who, now), **paged)
    elif query["show"] == "informed":
        watches = informed.watches(connection, who, now, _flows())
        found = queries.informed(connection, person=who.id, watches=watches, **paged)
    else:
        found = queries.desk(connection, person=who.id, pools=pools, **paged)
    page = promises.page(found, query["limit"])
    contents = promises.told(connection, found, lambda flow: flow.contents) if query["show"] != "informed" else {}
    for item, kept in zip(page["items"], found, strict=True):
        item["content"] = contents.get(kept.of.id)
        takeable = kept.owner is None and queries.Pool(kept.of.unit, kept.owes) in pools
        item["mine"] = takeable or kept.owner == who.id
    return page


@desk.get("/counts")
@web.reads
@desk.response(200, CountsOut)
def counted() -> dict[str, int]:
    """How much there is on each list of the desk."""
    connection, who, now = web.reader(), promises.asking(), current().database.time.now()
    return queries.counts(
        connection,
        person=who.id,
        pools=sight.pools(connection, who, now),
        watches=informed.watches(connection, who, now, _flows()),
        units=sight.units(connection, who, now),
    )


def _flows() -> Any:
    return manifest.flows(current().service).values()


BLUEPRINTS = (desk,)
