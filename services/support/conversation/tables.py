"""What is said about tickets, to and from its rows."""

from __future__ import annotations

import dataclasses
from typing import Any

import sqlalchemy as sa

from services.support.conversation import model
from shared.kernel import errors, ids
from shared.store import types, work

METADATA = types.metadata("support")

conversation = sa.Table(
    "conversation",
    METADATA,
    sa.Column("seq", types.Serial, primary_key=True, autoincrement=True),  # the order, and the keyset of the list
    sa.Column("id", types.Id, nullable=False, unique=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("ticket", types.Id, nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("by", sa.String(200), nullable=False),
    sa.Column("at", types.Moment, nullable=False),
    sa.Column("leaves_at", types.Moment),
    sa.Column("ended_at", types.Moment),
    sa.Column("asked", types.Json, nullable=False),
    sa.Column("mail", types.Id),
    sa.Column("sender", sa.String(254)),
    sa.Column("attachments", types.Json),  # of a reply; none where nothing goes with it
)
sa.Index("ix_conversation_ticket", conversation.c.ticket, conversation.c.seq)

_FIELDS = tuple(field.name for field in dataclasses.fields(model.Entry))
_c = conversation.c


class NoSuchReply(errors.NotFound):
    """There is no such reply, or none that you may know of."""

    code = "no-such-reply"


def add(unit: work.Work, new: model.Entry) -> model.Entry:
    """Insert it and give it its place."""
    row = {name: getattr(new, name) for name in _FIELDS if name != "seq"} | {"asked": list(new.asked)}
    row |= {"attachments": list(new.attachments) or None}
    seq = unit.execute(conversation.insert().returning(_c.seq), row).scalar_one()
    return dataclasses.replace(new, seq=seq)


def reply(connection: sa.Connection, id: str, *, lock: bool = False) -> model.Entry:
    """A reply; with `lock` nobody else can take it back or send it meanwhile. Raises `NoSuchReply`."""
    if not ids.is_id(id):
        raise NoSuchReply
    statement = sa.select(conversation).where(_c.id == id, _c.kind == model.REPLY)
    row = connection.execute(statement.with_for_update() if lock else statement).one_or_none()
    if row is None:
        raise NoSuchReply
    return read(row)


def save(unit: work.Work, changed: model.Entry) -> model.Entry:
    """Write what became of a reply. Raises `errors.Stale`."""
    row = {"state": changed.state, "ended_at": changed.ended_at}
    work.update(unit, conversation, row, id=changed.id, version=changed.version)
    return dataclasses.replace(changed, version=changed.version + 1)


def read(row: sa.Row[Any]) -> model.Entry:
    """A row as what was said."""
    facts = {name: row._mapping[name] for name in _FIELDS}
    facts |= {"asked": tuple(facts["asked"]), "attachments": tuple(facts["attachments"] or ())}
    return model.Entry(**facts)
