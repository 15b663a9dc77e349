"""A task whose last run never ended may have killed its process: a suspect, which runs with no other task beside it.

So a task that kills its process takes no neighbour with it more than once: the neighbours are suspects too, each runs
alone, ends, and is cleared; the culprit goes on dying alone until it is parked.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

WAIT_S = 4  # for the room; with the run itself it must stay under a task's time limit


class Room:
    """Holds many tasks at once, or one alone. Whoever waits to be alone goes before newcomers."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self._alone = False
        self._waiting = 0

    @contextlib.contextmanager
    def shared(self) -> Iterator[bool]:
        """Be inside with others; False when there was no place within `WAIT_S`."""
        with self._changed:
            entered = self._changed.wait_for(lambda: not self._alone and not self._waiting, WAIT_S)
            self._inside += entered
        try:
            yield entered
        finally:
            with self._changed:
                self._inside -= entered
                self._changed.notify_all()

    @contextlib.contextmanager
    def alone(self) -> Iterator[bool]:
        """Be inside with nobody; False when the others did not leave within `WAIT_S`."""
        with self._changed:
            self._waiting += 1
            try:
                entered = self._changed.wait_for(lambda: not self._alone and not self._inside, WAIT_S)
            finally:
                self._waiting -= 1
            self._alone = self._alone or entered
        try:
            yield entered
        finally:
            with self._changed:
                if entered:
                    self._alone = False
                self._changed.notify_all()
