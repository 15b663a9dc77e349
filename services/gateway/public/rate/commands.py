"""Counting, in one statement: of many at once each gets its own number."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.gateway.directory.throttle import model as throttle
from services.gateway.public.rate import model, tables
from shared.kernel import errors
from shared.store.work import Work

CLEANED = 50  # counters of past windows deleted at a time
_r = tables.rate.c


def take(work: Work, window: model.Window, address: str) -> None:
    """Count one from this address. Raises `errors.TooMany` with the seconds until the next window."""
    insert = postgresql.insert if work.dialect == "postgresql" else sqlite.insert
    ends = window.ends(work.now)
    fresh = insert(tables.rate).values(digest=_digest(window, address), ends_at=ends, taken=1)
    same = tables.rate.c.ends_at == fresh.excluded.ends_at
    counted = fresh.on_conflict_do_update(
        index_elements=["digest"],
        set_={"ends_at": fresh.excluded.ends_at, "taken": sa.case((same, _r.taken + 1), else_=1)},
    ).returning(_r.taken)
    taken = work.execute(counted).scalar_one()
    if taken == 1:
        _clean(work)
    if taken > window.most:
        raise errors.TooMany(seconds=window.left(work.now))


def full(connection: sa.Connection, window: model.Window, address: str, *, now: object) -> bool:
    """Whether nothing more may come from this address in the present window. Counts nothing."""
    found = connection.execute(
        sa.select(_r.taken).where(_r.digest == _digest(window, address), _r.ends_at > now)
    ).scalar_one_or_none()
    return (found or 0) >= window.most


def _digest(window: model.Window, address: str) -> str:
    return hashlib.sha256(f"{window.name}:{throttle.place(address)}".encode()).hexdigest()


def _clean(work: Work) -> None:
    old = sa.select(_r.digest).where(_r.ends_at <= work.now).limit(CLEANED).with_for_update(skip_locked=True)
    work.execute(tables.rate.delete().where(_r.digest.in_(old)))
