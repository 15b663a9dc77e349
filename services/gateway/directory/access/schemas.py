"""What the API of tokens takes and gives."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields, validate

from services.gateway.directory.access import model
from services.gateway.directory.schemas import Paging
from shared.envelope.fields import Text, When


class AccessIn(ma.Schema):
    """For which system, in which unit, for what."""

    system = Text(most=model.MAX_SYSTEM, required=True)
    unit = Text(most=100, required=True)
    scopes = fields.List(
        fields.String(validate=validate.OneOf(model.SCOPES)),
        required=True,
        validate=validate.Length(min=1, max=len(model.SCOPES)),
    )


class AccessOut(ma.Schema):
    """A token as it may be shown: never the token itself."""

    id = fields.String()
    version = fields.Integer()
    system = fields.String()
    unit = fields.String()
    company = fields.String()
    scopes = fields.List(fields.String())
    hint = fields.String(metadata={"description": "Its last four characters."})
    state = fields.String()
    possible = fields.List(fields.String())
    issued_at = When()
    issued_by = fields.String()
    last_used_at = When(allow_none=True, metadata={"description": "To the minute."})
    revoked_at = When(allow_none=True)


class IssuedOut(AccessOut):
    """The one answer that holds the token."""

    token = fields.String(
        allow_none=True, metadata={"secret": True, "description": "Null in the answer to a repeated request."}
    )


class AccessPageIn(Paging):
    """Which tokens."""

    system = Text(most=model.MAX_SYSTEM)
    active = fields.Boolean()


class AccessPageOut(ma.Schema):
    """One page; `next` is the cursor of the following one."""

    items = fields.List(fields.Nested(AccessOut))
    next = fields.String(allow_none=True)
