"""Storing deliveries: what can be read goes into the inbox once, what cannot is parked with its raw bytes.

Whatever an outside system sends and is not taken is answered, too: by `<service>.inbound.rejected`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Any

import structlog
from sqlalchemy.dialects import postgresql, sqlite

from shared.bus import port
from shared.envelope import cloudevent, rejected
from shared.failures import story
from shared.inbox import counters
from shared.kernel import errors
from shared.kernel.text import plain
from shared.store import engine, tables, work

SYSTEM = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
"""What an outside system may be called: the first word of its routing keys."""
KEPT_BYTES = cloudevent.MAX_BYTES  # of a message that is parked; one that is longer can never be replayed anyway

log = structlog.get_logger(__name__)


class ForgedSource(errors.Refused):
    """The event says it comes from {source}, but it was published under {key}."""

    code = "forged-source"
    status = 403


class DeliveryLimit(errors.Refused):
    """The broker gave this message up after too many deliveries: its receiver kept dying or losing its connection."""

    code = "delivery-limit"


class NotStorable(errors.Refused):
    """This message could not be stored: {why}."""

    code = "not-storable"


THEIR_FAULT = (cloudevent.Unreadable, cloudevent.TooLarge, ForgedSource)
"""What is answered: the sender can do something about it, and a replay by us cannot."""


def store(database: engine.Database, deliveries: Sequence[port.Delivery]) -> None:
    """Commit the deliveries to the inbox. Raises `errors.Transient` when nothing was committed.

    Nothing that a message holds makes it raise anything else: one that the database does not take is parked.
    """
    try:
        with _work(database) as unit:
            put(unit, deliveries)
    except errors.Transient:
        raise
    except Exception as error:  # noqa: BLE001 - one of them did it: each is stored alone
        log.error("batch_not_stored", service=database.service, deliveries=len(deliveries), error=repr(error))
        for delivery in deliveries:
            _store_alone(database, delivery)


def _store_alone(database: engine.Database, delivery: port.Delivery) -> None:
    try:
        with _work(database) as unit:
            put(unit, [delivery])
    except errors.Transient:
        raise
    except Exception as error:  # noqa: BLE001 - it is written down with the message
        with _work(database) as unit:
            _park(unit, delivery, NotStorable(why=type(error).__name__))


def _work(database: engine.Database) -> Any:
    return database.work(actor=f"system:{database.service}")


def put(unit: work.Work, deliveries: Sequence[port.Delivery]) -> int:
    """Store within a transaction; returns how many were new."""
    rows: list[dict[str, Any]] = []
    for delivery in deliveries:
        try:
            rows.append(_row(unit, delivery, read(delivery)))
        except errors.Refused as error:
            _park(unit, delivery, error)
    if not rows:
        return 0
    inserted = unit.execute(_INSERT[unit.dialect], rows).rowcount
    unit.wake("inbox")
    counters.received(unit.service, new=inserted, duplicate=len(rows) - inserted)
    return inserted


def store_dead(database: engine.Database, deliveries: Sequence[port.Delivery]) -> None:
    """Drain what the broker gave up on (too many deliveries) into the failures; it is never just looked at there."""
    with _work(database) as unit:
        for delivery in deliveries:
            _park(unit, _as_first_published(delivery), DeliveryLimit())


def count_unrouted(deliveries: Sequence[port.Delivery], subscribed: set[str]) -> None:
    """Count events that no queue took; one that somebody subscribes to is an alarm."""
    for delivery in deliveries:
        known = delivery.routing_key in subscribed
        counters.unrouted(delivery.routing_key if known else "unknown", known)
        if known:
            log.error("event_unrouted", type=delivery.routing_key)


def put_read(unit: work.Work, delivery: port.Delivery) -> int | None:
    """Store one delivery that must be readable by now; for replays. Returns its place in the inbox, None when it had
    arrived before. Raises what `read` raises."""
    row = _row(unit, delivery, read(delivery))
    seq = unit.execute(_INSERT[unit.dialect].returning(tables.inbox.c.seq), row).scalar_one_or_none()
    unit.wake("inbox")
    return seq


def read(delivery: port.Delivery) -> cloudevent.Event:
    """The event in a delivery. Raises `cloudevent.Unreadable`, `cloudevent.TooLarge` or `ForgedSource`."""
    event = cloudevent.read(delivery.body, content_type=delivery.content_type)
    key = delivery.routing_key
    word, _, rest = key.partition(".")
    if delivery.exchange == port.INBOUND:
        type_, expected = rest, f"/{word}"
        forged = not SYSTEM.fullmatch(word)
    else:
        type_, expected = key, f"/steward/{word}"
        forged = False
    if forged or event.source != expected or event.type != type_:
        raise ForgedSource(source=f"{event.source} {event.type}", key=plain(key))
    return event


def _row(unit: work.Work, delivery: port.Delivery, event: cloudevent.Event) -> dict[str, Any]:
    return {
        "source": event.source,
        "event_id": event.id,
        "type": event.type,
        "subject": event.subject,
        "body": delivery.body,
        "received_at": unit.now,
        "state": "ready",
    }


def _as_first_published(delivery: port.Delivery) -> port.Delivery:
    """A dead-lettered message under the names it was first published with, as a replay must judge it."""
    deaths = delivery.headers.get("x-death")
    first = deaths[-1] if isinstance(deaths, list) and deaths else None
    if not isinstance(first, dict):
        return delivery
    exchange, keys = first.get("exchange", delivery.exchange), first.get("routing-keys")
    key = keys[0] if isinstance(keys, list) and keys else delivery.routing_key
    return port.Delivery(delivery.body, delivery.content_type, str(exchange), str(key), {}, delivery.message_id)


def _park(unit: work.Work, delivery: port.Delivery, error: errors.Refused) -> None:
    key = plain(delivery.routing_key)
    digest = hashlib.sha256(delivery.body + key.encode()).hexdigest()
    told = story.Story(
        kind="delivery",
        ref=digest,
        name=key[: tables.NAME] or "unknown",
        source=delivery.exchange or "unknown",
        subject="",
        reason=error.code,
        error=str(error),
        attempts=1,
        raw=delivery.body[:KEPT_BYTES],
        headers={
            "content_type": delivery.content_type and plain(delivery.content_type),
            "exchange": plain(delivery.exchange),
            "routing_key": key,
            "bytes": len(delivery.body),
        },
    )
    story.park(unit, told)
    if delivery.exchange == port.INBOUND and isinstance(error, THEIR_FAULT):
        _answer(unit, delivery, error, digest)
    log.warning("delivery_parked", reason=error.code, error=str(error), routing_key=key, bytes=len(delivery.body))
    counters.outcome(unit.service, "unreadable", "parked")


def _answer(unit: work.Work, delivery: port.Delivery, error: errors.Refused, digest: str) -> None:
    """To the system that the broker knows it came from; its message is named by its id, or else by its digest."""
    system, _, type_ = plain(delivery.routing_key).partition(".")
    given = plain(delivery.message_id or "")
    rejected.answer(
        unit,
        error,
        source=f"/{system}"[: tables.NAME],
        event_id=given if 0 < len(given) <= tables.NAME else f"sha256:{digest}",
        type=type_[: tables.NAME],
    )


def _insert(insert: Any) -> Any:
    return insert(tables.inbox).on_conflict_do_nothing(index_elements=["source", "event_id"])


_INSERT = {"postgresql": _insert(postgresql.insert), "sqlite": _insert(sqlite.insert)}
