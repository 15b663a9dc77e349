"""What the API of staff takes and gives."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields, validate

from services.gateway.directory.schemas import Paging
from services.gateway.directory.staff import model
from shared.envelope.fields import Locale, Mail, Text, When


class StaffIn(ma.Schema):
    """A person to be added; they are mailed a link to choose their password."""

    name = Text(most=model.MAX_NAME, required=True)
    mail = Mail(required=True)
    locale = Locale(load_default="vi")
    unit = Text(most=100, required=True)
    roles = fields.List(
        fields.String(validate=validate.OneOf(model.ROLES)),
        load_default=lambda: ["staff"],
        validate=validate.Length(min=1, max=len(model.ROLES)),
    )


class StaffChangeIn(ma.Schema):
    """What is to be different; what is left out stays."""

    name = Text(most=model.MAX_NAME)
    mail = Mail()
    locale = Locale()
    unit = Text(most=100)
    roles = fields.List(
        fields.String(validate=validate.OneOf(model.ROLES)), validate=validate.Length(min=1, max=len(model.ROLES))
    )


class StaffOut(ma.Schema):
    """A person; `possible` are the verbs that an administrator may use now."""

    id = fields.String()
    version = fields.Integer()
    name = fields.String()
    mail = fields.String()
    locale = fields.String()
    unit = fields.String()
    company = fields.String()
    roles = fields.List(fields.String())
    state = fields.String()
    possible = fields.List(fields.String())
    added_at = When()
    added_by = fields.String()
    deactivated_at = When(allow_none=True)


class StaffPageIn(Paging):
    """Which people."""

    unit = Text(most=100)
    mail = Text(most=model.MAX_MAIL)
    active = fields.Boolean()


class StaffPageOut(ma.Schema):
    """One page; `next` is the cursor of the following one."""

    items = fields.List(fields.Nested(StaffOut))
    next = fields.String(allow_none=True)


class ImportIn(ma.Schema):
    """Whether to write."""

    dry_run = fields.Boolean(load_default=False, metadata={"description": "Write nothing, only say what is wrong."})


class FaultOut(ma.Schema):
    """What is wrong where; without a column it is the whole line."""

    line = fields.Integer()
    column = fields.String(allow_none=True)
    why = fields.String()


class ImportOut(ma.Schema):
    """What the file did, or with `dry_run` would do."""

    dry_run = fields.Boolean()
    added = fields.Integer()
    changed = fields.Integer()
    unchanged = fields.Integer()
    faults = fields.List(fields.Nested(FaultOut))
