"""What the API of closures takes and gives."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields

from services.gateway.directory.closure import model
from services.gateway.directory.schemas import Paging
from shared.envelope.fields import Text, When


class ClosureIn(ma.Schema):
    """Which unit is closed when, and why; the last day is included."""

    unit = Text(most=40, required=True)
    since = fields.Date(required=True)
    until = fields.Date(required=True)
    reason = Text(most=model.MAX_REASON, required=True)


class ClosureOut(ma.Schema):
    """A closure."""

    id = fields.String()
    version = fields.Integer()
    unit = fields.String()
    since = fields.Date()
    until = fields.Date()
    reason = fields.String()
    active = fields.Boolean()
    entered_at = When()
    entered_by = fields.String()


class ClosurePageIn(Paging):
    """Which closures: of one unit, and only those that are not over on a day."""

    unit = Text(most=40)
    not_over = fields.Date()


class ClosurePageOut(ma.Schema):
    """One page; `next` is the cursor of the following one."""

    items = fields.List(fields.Nested(ClosureOut))
    next = fields.String(allow_none=True)
