"""Mail by SMTP over kept-open connections.

A connection is closed after 100 letters or 30 s idle, asked NOOP before it is used again, and there are never more than
threads that send. While the server cannot be reached, nobody waits for it in vain: one tries again after the pause,
the others are told at once.
"""

from __future__ import annotations

import contextlib
import ssl
import threading
import time
from collections.abc import Callable, Iterator

import structlog

from services.notify.channel import address, connection, port

LETTERS = 100  # on one connection
IDLE_S = 30.0  # then a connection is closed; servers close theirs after minutes
PAUSES_S = (5, 10, 20, 40, 60)  # between attempts to connect, while the server is away

log = structlog.get_logger(__name__)


class Smtp:
    """The channel. Thread-safe. Raises `address.BadAddress`."""

    name = "smtp"

    def __init__(
        self,
        url: str,
        *,
        helo: str = "localhost",
        patience: connection.Patience | None = None,
        tls: ssl.SSLContext | None = None,
        idle_s: float = IDLE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._where = address.read(url)
        self._helo = helo
        self._patience = patience or connection.Patience()
        self._tls = (tls or ssl.create_default_context()) if self._where.encrypted else None
        self._idle_s = idle_s
        self._idle: list[connection.Connection] = []
        self._guard = threading.Lock()
        self._clock = clock  # of the pauses while the server is away, in seconds
        self._away = _Away(clock)
        self._reaper: threading.Timer | None = None
        self._closed = False

    @contextlib.contextmanager
    def session(self) -> Iterator[connection.Connection]:
        """A connection that answers. Raises `port.Unreachable`."""
        taken = self._take(time.monotonic() + self._patience.total_s)
        try:
            yield taken
        except BaseException as error:
            if not isinstance(error, Exception):
                taken.usable = False  # interrupted in the middle of a letter: nobody knows where the talk stands
            raise
        finally:
            self._give_back(taken)

    def _take(self, deadline: float) -> connection.Connection:
        with self._guard:
            known = self._idle.pop() if self._idle else None
        if known is None:
            return self._connect(deadline)
        known.deadline = deadline
        if time.monotonic() - known.idle_since < self._idle_s and known.alive():
            return known
        known.usable = False
        for each in (known, *self._emptied()):  # the others are older and to the same server
            each.close()
        return self._connect(deadline)

    def _emptied(self) -> list[connection.Connection]:
        with self._guard:
            idle, self._idle = self._idle, []
        for each in idle:
            each.usable = False
        return idle

    def _connect(self, deadline: float) -> connection.Connection:
        with self._guard:
            self._away.enter()
        try:
            made = connection.Connection(self._where, self._patience, deadline=deadline, helo=self._helo, tls=self._tls)
        except port.Unreachable as error:
            with self._guard:
                pause = self._away.failed(error.why)
            log.warning("mail_server_away", why=error.why, again_in_s=pause, in_a_row=self._away.in_a_row)
            raise port.Unreachable(error.why, again_in_s=pause) from error
        except BaseException:
            with self._guard:
                self._away.left()
            raise
        with self._guard:
            self._away = _Away(self._clock)
        return made

    def _give_back(self, used: connection.Connection) -> None:
        used.idle_since = time.monotonic()
        with self._guard:
            keep = used.usable and used.used < LETTERS and not self._closed
            if keep:
                self._idle.append(used)
                if self._reaper is None:
                    self._reap_later()
        if not keep:
            used.close()

    def _reap_later(self) -> None:
        self._reaper = threading.Timer(self._idle_s, self._reap)
        self._reaper.daemon = True
        self._reaper.start()

    def _reap(self) -> None:
        """Close what has been idle for too long, so that nothing is held at the server overnight."""
        old_before = time.monotonic() - self._idle_s
        with self._guard:
            old = [each for each in self._idle if each.idle_since <= old_before]
            self._idle = [each for each in self._idle if each.idle_since > old_before]
            self._reaper = None
            if self._idle:
                self._reap_later()
        for each in old:
            each.close()

    def close(self) -> None:
        """Hang up on every idle connection, and on those in use when they are given back."""
        with self._guard:
            self._closed = True
            idle, self._idle = self._idle, []
            if self._reaper is not None:
                self._reaper.cancel()
                self._reaper = None
        for each in idle:
            each.close()


class _Away:
    """Since when the server is away, and who may find out whether it is back. Its owner guards it."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.in_a_row = 0
        self._until = 0.0
        self._why = ""
        self._trying = False

    def enter(self) -> None:
        """Go and see. Raises `port.Unreachable` during the pause, and while another one is seeing."""
        left = self._until - self._clock()
        if self.in_a_row and (left > 0 or self._trying):
            raise port.Unreachable(self._why, again_in_s=int(max(left, 0)) + 1)
        self._trying = True

    def left(self) -> None:
        """Whoever went gave up without having seen anything."""
        self._trying = False

    def failed(self, why: str) -> int:
        """It is away. Returns the pause until the next look, in seconds."""
        if self._trying or not self.in_a_row:  # of several that found out at once, the first counts
            self.in_a_row += 1
            self._trying = False
        pause = PAUSES_S[min(self.in_a_row, len(PAUSES_S)) - 1]
        self._until, self._why = self._clock() + pause, why
        return pause
