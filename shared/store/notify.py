"""Waking another process over PostgreSQL: NOTIFY after the commit, at most every 20 ms; LISTEN on its own connection.

A courtesy: what is missed is found by polling. Inside the transaction a NOTIFY would cost 13 to 45 % of the commits.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import psycopg
import sqlalchemy as sa
import structlog
from psycopg import conninfo, sql

from shared.kernel import errors
from shared.store import engine

EVERY_S = 0.02  # at most one NOTIFY of a topic per process and this time
LISTEN_S = 1.0  # how long one wait for notifications lasts; also how fast it stops
AGAIN_S = 2.0  # how long the listener waits before it connects again

log = structlog.get_logger(__name__)


class Notifier:
    """Tells other processes of the service that a topic was touched. One thread of its own."""

    def __init__(self, database: engine.Database, topics: tuple[str, ...]) -> None:
        self._database = database
        self._pending: set[str] = set()
        self._guard = threading.Lock()
        self._wake = threading.Event()
        self._stop = threading.Event()
        for topic in topics:
            database.on_wake(topic, lambda topic=topic: self._touch(topic))
        self._thread = threading.Thread(target=self._run, name=f"{database.service} notifier", daemon=True)
        self._thread.start()

    def _touch(self, topic: str) -> None:
        with self._guard:
            self._pending.add(topic)
        self._wake.set()

    def _run(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            if self._stop.is_set():
                return
            with self._guard:
                topics, self._pending = self._pending, set()
            begun = time.monotonic()
            self._tell(topics)
            self._stop.wait(max(0.0, begun + EVERY_S - time.monotonic()))

    def _tell(self, topics: set[str]) -> None:
        try:
            with engine.facts_of_drivers(), self._database.engine.connect() as connection:
                for topic in sorted(topics):
                    connection.execute(_NOTIFY, {"channel": channel(self._database.service, topic)})
                connection.commit()
        except (errors.DatabaseAway, sa.exc.SQLAlchemyError) as error:  # pyright: ignore[reportAttributeAccessIssue]
            log.info("notify_missed", service=self._database.service, error=str(error))

    def close(self) -> None:
        """End the thread."""
        self._stop.set()
        self._wake.set()
        self._thread.join(2)


class Listener:
    """Calls `wake` per topic when another process told of it. One thread and one connection of its own."""

    def __init__(self, url: str, service: str, wakes: dict[str, Callable[[], None]]) -> None:
        parsed = sa.make_url(url).set(drivername="postgresql")
        self._conninfo = conninfo.make_conninfo(parsed.render_as_string(hide_password=False), **engine.SOCKET)
        self._service, self._wakes = service, wakes
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"{service} listener", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        channels = {channel(self._service, topic): wake for topic, wake in self._wakes.items()}
        while not self._stop.is_set():
            try:
                with psycopg.connect(self._conninfo, autocommit=True) as connection:
                    for name in channels:
                        connection.execute(sql.SQL("listen {}").format(sql.Identifier(name)))
                    for wake in channels.values():
                        wake()  # whatever was told while nobody listened
                    while not self._stop.is_set():
                        for told in connection.notifies(timeout=LISTEN_S, stop_after=1):
                            channels[told.channel]()
            except psycopg.Error as error:
                log.info("listen_interrupted", service=self._service, error=str(error).strip())
                self._stop.wait(AGAIN_S)

    def close(self) -> None:
        """End the thread."""
        self._stop.set()
        self._thread.join(2 * LISTEN_S)


def channel(service: str, topic: str) -> str:
    """The name that a topic of a service is told under."""
    return f"steward_{service}_{topic}"


_NOTIFY = sa.select(sa.func.pg_notify(sa.bindparam("channel"), ""))
