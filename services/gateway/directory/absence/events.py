"""What an absence tells the services that keep copies: never why."""

from __future__ import annotations

from marshmallow import fields

from services.gateway.directory.absence import model
from shared.envelope import catalogue


class AbsenceData(catalogue.Writer):
    """An absence as it stands."""

    absence_id = fields.String(required=True)
    staff_id = fields.String(required=True)
    since = fields.Date(required=True)
    until = fields.Date(required=True, metadata={"description": "The last day, included."})
    active = fields.Boolean(required=True)


CHANGED = catalogue.EventType(
    "directory.absence.changed",
    AbsenceData,
    "Somebody will be away, or will not after all.",
    {
        "absence_id": "0193f1c2-3333-7c11-8a55-0f3d6e1b2c3d",
        "staff_id": "0193f1c2-0000-7c11-8a55-0f3d6e1b2c3d",
        "since": "2026-12-01",
        "until": "2026-12-05",
        "active": True,
    },
)

EVENTS = (CHANGED,)


def data(of: model.Absence) -> dict[str, object]:
    """The data of an event about an absence."""
    return {"absence_id": of.id, "staff_id": of.person, "since": of.since, "until": of.until, "active": of.active}
