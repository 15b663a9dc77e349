"""What the check of the record tells the world."""

from __future__ import annotations

from marshmallow import fields as ma
from marshmallow import validate

from services.support.record_check import model
from services.support.ticket.events import Contact, People
from shared.envelope import catalogue
from shared.envelope.fields import When


def _says(description: str) -> dict[str, str]:
    return {"description": description}


class CheckData(catalogue.Writer):
    """A check as it stood right after the event."""

    check_id = ma.String(required=True)
    number = ma.String(required=True, metadata=_says("What people call it."))
    version = ma.Integer(required=True, strict=True)
    unit = ma.String(required=True)
    day = ma.Date(required=True, metadata=_says("The day whose record is checked, as the unit counts days."))
    state = ma.String(required=True, validate=validate.OneOf(model.LIFECYCLE.states), metadata=catalogue.OPEN)
    due_at = When(required=True)
    lines = ma.Integer(required=True, allow_none=True, metadata=_says("How many lines were looked at."))
    faulty = ma.Integer(required=True, allow_none=True, metadata=_says("How many of them had something to mend."))


class DemandData(catalogue.Writer):
    """The lead demands that a record be completed."""

    ticket_id = ma.String(required=True)
    number = ma.String(required=True)
    unit = ma.String(required=True)
    people = ma.Nested(People, required=True)
    party = ma.String(required=True, allow_none=True)
    contact = ma.Nested(Contact, required=True)
    demand_id = ma.String(required=True)
    check_id = ma.String(required=True)
    reason = ma.String(required=True, metadata=_says("What is to be completed, in the lead's words."))
    content = ma.String(required=True)
    request_type = ma.Integer(required=True, allow_none=True, strict=True)
    promised_at = When(required=True, allow_none=True)


_CHECK = {
    "check_id": "0193f1c2-7a5e-7c11-8a55-0f3d6e1b2c3d",
    "number": "HS-hai-phong-2026-11-24",
    "version": 1,
    "unit": "hai-phong",
    "day": "2026-11-24",
    "state": "unchecked",
    "due_at": "2026-11-24T10:30:00.000000Z",
    "lines": None,
    "faulty": None,
}

OPENED = catalogue.EventType(
    "support.record_check.opened", CheckData, "The day's check of a unit's record waits for the lead.", _CHECK
)
CHECKED = catalogue.EventType(
    "support.record_check.checked",
    CheckData,
    "The lead has checked the record of the day.",
    {**_CHECK, "version": 2, "state": "checked", "lines": 12, "faulty": 1},
)
DEMANDED = catalogue.EventType(
    "support.record.demanded",
    DemandData,
    "The lead demands that the record of a request be completed.",
    {
        "ticket_id": "0193f1c2-7a5e-7c11-8a55-0f3d6e1b2c3d",
        "number": "TCK-2026-000123",
        "unit": "hai-phong",
        "people": {
            "responsible": ["0193f1c2-0000-7c11-8a55-0f3d6e1b2c3d"],
            "accountable": [],
            "consulted": [],
            "informed": [],
        },
        "party": None,
        "contact": {"name": "Lê Văn Nam", "locale": "vi", "mails": ["nam.le@example.com"], "phones": []},
        "demand_id": "0193f1c2-7a5e-7c11-8a55-0f3d6e1b2c3e",
        "check_id": "0193f1c2-7a5e-7c11-8a55-0f3d6e1b2c3f",
        "reason": "Chưa ghi hồ sơ sau 24 giờ.",
        "content": "Hỏi về thời gian hàng đến cảng Hải Phòng",
        "request_type": 3,
        "promised_at": "2026-11-24T07:30:00.000000Z",
    },
)

EVENTS = (OPENED, CHECKED, DEMANDED)
