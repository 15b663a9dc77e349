"""What linking tells the world, once for each of the two tickets."""

from __future__ import annotations

from marshmallow import fields as ma
from marshmallow import validate

from services.support.duplicates import model
from services.support.ticket.events import Contact, People
from shared.envelope import catalogue

RELATIONS = (model.DUPLICATE, model.ORIGINAL, model.RELATED)


def _says(description: str) -> dict[str, str]:
    return {"description": description}


class LinkData(catalogue.Writer):
    """One end of a link."""

    ticket_id = ma.String(required=True)
    number = ma.String(required=True, metadata=_says("What people call it."))
    unit = ma.String(required=True, metadata=_says("The code of the company or branch that it belongs to."))
    people = ma.Nested(People, required=True)
    party = ma.String(required=True, allow_none=True, metadata=_says("The client's id; null until one is linked."))
    contact = ma.Nested(Contact, required=True)
    other_id = ma.String(required=True, metadata=_says("The ticket at the other end."))
    other_number = ma.String(required=True)
    relation = ma.String(
        required=True,
        validate=validate.OneOf(RELATIONS),
        metadata={**catalogue.OPEN, "description": "What this ticket is to the other one."},
    )
    reason = ma.String(required=True, allow_none=True, metadata=_says("What the person who did it says."))


_EXAMPLE = {
    "ticket_id": "0193f1c2-7a5e-7c11-8a55-0f3d6e1b2c3d",
    "number": "TCK-2026-000124",
    "unit": "hai-phong",
    "people": {
        "responsible": ["0193f1c2-0000-7c11-8a55-0f3d6e1b2c3d"],
        "accountable": [],
        "consulted": [],
        "informed": [],
    },
    "party": None,
    "contact": {"name": "Lê Văn Nam", "locale": "vi", "mails": ["nam.le@example.com"], "phones": ["+84912345678"]},
    "other_id": "0193f1c2-7a5e-7c11-8a55-0f3d6e1b2c3e",
    "other_number": "TCK-2026-000123",
    "relation": "duplicate",
    "reason": "Khách hỏi lại qua điện thoại",
}

LINKED = catalogue.EventType(
    "support.ticket.linked", LinkData, "A person said that it has to do with another ticket.", _EXAMPLE
)
UNLINKED = catalogue.EventType("support.ticket.unlinked", LinkData, "That was taken back.", _EXAMPLE)

EVENTS = (LINKED, UNLINKED)
