"""SIGTERM and Ctrl-C: the first asks a process to finish what is in hand, a second ends it at once."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from typing import Any


class Interrupted(BaseException):
    """The process was asked to stop in the middle of something that can be broken off."""


class Stopping(threading.Event):
    """Set when the process was asked to stop."""

    def __init__(self) -> None:
        super().__init__()
        self._breaks_off = False

    @contextlib.contextmanager
    def breaking_off(self) -> Iterator[None]:
        """What the block does in the main thread is broken off by `Interrupted` instead of being waited for."""
        self._breaks_off = True
        try:
            if self.is_set():
                raise Interrupted
            yield
        finally:
            self._breaks_off = False

    def told(self, number: int, _frame: Any) -> None:
        """A signal came."""
        if self.is_set():
            os._exit(128 + number)  # whatever hangs must not be waited for; what is in hand is safe as after a kill
        self.set()
        if self._breaks_off:
            raise Interrupted


def asked_to_stop() -> Stopping:
    """An event that SIGTERM or SIGINT sets. To be called in the main thread, before anything is started."""
    stopping = Stopping()
    signal.signal(signal.SIGTERM, stopping.told)
    signal.signal(signal.SIGINT, stopping.told)
    return stopping
