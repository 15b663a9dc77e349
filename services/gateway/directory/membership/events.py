"""What a membership tells the services that keep copies."""

from __future__ import annotations

from marshmallow import fields, validate

from services.gateway.directory.membership import model
from services.gateway.directory.staff import model as staff
from shared.envelope import catalogue


class MembershipData(catalogue.Writer):
    """A membership as it stands."""

    membership_id = fields.String(required=True)
    staff_id = fields.String(required=True)
    unit = fields.String(required=True)
    roles = fields.List(fields.String(validate=validate.OneOf(staff.ELSEWHERE)), required=True)
    active = fields.Boolean(required=True)


CHANGED = catalogue.EventType(
    "directory.membership.changed",
    MembershipData,
    "Somebody holds roles in a unit that is not their home, or holds them no more.",
    {
        "membership_id": "0193f1c2-7777-7c11-8a55-0f3d6e1b2c3d",
        "staff_id": "0193f1c2-0000-7c11-8a55-0f3d6e1b2c3d",
        "unit": "sai-gon",
        "roles": ["lead"],
        "active": True,
    },
)

EVENTS = (CHANGED,)


def data(of: model.Membership) -> dict[str, object]:
    """The data of an event about a membership."""
    return {
        "membership_id": of.id,
        "staff_id": of.person,
        "unit": of.unit,
        "roles": list(of.roles),
        "active": of.active,
    }
