"""What is told of mail that came in."""

from __future__ import annotations

from marshmallow import fields as ma

from shared.envelope import catalogue


class BouncedData(catalogue.Writer):
    """A mail of ours that a server could not deliver, as far as its report says which."""

    mail_id = ma.String(required=True)
    mailbox = ma.String(required=True)
    unit = ma.String(required=True)
    ticket_id = ma.String(required=True, allow_none=True)
    message_id = ma.String(
        required=True, allow_none=True, metadata={"description": "The Message-ID of the mail that came back."}
    )
    recipient = ma.String(required=True, allow_none=True)
    status = ma.String(required=True, allow_none=True, metadata={"description": "As in RFC 3463, such as 5.1.1."})
    permanent = ma.Boolean(required=True)
    text = ma.String(required=True, metadata={"description": "What the server said, shortened."})


BOUNCED = catalogue.EventType(
    "support.mail.bounced",
    BouncedData,
    "A mail of ours came back: it did not reach its recipient.",
    {
        "mail_id": "0193f1c2-7a5e-7c11-8a55-0f3d6e1b2c7b",
        "mailbox": "hai-phong",
        "unit": "hai-phong",
        "ticket_id": "0193f1c2-7a5e-7c11-8a55-0f3d6e1b2c3d",
        "message_id": "<0193f1c2-1111-7c11-8a55-0f3d6e1b2c3d@example.com>",
        "recipient": "nam.le@example.com",
        "status": "5.1.1",
        "permanent": True,
        "text": "550 5.1.1 The email account that you tried to reach does not exist.",
    },
)

EVENTS = (BOUNCED,)
