"""What is said about a ticket, and what may become of it.

Invariants: a text never changes; a reply leaves ten seconds after it was written, or never; what is not a reply or an
answer is for colleagues only, and nothing leads from it to the client.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.kernel import errors
from shared.kernel.lifecycle import Lifecycle, Move

REPLY, ANSWER = "reply", "answer"
"""To the client, and from the client."""
NOTE, QUESTION, ADVICE = "note", "question", "advice"
"""Among colleagues: the client never reads these."""
KINDS = (REPLY, ANSWER, NOTE, QUESTION, ADVICE)

UNDO_FOR = timedelta(seconds=10)  # long enough to see a wrong name, short enough that nobody waits for it
MAX_TEXT = 5_000  # characters; a mail's template takes no longer value
MAX_ANSWER = 50_000  # characters of what a client writes; more is cut, and the mail itself is kept

KEPT = "kept"
"""The state of whatever is not a reply: it stays as it was written."""
SENT = "sent"
"""The state of a reply that has left."""

LIFECYCLE = Lifecycle(
    name="support.reply",
    initial="scheduled",
    moves=(Move("undo", ("scheduled",), "taken_back"), Move("leave", ("scheduled",), SENT)),
)


class AlreadyGone(errors.Conflict):
    """This reply has already left and cannot be taken back; write another one to put it right."""

    code = "already-gone"


class AlreadyTakenBack(errors.Conflict):
    """This reply was already taken back; the client does not get it."""

    code = "already-taken-back"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was said. `by` is an actor; `asked` are the staff whom a question is for."""

    id: str
    version: int
    seq: int
    ticket: str
    kind: str
    state: str
    text: str
    by: str
    at: datetime
    leaves_at: datetime | None = None
    ended_at: datetime | None = None
    """When a reply left or was taken back."""
    asked: tuple[str, ...] = ()
    mail: str | None = None
    """The inbound mail that an answer came in."""
    sender: str | None = None
    """The address that it says it came from: a claim, never a proof."""
    attachments: tuple[dict[str, Any], ...] = ()
    """Of a reply, the files that go with it: id, name, type, size and hash."""

    @property
    def passed_at(self) -> datetime:
        """When it passed between the house and the client: a reply when it left, all else when it was written."""
        return self.ended_at or self.at

    def possible(self, now: datetime) -> tuple[str, ...]:
        """What may still be done with it."""
        return ("undo",) if self.state == LIFECYCLE.initial and self.leaves_at and now < self.leaves_at else ()


def undo(reply: Entry, *, now: datetime) -> Entry:
    """It is taken back before it left. Raises `AlreadyGone`, `AlreadyTakenBack`."""
    if reply.state == "taken_back":
        raise AlreadyTakenBack
    if not reply.possible(now):
        raise AlreadyGone
    return dataclasses.replace(reply, state=LIFECYCLE.after(reply.state, "undo"), ended_at=now)


def leave(reply: Entry, *, now: datetime) -> Entry:
    """It leaves for the client."""
    return dataclasses.replace(reply, state=LIFECYCLE.after(reply.state, "leave"), ended_at=now)
