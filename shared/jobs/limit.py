"""The time limit of a run: a task that takes too long is interrupted in its own thread, wherever it runs.

Python can raise in another thread only between two steps of its own: a task that hangs in a system call is not reached.
Then its lease runs out, somebody else takes the task over, and nothing that the first one still writes is accepted.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass


class TimeLimit(BaseException):  # no Exception: a task's own `except Exception` must not swallow it
    """The task ran for longer than it may."""


@dataclass(slots=True)
class _Run:
    thread: int
    deadline: float
    raised: bool = False


class _Watch:
    """One thread that looks after the runs of this process."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._changed = threading.Condition()
        self._runs: list[_Run] = []
        threading.Thread(target=self._look, name="time limits", daemon=True).start()

    def add(self, run: _Run) -> None:
        with self._changed:
            self._runs.append(run)
            self._changed.notify()

    def remove(self, run: _Run) -> None:
        with self._changed:
            if run.raised:  # and not delivered, or we would not be here in good order: take it back
                _raise(run.thread, None)
            elif run in self._runs:
                self._runs.remove(run)

    def _look(self) -> None:
        with self._changed:
            while True:
                now = time.monotonic()
                for run in [run for run in self._runs if run.deadline <= now]:
                    self._runs.remove(run)
                    run.raised = True
                    _raise(run.thread, TimeLimit)
                next_ = min((run.deadline for run in self._runs), default=None)
                self._changed.wait(None if next_ is None else max(next_ - time.monotonic(), 0))


_watch: _Watch | None = None
_guard = threading.Lock()


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Interrupt the block with `TimeLimit` when it takes longer than this."""
    run = _Run(threading.get_ident(), time.monotonic() + seconds)
    watch = _watching()
    watch.add(run)
    try:
        yield
    finally:
        watch.remove(run)


def _watching() -> _Watch:
    """This process's own: a thread does not survive a fork."""
    global _watch
    with _guard:
        if _watch is None or _watch.pid != os.getpid():
            _watch = _Watch()
        return _watch


def _raise(thread: int, error: type[BaseException] | None) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread), None if error is None else ctypes.py_object(error)
    )
