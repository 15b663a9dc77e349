"""The inbox path: receive, store once, a reaction that writes one row, done."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from typing import Any

import amqp
import marshmallow as ma
import psycopg
import sqlalchemy as sa
from marshmallow import fields

from shared.bus import rabbit, receiver
from shared.envelope import catalogue, cloudevent
from shared.inbox import receive
from shared.inbox.reaction import Reaction
from shared.inbox.worker import Worker
from shared.store import engine
from shared.store.work import Work
from tests.bench import events, world

QUEUE = "steward.notify"


class Heard(catalogue.Reader):
    """What the reaction reads."""

    number = fields.String(required=True)
    unit = fields.String(required=True)
    contact = fields.Nested(ma.Schema.from_dict({"name": fields.String()}), unknown=ma.EXCLUDE, required=True)


_effect = sa.table("bench_effect", sa.column("id"), sa.column("number"), sa.column("unit"))


def note(work: Work, event: cloudevent.Event) -> None:
    """One row."""
    work.execute(_effect.insert(), {"id": event.id, "number": event.data["number"], "unit": event.data["unit"]})


class Receiving:
    """Events a second from the queue to the committed effect."""

    name, title, unit = "inbox", "Inbox path: receive, store once, react, done", "/s"
    higher_is_better, need, reached_at = True, "≥ 0.6 of the floor", 0.6
    absolute = False

    @contextlib.contextmanager
    def __call__(self, *, quick: bool) -> Iterator[Receiving]:
        self._count = 1_000 if quick else 4_000
        with world.world() as made:
            self._world = made
            with made.connect("notify") as connection:
                connection.execute("create table bench_effect (id text primary key, number text, unit text)")
            self._database = engine.Database(made.settings.database("notify"), service="notify")
            try:
                with rabbit.connected(made.amqp_url, "bench feed") as self._broker:
                    yield self
            finally:
                self._database.close()

    def run(self) -> float:
        """Receiver and worker, each in its thread, as the role `bus` runs them."""
        self._fill()
        taking = receiver.Receiver(
            self._world.amqp_url, QUEUE, name="bench", store=lambda some: receive.store(self._database, some)
        )
        working = Worker(self._database, [Reaction(events.TYPE, note, Heard)])
        woken = threading.Event()
        self._database.on_wake("inbox", woken.set)
        return self._timed(lambda: taking.step(0.2), working.step, woken, (taking.close, working.close))

    def floor(self) -> float:
        """psycopg and py-amqp: the same statements, by hand."""
        self._fill()
        woken = threading.Event()
        with _Taking(self._world, woken) as taking, _Working(self._world) as working:
            return self._timed(taking.step, working.step, woken, ())

    def _timed(self, take: Any, work: Any, woken: threading.Event, closing: tuple[Any, ...]) -> float:
        stop = threading.Event()

        def taking() -> None:
            while not stop.is_set():
                take()

        thread = threading.Thread(target=taking, daemon=True)
        begun = time.perf_counter()
        thread.start()
        with self._world.connect("notify") as watch:
            watch.autocommit = True
            while True:
                if not work():
                    done = watch.execute("select count(*) from bench_effect").fetchone()
                    if done and done[0] >= self._count:
                        break
                    woken.wait(0.05)
                    woken.clear()
        took = time.perf_counter() - begun
        stop.set()
        thread.join(5)
        for close in closing:
            close()
        return self._count / took

    def _fill(self) -> None:
        with self._world.connect("notify") as connection:
            connection.execute("truncate inbox, bench_effect")
        channel: Any = self._broker.default_channel
        channel.queue_purge(QUEUE)
        for _ in range(self._count):
            made = events.event()
            body: Any = cloudevent.write(made)
            message = amqp.Message(body, content_type=cloudevent.CONTENT_TYPE, message_id=made.id, delivery_mode=2)
            channel.basic_publish(message, exchange="steward.events", routing_key=made.type)
        until = time.monotonic() + 30
        while channel.queue_declare(QUEUE, passive=True).message_count < self._count:
            assert time.monotonic() < until, "the queue was not filled"
            time.sleep(0.05)


class _Taking:
    def __init__(self, made: world.World, woken: threading.Event) -> None:
        self._world, self._woken = made, woken
        self._batch: list[Any] = []
        self._tag = 0

    def __enter__(self) -> _Taking:
        self._database = self._world.connect("notify")
        credentials, _, place = self._world.amqp_url.removeprefix("amqp://").partition("@")
        user, _, password = credentials.partition(":")
        host, _, vhost = place.partition("/")
        self._connection = amqp.Connection(
            host=host, userid=user, password=password, virtual_host=vhost, read_timeout=10, write_timeout=10
        )
        self._connection.connect()
        self._channel: Any = self._connection.channel()
        self._channel.auto_decode = False
        self._channel.basic_qos(0, 500, False)
        self._channel.basic_consume(QUEUE, callback=self._take)
        return self

    def _take(self, message: Any) -> None:
        self._batch.append(cloudevent.read(bytes(message.body)))
        self._bodies.append(bytes(message.body))
        self._tag = message.delivery_info["delivery_tag"]

    def step(self) -> None:
        self._batch, self._bodies = [], []
        wait = 0.2
        while len(self._batch) < 200:
            try:
                self._connection.drain_events(timeout=wait)
            except TimeoutError:
                break
            wait = 0.002
        if not self._batch:
            return
        rows = [
            (each.source, each.id, each.type, each.subject, body)
            for each, body in zip(self._batch, self._bodies, strict=True)
        ]
        with self._database.cursor() as cursor:
            cursor.executemany(
                "insert into inbox (source, event_id, type, subject, body, received_at, state)"
                " values (%s, %s, %s, %s, %s, now(), 'ready') on conflict (source, event_id) do nothing",
                rows,
            )
        self._database.commit()
        self._channel.basic_ack(self._tag, multiple=True)
        self._woken.set()

    def __exit__(self, *_: object) -> None:
        self._connection.collect()
        self._database.close()


class _Working:
    def __init__(self, made: world.World) -> None:
        self._world = made

    def __enter__(self) -> _Working:
        self._database: psycopg.Connection[Any] = self._world.connect("notify")
        return self

    def step(self) -> bool:
        d = self._database
        d.execute("select seq from inbox where state = 'retry' and retry_at <= now() order by seq limit 100").fetchall()
        rows = d.execute(
            "select seq, source, event_id, type, subject, body, started, finished, attempts, exists (select 1 from"
            " failure f where f.kind = 'event' and f.ref = inbox.seq::varchar and f.state = 'replayed') from inbox"
            " where state = 'ready' and subject not in (select b.subject from inbox b where b.state = 'retry')"
            " order by seq limit 100"
        ).fetchall()
        d.commit()
        if not rows:
            return False
        seqs = [row[0] for row in rows]
        d.execute("update inbox set started = started + 1 where seq = any(%s)", (seqs,))
        d.commit()
        for row in rows:
            event = cloudevent.read(bytes(row[5]))
            d.execute(
                "insert into bench_effect (id, number, unit) values (%s, %s, %s)",
                (event.id, event.data["number"], event.data["unit"]),
            )
        d.execute(
            "update inbox set state = 'done', finished = started, done_at = now(), retry_at = null, outcome = 'ok'"
            " where seq = any(%s)",
            (seqs,),
        )
        d.commit()
        return True

    def __exit__(self, *_: object) -> None:
        self._database.close()
