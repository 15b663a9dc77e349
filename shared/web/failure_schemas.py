"""What goes in and out where failed work is shown and decided about."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields, validate

from shared.envelope.fields import Text, When
from shared.failures import batch, groups, story
from shared.store import tables

REASON = 2_000  # characters


class FailureReferenceOut(ma.Schema):
    """An object that a failure is about: the event's type or the name of the task's argument, and the object's id."""

    what = fields.String()
    id = fields.String()


class CauseOut(ma.Schema):
    """Failures of one cause."""

    id = fields.String(metadata={"description": "What the cause is called in an address."})
    cause = fields.String(metadata={"description": "The work, the kind of error, and the line that raised it."})
    kind = fields.String()
    name = fields.String()
    reason = fields.String()
    count = fields.Integer()
    first = When()
    last = When()
    again = fields.Integer(metadata={"description": "How often they failed anew after a replay."})
    about = fields.List(fields.Nested(FailureReferenceOut), metadata={"description": "Objects of the newest of them."})
    notes = fields.Integer()


class CausesIn(ma.Schema):
    """Failures in which state."""

    state = fields.String(load_default="parked", validate=validate.OneOf(groups.STATES))


class CausesOut(ma.Schema):
    """The causes, the most frequent first; `as_of` goes into `seen_at` of a decision about what was seen."""

    as_of = When()
    items = fields.List(fields.Nested(CauseOut))


class CauseNoteOut(ma.Schema):
    """What somebody on call wrote about a cause."""

    id = fields.String()
    text = fields.String()
    at = When()
    by = fields.String()


class CauseShownOut(ma.Schema):
    """A cause in every state, with its notes; `by_state` has an entry for each state in which there are failures."""

    id = fields.String()
    cause = fields.String()
    as_of = When()
    by_state = fields.Dict(keys=fields.String(), values=fields.Nested(CauseOut))
    notes = fields.List(fields.Nested(CauseNoteOut))


class FailuresIn(ma.Schema):
    """Which failures, and which page of them."""

    state = fields.String(validate=validate.OneOf(groups.STATES))
    cause = fields.String(validate=validate.Length(1, tables.NAME), metadata={"description": "The id of a cause."})
    cursor = fields.String()
    limit = fields.Integer(load_default=25, validate=validate.Range(1, 200))


class FailureOut(ma.Schema):
    """One failure, in short."""

    id = fields.String()
    kind = fields.String()
    name = fields.String()
    source = fields.String()
    subject = fields.String()
    reason = fields.String()
    cause = fields.String()
    cause_id = fields.String()
    state = fields.String()
    attempts = fields.Integer()
    failed_at = When()
    failed_again = fields.Integer()
    changed_at = When()
    changed_by = fields.String()
    about = fields.List(fields.Nested(FailureReferenceOut))


class FailuresOut(ma.Schema):
    """One page; `next` is the cursor of the following one."""

    items = fields.List(fields.Nested(FailureOut))
    next = fields.String(allow_none=True)


class FailureDecisionOut(ma.Schema):
    """What somebody decided about a failure, or that they looked at the personal data in it."""

    at = fields.String()
    what = fields.String()
    actor = fields.String()
    reason = fields.String(allow_none=True)
    batch = fields.String(allow_none=True)


class FailureShownOut(FailureOut):
    """One failure, whole. Secrets are always masked; personal data is unless `revealed`."""

    error = fields.String()
    payload = fields.Raw(allow_none=True, metadata={"description": "The event, the task's arguments, or the bytes."})
    headers = fields.Raw(allow_none=True)
    revealed = fields.Boolean()
    restorable_until = When(allow_none=True)
    decisions = fields.List(fields.Nested(FailureDecisionOut))


class FailureReasonIn(ma.Schema):
    """Why: it is written to the record."""

    reason = Text(required=True, least=story.LEAST_REASON, most=REASON)


class CauseNoteIn(ma.Schema):
    """What is known about a cause."""

    text = Text(required=True, least=story.LEAST_REASON, most=REASON)


class BatchIn(FailureReasonIn):
    """A decision about every failure of a cause."""

    act = fields.String(required=True, validate=validate.OneOf(tuple(batch.ACTS)))
    cause = fields.String(
        required=True, validate=validate.Length(1, tables.NAME), metadata={"description": "The id of the cause."}
    )
    seen_at = When(metadata={"description": "Only what had failed by then: `as_of` of what the person saw."})
    rate = fields.Float(
        load_default=5.0,
        validate=validate.Range(batch.SLOWEST, batch.FASTEST),
        metadata={"description": "Replays a second, at most."},
    )
    stop_on_failure = fields.Boolean(
        load_default=True, metadata={"description": "One goes ahead; at the first that fails anew the rest is left."}
    )


class BatchCountsOut(ma.Schema):
    """How many of a set are how far."""

    waiting = fields.Integer()
    sent = fields.Integer(metadata={"description": "Begun again, without an outcome so far."})
    done = fields.Integer()
    failed = fields.Integer()
    refused = fields.Integer(metadata={"description": "Could not be done any more: gone, or decided by somebody else."})
    left = fields.Integer(metadata={"description": "Not reached, because the set was stopped."})


class BatchOut(ma.Schema):
    """A decision about a frozen set of failures, and how far it is."""

    id = fields.String()
    act = fields.String()
    cause = fields.String()
    cause_id = fields.String()
    reason = fields.String()
    rate = fields.Float()
    stop_on_failure = fields.Boolean()
    total = fields.Integer()
    state = fields.String()
    counts = fields.Nested(BatchCountsOut)
    created_at = When()
    created_by = fields.String()
    ended_at = When(allow_none=True)
    ended_by = fields.String(allow_none=True)
    ended_why = fields.String(allow_none=True, metadata={"description": f"`{batch.FAILED_AGAIN}`, or a reason."})


class BatchTroubleOut(ma.Schema):
    """One of a set that did not succeed."""

    number = fields.Integer()
    failure_id = fields.String()
    state = fields.String()
    why = fields.String(allow_none=True)
    at = When(allow_none=True)


class BatchShownOut(BatchOut):
    """One set, with the first that did not succeed."""

    troubles = fields.List(fields.Nested(BatchTroubleOut))


class BatchesIn(ma.Schema):
    """Which sets."""

    cause = fields.String(validate=validate.Length(1, tables.NAME), metadata={"description": "The id of a cause."})
    limit = fields.Integer(load_default=20, validate=validate.Range(1, 100))
