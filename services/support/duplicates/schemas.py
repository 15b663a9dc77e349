"""What the API of duplicates takes and gives."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields, validate

from services.support.duplicates import model
from services.support.ticket import model as tickets
from shared.envelope.fields import Text, When


class LinkTicketsIn(ma.Schema):
    """Which other ticket (its id or number), what this one is to it, and why."""

    to = Text(most=60, required=True)
    kind = fields.String(data_key="as", required=True, validate=validate.OneOf(model.KINDS))
    reason = Text(most=tickets.MAX_TEXT, load_default=None, allow_none=True)


class UnlinkIn(ma.Schema):
    """Which other ticket (its id or number), and why."""

    to = Text(most=60, required=True)
    reason = Text(most=tickets.MAX_TEXT, load_default=None, allow_none=True)


class WhyNotIn(ma.Schema):
    """Why it is none."""

    reason = Text(most=tickets.MAX_TEXT, load_default=None, allow_none=True)


class OtherOut(ma.Schema):
    """A ticket as far as one needs to recognise it."""

    ticket_id = fields.String()
    number = fields.String()
    unit = fields.String()
    state = fields.String()
    name = fields.String()
    content = fields.String()
    received_at = When()


class ReasonOut(ma.Schema):
    """Why, as a code and in the caller's language."""

    code = fields.String(validate=validate.OneOf(model.REASONS))
    text = fields.String()


class CandidateOut(OtherOut):
    """A ticket that may be the same request; `alike` says how similar the words are, 0–100."""

    reasons = fields.List(fields.Nested(ReasonOut))
    alike = fields.Integer()


class LinkedOut(OtherOut):
    """A linked ticket; `as` says what the asked one is to it."""

    kind = fields.String(data_key="as", validate=validate.OneOf((*model.KINDS, model.ORIGINAL)))
    reason = fields.String(allow_none=True)
    linked_by = fields.String()
    linked_at = When()


class DuplicatesOut(ma.Schema):
    """What may be the same, the likeliest first, and what a person has linked."""

    version = fields.Integer(metadata={"description": "Of the ticket that was asked about."})
    items = fields.List(fields.Nested(CandidateOut))
    links = fields.List(fields.Nested(LinkedOut))


LINK = {"to": "TCK-2026-000123", "as": "duplicate", "reason": "Khách hỏi lại qua điện thoại"}
