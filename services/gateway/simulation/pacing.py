"""How simulated time passes: by jumps from one moment to the next, or running some times faster than real time."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Protocol

from shared.kernel import moment
from shared.runtime import backlog, loops, process

QUIET_S = 120  # real time that work in hand may take before the simulation says that it never ends
STRIDE = timedelta(hours=1)  # of a jump: what comes due meanwhile fires that much late at most
LOOK_S = 0.05  # real time between two looks at whether everything is done


class NeverQuiet(RuntimeError):
    """Work was still waiting after two minutes of real time."""


class Pace(Protocol):
    """Brings the simulation to a moment."""

    def until(self, at: datetime) -> None:
        """Return when simulated time has reached `at`; what is due before has been done, or is being done."""
        ...

    def quiet(self) -> None:
        """Return when nothing is on its way any more. Raises `NeverQuiet`."""
        ...

    def skip(self, at: datetime) -> None:
        """Like `until`, over a time in which nobody does anything: no faster than promises are kept."""
        ...


class Stepped:
    """Time stands still while the loops work, then jumps: as fast as the machine, and the same every time."""

    def __init__(self, running: process.Process, clock: moment.ManualTime) -> None:
        first: dict[str, loops.Loop] = {}
        for loop in running.loops:
            first.setdefault(loop.name.rstrip(" 0123456789"), loop)  # one of several threads at the same work is enough
        self._moving = [loop for loop in first.values() if loop.poll_s <= loops.POLL_S]
        self._keeping = [loop for loop in first.values() if loop.poll_s > loops.POLL_S]
        self._clock = clock

    def until(self, at: datetime) -> None:
        """See `Pace`."""
        self.quiet()
        while self._clock.now() < at:
            self._clock.set(min(at, self._clock.now() + STRIDE))
            self.quiet()

    def quiet(self) -> None:
        """See `Pace`."""
        late = time.monotonic() + QUIET_S
        while sum(loop.step() for loop in self._moving):  # all of them, not only up to the first that moved
            if time.monotonic() > late:
                raise NeverQuiet

    def skip(self, at: datetime) -> None:
        """See `Pace`."""
        self.until(at)
        for loop in self._keeping:
            loop.step()


class Running:
    """Time runs `speed` times faster than real time, while the loops work in their threads."""

    def __init__(self, running: process.Process, clock: moment.FastTime) -> None:
        self._running, self._clock = running, clock

    def until(self, at: datetime) -> None:
        """See `Pace`."""
        while (wait := self._clock.real(at - self._clock.now())) > timedelta():
            time.sleep(wait.total_seconds())

    def quiet(self) -> None:
        """See `Pace`."""
        late = time.monotonic() + QUIET_S
        while self._waiting():
            if time.monotonic() > late:
                raise NeverQuiet
            time.sleep(LOOK_S)

    def skip(self, at: datetime) -> None:
        """See `Pace`."""
        while self._clock.now() < at:
            self.quiet()
            self._clock.move(min(STRIDE, at - self._clock.now()))
            time.sleep(loops.POLL_S)  # the loops look again by then
        self.quiet()

    def _waiting(self) -> bool:
        looked = (each for database in self._running.databases.values() for each in backlog.look(database))
        return any(each.rows for each in looked if each.what not in ("failures", "retry"))
