"""What a worker knows and could not write down: outcomes of letters, while the database is away.

The next run of the delivery, in this process, finds them here. A process that dies takes them with it; then a letter
that had been begun is `unknown`, as it should be.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

from services.notify.channel import port

MOST = 1_000  # outcomes; another process may settle a message first, and nobody would ever ask for it again
KEY = "notify.outcomes"  # among the process's resources


class Outcomes:
    """By message and attempt. Thread-safe."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._known: OrderedDict[tuple[str, int], port.Outcome] = OrderedDict()
        self._guard = threading.Lock()

    def keep(self, id: str, attempt: int, outcome: port.Outcome) -> None:
        """Remember it until it is written down; the oldest goes when there are too many."""
        with self._guard:
            self._known[id, attempt] = outcome
            while len(self._known) > self._most:
                self._known.popitem(last=False)

    def of(self, id: str, attempt: int) -> port.Outcome | None:
        """What became of the attempt, if that still has to be written down."""
        with self._guard:
            return self._known.get((id, attempt))

    def forget(self, id: str, attempt: int) -> None:
        """It is written down."""
        with self._guard:
            self._known.pop((id, attempt), None)

    def __len__(self) -> int:
        with self._guard:
            return len(self._known)


def outcomes(extras: dict[str, Any]) -> Outcomes:
    """The process's one memory."""
    return extras.setdefault(KEY, Outcomes())
