"""Loops: a step that is repeated until it is told to stop, at once while there is work, else once a second.

Polling is the guarantee, waking the courtesy. A loop never dies of an error: it says so, waits longer each time, and
tries again; its last beat tells the health check whether it is alive.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import prometheus_client as prometheus
import structlog

from shared.kernel import errors
from shared.runtime import redaction

POLL_S = 1.0  # how long a loop rests when there is nothing to do and nobody wakes it
BACKOFF_S = (1, 2, 5, 10)  # after errors in a row
STUCK_S = 60  # a loop that has not beaten for this long is reported as stuck

_ERRORS = prometheus.Counter("steward_loop_errors", "Errors that a loop met", ("service", "loop"))

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Loop:
    """One named loop of a service. `step` returns True when there may be more to do at once."""

    service: str
    name: str
    step: Callable[[], bool]
    close: Callable[[], None] = lambda: None
    poll_s: float = POLL_S
    beat: float = field(default_factory=time.monotonic)
    error: str | None = None
    alarm: errors.Transient | None = None
    """What keeps it from its work until a person acts."""
    stopping: threading.Event = field(default_factory=threading.Event)
    _wake: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def wake(self) -> None:
        """There may be work: do not wait for the next poll."""
        self._wake.set()

    def start(self) -> None:
        """Run in a thread of its own."""
        self._thread = threading.Thread(target=self.run, name=f"{self.service} {self.name}", daemon=True)
        self._thread.start()

    def run(self) -> None:
        """Run until stopped; finishes the step in hand."""
        structlog.contextvars.bind_contextvars(service=self.service, loop=self.name)
        failed = 0
        try:
            while not self.stopping.is_set():
                self._wake.clear()
                try:
                    more = self.step()
                    failed, self.error, self.alarm = 0, None, None
                except errors.Transient as error:
                    failed, more = failed + 1, False
                    self._met(error, failed)
                except Exception as error:
                    failed, more = failed + 1, False
                    log.exception("loop_error")
                    self._met(error, failed)
                self.beat = time.monotonic()
                if not more:
                    pause = BACKOFF_S[min(failed, len(BACKOFF_S)) - 1] if failed else self.poll_s
                    if failed:
                        self.stopping.wait(pause)
                    else:
                        self._wake.wait(pause)
        finally:
            self.close()

    def _met(self, error: Exception, failed: int) -> None:
        cause = f" ({redaction.text(repr(error.__cause__))})" if error.__cause__ is not None else ""
        self.alarm = error if isinstance(error, errors.Transient) and error.needs_a_person else None
        self.error = f"{type(error).__name__}: {redaction.text(str(error))}{cause}"
        _ERRORS.labels(self.service, self.name).inc()
        if failed in (1, 10, 100) or failed % 1000 == 0:
            log.warning("loop_waits", error=self.error, in_a_row=failed)

    def stop(self) -> None:
        """Ask it to end after the step in hand."""
        self.stopping.set()
        self._wake.set()

    def join(self, timeout_s: float) -> bool:
        """Wait for its end; False when it is still busy."""
        if self._thread is not None:
            self._thread.join(timeout_s)
            return not self._thread.is_alive()
        return True

    @property
    def stuck(self) -> bool:
        """Whether it has not finished a step for a minute."""
        return time.monotonic() - self.beat > STUCK_S
