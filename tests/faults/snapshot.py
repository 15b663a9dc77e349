"""What a service's database says at one moment, as far as the checker compares it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from shared.store import engine, tables

MARK = re.compile(r"mark-[0-9a-f-]{36}")


@dataclass(frozen=True)
class Published:
    """An event of the outbox."""

    id: str
    type: str
    subject: str
    sequence: int


@dataclass(frozen=True)
class Received:
    """A row of the inbox."""

    seq: int
    event_id: str
    type: str
    subject: str
    state: str
    outcome: str | None


@dataclass(frozen=True)
class Ticket:
    """What support made of a request; `mark` is the one in its content."""

    id: str
    mark: str
    reference: str | None
    state: str
    version: int


@dataclass(frozen=True)
class Message:
    """What notify made of an event."""

    id: str
    event_id: str
    rule: str
    recipient: str
    related: str
    state: str
    message_id: str | None


@dataclass
class Snapshot:
    """One database. `failures` say why work is parked, by its ref, `parked_raw` the ids found in parked raw deliveries,
    `parked_messages` those whose delivery is parked, `replayed` the refs of what a person had tried again."""

    outbox: list[Published] = field(default_factory=list)
    inbox: list[Received] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    parked_raw: set[str] = field(default_factory=set)
    parked_messages: set[str] = field(default_factory=set)
    replayed: set[str] = field(default_factory=set)
    tickets: list[Ticket] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)


def open_work(database: engine.Database) -> list[str]:
    """What still waits or runs in a database, as sentences."""
    o, i, t = tables.outbox.c, tables.inbox.c, tables.task.c
    questions = {
        "rows unsent": sa.select(sa.func.count()).where(o.sent_at.is_(None)),
        "events waiting": sa.select(sa.func.count()).where(i.state.in_(("ready", "retry"))),
        "tasks open": sa.select(sa.func.count()).where(t.state.in_(("ready", "retry", "running"))),
    }
    with database.reading() as connection:
        counts = {what: connection.execute(question).scalar_one() for what, question in questions.items()}
    return [f"{database.service}: {count} {what}" for what, count in counts.items() if count]


def read(database: engine.Database) -> Snapshot:
    """Everything at one moment."""
    seen = Snapshot()
    with database.reading() as connection:
        _events(connection, seen)
        _failures(connection, seen)
        if database.service == "support":
            seen.tickets = _tickets(connection)
        if database.service == "notify":
            seen.messages = _messages(connection)
    return seen


def _events(connection: sa.Connection, seen: Snapshot) -> None:
    o, i = tables.outbox.c, tables.inbox.c
    rows = connection.execute(sa.select(o.body).where(o.kind == "event").order_by(o.seq)).scalars()
    for body in rows:
        event = json.loads(bytes(body))
        seen.outbox.append(Published(event["id"], event["type"], event["subject"], int(event["sequence"])))
    columns = (i.seq, i.event_id, i.type, i.subject, i.state, i.outcome)
    seen.inbox = [Received(*row) for row in connection.execute(sa.select(*columns).order_by(i.seq))]


def _failures(connection: sa.Connection, seen: Snapshot) -> None:
    f = tables.failure.c
    seen.replayed = set(connection.execute(sa.select(f.ref).where(f.state.in_(("replayed", "resolved")))).scalars())
    for row in connection.execute(sa.select(f.ref, f.raw, f.name, f.reason).where(f.state == "parked")):
        assert row.reason, f"the failure {row.ref} has no reason"
        seen.failures[row.ref] = f"{row.name} {row.reason}"
        if row.raw is not None:
            seen.parked_raw.add(_id(bytes(row.raw)))
    t = tables.task.c
    for args in connection.execute(sa.select(t.args).where(t.state == "parked")).scalars():
        seen.parked_messages.add(str(args.get("message_id")))


def _id(raw: bytes) -> str:
    try:
        event: Any = json.loads(raw)
        return str(event["id"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""


def _tickets(connection: sa.Connection) -> list[Ticket]:
    from services.support.ticket import tables as tickets

    t = tickets.ticket.c
    found: list[Ticket] = []
    for row in connection.execute(sa.select(t.id, t.content, t.reference, t.state, t.version).order_by(t.seq)):
        mark = MARK.search(row.content)
        found.append(Ticket(row.id, mark[0] if mark else row.id, row.reference, row.state, row.version))
    return found


def _messages(connection: sa.Connection) -> list[Message]:
    from services.notify.message import tables as messages

    m = messages.message.c
    columns = (m.id, m.event_id, m.rule, m.recipient, m.related, m.state, m.message_id)
    return [Message(*row) for row in connection.execute(sa.select(*columns).order_by(m.seq))]
