"""What becomes of messages, for whoever waits for it: never the text, never the whole address."""

from __future__ import annotations

from marshmallow import fields, validate

from services.notify.message import model
from shared.envelope import catalogue
from shared.envelope.fields import LOCALES


class MessageData(catalogue.Writer):
    """A message as it stood right after the event."""

    message_id = fields.String(required=True)
    rule = fields.String(required=True)
    template = fields.String(required=True)
    channel = fields.String(required=True, validate=validate.OneOf((model.MAIL, model.SMS)), metadata=catalogue.OPEN)
    event = fields.String(required=True, metadata={"description": "The type of the event that asked for it."})
    recipient = fields.String(required=True, metadata={"description": "Masked; empty without any address."})
    related = fields.String(required=True, metadata={"description": "The subject of that event."})
    number = fields.String(required=True, allow_none=True)
    unit = fields.String(required=True)
    locale = fields.String(required=True, validate=validate.OneOf(LOCALES))
    state = fields.String(required=True, validate=validate.OneOf(model.ENDED), metadata=catalogue.OPEN)
    reason = fields.String(required=True, allow_none=True, metadata={"description": "A stable code."})
    attempts = fields.Integer(required=True, strict=True)
    resend_of = fields.String(required=True, allow_none=True)
    people = fields.Dict(keys=fields.String(), values=fields.List(fields.String()), required=True)


_EXAMPLE = {
    "message_id": "0193f1c2-7a5e-7c11-8a55-0f3d6e1b2c3d",
    "rule": "ticket-received",
    "template": "ticket-received",
    "channel": "mail",
    "event": "support.ticket.received",
    "recipient": "n***@example.com",
    "related": "0193f1c2-1111-7c11-8a55-0f3d6e1b2c3d",
    "number": "TCK-2026-000123",
    "unit": "hai-phong",
    "locale": "vi",
    "state": "sent",
    "reason": None,
    "attempts": 1,
    "resend_of": None,
    "people": {"responsible": ["0193f1c2-0000-7c11-8a55-0f3d6e1b2c3d"]},
}

SENT = catalogue.EventType(
    "notify.message.sent", MessageData, "The mail server (or the folder) took a message.", _EXAMPLE
)
FAILED = catalogue.EventType(
    "notify.message.failed",
    MessageData,
    "A message was refused for good, given up, has no address, or nobody knows whether it arrived.",
    {**_EXAMPLE, "state": "bounced", "reason": "refused"},
)

EVENTS = (SENT, FAILED)


def data(of: model.Message) -> dict[str, object]:
    """The data of an event about a message."""
    return {
        "message_id": of.id,
        "rule": of.rule,
        "template": of.template,
        "channel": of.channel,
        "event": of.event,
        "recipient": model.masked(of.recipient),
        "related": of.related,
        "number": of.number,
        "unit": of.unit,
        "locale": of.locale,
        "state": of.state,
        "reason": of.reason,
        "attempts": of.attempts,
        "resend_of": of.resend_of,
        "people": of.people,
    }
