"""One sweeper per service: finds lost task hints, and deletes what has been kept long enough, in small batches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog

from shared.failures import story
from shared.jobs import rows
from shared.runtime import backlog, settings
from shared.store import engine, tables

BATCH = 1_000  # rows deleted in one transaction
CLEAN_EVERY = timedelta(hours=1)
MEASURE_EVERY = timedelta(seconds=15)

Sweep = Callable[[engine.Database, settings.Settings], object]
"""What a slice brings to the cleaning, once an hour."""

log = structlog.get_logger(__name__)


class Janitor:
    """Sweeps one service's database. A loop owns it."""

    def __init__(self, database: engine.Database, given: settings.Settings, sweeps: Sequence[Sweep] = ()) -> None:
        self._database, self._settings, self._sweeps = database, given, sweeps
        self._cleaned: datetime | None = None
        self._measured: datetime | None = None

    def step(self) -> bool:
        """Hint again, measure, clean up now and then. True when more hints may be due."""
        hinted = rows.sweep(self._database)
        now = self._database.time.now()
        if self._measured is None or now - self._measured >= MEASURE_EVERY:
            self._measured = now
            backlog.measure(self._database)
        if self._cleaned is None or now - self._cleaned >= CLEAN_EVERY:
            self._cleaned = now
            clean(self._database, self._settings)
            for sweep in self._sweeps:
                sweep(self._database, self._settings)
        return hinted >= rows.SWEEP_BATCH


def clean(database: engine.Database, given: settings.Settings) -> dict[str, int]:
    """Delete what has been kept long enough. Returns how many rows of which table."""
    o, i, t, f, k = (each.c for each in (tables.outbox, tables.inbox, tables.task, tables.failure, tables.idempotency))
    now = database.time.now()
    sent, taken = now - timedelta(days=given.retain_outbox_days), now - timedelta(days=given.retain_inbox_days)
    for_good = now - story.RESTORABLE  # until then what was discarded can be taken up again, with the work behind it
    closed = sa.and_(f.state.in_(("resolved", "discarded")), f.changed_at < min(taken, for_good))
    b, of = tables.failure_batch.c, tables.failure_batch_item.c
    over = sa.and_(b.watched.is_(False), b.ended_at < taken)
    rules: tuple[tuple[sa.Table, sa.ColumnElement[bool]], ...] = (  # what is parked has no end yet, and stays
        (tables.outbox, o.sent_at < sent),
        (tables.inbox, sa.and_(i.done_at < taken, sa.or_(i.state != "discarded", i.done_at < for_good))),
        (tables.task, sa.and_(t.done_at < sent, sa.or_(t.state != "discarded", t.done_at < for_good))),
        (tables.failure, closed),
        (tables.failure_batch_item, of.batch_id.in_(sa.select(b.id).where(over))),
        (tables.failure_batch, over),
        (tables.idempotency, k.created_at < now - timedelta(hours=given.retain_idempotency_hours)),
    )
    gone: dict[str, int] = {}
    for table, old in rules:
        key = list(table.primary_key.columns)
        while True:
            with database.work(actor=f"system:{database.service}") as unit:
                some = sa.select(*key).where(old).limit(BATCH)
                where = key[0].in_(some) if len(key) == 1 else sa.tuple_(*key).in_(some)
                deleted = unit.execute(table.delete().where(where)).rowcount
            gone[table.name] = gone.get(table.name, 0) + deleted
            if deleted < BATCH:
                break
    if any(gone.values()):
        log.info("retention", service=database.service, **gone)
    return gone
