"""What a unit tells the services that keep copies."""

from __future__ import annotations

from marshmallow import fields, validate

from services.gateway.directory.unit import model
from shared.envelope import catalogue


class UnitData(catalogue.Writer):
    """A unit as it stood right after the change."""

    unit_id = fields.String(required=True)
    version = fields.Integer(required=True, strict=True)
    code = fields.String(required=True, metadata={"description": "Never changes; what everything else refers to."})
    kind = fields.String(required=True, validate=validate.OneOf(model.KINDS), metadata=catalogue.OPEN)
    parent = fields.String(required=True, allow_none=True)
    company = fields.String(required=True, metadata={"description": "The code of the root above it, or its own."})
    title = fields.String(required=True)
    country = fields.String(required=True, validate=validate.OneOf(model.COUNTRIES), metadata=catalogue.OPEN)
    active = fields.Boolean(required=True)
    demo = fields.Boolean(required=True, metadata={"description": "Whether it belongs to the made-up company."})
    phone = fields.String(
        required=True, allow_none=True, metadata={"description": "Where clients call, E.164; null: as the unit above."}
    )
    mail = fields.String(
        required=True, allow_none=True, metadata={"description": "Where clients write; null: as the unit above."}
    )


CHANGED = catalogue.EventType(
    "directory.unit.changed",
    UnitData,
    "A company, branch or department was opened, changed, closed or opened again.",
    {
        "unit_id": "0193f1c2-7a5e-7c11-8a55-0f3d6e1b2c3d",
        "version": 1,
        "code": "hai-phong",
        "kind": "branch",
        "parent": "bien-xanh",
        "company": "bien-xanh",
        "title": "Biển Xanh – Chi nhánh Hải Phòng",
        "country": "VN",
        "active": True,
        "demo": False,
        "phone": "+842253842000",
        "mail": None,
    },
)

EVENTS = (CHANGED,)


def data(of: model.Unit) -> dict[str, object]:
    """The data of an event about a unit."""
    return {
        "unit_id": of.id,
        "version": of.version,
        "code": of.code,
        "kind": of.kind,
        "parent": of.parent,
        "company": of.company,
        "title": of.title,
        "country": of.country,
        "active": of.active,
        "demo": of.demo,
        "phone": of.phone,
        "mail": of.mail,
    }
