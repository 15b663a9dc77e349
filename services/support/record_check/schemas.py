"""What the API of record checks takes and gives."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields, validate

from services.support.record_check import model
from shared.envelope.fields import Text, When


class CheckPageIn(ma.Schema):
    """Which checks."""

    unit = Text(most=100)
    state = fields.String(validate=validate.OneOf(model.LIFECYCLE.states))
    since = fields.Date(data_key="from")
    until = fields.Date(data_key="to")
    limit = fields.Integer(load_default=25, validate=validate.Range(1, 100))
    cursor = fields.String()


class AllDemandsIn(ma.Schema):
    """Nothing narrows the list of open demands."""


class RemarksIn(ma.Schema):
    """What the lead says of the day, if anything."""

    remarks = Text(most=model.MAX_TEXT, least=0, load_default=None, allow_none=True)


class DemandIn(ma.Schema):
    """Of which request the record is to be completed, and what is lacking."""

    ticket_id = Text(most=100, required=True)
    reason = Text(most=model.MAX_TEXT, required=True)


class CheckLineOut(ma.Schema):
    """A check in a list."""

    id = fields.String()
    version = fields.Integer()
    number = fields.String()
    unit = fields.String()
    since = When(metadata={"description": "What came in after this is part of it: the end of the check before."})
    day = fields.Date()
    state = fields.String()
    possible = fields.List(fields.String())
    opened_at = When()
    due_at = When()
    lines = fields.Integer(allow_none=True, metadata={"description": "How many were looked at when it was closed."})
    faulty = fields.Integer(allow_none=True, metadata={"description": "How many of them had something to mend."})
    remarks = fields.String(allow_none=True)
    checked_by = fields.String(allow_none=True)
    checked_at = When(allow_none=True)


class CheckPageOut(ma.Schema):
    """One page; `next` is the cursor of the following one."""

    items = fields.List(fields.Nested(CheckLineOut))
    next = fields.String(allow_none=True)


class RecordFindingOut(ma.Schema):
    """`empty`: columns of the record; `late`: promises, by the name of their clock."""

    what = fields.String(validate=validate.OneOf(("empty", "late")))
    of = fields.List(fields.String())


class DemandOut(ma.Schema):
    """A demand; open until the record is written."""

    id = fields.String()
    ticket_id = fields.String()
    check_id = fields.String()
    unit = fields.String()
    number = fields.String(metadata={"description": "Of the request; in the list of open demands."})
    demanded_of = fields.List(fields.String())
    reason = fields.String()
    demanded_by = fields.String()
    demanded_at = When()
    open = fields.Boolean()


class CheckedTicketOut(ma.Schema):
    """One request of the day."""

    id = fields.String()
    number = fields.String()
    state = fields.String()
    requester = fields.String()
    content = fields.String()
    owner = fields.String(allow_none=True)
    received_at = When()
    findings = fields.List(fields.Nested(RecordFindingOut))
    demands = fields.List(fields.Nested(DemandOut))


class CheckOut(CheckLineOut):
    """A check with what it lists, as things stand now."""

    tickets = fields.List(fields.Nested(CheckedTicketOut))
    begun = fields.Boolean(
        metadata={"description": "Whether its day has begun where its unit works: before, it cannot be closed."}
    )


class DemandsOut(ma.Schema):
    """Demands that are still open, the oldest first."""

    items = fields.List(fields.Nested(DemandOut))
