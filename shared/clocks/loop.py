"""The clock loop: fires what is due, each step once.

Invariants: one loop per service is active (the lock stands on the connection that writes); a step's event and the mark
that it fired are one transaction; nothing fires while the time cannot be trusted, that is, while the machine's clock
and the database's differ, or the machine's clock has jumped; the loop says so.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import prometheus_client as prometheus
import sqlalchemy as sa
import structlog

from shared.clocks import commands, tables
from shared.kernel import errors, moment
from shared.store import engine, held, types

BATCH = 500  # clocks fired in one transaction
TRUSTED = timedelta(seconds=5)  # how far two clocks may be apart

_FIRED = prometheus.Counter("steward_clocks_fired", "Ladder steps that fired", ("service",))
_LAG = prometheus.Histogram(
    "steward_clock_lag_seconds",
    "From the moment a step was due to its commit",
    ("service",),
    buckets=(0.1, 0.5, 1, 2, 5, 10, 60, 600, 3600),
)

log = structlog.get_logger(__name__)
_c = tables.clock.c


class TimeNotTrusted(errors.Transient):
    """The clocks fire nothing: {why}. Set the time right, or restart when the new time is right."""

    code = "time-not-trusted"
    needs_a_person = True


class Loop:
    """Fires one service's clocks. Not thread-safe: a loop owns it; copies stand by behind the lock."""

    def __init__(self, database: engine.Database, book: commands.Book) -> None:
        self._database, self._book = database, book
        self._held = held.Held(database, f"clock {database.service}")
        self._anchor = _offset()

    def step(self) -> bool:
        """Fire what is due. True when there may be more. Raises `errors.Transient`, `TimeNotTrusted`."""
        try:
            if not self._held.take():
                return False
            self._check_time()
            due = [row.id for row in self._held.rows(_DUE, {"now": self._database.time.now()})]
            if due:
                self._fire(due)
            return len(due) >= BATCH
        except errors.DatabaseAway:
            self.release()
            raise

    def _check_time(self) -> None:
        """Business time that is handed in (tests, simulations) is not the machine's to judge."""
        if not isinstance(self._database.time, moment.SystemTime):
            return
        if (jump := abs(_offset() - self._anchor)) > TRUSTED.total_seconds():
            raise TimeNotTrusted(why=f"this machine's clock has jumped by {jump:.0f} s since the start")
        if self._database.dialect == "postgresql":
            (row,) = self._held.rows(_THERE, {})
            apart = abs(row.there - self._database.time.now())
            if apart > TRUSTED:
                raise TimeNotTrusted(
                    why=f"this machine's clock and the database's are {apart.total_seconds():.0f} s apart"
                )

    def _fire(self, due: Sequence[str]) -> None:
        with self._held.work(actor=f"system:{self._database.service}") as unit:
            locked = sa.select(tables.clock).where(types.among(_c.id, list(due), unit.dialect), _c.next_at <= unit.now)
            rows = unit.execute(locked.order_by(_c.next_at, _c.id).with_for_update()).all()
            lags = [(unit.now - row.next_at).total_seconds() for row in rows]
            fired = self._book.fire_many(unit, [tables.read(row) for row in rows])
        _FIRED.labels(self._database.service).inc(fired)
        for lag in lags:
            _LAG.labels(self._database.service).observe(lag)

    def release(self) -> None:
        """Let a standby copy take over at once."""
        self._held.release()

    def close(self) -> None:
        """Give lock and connection back."""
        self.release()


def _offset() -> float:
    """What lies between the wall clock and the time since boot (suspend included): constant unless somebody jumps."""
    return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)


_DUE: Any = (
    sa.select(_c.id)
    .where(_c.next_at.is_not(None), _c.next_at <= sa.bindparam("now", type_=types.Moment()))
    .order_by(_c.next_at, _c.id)
    .limit(BATCH)
)
_THERE: Any = sa.select(sa.func.clock_timestamp(type_=types.Moment()).label("there"))
