"""Locks that make one loop of its kind active, held on the very connection that does the loop's writing.

On PostgreSQL a session advisory lock: when the connection is lost, the lock is gone and so is the work in hand. On
SQLite the home belongs to one process (see `runtime.home`), so the first taker in this process has it.
"""

from __future__ import annotations

import hashlib
import threading
import weakref

import sqlalchemy as sa

_taken: dict[tuple[str, str], weakref.ref[sa.Connection]] = {}
_guard = threading.Lock()


def take(connection: sa.Connection, name: str) -> bool:
    """Try to become the holder of `name`; False when another holds it. Never waits."""
    if connection.dialect.name == "postgresql":
        taken = bool(connection.execute(sa.select(sa.func.pg_try_advisory_lock(key(name)))).scalar())
        connection.commit()
        return taken
    place = (str(connection.engine.url), name)
    with _guard:
        holder = _taken[place]() if place in _taken else None
        if holder is not None and holder is not connection and not (holder.closed or holder.invalidated):
            return False  # a holder whose connection is gone has lost it, as on PostgreSQL
        _taken[place] = weakref.ref(connection)
        return True


def give_back(connection: sa.Connection, name: str) -> None:
    """Let another take `name`, if this connection holds it. Safe to call on a connection that is already lost."""
    if connection.dialect.name == "postgresql":
        if not connection.closed and not connection.invalidated:
            connection.execute(sa.select(sa.func.pg_advisory_unlock(key(name))))
            connection.commit()
        return
    place = (str(connection.engine.url), name)
    with _guard:
        if place in _taken and _taken[place]() is connection:
            del _taken[place]


def key(name: str) -> int:
    """The number that PostgreSQL knows the lock by."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)
