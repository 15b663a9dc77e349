"""The relay: takes unsent outbox rows to the bus.

Invariants:
- One relay per service is active: the lock stands on the very connection that marks rows sent.
- Rows are selected by `sent_at IS NULL ORDER BY seq`, never behind an id cursor (ids are given before they commit).
- A batch holds at most one row per subject, the next goes after its confirm; a refused row makes only the later rows
  of its own subject wait.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
import structlog

from shared.bus import port
from shared.kernel import errors
from shared.outbox import counters
from shared.store import engine, held, tables, types, work

BATCH = 500  # rows sent together; their confirms are awaited together
BATCH_BYTES = 8 * 1024 * 1024  # the same, in bytes of their bodies
REFUSED_DELAYS_S = (5, 30, 120, 600)  # a refusal is a mistake of the topology: retried slowly, and shown

log = structlog.get_logger(__name__)
_o = tables.outbox.c
Row = sa.Row[Any]


class Relay:
    """Moves one service's outbox. Not thread-safe: a loop owns it."""

    def __init__(self, database: engine.Database, transport: port.Transport) -> None:
        self._database, self._transport = database, transport
        self._held = held.Held(database, f"relay {database.service}")

    def step(self) -> bool:
        """Send one batch. True when there may be more; False when there is nothing to do or another relay is active.

        Raises `errors.Transient` when database or bus are away; a copy that stands by may then have more luck.
        """
        try:
            if not self._held.take():
                return False
            rows = self._batch()
            if not rows:
                self._transport.tick()
                return False
            outcomes = self._transport.publish([_message(row) for row in rows])
            self._mark(rows, outcomes)
            if len(outcomes) < len(rows):
                raise errors.BrokerAway
            return True
        except errors.Transient:
            self._held.release()
            raise

    def _batch(self) -> list[Row]:
        """The first unsent row of each subject that does not wait, in their order."""
        now = self._database.time.now()
        found = self._held.rows(_SELECT, {"now": now})
        heads = {row.subject: row for row in reversed(found)}
        if len(found) == BATCH and len(heads) < BATCH // 2:  # busy subjects fill the window: nobody waits for them
            beyond = self._held.rows(_BEYOND, {"now": now, "last": found[-1].seq, "seen": list(heads)})
            heads |= {row.subject: row for row in reversed(beyond)}
        return _within(sorted(heads.values(), key=lambda row: row.seq)[:BATCH])

    def _mark(self, rows: Sequence[Row], outcomes: dict[int, port.Outcome]) -> None:
        sent = [seq for seq, outcome in outcomes.items() if outcome.confirmed]
        with self._held.work() as unit:
            if sent:
                unit.execute(
                    tables.outbox.update()
                    .where(types.among(_o.seq, sent, unit.dialect))
                    .values(sent_at=unit.now, error=None)
                )
            for row in rows:
                outcome = outcomes.get(row.seq)
                if outcome is not None and not outcome.confirmed:
                    self._put_off(unit, row, outcome.reason)
        counters.settled(self._database.service, confirmed=len(sent), refused=len(outcomes) - len(sent))

    def _put_off(self, unit: work.Work, row: Row, reason: str) -> None:
        delay = REFUSED_DELAYS_S[min(row.attempts, len(REFUSED_DELAYS_S) - 1)] * random.uniform(0.8, 1.2)
        log.error(
            "publish_refused",
            type=row.routing_key,
            subject=row.subject,
            reason=reason,
            attempts=row.attempts + 1,
            retry_s=round(delay),
        )
        unit.execute(
            tables.outbox.update()
            .where(_o.seq == row.seq)
            .values(attempts=row.attempts + 1, retry_at=unit.now + timedelta(seconds=delay), error=reason)
        )

    def release(self) -> None:
        """Let a standby copy take over at once."""
        self._held.release()

    def close(self) -> None:
        """Give lock and connections back."""
        self.release()
        self._transport.close()


def _message(row: Row) -> port.Message:
    return port.Message(row.seq, row.kind, row.message_id, row.routing_key, row.subject, bytes(row.body))


def _within(rows: list[Row]) -> list[Row]:
    """As many of the rows as fit the limit in bytes, and at least one."""
    total = 0
    for number, row in enumerate(rows):
        total += len(row.body)
        if total > BATCH_BYTES and number:
            return rows[:number]
    return rows


_waiting = tables.outbox.alias("waiting")
_SELECT = (
    sa.select(_o.seq, _o.kind, _o.message_id, _o.routing_key, _o.subject, _o.body, _o.attempts)
    .where(
        _o.sent_at.is_(None),
        _o.subject.not_in(
            sa.select(_waiting.c.subject).where(
                _waiting.c.sent_at.is_(None),
                _waiting.c.retry_at.is_not(None),
                _waiting.c.retry_at > sa.bindparam("now", type_=types.Moment()),
            )
        ),
    )
    .order_by(_o.seq)
    .limit(BATCH)
)
# Behind what was just looked at: the next step begins from the first row again, so nothing is ever skipped by its seq.
_BEYOND = _SELECT.where(_o.seq > sa.bindparam("last"), _o.subject.not_in(sa.bindparam("seen", expanding=True)))
