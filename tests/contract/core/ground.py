"""What the contract suites of the core stand on: databases with the core's tables and one table for effects, an event
that a service called `left` publishes and `right` reacts to, and one that outside systems send to `right`."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from marshmallow import fields
from psycopg import sql

from shared import outbox
from shared.bus import port
from shared.clocks import tables as clock_tables
from shared.envelope import catalogue, cloudevent
from shared.inbox.reaction import Reaction
from shared.kernel import ids, moment
from shared.store import engine, tables, types, work
from shared.trail import tables as trail_tables
from tests.servers import Postgres

START = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
DIALECTS = ("sqlite", "postgresql")

EFFECTS = sa.MetaData()
effect = sa.Table(
    "effect",
    EFFECTS,
    sa.Column("seq", types.Serial, primary_key=True, autoincrement=True),
    sa.Column("event_id", sa.String(200), nullable=False),
    sa.Column("subject", sa.String(200), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("actor", sa.String(200), nullable=False),
)
thing = sa.Table(
    "thing",
    EFFECTS,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("amount", sa.Integer, nullable=False),
    sa.Column("at", types.Moment),
    sa.Column("facts", types.Json),
)


METADATA = (tables.METADATA, clock_tables.METADATA, trail_tables.METADATA, EFFECTS)
"""Of every service, and of these tests."""


class Noted(catalogue.Writer):
    """What `left` says."""

    number = fields.Integer(required=True)
    word = fields.String(required=True)


class Read(catalogue.Reader):
    """What `right` reads of it."""

    number = fields.Integer(required=True, strict=True)
    word = fields.String(required=True)


NOTED = catalogue.EventType("left.thing.noted", Noted, "Something was noted", {"number": 1, "word": "fine"})
UNHEARD = catalogue.EventType("left.thing.unheard", Noted, "Nobody listens", {"number": 1, "word": "fine"})
OFFERED = "thing.offered"


def create(url: str) -> None:
    """The tables of a test database."""
    made = engine.Database(url, service="ground", pool_size=1)
    try:
        for metadata in METADATA:
            metadata.create_all(made.engine)
    finally:
        made.close()


class SqliteFiles:
    """Copies of one prepared file: making the tables anew costs twenty times as much."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._number = folder, 0
        self._template = folder / "template.sqlite"
        create(f"sqlite:///{self._template}")
        with sa.create_engine(f"sqlite:///{self._template}").connect() as connection:
            connection.exec_driver_sql("pragma wal_checkpoint(truncate)")

    def url(self, name: str) -> str:
        """The URL of a fresh database."""
        self._number += 1
        path = self._folder / f"{name}-{self._number}.sqlite"
        shutil.copyfile(self._template, path)
        return f"sqlite:///{path}"


class PostgresDatabases:
    """One database per name, emptied for each test: making one anew costs ten times as much."""

    def __init__(self, server: Postgres, prefix: str) -> None:
        self._server, self._prefix = server, prefix
        self._made: dict[str, str] = {}

    def url(self, name: str) -> str:
        """The URL of an empty database."""
        if name not in self._made:
            self._made[name] = self._server.create(f"{self._prefix}_{name}")
            create(self._made[name])
        else:
            every = ", ".join(f'"{table.name}"' for metadata in METADATA for table in metadata.tables.values())
            with self._server.connect(f"{self._prefix}_{name}") as connection:
                connection.execute(sql.SQL("truncate {} restart identity").format(sql.SQL(every)))  # type: ignore[arg-type]
        return self._made[name]


@dataclass
class Reactor:
    """What `right` does with an event: notes its number; what `on` holds for its word comes first.

    `on[word]` is an exception to be raised, a list of them (one for each run, then none), or a function.
    """

    on: dict[str, Any] = field(default_factory=dict)
    runs: list[int] = field(default_factory=list)

    def react(self, unit: work.Work, event: cloudevent.Event) -> str | None:
        """The reaction."""
        self.runs.append(event.data["number"])
        stumble: Any = self.on.get(event.data["word"])
        if isinstance(stumble, list):
            stumble = stumble.pop(0) if stumble else None
        if isinstance(stumble, BaseException):
            raise stumble
        if callable(stumble):
            said: Any = stumble(unit, event)
            if said:
                return said
        row = {"event_id": event.id, "subject": event.subject, "number": event.data["number"], "actor": unit.actor}
        unit.execute(effect.insert(), row)
        return None

    def reactions(self, *, alone: bool = False) -> tuple[Reaction, ...]:
        """The table."""
        return (
            Reaction(NOTED.name, self.react, Read, alone=alone),
            Reaction(OFFERED, self.react, Read, inbound=True),
        )


def noted(number: int, *, subject: str = "s", word: str = "fine", id: str | None = None, **more: Any) -> port.Delivery:
    """A delivery of `NOTED` as it arrives."""
    event = cloudevent.Event(
        id=id or ids.new(),
        source="/steward/left",
        type=NOTED.name,
        subject=subject,
        time=START,
        data={"number": number, "word": word},
        sequence=number,
        **more,
    )
    return delivery(event)


def offered(number: int, *, system: str = "tos", subject: str = "s", word: str = "fine", **more: Any) -> port.Delivery:
    """A delivery of `OFFERED` from an outside system."""
    event = cloudevent.Event(
        id=more.pop("id", None) or ids.new(),
        source=f"/{system}",
        type=OFFERED,
        subject=subject,
        time=START,
        data={"number": number, "word": word},
        **more,
    )
    return delivery(event, exchange=port.INBOUND, key=f"{system}.{OFFERED}")


def delivery(event: cloudevent.Event, *, exchange: str = port.EVENTS, key: str | None = None) -> port.Delivery:
    """An event as a delivery."""
    return port.Delivery(
        cloudevent.write(event), cloudevent.CONTENT_TYPE, exchange, key or event.type, {}, message_id=event.id
    )


def emit(database: engine.Database, number: int = 1, *, subject: str = "s", word: str = "fine") -> cloudevent.Event:
    """Something was noted, in a transaction of its own."""
    with database.work(actor="staff:lan") as unit:
        return outbox.emit(unit, NOTED, subject, {"number": number, "word": word})


def rows(database: engine.Database, statement: Any) -> list[Any]:
    """What a query finds."""
    with database.reading() as connection:
        return list(connection.execute(statement))


def effects(database: engine.Database) -> list[tuple[str, int]]:
    """Subject and number of every effect, in the order they were written."""
    return [(row.subject, row.number) for row in rows(database, sa.select(effect).order_by(effect.c.seq))]


def failures(database: engine.Database) -> list[Any]:
    """Every failure, oldest first."""
    return rows(database, sa.select(tables.failure).order_by(tables.failure.c.id))


def inbox(database: engine.Database) -> list[Any]:
    """Every inbox row, in its order."""
    return rows(database, sa.select(tables.inbox).order_by(tables.inbox.c.seq))


def outgoing(database: engine.Database) -> list[Any]:
    """Every outbox row, in its order."""
    return rows(database, sa.select(tables.outbox).order_by(tables.outbox.c.seq))


@contextmanager
def opened(url: str, service: str, time: moment.Source, **more: Any) -> Iterator[engine.Database]:
    """A database of the service, closed afterwards."""
    made = engine.Database(url, service=service, time=time, machine=more.pop("machine", time), **more)
    try:
        yield made
    finally:
        made.close()
