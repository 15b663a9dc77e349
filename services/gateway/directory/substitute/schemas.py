"""What the API of substitutes takes and gives."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields

from services.gateway.directory.schemas import Paging
from shared.envelope.fields import Text, When


class SubstituteIn(ma.Schema):
    """Who acts in whose stead when; the last day is included."""

    absent = Text(most=36, required=True)
    substitute = Text(most=36, required=True)
    since = fields.Date(required=True)
    until = fields.Date(required=True)


class SubstituteOut(ma.Schema):
    """A substitution."""

    id = fields.String()
    version = fields.Integer()
    absent = fields.String()
    substitute = fields.String()
    since = fields.Date()
    until = fields.Date()
    active = fields.Boolean()
    entered_at = When()
    entered_by = fields.String()


class SubstitutePageIn(Paging):
    """Which substitutions: of one absent person, and only those that are not over on a day."""

    absent = Text(most=36)
    not_over = fields.Date()


class SubstitutePageOut(ma.Schema):
    """One page; `next` is the cursor of the following one."""

    items = fields.List(fields.Nested(SubstituteOut))
    next = fields.String(allow_none=True)
