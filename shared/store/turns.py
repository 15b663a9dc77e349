"""Whose turn it is to write: SQLite lets one write at a time and lets the others race for it."""

from __future__ import annotations

import collections
import contextlib
import threading
from collections.abc import Iterator

LONGEST_S = 10.0  # real time after which the holder is taken for lost; no transaction of ours is that long


class Turns:
    """Threads of one process write in the order in which they asked.

    A SQLite writer that finds the file locked sleeps and tries again, up to a tenth of a second later. Who has just
    written and begins anew is always sooner: a loop with a long backlog kept all others out for more than ten seconds,
    and tasks ran into their time limits. Only the order depends on this queue: that one writes at a time is SQLite's
    own lock, which also holds between processes.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._holder: threading.Event | None = None
        self._waiting: collections.deque[threading.Event] = collections.deque()

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for the turn and have it for the block. After `LONGEST_S` it is taken from a holder that never ended."""
        mine = threading.Event()
        try:  # from here on, because a task's time limit may raise at any line
            self._ask(mine)
            if not mine.wait(LONGEST_S):
                self._take(mine)
            yield
        finally:
            self._pass_on(mine)

    @property
    def waiting(self) -> int:
        """How many wait at the moment."""
        return len(self._waiting)

    def _ask(self, mine: threading.Event) -> None:
        with self._guard:
            if self._holder is None:
                self._holder = mine
                mine.set()
            else:
                self._waiting.append(mine)

    def _take(self, mine: threading.Event) -> None:
        with self._guard:
            if mine in self._waiting:
                self._waiting.remove(mine)
                self._holder = mine

    def _pass_on(self, mine: threading.Event) -> None:
        with self._guard:
            if mine in self._waiting:
                self._waiting.remove(mine)
            if self._holder is mine:
                self._holder = self._waiting.popleft() if self._waiting else None
                if self._holder is not None:
                    self._holder.set()
