"""The answer to an outside system whose event did not fit: `<service>.inbound.rejected`."""

from __future__ import annotations

import functools

from marshmallow import fields

from shared.envelope import catalogue
from shared.kernel import errors
from shared.kernel.text import plain
from shared.store import work


class Rejected(catalogue.Writer):
    """Which event was not taken, and why."""

    source = fields.String(required=True)
    event_id = fields.String(required=True)
    type = fields.String(required=True)
    code = fields.String(required=True)
    detail = fields.String(required=True)


@functools.cache
def kind(service: str) -> catalogue.EventType:
    """The event type of a service."""
    return catalogue.EventType(
        name=f"{service}.inbound.rejected",
        schema=Rejected,
        summary="An event of an outside system was not taken; it waits among the failures.",
        example={
            "source": "/tos",
            "event_id": "0193f1c2-7a5e-7c11-8a55-0f3d6e1b2c3d",
            "type": "request.submitted",
            "code": "schema-violation",
            "detail": "The data of request.submitted does not fit its schema: unit: Missing data for required field.",
        },
    )


def answer(unit: work.Work, error: errors.Refused, *, source: str, event_id: str, type: str) -> None:
    """Publish why an event of an outside system was not taken."""
    from shared import outbox  # the outbox writes envelopes; only this answer goes the other way

    facts = {
        "source": source,
        "event_id": event_id,
        "type": type,
        "code": error.code,
        "detail": plain(str(error))[:2000],
    }
    outbox.emit(unit, kind(unit.service), event_id, facts)
