"""What the report's route takes and gives."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields

from services.support.record.schemas import PeriodIn
from shared.envelope.fields import When


class ReceivedIn(PeriodIn):
    """Which days, and which unit."""


class ReceivedCountsOut(ma.Schema):
    """What came in is `recorded` + `waiting` + `parked` + `rejected`."""

    received = fields.Integer()
    recorded = fields.Integer(metadata={"description": "`tickets` and `answers`."})
    tickets = fields.Integer()
    answers = fields.Integer(metadata={"description": "Mails of clients about a request that is recorded."})
    waiting = fields.Integer(metadata={"description": "Kept, and not yet taken in."})
    parked = fields.Integer(metadata={"description": "Kept, and waiting for a person."})
    rejected = fields.Integer(metadata={"description": "Given up by a person, with a reason."})
    classified = fields.Integer()
    in_time = fields.Integer(metadata={"description": "Classified within the half hour of the procedure."})
    share = fields.Float(
        allow_none=True, metadata={"description": "Recorded of what came in, in percent; null when nothing came."}
    )


class ReceivedLineOut(ReceivedCountsOut):
    """One channel of a unit; nulls for what names no unit of ours, or no channel."""

    unit = fields.String(allow_none=True)
    channel = fields.String(allow_none=True)


class NotRecordedOut(ma.Schema):
    """Something that came in and is not recorded: why, and where it is."""

    unit = fields.String(allow_none=True)
    channel = fields.String(allow_none=True)
    state = fields.String()
    code = fields.String()
    reason = fields.String()
    received_at = When()
    what = fields.String()
    kind = fields.String()
    id = fields.String()
    where = fields.String()


class ReceivedOut(ma.Schema):
    """The report; `more` when not everything that is missing is listed."""

    total = fields.Nested(ReceivedCountsOut)
    lines = fields.List(fields.Nested(ReceivedLineOut))
    imported = fields.Integer()
    mails = fields.Dict(keys=fields.String(), values=fields.Integer(), metadata={"description": "By outcome."})
    missing = fields.List(fields.Nested(NotRecordedOut))
    more = fields.Boolean()
