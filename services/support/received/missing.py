"""What came in and is not recorded: events that wait, are parked or were given up, and mails that wait for a person.

Nothing of what they say is shown, except whom a mail of one's own unit is from and what it is about.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from services.support.mailbox import model as mails
from services.support.mailbox import tables as mailbox
from services.support.record import filters
from services.support.ticket import model as tickets
from shared.bus import port
from shared.store import tables

TYPE = "request.submitted"
"""The event by which other systems hand in what a client asks."""
WAITING, PARKED, REJECTED = "waiting", "parked", "rejected"
_STATES = {"ready": WAITING, "retry": WAITING, "parked": PARKED, "discarded": REJECTED}
_i, _f, _m = tables.inbox.c, tables.failure.c, mailbox.mail.c


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that is not recorded. `unit` is None where it names none of ours, `channel` where it names none."""

    unit: str | None
    channel: str | None
    state: str
    reason: str
    received_at: datetime
    what: str
    kind: str
    """Where it is found: among the `event`s that wait, as a `failure`, or as a `mail`."""
    id: str


def found(
    connection: sa.Connection, asked: filters.Filter, zones: Mapping[str, ZoneInfo], elsewhere: ZoneInfo | None
) -> list[Missing]:
    """What is missing in these units, oldest first; with `elsewhere` also what names no unit that there is, its days
    counted in that zone."""
    known = set(connection.execute(sa.select(tables.unit.c.code)).scalars())
    every = [*_waiting(connection), *_failed(connection), *_unreadable(connection)]
    ours: list[Missing] = []
    for each in every:
        zone = zones.get(each.unit or "") if each.unit in known else elsewhere
        if zone is not None and _within(each.received_at, asked, zone):
            ours.append(each if each.unit in known else _of_nobody(each))
    for unit, zone in zones.items():
        ours += _mails(connection, asked, unit, zone)
    return sorted(ours, key=lambda each: (each.received_at, each.id))


def between(column: sa.ColumnElement[datetime], asked: filters.Filter, zone: ZoneInfo) -> list[Any]:
    """The days that are asked for, as they are counted there."""
    since, until = _bounds(asked, zone)
    return [*([column >= since] if since else []), *([column < until] if until else [])]


def _bounds(asked: filters.Filter, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    since = filters.begin(asked.since, zone) if asked.since else None
    return since, filters.begin(asked.until + timedelta(days=1), zone) if asked.until else None


def _within(at: datetime, asked: filters.Filter, zone: ZoneInfo) -> bool:
    since, until = _bounds(asked, zone)
    return (since is None or at >= since) and (until is None or at < until)


def _waiting(connection: sa.Connection) -> Iterator[Missing]:
    columns = (_i.event_id, _i.source, _i.body, _i.state, _i.received_at)
    for state in ("ready", "retry"):
        rows = connection.execute(sa.select(*columns).where(_i.state == state, _i.type == TYPE))
        for row in rows:
            unit, channel = _named(row.body)
            what = f"{row.source} {row.event_id}"
            reason = {"ready": "waiting", "retry": "tried-again"}[state]
            yield Missing(unit, channel, WAITING, reason, row.received_at, what, "event", row.event_id)


def _failed(connection: sa.Connection) -> Iterator[Missing]:
    columns = (_f.id, _f.reason, _f.state, _f.failed_at, _f.source, _i.event_id, _i.body, _i.received_at)
    same = _f.ref == sa.cast(_i.seq, sa.String)
    rows = connection.execute(
        sa.select(*columns)
        .outerjoin(tables.inbox, same)  # what was given up long ago is gone from there
        .where(_f.state.in_((PARKED, "discarded")), _f.kind == "event", _f.name == TYPE)
    )
    for row in rows:
        unit, channel = _named(row.body or b"")
        what = f"{row.source} {row.event_id or TYPE}"
        at = row.received_at or row.failed_at
        yield Missing(unit, channel, _STATES[row.state], row.reason, at, what, "failure", row.id)


def _unreadable(connection: sa.Connection) -> Iterator[Missing]:
    columns = (_f.id, _f.reason, _f.state, _f.name, _f.failed_at)
    rows = connection.execute(
        sa.select(*columns).where(
            *(_f.state.in_((PARKED, "discarded")), _f.kind == "delivery", _f.source == port.INBOUND),
            _f.name.endswith(f".{TYPE}", autoescape=True),
        )
    )
    for row in rows:
        yield Missing(None, None, _STATES[row.state], row.reason, row.failed_at, row.name, "failure", row.id)


def _mails(connection: sa.Connection, asked: filters.Filter, unit: str, zone: ZoneInfo) -> Iterator[Missing]:
    columns = (_m.id, _m.sender, _m.subject, _m.reason, _m.received_at)
    where = (_m.unit == unit, _m.outcome == mails.PARKED, *between(_m.received_at, asked, zone))
    for row in connection.execute(sa.select(*columns).where(*where)):
        what = ": ".join(filter(None, (row.sender, row.subject)))
        yield Missing(unit, "email", PARKED, row.reason or "", row.received_at, what, "mail", row.id)


def _named(body: bytes) -> tuple[str | None, str | None]:
    """The unit and the channel that an event names; it may be anything at all."""
    try:
        data = json.loads(bytes(body))["data"]
        unit, channel = data.get("unit"), data.get("channel")
    except (ValueError, LookupError, TypeError, AttributeError):
        return None, None
    return unit if isinstance(unit, str) else None, channel if channel in tickets.CHANNELS else None


def _of_nobody(each: Missing) -> Missing:
    return Missing(None, each.channel, each.state, each.reason, each.received_at, each.what, each.kind, each.id)
