"""What a closure tells the services that keep copies."""

from __future__ import annotations

from marshmallow import fields

from services.gateway.directory.closure import model
from shared.envelope import catalogue


class ClosureData(catalogue.Writer):
    """A closure as it stands."""

    closure_id = fields.String(required=True)
    unit = fields.String(required=True)
    since = fields.Date(required=True)
    until = fields.Date(required=True, metadata={"description": "The last day, included."})
    reason = fields.String(required=True)
    active = fields.Boolean(required=True)


CHANGED = catalogue.EventType(
    "directory.closure.changed",
    ClosureData,
    "A branch will be closed, or will not after all; open promises on its working time are priced anew.",
    {
        "closure_id": "0193f1c2-5555-7c11-8a55-0f3d6e1b2c3d",
        "unit": "hai-phong",
        "since": "2026-12-24",
        "until": "2026-12-24",
        "reason": "Kỷ niệm ngày thành lập chi nhánh",
        "active": True,
    },
)

EVENTS = (CHANGED,)


def data(of: model.Closure) -> dict[str, object]:
    """The data of an event about a closure."""
    return {
        "closure_id": of.id,
        "unit": of.unit,
        "since": of.since,
        "until": of.until,
        "reason": of.reason,
        "active": of.active,
    }
