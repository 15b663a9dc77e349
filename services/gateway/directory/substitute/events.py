"""What a substitution tells the services that keep copies."""

from __future__ import annotations

from marshmallow import fields

from services.gateway.directory.substitute import model
from shared.envelope import catalogue


class SubstitutionData(catalogue.Writer):
    """A substitution as it stands."""

    substitution_id = fields.String(required=True)
    absent = fields.String(required=True)
    substitute = fields.String(required=True)
    since = fields.Date(required=True)
    until = fields.Date(required=True, metadata={"description": "The last day, included."})
    active = fields.Boolean(required=True)


CHANGED = catalogue.EventType(
    "directory.substitution.changed",
    SubstitutionData,
    "Somebody will act in another's stead, or will not after all.",
    {
        "substitution_id": "0193f1c2-4444-7c11-8a55-0f3d6e1b2c3d",
        "absent": "0193f1c2-0000-7c11-8a55-0f3d6e1b2c3d",
        "substitute": "0193f1c2-0001-7c11-8a55-0f3d6e1b2c3d",
        "since": "2026-12-01",
        "until": "2026-12-05",
        "active": True,
    },
)

EVENTS = (CHANGED,)


def data(of: model.Substitution) -> dict[str, object]:
    """The data of an event about a substitution."""
    return {
        "substitution_id": of.id,
        "absent": of.absent,
        "substitute": of.substitute,
        "since": of.since,
        "until": of.until,
        "active": of.active,
    }
