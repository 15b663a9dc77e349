"""What the record's route takes and gives."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.support.record import queries
from services.support.ticket import model
from shared.envelope.fields import Text, When

MOST_HOURS = 100_000


class PeriodIn(ma.Schema):
    """Which days, as the unit counts them; both are included."""

    unit = Text(most=100)
    since = fields.Date(data_key="from")
    until = fields.Date(data_key="to")

    @ma.validates_schema
    def _in_order(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("since") and data.get("until") and data["since"] > data["until"]:
            raise ma.ValidationError("This is before the first day.", "to")


class RecordIn(PeriodIn):
    """Which lines: a filter for each column of the record."""

    state = fields.String(validate=validate.OneOf(model.LIFECYCLE.states))
    request_type = fields.Integer(validate=validate.Range(1, 99))
    handler = Text(most=200, metadata={"description": "A staff id, or part of a name."})
    content = Text(most=200)
    requester = Text(most=200)
    method = Text(most=200)
    rating = fields.Integer(validate=validate.Range(1, 5))
    hours_from = fields.Float(validate=validate.Range(0, MOST_HOURS))
    hours_to = fields.Float(validate=validate.Range(0, MOST_HOURS))
    number = Text(most=40)


class RecordPageIn(RecordIn):
    """Which lines, in which order, and which page of them."""

    sort = fields.String(load_default=queries.SORTS[0], validate=validate.OneOf(queries.SORTS))
    limit = fields.Integer(load_default=25, validate=validate.Range(1, 100))
    cursor = fields.String()


class RecordLineOut(ma.Schema):
    """One request as the record has it: the nine columns in words, and the codes behind them."""

    id = fields.String()
    number = fields.String()
    unit = fields.String()
    received_at = When()
    content = fields.String()
    request_date = fields.Date()
    requester = fields.String()
    handler = fields.String(allow_none=True)
    request_type = fields.Integer(allow_none=True)
    request_type_title = fields.String(allow_none=True)
    processing_hours = fields.Float(
        allow_none=True, metadata={"description": "The time promised for the handling, from the classification on."}
    )
    method = fields.String(allow_none=True)
    state = fields.String()
    status = fields.String()
    rating = fields.Integer(allow_none=True)
    evaluation = fields.String(allow_none=True)
    without_answer = fields.Boolean(metadata={"description": "Closed by the lead on the client's silence."})
    missing = fields.List(fields.String(), metadata={"description": "Columns that are still empty."})


class RecordOut(ma.Schema):
    """One page; `next` is the cursor of the following one."""

    items = fields.List(fields.Nested(RecordLineOut))
    next = fields.String(allow_none=True)


class RecordCountOut(ma.Schema):
    """What a period adds up to in one unit."""

    unit = fields.String()
    requests = fields.Integer()
    classified = fields.Integer()
    logged = fields.Integer(metadata={"description": "Written after the client's confirmation."})
    without_answer = fields.Integer(metadata={"description": "Written on the client's silence; not among `logged`."})
    withdrawn = fields.Integer()
    duplicates = fields.Integer(metadata={"description": "Closed because they continue under another number."})
    open = fields.Integer()


class RecordCountsOut(ma.Schema):
    """The totals of each unit that the caller may see."""

    units = fields.List(fields.Nested(RecordCountOut))
