"""Messages and attempts, to and from their rows."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.notify.contact import model as contact
from services.notify.message import model
from shared.kernel import errors, ids
from shared.store import types, work

METADATA = types.metadata("notify")

message = sa.Table(
    "message",
    METADATA,
    sa.Column("seq", types.Serial, primary_key=True, autoincrement=True),  # the keyset of lists
    sa.Column("id", types.Id, nullable=False, unique=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("source", sa.String(200), nullable=False),
    sa.Column("event_id", sa.String(200), nullable=False),
    sa.Column("rule", sa.String(100), nullable=False),
    sa.Column("recipient_key", sa.String(254), nullable=False),  # what searches compare
    sa.Column("recipient", sa.String(254), nullable=False),  # empty: the contact has no mail address
    sa.Column("event", sa.String(200), nullable=False),
    sa.Column("related", sa.String(200), nullable=False),  # the object that the message is about
    sa.Column("number", sa.String(100)),
    sa.Column("unit", sa.String(100), nullable=False),
    sa.Column("template", sa.String(100), nullable=False),
    sa.Column("locale", sa.String(2), nullable=False),
    sa.Column("recipient_name", sa.String(200), nullable=False),
    sa.Column("people", types.Json, nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("created_at", types.Moment, nullable=False),
    sa.Column("created_by", sa.String(200), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("reason", sa.String(100)),
    sa.Column("detail", sa.Text),
    sa.Column("next_at", types.Moment),
    sa.Column("ended_at", types.Moment),
    sa.Column("facts", types.Json),
    sa.Column("message_id", sa.String(300)),
    sa.Column("sender_name", sa.String(200)),
    sa.Column("title", sa.Text),
    sa.Column("text", sa.Text),
    sa.Column("html", sa.Text),
    sa.Column("reply_to", sa.String(254)),
    sa.Column("in_reply_to", sa.String(300)),
    sa.Column("resend_of", types.Id),
    sa.Column("resend_reason", sa.Text),
    sa.Column("channel", sa.String(10), nullable=False, server_default="mail"),  # mail | sms
    sa.Column("folded_into", types.Id),
    sa.Column("files", types.Json),
    sa.UniqueConstraint("source", "event_id", "rule", "recipient"),
)
sa.Index("ix_message_unit", message.c.unit, message.c.seq)
sa.Index("ix_message_unit_state", message.c.unit, message.c.state, message.c.seq)
sa.Index("ix_message_related", message.c.related, message.c.seq)
sa.Index("ix_message_number", message.c.number, message.c.seq)
sa.Index("ix_message_recipient", message.c.recipient_key, message.c.seq)
sa.Index("ix_message_message_id", message.c.message_id)
sa.Index("ix_message_resend_of", message.c.resend_of)

attempt = sa.Table(
    "message_attempt",
    METADATA,
    sa.Column("message_id", types.Id, sa.ForeignKey("message.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("channel", sa.String(20), nullable=False),
    sa.Column("started_at", types.Moment, nullable=False),
    sa.Column("transmitting_at", types.Moment),
    sa.Column("finished_at", types.Moment),
    sa.Column("outcome", sa.String(20)),  # sent | deferred | refused | unknown | interrupted
    sa.Column("code", sa.Integer),
    sa.Column("reply", sa.Text),
)

_FIELDS = tuple(field.name for field in dataclasses.fields(model.Message))
_a = attempt.c


class NoSuchMessage(errors.NotFound):
    """There is no such message, or none that you may know of."""

    code = "no-such-message"


def add(unit: work.Work, new: model.Message) -> bool:
    """Insert a message; False when this event, rule and recipient have theirs already."""
    insert = postgresql.insert if unit.dialect == "postgresql" else sqlite.insert
    statement = (
        insert(message)
        .values(_row(new))
        .on_conflict_do_nothing(index_elements=["source", "event_id", "rule", "recipient"])
    )
    return unit.execute(statement).rowcount == 1


def load(connection: sa.Connection, id: str, *, lock: bool = False) -> model.Message:
    """The message; with `lock` no other transaction can change it meanwhile. Raises `NoSuchMessage`."""
    if not ids.is_id(id):
        raise NoSuchMessage  # whatever stands in an address; PostgreSQL refuses to even compare some of it
    statement = sa.select(message).where(message.c.id == id)
    row = connection.execute(statement.with_for_update() if lock else statement).one_or_none()
    if row is None:
        raise NoSuchMessage
    return read(row)


def save(unit: work.Work, before: model.Message, after: model.Message) -> model.Message:
    """Write what changed since `before` was loaded: texts are long and change once. Raises `errors.Stale`."""
    changed = {name: getattr(after, name) for name in _FIELDS if getattr(after, name) != getattr(before, name)}
    work.update(unit, message, changed, id=before.id, version=before.version)
    return dataclasses.replace(after, version=before.version + 1)


def read(row: sa.Row[Any]) -> model.Message:
    """A row as a message."""
    return model.Message(**{name: row._mapping[name] for name in _FIELDS})


def _row(of: model.Message) -> dict[str, Any]:
    row = {name: getattr(of, name) for name in _FIELDS if name != "seq"}
    return {**row, "recipient_key": contact.key(of.recipient)}


def interrupt_attempts(unit: work.Work, id: str) -> None:
    """Write down that earlier attempts without an end were interrupted."""
    unit.execute(
        attempt.update()
        .where(_a.message_id == id, _a.finished_at.is_(None))
        .values(finished_at=unit.now, outcome="interrupted")
    )


def start_attempt(unit: work.Work, of: model.Message, *, channel: str) -> None:
    """Write down that the message is being offered."""
    row = {"message_id": of.id, "number": of.attempts, "channel": channel, "started_at": unit.now}
    work.insert(unit, attempt, row)


def mark_transmitting(unit: work.Work, of: model.Message) -> None:
    """Write down that the message itself is about to leave."""
    _change_attempt(unit, of.id, of.attempts, transmitting_at=unit.now)


def finish_attempt(unit: work.Work, id: str, number: int, *, outcome: str, code: int | None, reply: str) -> None:
    """Write down what became of an attempt."""
    _change_attempt(unit, id, number, finished_at=unit.now, outcome=outcome, code=code, reply=reply)


def _change_attempt(unit: work.Work, id: str, number: int, **values: datetime | str | int | None) -> None:
    unit.execute(attempt.update().where(_a.message_id == id, _a.number == number).values(**values))
