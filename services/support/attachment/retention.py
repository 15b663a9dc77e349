"""Uploads that nobody attached are forgotten after a day; so is what a crash left in the store without a row."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import datetime

import sqlalchemy as sa
import structlog

from services.support.attachment import model, tables
from shared.files import place, port
from shared.runtime import settings
from shared.store import engine

BATCH = 500

_a = tables.attachment.c

log = structlog.get_logger(__name__)


def sweep(database: engine.Database, given: settings.Settings) -> int:
    """Rows first, then files: a file that is needed is never missing, one too many is found the next time."""
    before = database.time.now() - model.KEPT
    rows = _forget(database, before)
    store = place.of(given, database.service, time=database.time)
    files = sum(_delete(database, store, batch, before) for batch in _batches(store, before))
    if rows or files:
        log.info("uploads_forgotten", service=database.service, rows=rows, files=files)
    return files


def _forget(database: engine.Database, before: datetime) -> int:
    total = 0
    while True:
        with database.work(actor=f"system:{database.service}") as work:
            some = sa.select(_a.seq).where(_a.object_id.is_(None), _a.at < before).limit(BATCH)
            gone = work.execute(tables.attachment.delete().where(_a.seq.in_(some))).rowcount
        total += gone
        if gone < BATCH:
            return total


def _batches(store: port.Store, before: datetime) -> Iterator[list[str]]:
    older = store.older(before)
    while batch := list(itertools.islice(older, BATCH)):
        yield batch


def _delete(database: engine.Database, store: port.Store, hashes: list[str], before: datetime) -> int:
    with database.reading() as connection:
        needed = set(connection.execute(sa.select(_a.hash).where(_a.hash.in_(hashes))).scalars())
    return sum(store.delete(each, before=before) for each in set(hashes) - needed)


SWEEPS = (sweep,)
