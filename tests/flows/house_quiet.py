"""Is the house quiet? Read from the databases alone, so that nothing on its way through a broker is overlooked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from shared.runtime import manifest, process
from shared.store import tables

BUSY = ("ready", "running")

_o, _i, _t, _f = tables.outbox.c, tables.inbox.c, tables.task.c, tables.failure.c


def waiting(house: process.Process, inbound: Mapping[str, str]) -> list[str]:
    """What is still on its way, in words; nothing when the house is quiet. Retries that are not yet due do not count.

    `inbound` are the events that another system published: their id, and the reference under which each is parked when
    it cannot be read.
    """
    found: list[str] = []
    for name in house.names:
        found += _rows(house, name)
        found += _underway(house, name)
    return found + _undelivered(house, inbound)


def _rows(house: process.Process, name: str) -> list[str]:
    now = house.time.now()
    unsent = sa.and_(_o.sent_at.is_(None), sa.or_(_o.retry_at.is_(None), _o.retry_at <= now))
    due = sa.or_(_t.state.in_(BUSY), sa.and_(_t.state == "retry", _t.retry_at <= now))
    found = []
    for what, condition in (("outbox", unsent), ("inbox", _i.state == "ready"), ("tasks", due)):
        (count,) = _column(house, name, sa.select(sa.func.count()).where(condition))
        if count:
            found.append(f"{count} rows in {what} of {name}")
    return found


def _underway(house: process.Process, name: str) -> list[str]:
    """Events that the broker has taken and this service, which subscribes to them, has not stored yet."""
    types, _ = manifest.subscriptions((name,))[name]
    sent = sa.select(_o.message_id).where(_o.kind == "event", _o.sent_at.is_not(None), _o.routing_key.in_(types))
    there = set(_column(house, name, sa.select(_i.event_id)))
    return [
        f"an event {id} of {other} on its way to {name}"
        for other in house.names
        for id in _column(house, other, sent)
        if id not in there
    ]


def _undelivered(house: process.Process, inbound: Mapping[str, str]) -> list[str]:
    if not inbound:
        return []
    arrived: set[str] = set()
    for name in house.names:
        arrived |= set(_column(house, name, sa.select(_i.event_id)))
        arrived |= set(_column(house, name, sa.select(_f.ref)))
    return [f"the event {id} is with the broker" for id, parked in inbound.items() if not arrived & {id, parked}]


def _column(house: process.Process, name: str, statement: sa.Select[Any]) -> list[Any]:
    with house.databases[name].reading() as connection:
        return list(connection.execute(statement).scalars())
