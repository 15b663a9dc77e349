"""What a row of the authority table tells the services that keep copies."""

from __future__ import annotations

from marshmallow import fields

from services.gateway.directory.authority import model
from shared.envelope import catalogue


class AuthorityData(catalogue.Writer):
    """A row as it stands."""

    authority_id = fields.String(required=True)
    unit = fields.String(required=True)
    flow = fields.String(required=True)
    request_type = fields.Integer(required=True, strict=True)
    roles = fields.List(fields.String(), required=True)
    since = fields.Date(required=True)
    until = fields.Date(required=True, allow_none=True)
    active = fields.Boolean(required=True)


CHANGED = catalogue.EventType(
    "directory.authority.changed",
    AuthorityData,
    "A unit regulates anew who may handle a kind of request.",
    {
        "authority_id": "0193f1c2-6666-7c11-8a55-0f3d6e1b2c3d",
        "unit": "hai-phong",
        "flow": "support.ticket",
        "request_type": 4,
        "roles": ["lead", "executive"],
        "since": "2026-12-01",
        "until": None,
        "active": True,
    },
)

EVENTS = (CHANGED,)


def data(of: model.Row) -> dict[str, object]:
    """The data of an event about a row."""
    return {
        "authority_id": of.id,
        "unit": of.unit,
        "flow": of.flow,
        "request_type": of.request_type,
        "roles": list(of.roles),
        "since": of.since,
        "until": of.until,
        "active": of.active,
    }
