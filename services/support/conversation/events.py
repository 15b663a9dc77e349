"""What is told of a conversation. A note and an advice are told to nobody: there is no event that could carry them."""

from __future__ import annotations

from marshmallow import fields as ma

from services.support.ticket.events import Contact, People, Thread
from shared.envelope import catalogue


def _says(description: str) -> dict[str, str]:
    return {"description": description}


class _About(catalogue.Writer):
    """Which ticket, and who owes it."""

    ticket_id = ma.String(required=True)
    number = ma.String(required=True, metadata=_says("What people call it."))
    unit = ma.String(required=True, metadata=_says("The code of the company or branch that it belongs to."))
    people = ma.Nested(People, required=True)


class FileData(catalogue.Writer):
    """A file in the publisher's store."""

    id = ma.String(required=True)
    name = ma.String(required=True)
    type = ma.String(required=True, metadata=_says("By its content."))
    size = ma.Integer(required=True, strict=True, metadata=_says("Bytes."))
    hash = ma.String(required=True, metadata=_says("SHA-256 of the content, by which it is kept."))


class RepliedData(_About, Thread):
    """What the client is written."""

    party = ma.String(required=True, allow_none=True, metadata=_says("The client's id; null until one is linked."))
    contact = ma.Nested(Contact, required=True)
    reply_id = ma.String(required=True)
    text = ma.String(required=True, metadata=_says("The reply as it is sent."))
    subject = ma.String(required=True, allow_none=True, metadata=_says("Of the client's mail, if one is answered."))
    attachments = ma.List(ma.String(), required=True, metadata=_says("The ids of files that go with it."))
    files = ma.List(ma.Nested(FileData), required=True, metadata=_says("The same files, as whoever sends them needs."))


class AnsweredData(_About):
    """What the client wrote back."""

    party = ma.String(required=True, allow_none=True, metadata=_says("The client's id; null until one is linked."))
    contact = ma.Nested(Contact, required=True)
    answer_id = ma.String(required=True)
    channel = ma.String(required=True, metadata={**catalogue.OPEN, **_says("How it came: email.")})
    sender = ma.String(
        required=True, allow_none=True, metadata=_says("The address that it says it came from: a claim, not a proof.")
    )
    text = ma.String(required=True, metadata=_says("What the client wrote, without what they quoted."))
    attachments = ma.List(ma.String(), required=True, metadata=_says("The ids of files that came with it."))


class ConsultedData(_About):
    """Who is asked for advice; `people.consulted` are exactly they. It says nothing of how the client is reached."""

    question_id = ma.String(required=True)
    question = ma.String(required=True, metadata=_says("What a colleague is asked; never for the client."))
    asked_by = ma.String(required=True, metadata=_says("Who asks, as an actor."))


_TICKET = {
    "ticket_id": "0193f1c2-7a5e-7c11-8a55-0f3d6e1b2c3d",
    "number": "TCK-2026-000123",
    "unit": "hai-phong",
    "people": {
        "responsible": ["0193f1c2-0000-7c11-8a55-0f3d6e1b2c3d"],
        "accountable": [],
        "consulted": [],
        "informed": [],
    },
}
_CLIENT = {
    "party": None,
    "contact": {"name": "Lê Văn Nam", "locale": "vi", "mails": ["nam.le@example.com"], "phones": ["+84912345678"]},
}

REPLIED = catalogue.EventType(
    "support.ticket.replied",
    RepliedData,
    "Staff replied to the client; it could be taken back for ten seconds and was not.",
    {
        **_TICKET,
        **_CLIENT,
        "reply_to": "support+mfzg64tbmnuw63tfmnxxe3lbnq@example.com",
        "in_reply_to": "<20261124.8812@example.com>",
        "reply_id": "0193f1c2-7a5e-7c11-8a55-0f3d6e1b2c4e",
        "text": "Lô hàng của Quý khách dự kiến đến ngày 26/11/2026.",
        "subject": "Hỏi lịch tàu",
        "attachments": ["0193f1c2-7a5e-7c11-8a55-0f3d6e1b2c70"],
        "files": [
            {
                "id": "0193f1c2-7a5e-7c11-8a55-0f3d6e1b2c70",
                "name": "Thông báo hàng đến.pdf",
                "type": "application/pdf",
                "size": 48213,
                "hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            }
        ],
    },
)
ANSWERED = catalogue.EventType(
    "support.ticket.answered",
    AnsweredData,
    "The client wrote something more about their request; it changes no state but ends waiting for them.",
    {
        **_TICKET,
        **_CLIENT,
        "answer_id": "0193f1c2-7a5e-7c11-8a55-0f3d6e1b2c5f",
        "channel": "email",
        "sender": "nam.le@example.com",
        "text": "Số vận đơn là HPH-8812.",
        "attachments": [],
    },
)
CONSULTED = catalogue.EventType(
    "support.ticket.consulted",
    ConsultedData,
    "Colleagues were asked for advice; they may see the ticket and advise, and nothing else.",
    {
        **_TICKET,
        "people": {**_TICKET["people"], "consulted": ["0193f1c2-0007-7c11-8a55-0f3d6e1b2c3d"]},  # type: ignore[dict-item]
        "question_id": "0193f1c2-7a5e-7c11-8a55-0f3d6e1b2c6a",
        "question": "Lô hàng này có phải khai báo lại không?",
        "asked_by": "staff:0193f1c2-0000-7c11-8a55-0f3d6e1b2c3d",
    },
)

EVENTS = (REPLIED, ANSWERED, CONSULTED)
