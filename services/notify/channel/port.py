"""What a delivery asks of a channel.

Invariants: a channel offers a letter once per call and never repeats by itself; right before the point from which
nobody could say whether the other side took it, it calls `transmitting`, and sends nothing when that raises; it never
raises for what the other side answered, only when no letter can be offered at all.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from shared.kernel import errors

SENT, DEFERRED, REFUSED, UNKNOWN = "sent", "deferred", "refused", "unknown"


class Unreachable(errors.Transient):
    """No message can be sent at the moment: {why}."""

    code = "channel-away"

    def __init__(self, why: str, *, again_in_s: int = 5) -> None:
        super().__init__(why=why)
        self.why = why
        self.retry_after_seconds = again_in_s


@dataclass(frozen=True, slots=True)
class File:
    """What goes with a letter. `type` is that of its content."""

    name: str
    type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to one recipient, ready to be written out. `id` names it for ever; `at` is business time."""

    id: str
    message_id: str
    sender_name: str
    sender: str
    recipient_name: str
    recipient: str
    locale: str
    subject: str
    text: str
    html: str
    at: datetime
    reply_to: str | None = None
    """Where an answer goes; without one, nobody reads answers."""
    in_reply_to: str | None = None
    """The Message-ID of the recipient's mail that it answers."""
    thread: tuple[str, ...] = ()
    """The Message-IDs of what they were sent before about the same, oldest first."""
    files: tuple[File, ...] = ()

    @property
    def envelope(self) -> str:
        """Whom servers tell that it cannot be delivered: the address that is read, where it is of the sender's domain,
        so that no check of the domain fails."""
        ours = self.sender.rpartition("@")[2].lower()
        return self.reply_to if self.reply_to and self.reply_to.rpartition("@")[2].lower() == ours else self.sender


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a letter. `code` is the SMTP class where there is one, `reply` what the other side said."""

    kind: str
    reply: str
    code: int | None = None


class Session(Protocol):
    """A channel that is ready now."""

    def send(self, letter: Letter, *, transmitting: Callable[[], Any]) -> Outcome:
        """Offer one letter. Raises only what `transmitting` raises; then nothing was sent."""
        ...


class Channel(Protocol):
    """One way out. Thread-safe; made after a fork."""

    name: str

    def session(self) -> AbstractContextManager[Session]:
        """Be ready for letters. Raises `Unreachable`."""
        ...

    def close(self) -> None:
        """Let go of every connection."""
        ...
