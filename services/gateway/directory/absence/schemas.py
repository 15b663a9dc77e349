"""What the API of absences takes and gives."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields

from services.gateway.directory.absence import model
from services.gateway.directory.schemas import Paging
from shared.envelope.fields import Text, When


class AbsenceIn(ma.Schema):
    """Who is away when; the last day is included."""

    person = Text(most=36, required=True)
    since = fields.Date(required=True)
    until = fields.Date(required=True)
    reason = Text(most=model.MAX_REASON, load_default=None, allow_none=True)


class AbsenceOut(ma.Schema):
    """An absence."""

    id = fields.String()
    version = fields.Integer()
    person = fields.String()
    since = fields.Date()
    until = fields.Date()
    reason = fields.String(allow_none=True)
    active = fields.Boolean()
    entered_at = When()
    entered_by = fields.String()


class AbsencePageIn(Paging):
    """Which absences: of one person, and only those that are not over on a day."""

    person = Text(most=36)
    not_over = fields.Date()


class AbsencePageOut(ma.Schema):
    """One page; `next` is the cursor of the following one."""

    items = fields.List(fields.Nested(AbsenceOut))
    next = fields.String(allow_none=True)
