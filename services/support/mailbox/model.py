"""What a mail is to us, read from its bytes, and what may become of it.

Invariants: every mail has an outcome that staff can see; what stands in `From` is data and never authority: a mail adds
words to a ticket, it decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

TICKET, ANSWER, BOUNCE, PARKED, DUPLICATE = "ticket", "answer", "bounce", "parked", "duplicate"
OUTCOMES = (TICKET, ANSWER, BOUNCE, PARKED, DUPLICATE)

LOOP, AUTO, NO_SENDER, TOO_MANY, UNREADABLE, TOO_LARGE, EMPTY = (
    "loop",
    "auto-reply",
    "no-sender",
    "too-many",
    "unreadable",
    "too-large",
    "empty",
)
REASONS = (LOOP, AUTO, NO_SENDER, TOO_MANY, UNREADABLE, TOO_LARGE, EMPTY)
"""Why a mail is parked: for a person to look at."""

MAX_RAW = 30 * 1024 * 1024  # bytes of a mail that is read; of a larger one only the head is kept
MAX_PER_SENDER = 20  # mails of one address in an hour; more is a machine, or a person who is better called
WINDOW = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Bounced:
    """What a mail server says of a mail of ours that it could not deliver."""

    recipient: str | None = None
    status: str | None = None
    message_id: str | None = None
    text: str = ""

    @property
    def permanent(self) -> bool:
        """Whether it will never be delivered (RFC 3463: 5.x.x)."""
        return (self.status or "5").startswith("5")


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as it was read. Addresses are as written; `to` are all that it may have come by."""

    message_id: str | None
    sender: str | None
    sender_name: str
    to: tuple[str, ...]
    subject: str
    references: tuple[str, ...]
    text: str
    """Without what it quotes."""
    ours: bool = False
    """It carries our own mark: it went round in a circle."""
    auto: str | None = None
    """The header that says that a machine wrote it."""
    bounced: Bounced | None = None
    attachments: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Taken:
    """One mail and what became of it."""

    id: str
    seq: int
    mailbox: str
    unit: str
    key: str
    outcome: str
    received_at: datetime
    message_id: str | None = None
    sender: str | None = None
    subject: str | None = None
    reason: str | None = None
    ticket: str | None = None
    attachments: tuple[str, ...] = ()
