"""Counting attempts, in a transaction that commits before the attempt is made."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa

from services.gateway.directory import insertion
from services.gateway.directory.throttle import model, tables
from shared.store.work import Work

CLEANED = 50  # forgotten rows deleted at a time
_t = tables.throttle.c


def take(work: Work, *wanted: tuple[model.Limit, str | None]) -> None:
    """Count one attempt against each limit and key (a None key has none). Raises `errors.TooMany`, counting nothing."""
    keyed = sorted((_digest(limit, key), limit) for limit, key in wanted if key is not None)
    for digest, limit in keyed:  # in one order everywhere, so that two takers cannot wait for each other
        fresh = {"digest": digest, "attempts": 0, "last_at": None, "forget_at": work.now + limit.forget}
        insertion.if_new(work, tables.throttle, fresh, key=["digest"])
        row = work.execute(sa.select(_t.attempts, _t.last_at).where(_t.digest == digest).with_for_update()).one()
        attempts = model.attempt(limit, row.attempts, row.last_at, now=work.now)
        values = {"attempts": attempts, "last_at": work.now, "forget_at": work.now + limit.forget}
        work.execute(tables.throttle.update().where(_t.digest == digest).values(**values))
    _clean(work)


def clear(work: Work, limit: model.Limit, key: str) -> None:
    """The right person came: their attempts are forgotten."""
    work.execute(tables.throttle.delete().where(_t.digest == _digest(limit, key)))


def give_back(work: Work, limit: model.Limit, key: str | None) -> None:
    """This attempt was right, which says nothing of the others from there: only it is taken off the count."""
    if key is not None:
        statement = tables.throttle.update().where(_t.digest == _digest(limit, key), _t.attempts > 0)
        work.execute(statement.values(attempts=_t.attempts - 1))


def _digest(limit: model.Limit, key: str) -> str:
    whose = model.place(key) if limit.of_places else key
    return hashlib.sha256(f"{limit.name}:{whose}".encode(errors="replace")).hexdigest()


def _clean(work: Work) -> None:
    old = sa.select(_t.digest).where(_t.forget_at < work.now).limit(CLEANED).with_for_update(skip_locked=True)
    work.execute(tables.throttle.delete().where(_t.digest.in_(old)))
