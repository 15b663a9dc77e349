"""Mails that came in, and how far each mailbox was read."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.support.mailbox import model
from shared.kernel import errors, ids
from shared.store import types, work
from shared.store.work import Work

METADATA = types.metadata("support")

mail = sa.Table(
    "mail",
    METADATA,
    sa.Column("seq", types.Serial, primary_key=True, autoincrement=True),  # the keyset of lists
    sa.Column("id", types.Id, nullable=False, unique=True),
    sa.Column("mailbox", sa.String(100), nullable=False),
    sa.Column("unit", sa.String(100), nullable=False),
    sa.Column("uidvalidity", sa.BigInteger),
    sa.Column("uid", sa.BigInteger),
    sa.Column("key", sa.String(64), nullable=False),  # what a mail is recognised by
    sa.Column("message_id", sa.String(300)),
    sa.Column("sender", sa.String(254)),
    sa.Column("subject", sa.String(300)),
    sa.Column("received_at", types.Moment, nullable=False),
    sa.Column("outcome", sa.String(20), nullable=False),
    sa.Column("reason", sa.String(30)),
    sa.Column("ticket", types.Id),
    sa.Column("attachments", types.Json, nullable=False),  # their names
    sa.Column("raw", sa.LargeBinary, nullable=False),  # as it came
    sa.UniqueConstraint("mailbox", "uidvalidity", "uid"),
)
sa.Index("ix_mail_key", mail.c.key)
sa.Index("ix_mail_sender", mail.c.sender, mail.c.received_at)
sa.Index("ix_mail_unit", mail.c.unit, mail.c.outcome, mail.c.seq)

box = sa.Table(
    "mailbox",
    METADATA,
    sa.Column("name", sa.String(100), primary_key=True),
    sa.Column("unit", sa.String(100), nullable=False),
    sa.Column("since", sa.Date, nullable=False),  # the day on which it was first read
    sa.Column("uidvalidity", sa.BigInteger),
    sa.Column("last_uid", sa.BigInteger, nullable=False),
    sa.Column("polled_at", types.Moment),
    sa.Column("error", sa.Text),
)

_m, _b = mail.c, box.c
_FIELDS = tuple(field.name for field in dataclasses.fields(model.Taken))


class NoSuchMail(errors.NotFound):
    """There is no such mail."""

    code = "no-such-mail"


def add(unit: Work, taken: model.Taken, raw: bytes, *, uidvalidity: int | None, uid: int | None) -> None:
    """Write down a mail and what became of it."""
    row = {name: getattr(taken, name) for name in _FIELDS if name != "seq"}
    row |= {"attachments": list(taken.attachments), "raw": raw, "uidvalidity": uidvalidity, "uid": uid}
    work.insert(unit, mail, row)


def load(
    connection: sa.Connection, id: str, units: Collection[str], *, lock: bool = False
) -> tuple[model.Taken, bytes]:
    """A mail that came to one of these units, and its bytes; with `lock` nobody else deals with it meanwhile.

    Raises `NoSuchMail`.
    """
    found = sa.select(*[_m[name] for name in _FIELDS], _m.raw).where(_m.id == id, _m.unit.in_(list(units)))
    row = connection.execute(found.with_for_update() if lock else found).one_or_none() if ids.is_id(id) else None
    if row is None:
        raise NoSuchMail
    facts = {**row._mapping, "attachments": tuple(row.attachments)}
    return model.Taken(**{name: facts[name] for name in _FIELDS}), bytes(row.raw)


def opened(unit: Work, id: str, ticket: str) -> None:
    """Write down that somebody made a parked mail a ticket."""
    unit.execute(mail.update().where(_m.id == id).values(outcome=model.TICKET, ticket=ticket))


def of_key(connection: sa.Connection, key: str) -> Any:
    """The first mail that was recognised by this: its id and its ticket; None when there is none."""
    return connection.execute(sa.select(_m.id, _m.ticket).where(_m.key == key).order_by(_m.seq).limit(1)).first()


def count_of(connection: sa.Connection, sender: str, since: datetime) -> int:
    """How many mails this address sent since then."""
    some = sa.select(_m.seq).where(_m.sender == sender, _m.received_at >= since).limit(model.MAX_PER_SENDER + 1)
    return len(connection.execute(some).all())


def place(unit: Work, name: str, of: str, today: date) -> sa.Row[Any]:
    """How far a mailbox was read, locked: two readers take turns."""
    insert = postgresql.insert if unit.dialect == "postgresql" else sqlite.insert
    row = {"name": name, "unit": of, "since": today, "last_uid": 0}
    unit.execute(insert(box).values(row).on_conflict_do_nothing())
    return unit.execute(sa.select(box).where(_b.name == name).with_for_update()).one()


def move(work_: Work, name: str, **values: Any) -> None:
    """Write down how far a mailbox was read, or what is wrong with it."""
    work_.execute(box.update().where(_b.name == name).values(**values))


def boxes(connection: sa.Connection) -> list[dict[str, Any]]:
    """Every mailbox that was ever read."""
    return [dict(row._mapping) for row in connection.execute(sa.select(box).order_by(_b.name))]


def page(
    connection: sa.Connection, units: list[str], *, outcome: str, limit: int, before: int | None
) -> list[model.Taken]:
    """Mails of these units with an outcome, newest first."""
    columns = [_m[name] for name in _FIELDS]
    statement = sa.select(*columns).where(types.among(_m.unit, units, connection.dialect.name), _m.outcome == outcome)
    if before is not None:
        statement = statement.where(_m.seq < before)
    rows = connection.execute(statement.order_by(_m.seq.desc()).limit(limit))
    return [model.Taken(**{**row._mapping, "attachments": tuple(row.attachments)}) for row in rows]
