"""Inbound events over HTTP: for systems that do not speak AMQP, and for the embedded mode, which has no broker.

The same inbox and the same checks as on `steward.inbound`, where the token's system is what the broker user is there.
Only the answer is better: what is already known to be wrong (an event type nobody here reacts to, a schema that is
violated) is said at once instead of in an event, and nothing is stored.
"""

from __future__ import annotations

import functools

import flask
import marshmallow as ma

from shared.bus import port
from shared.envelope import catalogue, cloudevent
from shared.inbox import receive
from shared.inbox.reaction import Reaction
from shared.inbox.worker import NewerVersion
from shared.kernel import errors
from shared.people import standing, units
from shared.runtime import manifest
from shared.web import request, site, tokens
from shared.web.blueprint import Blueprint
from shared.web.views import writes

SCOPE = "inbound"

BLUEPRINT = Blueprint("inbound", __name__, url_prefix="/v1/inbound", description="Events of other systems")


class UnknownType(errors.Invalid):
    """Nobody here reacts to events of the type {type}; there are: {known}."""

    code = "unknown-event-type"


class DoesNotFit(errors.Invalid):
    """The data of the event does not fit its schema."""

    code = catalogue.InvalidData.code


class Accepted(ma.Schema):
    """It is stored."""

    status = ma.fields.String()


_EVENT = {
    "required": True,
    "content": {
        cloudevent.CONTENT_TYPE: {
            "schema": {
                "type": "object",
                "required": ["specversion", "id", "source", "type", "time", "data"],
                "properties": {
                    "specversion": {"const": cloudevent.SPECVERSION},
                    "id": {"type": "string", "maxLength": cloudevent.MAX_NAME},
                    "source": {"type": "string", "description": "`/<system>`: the system of the token."},
                    "type": {"type": "string", "examples": ["request.submitted"]},
                    "subject": {"type": "string", "description": "Events of one subject take effect in order."},
                    "time": {"type": "string", "format": "date-time"},
                    "dataschema": {"type": "string", "examples": ["urn:steward:request.submitted:1"]},
                    "data": {"type": "object", "description": "As docs/events says of the type."},
                },
            }
        }
    },
}


@BLUEPRINT.post("")
@writes
@BLUEPRINT.doc(requestBody=_EVENT)
@BLUEPRINT.response(202, Accepted)
def submit() -> dict[str, str]:
    """Hand in one CloudEvent (structured JSON). 202: it is stored and takes effect once, however often it is sent."""
    who = request.caller()
    if who.kind != "system" or SCOPE not in who.scopes:
        raise errors.Forbidden(missing=f"a system token with the scope {SCOPE}")
    body = request.body()
    event = cloudevent.read(body, content_type=flask.request.content_type)
    _check(event)
    _same_company(who, event.data.get("unit"))
    delivery = port.Delivery(body, flask.request.content_type, port.INBOUND, f"{who.id}.{event.type}")
    receive.put_read(request.work(), delivery)
    return {"status": "accepted"}


def _check(event: cloudevent.Event) -> None:
    """Say now what the inbox worker would park."""
    known = _known(site.current().service)
    reaction = known.get(event.type)
    if reaction is None:
        raise UnknownType(type=event.type, known=", ".join(known), fields={"type": ["There is no such event type."]})
    if event.version > reaction.version:
        raise NewerVersion(version=event.version, known=reaction.version)
    try:
        catalogue.load(event.type, reaction.schema, event.data)
    except catalogue.InvalidData as error:
        wrong = error.__cause__
        raise DoesNotFit(fields={"data": getattr(wrong, "messages", None) or str(error)}) from error


def _same_company(who: tokens.Caller, unit: object) -> None:
    """Companies of one installation are strangers: a token of one makes no work for another.

    A unit that is not there belongs to nobody: the reaction answers for it, to the system that sent the event.
    """
    if not isinstance(unit, str) or not who.unit:
        return
    connection = request.work().connection
    try:
        units.known(connection, unit)
    except units.UnknownUnit:
        return
    if unit not in standing.company(connection, who.unit):
        raise errors.Forbidden(missing=f"a system token of the company to which {unit} belongs")


@functools.cache
def _known(service: manifest.Service) -> dict[str, Reaction]:
    return {reaction.type: reaction for reaction in manifest.reactions(service) if reaction.inbound}
