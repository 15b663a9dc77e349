"""What support does when another system says that a client asked for something, and when its own promises come due."""

from __future__ import annotations

from marshmallow import fields

from services.support.ticket import answering, events, model, receiving
from services.support.ticket import goods as asked
from services.support.ticket.flow import TICKET
from shared.clocks import events as clocks
from shared.envelope import catalogue
from shared.envelope.cloudevent import Event
from shared.envelope.fields import When
from shared.inbox.reaction import OVERTAKEN, Reaction
from shared.store.work import Work

CONFIRM = "confirm"
"""The clock that runs from the handover to the client's answer."""
CLIENT = "client"
"""Whom a rung tells that is for the client: no role of staff."""


class OfHeard(catalogue.Reader):
    """What the promise is about."""

    kind = fields.String(required=True)
    id = fields.String(required=True)


class RungHeard(catalogue.Reader):
    """Whom the rung tells."""

    tell = fields.List(fields.String(), required=True)


class ReachedHeard(catalogue.Reader):
    """What support reads of a rung that one of its clocks has reached."""

    name = fields.String(required=True)
    of = fields.Nested(OfHeard, required=True)
    started_at = When(required=True)
    rung = fields.Nested(RungHeard, required=True)


def record(work: Work, event: Event) -> None:
    """A submitted request becomes a ticket of the unit it names."""
    data = dict(event.data)
    who = data.pop("requester")
    requester = model.Requester(who["name"], who["locale"], tuple(who["mails"]), tuple(who["phones"]))
    work.actor = "system:" + event.source.strip("/")
    receiving.receive(work, requester=requester, **data)


def goods(work: Work, event: Event) -> None:
    """Another system says how goods stand that support asked for."""
    work.actor = "system:" + event.source.strip("/")
    asked.note(work, **event.data)


def remind(work: Work, event: Event) -> str | None:
    """A rung that tells the client of a result not yet confirmed is a reminder with a link of its own."""
    data = event.data
    if data["of"]["kind"] != TICKET.name or data["name"] != CONFIRM or CLIENT not in data["rung"]["tell"]:
        return None
    return None if answering.remind(work, data["of"]["id"], handed_over_at=data["started_at"]) else OVERTAKEN


REACTIONS = (
    Reaction("request.submitted", record, events.RequestSubmitted, inbound=True),
    Reaction("goods.status.reported", goods, events.GoodsStatusReported, inbound=True),
    Reaction(f"support.clock.{clocks.REACHED}", remind, ReachedHeard),
)
