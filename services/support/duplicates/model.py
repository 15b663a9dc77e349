"""When two tickets may be about the same, and how they are linked.

Invariants: a suggestion has a reason that a person can check; a name alone, which many people share, is none without
similar words; two tickets have one link at a time; a link that was taken back stays on both trails.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.kernel import errors

WITHIN = timedelta(days=14)  # between the two requests
SIMILAR = 70  # of 100: from here on the words are a reason

DUPLICATE, ORIGINAL, RELATED = "duplicate", "original", "related"
KINDS = (DUPLICATE, RELATED)
"""What somebody may say of a ticket: it is a duplicate of the other, or has to do with it."""
SEEN_FROM_THERE = {DUPLICATE: ORIGINAL, RELATED: RELATED}

REASONS = ("mail", "phone", "reference", "name", "content")
"""Why a ticket is suggested, the strongest first."""


class SameTicket(errors.Invalid):
    """A ticket cannot be linked to itself."""

    code = "same-ticket"


class NoSuchOther(errors.Invalid):
    """There is no such other ticket, or none that you may know of."""

    code = "no-such-other"


class AlreadyLinked(errors.Conflict):
    """These two tickets are linked already; take that link back first."""

    code = "already-linked"


class OtherEnded(errors.Conflict):
    """{number} has ended; a request can only continue under the number of one that is open."""

    code = "other-ended"


class OthersContinueHere(errors.Conflict):
    """Another request continues under this number; first take that one up again."""

    code = "others-continue-here"


class StillClosed(errors.Conflict):
    """It is closed as a duplicate; first take it up again."""

    code = "still-closed"


class NotLinked(errors.Conflict):
    """These two tickets are not linked."""

    code = "not-linked"


@dataclass(frozen=True, slots=True)
class Link:
    """`ticket` is a duplicate of, or has to do with, `other`; by whom, why, and whether that was taken back."""

    id: str
    version: int
    ticket: str
    other: str
    kind: str
    reason: str | None
    linked_by: str
    linked_at: datetime
    unlinked_by: str | None = None
    unlinked_at: datetime | None = None

    def across(self, id: str) -> tuple[str, str]:
        """The ticket at the other end as seen from one end, and what the one is to it."""
        return (self.other, self.kind) if id == self.ticket else (self.ticket, SEEN_FROM_THERE[self.kind])


def worth(same: frozenset[str], alike: int) -> tuple[str, ...]:
    """The reasons to suggest a ticket that shares these facts and whose words are so similar (0–100); none: do not."""
    if not same or (same == {"name"} and alike < SIMILAR):
        return ()
    return tuple(each for each in REASONS if each in same or (each == "content" and alike >= SIMILAR))
