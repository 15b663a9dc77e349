"""Business time is a source that is handed in; nothing in a flow asks the machine what time it is.

All moments are aware datetimes in UTC with microseconds.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Source(Protocol):
    """Something that knows what time it is."""

    def now(self) -> datetime:
        """The present moment, in UTC."""
        ...


class SystemTime:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present moment, in UTC."""
        return datetime.now(UTC)


class ManualTime:
    """A clock that stands still until it is moved: for tests and for simulations."""

    def __init__(self, at: datetime) -> None:
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        """The moment that was set last."""
        return self._at

    def move(self, by: timedelta) -> datetime:
        """Let time pass (or go back) by this much."""
        self._at += by
        return self._at

    def set(self, at: datetime) -> datetime:
        """Jump to a moment."""
        self._at = at.astimezone(UTC)
        return self._at


class FastTime:
    """A clock that runs `speed` times faster than the machine's, from a moment of one's choice: for simulations."""

    def __init__(self, at: datetime, speed: float) -> None:
        self._from, self._speed, self._started = at.astimezone(UTC), speed, time.monotonic()

    def now(self) -> datetime:
        """The moment that it shows."""
        return self._from + timedelta(seconds=(time.monotonic() - self._started) * self._speed)

    def move(self, by: timedelta) -> None:
        """Jump ahead."""
        self._from += by

    def real(self, length: timedelta) -> timedelta:
        """How long that takes on the machine's clock."""
        return length / self._speed


def text(at: datetime) -> str:
    """RFC 3339 in UTC with microseconds, as events carry it."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def parse(value: str) -> datetime:
    """Read RFC 3339. Raises ValueError for what has no offset, and for what no calendar has in UTC."""
    at = datetime.fromisoformat(value.replace("Z", "+00:00").replace("z", "+00:00"))
    if at.tzinfo is None:
        raise ValueError("a moment needs its offset from UTC")
    try:
        return at.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("before the first or after the last year there is") from error
