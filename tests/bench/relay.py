"""The outbox relay: rows to a quorum queue with confirms, marked sent."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any

import amqp
import psycopg

from shared.bus import rabbit
from shared.envelope import cloudevent
from shared.outbox.relay import Relay
from shared.store import engine
from tests.bench import events, world

BATCH = 500
_SELECT = """
select seq, kind, message_id, routing_key, subject, body, attempts from outbox
where sent_at is null and (subject not in (select w.subject from outbox w
  where w.sent_at is null and w.retry_at is not null and w.retry_at > now()))
order by seq limit 500"""


class Relaying:
    """Events a second from outbox rows to the broker's confirm and the mark."""

    name, title, unit = "relay", "Outbox relay: batches, confirms, quorum queue", "/s"
    higher_is_better, need, reached_at = True, "≥ 0.7 of the floor", 0.7
    absolute = False

    @contextlib.contextmanager
    def __call__(self, *, quick: bool) -> Iterator[Relaying]:
        self._count = 1_500 if quick else 6_000
        with world.world() as made:
            self._world = made
            database = engine.Database(made.settings.database("support"), service="support")
            self._relay = Relay(database, rabbit.Publisher(made.amqp_url, made.amqp_url, name="bench"))
            try:
                with rabbit.connected(made.amqp_url, "bench purge") as self._broker, _Floor(made) as self._floor:
                    yield self
            finally:
                self._relay.close()
                database.close()

    def run(self) -> float:
        """The relay, step by step, until nothing is left."""
        self._fill()
        begun = time.perf_counter()
        while self._relay.step():
            pass
        took = time.perf_counter() - begun
        self._relay.release()
        return self._checked() / took

    def floor(self) -> float:
        """psycopg and py-amqp: the same statements, the same pipelined confirms."""
        self._fill()
        begun = time.perf_counter()
        while self._floor.step():
            pass
        took = time.perf_counter() - begun
        return self._checked() / took

    def _fill(self) -> None:
        with self._world.connect("support") as connection, connection.cursor() as cursor:
            cursor.execute("truncate outbox")
            with cursor.copy(
                "copy outbox (kind, message_id, routing_key, subject, body, created_at) from stdin"
            ) as rows:
                for _ in range(self._count):
                    made = events.event()
                    rows.write_row(("event", made.id, made.type, made.subject, cloudevent.write(made), events.NOW))
            cursor.execute("commit")
            connection.autocommit = True
            cursor.execute("analyze outbox")
        self._broker.default_channel.queue_purge("steward.notify")

    def _checked(self) -> int:
        """All are marked, and all have arrived: otherwise the figure would be a lie."""
        with self._world.connect("support") as connection:
            row = connection.execute("select count(*) from outbox where sent_at is not null").fetchone()
        arrived = self._broker.default_channel.queue_declare("steward.notify", passive=True).message_count
        assert row is not None
        assert (row[0], arrived) == (self._count, self._count)
        return self._count


class _Floor:
    def __init__(self, made: world.World) -> None:
        self._world = made
        self._waiting: set[int] = set()
        self._tag = 0

    def __enter__(self) -> _Floor:
        self._database: psycopg.Connection[Any] = self._world.connect("support")
        host, _, rest = self._world.amqp_url.removeprefix("amqp://").partition("@")[2].partition("/")
        user, _, password = self._world.amqp_url.removeprefix("amqp://").partition("@")[0].partition(":")
        self._connection = amqp.Connection(
            host=host, userid=user, password=password, virtual_host=rest, read_timeout=10, write_timeout=10
        )
        self._connection.connect()
        self._channel: Any = self._connection.channel()
        self._channel.events["basic_ack"].add(self._acked)
        self._channel.confirm_select()
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        self._database.close()

    def _acked(self, tag: int, multiple: bool) -> None:
        self._waiting -= {each for each in self._waiting if each <= tag} if multiple else {tag}

    def step(self) -> bool:
        rows = self._database.execute(_SELECT).fetchall()
        self._database.commit()
        if not rows:
            return False
        for row in rows:
            self._tag += 1
            self._waiting.add(self._tag)
            message = amqp.Message(
                row[5],
                content_type="application/cloudevents+json",
                content_encoding="utf-8",
                message_id=row[2],
                delivery_mode=2,
            )
            self._channel.basic_publish(message, exchange="steward.events", routing_key=row[3], mandatory=True)
        while self._waiting:
            self._connection.drain_events(timeout=10)
        self._database.execute(
            "update outbox set sent_at = now(), error = null where seq = any(%s)", ([row[0] for row in rows],)
        )
        self._database.commit()
        return True
