"""What the queue's route takes and gives."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields, validate

from services.support.ticket.schemas import TicketLineOut
from shared.envelope.fields import Text


class TriageIn(ma.Schema):
    """From where on: behind a cursor, or from a ticket on as long as it waits."""

    limit = fields.Integer(load_default=1, validate=validate.Range(1, 100))
    cursor = fields.String()
    ticket = Text(most=100)


class TriageOut(ma.Schema):
    """Those due first first; `next` leads behind the last one, and is null where nothing follows."""

    items = fields.List(fields.Nested(TicketLineOut))
    next = fields.String(allow_none=True)
    may = fields.Boolean(metadata={"description": "Whether the caller may classify anything at all."})
    waiting = fields.Integer(metadata={"description": "How many wait; 1,001 stands for more than a thousand."})
    late = fields.Integer(metadata={"description": "How many of them are late."})
