"""What a session is and when it ends.

Invariants: the secret is known to the browser only, its hash is stored; a new secret at every sign-in; it ends after 30
minutes of rest, 12 hours in any case, and when the person's `epoch` moves on.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
TOUCH = timedelta(minutes=1)  # `seen_at` is written at most this often: a page must not cost a write
MAX_AGENT = 200  # characters of what the browser calls itself


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in of one person in one browser."""

    id: str
    staff_id: str
    epoch: int
    opened_at: datetime
    seen_at: datetime
    address: str | None = None
    agent: str | None = None
    ended_at: datetime | None = None

    def alive(self, epoch: int, *, now: datetime) -> bool:
        """Whether it still stands for the person, whose epoch is this now."""
        rested, lasted = now - self.seen_at, now - self.opened_at
        return self.ended_at is None and self.epoch == epoch and rested < IDLE and lasted < LONGEST


def new_secret() -> str:
    """What the cookie carries: 256 bits."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """What is stored of a secret."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def csrf(secret: str) -> str:
    """What the session's forms carry. Tells nothing of the secret and needs no storage."""
    return hmac.new(secret.encode(errors="replace"), b"steward csrf", hashlib.sha256).hexdigest()
