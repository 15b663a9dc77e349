"""Who was let in, for whoever watches over it: never the token."""

from __future__ import annotations

from marshmallow import fields, validate

from services.gateway.directory.access import model
from shared.envelope import catalogue


class AccessData(catalogue.Writer):
    """A system's token as it stood right after the event."""

    access_id = fields.String(required=True)
    system = fields.String(required=True)
    unit = fields.String(required=True)
    company = fields.String(required=True)
    scopes = fields.List(fields.String(validate=validate.OneOf(model.SCOPES), metadata=catalogue.OPEN), required=True)
    hint = fields.String(required=True, metadata={"description": "The last four characters of the token."})


_EXAMPLE = {
    "access_id": "0193f1c2-7a5e-7c11-8a55-0f3d6e1b2c3d",
    "system": "tos",
    "unit": "hai-phong",
    "company": "bien-xanh",
    "scopes": ["inbound"],
    "hint": "x9Ka",
}

ISSUED = catalogue.EventType("directory.access.issued", AccessData, "A system was given a token.", _EXAMPLE)
REVOKED = catalogue.EventType("directory.access.revoked", AccessData, "A system's token works no longer.", _EXAMPLE)

EVENTS = (ISSUED, REVOKED)


def data(of: model.Access) -> dict[str, object]:
    """The data of an event about a token."""
    return {
        "access_id": of.id,
        "system": of.system,
        "unit": of.unit,
        "company": of.company,
        "scopes": list(of.scopes),
        "hint": of.hint,
    }
