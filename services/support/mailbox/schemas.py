"""What the API of inbound mail takes and gives."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields, validate

from services.support.mailbox import model
from services.support.ticket.schemas import RequesterIn
from shared.envelope.fields import When


class MailOut(ma.Schema):
    """A mail that came in and what became of it."""

    id = fields.String()
    mailbox = fields.String()
    unit = fields.String()
    outcome = fields.String(validate=validate.OneOf(model.OUTCOMES))
    reason = fields.String(allow_none=True, metadata={"description": "Why it is parked."})
    ticket = fields.String(allow_none=True)
    sender = fields.String(allow_none=True, metadata={"description": "Where it says it came from: a claim."})
    subject = fields.String(allow_none=True)
    message_id = fields.String(allow_none=True)
    attachments = fields.List(fields.String())
    received_at = When()


class WholeMailOut(MailOut):
    """The mail as it can be read, and whom it says it is from."""

    text = fields.String(allow_none=True, metadata={"description": "With what it quotes; null if it cannot be read."})
    name = fields.String()
    locale = fields.String()


class OpenMailIn(ma.Schema):
    """Who asks, where that is not whoever the mail says it is from."""

    requester = fields.Nested(RequesterIn, load_default=None, allow_none=False)


class MailsIn(ma.Schema):
    """Which mails, and which page."""

    outcome = fields.String(load_default=model.PARKED, validate=validate.OneOf(model.OUTCOMES))
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 100))
    cursor = fields.String()


class MailsOut(ma.Schema):
    """One page, newest first; `next` is the cursor of the following one."""

    items = fields.List(fields.Nested(MailOut))
    next = fields.String(allow_none=True)
