"""One process of the product: started, watched, asked to end, killed. By its id, never by its name."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.servers import ports, processes

ROOT = Path(__file__).parents[2]
STEWARD = str(Path(sys.executable).with_name("steward"))
READY_S = 90  # on two busy cores; the figure that users get is measured elsewhere
GRACE_S = 45  # between SIGTERM and SIGKILL in production
STARTED = "started"  # the event that every role logs when it works


class Running:
    """A role in a process of its own. Its output is kept in `log`, over all its lives.

    It works when `answers()` says so; without one, when it logged that it started.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        own: Mapping[str, str],
        log: Path,
        *,
        answers: Callable[[], bool] | None = None,
    ) -> None:
        self.name, self._command, self._own, self.log = name, list(command), dict(own), log
        self._works = answers or (lambda: STARTED in self.said)
        self._process: subprocess.Popen[bytes] | None = None
        self._from = 0
        self.started_at = 0.0
        self.ready_s = 0.0
        """Seconds from the last start to the first answer."""

    def start(self) -> Running:
        """Start it; returns at once."""
        self._from = self.log.stat().st_size if self.log.exists() else 0
        self.started_at = time.monotonic()
        self._process = processes.spawn(
            self._command, log=self.log, dies_with=signal.SIGKILL, env=environment(self._own)
        )
        return self

    def ready(self, timeout_s: float = READY_S) -> Running:
        """Return when this life of it said that it works. Raises `TimeoutError` with its last words."""
        try:
            ports.until(self._works, timeout_s=timeout_s, what=self.name, alive=lambda: self.alive)
        except TimeoutError as error:
            error.add_note(self.last_words())
            raise
        self.ready_s = time.monotonic() - self.started_at
        return self

    @property
    def said(self) -> str:
        """What this life of it wrote."""
        with self.log.open(errors="replace") as file:
            file.seek(self._from)
            return file.read()

    def last_words(self, lines: int = 25) -> str:
        """The end of what it wrote."""
        return "\n".join(self.said.splitlines()[-lines:])

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process is not None, f"{self.name} was not started"
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def code(self) -> int | None:
        """How it ended: an exit code, or minus the signal; None while it runs."""
        return None if self._process is None else self._process.poll()

    def open_files(self) -> int:
        """How many descriptors (files, sockets) it and its children hold."""
        return sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in (self.pid, *processes.descendants(self.pid)))

    def kill(self) -> None:
        """SIGKILL it and its children at once."""
        process = self._process
        if process is not None:
            processes.gone(process, [process.pid, *processes.descendants(process.pid)])

    def wait(self, timeout_s: float) -> int:
        """Return its exit code when it has ended by itself. Raises `TimeoutError` with its last words."""
        assert self._process is not None
        try:
            return self._process.wait(timeout_s)
        except subprocess.TimeoutExpired as error:
            raise TimeoutError(f"{self.name} did not end within {timeout_s:g} s:\n{self.last_words()}") from error

    def tell(self, number: signal.Signals) -> None:
        """Send a signal to the process itself."""
        processes.send([self.pid], number)

    def stop(self, timeout_s: float = GRACE_S) -> int:
        """SIGTERM, as an orchestrator ends it; returns its exit code. Raises `TimeoutError` past the grace."""
        self.tell(signal.SIGTERM)
        return self.wait(timeout_s)

    def up(self) -> Running:
        """Start it, for the first time or again, and return when it works."""
        return self.start().ready()


def steward(*arguments: str) -> list[str]:
    """The command as users type it."""
    return [STEWARD, *arguments]


def driver(*arguments: str) -> list[str]:
    """The same role in a process whose end is arranged (see `driver`)."""
    return [sys.executable, "-m", "tests.faults.driver", *arguments]


def environment(own: Mapping[str, str]) -> dict[str, str]:
    """What a process gets: the machine's environment without anybody's settings, and its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("STEWARD_", "PG"))}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **own}
