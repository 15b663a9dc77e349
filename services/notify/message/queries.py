"""The read side of messages: for the API, the pages and the command line."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.notify.contact import model as contact
from services.notify.message import model, tables
from services.notify.rule import model as rules
from shared.store import cursor as cursors
from shared.store import types

ALL_UNITS = None
"""For `units`: whoever looks may see every unit's messages."""
MOST_REFERENCES = 10  # of a thread that a mail names; mail programs need the newest only
_LINK = re.compile(r"(/p/[a-z])[0-9A-Za-z]{16,}")
_m, _a = tables.message.c, tables.attempt.c
_LISTED = [column for column in tables.message.c if column.name not in ("facts", "text", "html", "recipient_key")]


def page(
    connection: sa.Connection,
    *,
    units: Collection[str] | None = ALL_UNITS,
    state: str | None = None,
    group: str | None = None,
    to: str | None = None,
    recipient: str | None = None,
    number: str | None = None,
    subject: str | None = None,
    until: datetime | None = None,
    limit: int = 25,
    cursor: str | None = None,
) -> tuple[list[model.Message], str | None]:
    """Messages, newest first, without their texts, and the cursor of the next page. Raises `cursors.BadCursor`."""
    statement = sa.select(*_LISTED)
    if units is not None:
        statement = statement.where(types.among(_m.unit, sorted(units), connection.dialect.name))
    if state:
        statement = statement.where(_m.state == state)
    if group:
        statement = statement.where(_m.state.in_(model.GROUPS[group]))
    if group == model.AGAIN:
        statement = statement.where(_m.reason.is_not(None))
    if to:
        by_rule = _m.rule.in_(rules.to_clients())
        statement = statement.where(by_rule if to == "client" else ~by_rule)
    if recipient:
        statement = statement.where(_m.recipient_key == contact.key(recipient))
    if number:
        statement = statement.where(_m.number == number.upper())
    if subject:
        statement = statement.where(_m.related == subject)
    if until:
        statement = statement.where(_m.created_at <= until)
    if cursor:
        statement = statement.where(_m.seq < cursors.read(cursor))
    rows = connection.execute(statement.order_by(_m.seq.desc()).limit(limit + 1)).all()
    found = [model.Message(**row._mapping) for row in rows[:limit]]
    return found, cursors.write(found[-1].seq) if len(rows) > limit else None


def one(
    connection: sa.Connection, id: str, *, units: Collection[str] | None = ALL_UNITS, lock: bool = False
) -> model.Message:
    """One message with its text. Raises `tables.NoSuchMessage`."""
    found = tables.load(connection, id, lock=lock)
    if units is not None and found.unit not in units:
        raise tables.NoSuchMessage
    return found


def attempts(connection: sa.Connection, id: str) -> list[dict[str, Any]]:
    """Every time that the message was offered, in order."""
    rows = connection.execute(sa.select(tables.attempt).where(_a.message_id == id).order_by(_a.number))
    return [dict(row._mapping) for row in rows]


def thread(connection: sa.Connection, message: model.Message) -> tuple[str, ...]:
    """The Message-IDs of what the same recipient was sent about the same object before, oldest first."""
    same = (_m.related == message.related, _m.recipient_key == contact.key(message.recipient), _m.state == "sent")
    earlier = sa.select(_m.message_id).where(*same, _m.seq < message.seq, _m.message_id.is_not(None))
    found = connection.execute(earlier.order_by(_m.seq.desc()).limit(MOST_REFERENCES)).scalars().all()
    return tuple(reversed(found))


def resent_as(connection: sa.Connection, id: str) -> list[str]:
    """The messages that repeat this one."""
    return list(connection.execute(sa.select(_m.id).where(_m.resend_of == id).order_by(_m.seq)).scalars())


def without_secret(text: str | None) -> str | None:
    """The text with the secret of its links masked: staff must not be able to answer in the client's place."""
    return None if text is None else _LINK.sub(r"\1•••", text)
