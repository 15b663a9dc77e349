"""Fixed windows: so many in so long, then nothing until the next window begins.

Not the growing pauses of the sign-in: whole towns of mobile phones share one address, and the next client must not pay
for the last one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True)
class Window:
    """At most `most` in each window of `length`."""

    name: str
    most: int
    length: timedelta

    def ends(self, now: datetime) -> datetime:
        """When the window that `now` lies in is over."""
        seconds = self.length.total_seconds()
        return datetime.fromtimestamp((now.timestamp() // seconds + 1) * seconds, tz=UTC)

    def left(self, now: datetime) -> int:
        """Whole seconds until then, at least one."""
        return max(1, math.ceil((self.ends(now) - now).total_seconds()))


POSTS = Window("posts", 40, timedelta(minutes=10))
"""Requests, confirmations and refusals sent from one address."""
MISSES = Window("misses", 60, timedelta(minutes=10))
"""Links that do not exist, tried from one address."""
