"""What the API of units takes and gives."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields, validate

from services.gateway.directory.schemas import Paging
from services.gateway.directory.unit import model
from shared.envelope.fields import Mail, Phone, Text, When

_PHONE = {"description": "Where clients call; none: where they call the unit above it."}
_MAIL = {"description": "Where clients write; none: where they write to the unit above it."}


class UnitIn(ma.Schema):
    """A branch or department to be opened in the caller's company."""

    code = Text(most=model.MAX_CODE, required=True)
    kind = fields.String(load_default="branch", validate=validate.OneOf(("branch", "department")))
    title = Text(most=model.MAX_TITLE, required=True)
    country = fields.String(required=True, validate=validate.OneOf(model.COUNTRIES))
    parent = Text(most=model.MAX_CODE, required=True)
    phone = Phone(load_default=None, allow_none=True, metadata=_PHONE)
    mail = Mail(load_default=None, allow_none=True, metadata=_MAIL)


class UnitChangeIn(ma.Schema):
    """What is to be different; what is left out stays."""

    title = Text(most=model.MAX_TITLE)
    country = fields.String(validate=validate.OneOf(model.COUNTRIES))
    phone = Phone(allow_none=True, metadata=_PHONE)
    mail = Mail(allow_none=True, metadata=_MAIL)


class UnitOut(ma.Schema):
    """A unit; `possible` are the verbs that an administrator may use now."""

    id = fields.String()
    version = fields.Integer()
    code = fields.String()
    kind = fields.String()
    parent = fields.String(allow_none=True)
    company = fields.String()
    title = fields.String()
    country = fields.String()
    state = fields.String()
    possible = fields.List(fields.String())
    demo = fields.Boolean()
    people = fields.Integer(metadata={"description": "Active staff whose home it is."})
    opened_at = When()
    closed_at = When(allow_none=True)
    phone = fields.String(allow_none=True, metadata=_PHONE)
    mail = fields.String(allow_none=True, metadata=_MAIL)


class UnitPageIn(Paging):
    """Which units."""

    active = fields.Boolean()


class UnitPageOut(ma.Schema):
    """One page; `next` is the cursor of the following one."""

    items = fields.List(fields.Nested(UnitOut))
    next = fields.String(allow_none=True)
