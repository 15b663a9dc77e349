"""A service's database: its engine, its units of work, and who is woken after a commit."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
import time as clock
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy import event, exc

from shared.kernel import errors, moment
from shared.store import turns, work

BUSY_TIMEOUT_MS = 10_000  # how long a SQLite writer waits for the file; shorter shows as 503 under load
POOL_TIMEOUT_S = 3  # how long a request waits for a connection before it is told to come back
# psycopg's results forget how many rows an INSERT wrote (-1) unless told to keep it; "written once" asks for it.
COUNTED = {"preserve_rowcount": True}
LOCK_TIMEOUT_MS = 10_000  # PostgreSQL: longer than any of our transactions takes
IDLE_IN_TRANSACTION_MS = 60_000  # PostgreSQL: a forgotten transaction must not hold locks for ever
SOCKET = {  # PostgreSQL: how soon we notice that the server's machine is gone, in seconds (the last in milliseconds)
    "connect_timeout": 5,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "tcp_user_timeout": 20_000,
}
_SESSION = " ".join(
    f"-c {name}={value}"
    for name, value in {
        "timezone": "UTC",
        "lock_timeout": LOCK_TIMEOUT_MS,
        "idle_in_transaction_session_timeout": IDLE_IN_TRANSACTION_MS,
        # How soon the server notices that our machine is gone: its loops' locks must go to a copy that stands by within
        # a minute, and not after the two hours that a system waits by itself.
        "tcp_keepalives_idle": 20,
        "tcp_keepalives_interval": 10,
        "tcp_keepalives_count": 3,
    }.items()
)
_READING: dict[str, dict[str, Any]] = {
    "sqlite": {"steward_reading": True},
    "postgresql": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
}


class Database:
    """One service's database. Thread-safe; to be made after a fork, never before.

    `url` is SQLAlchemy's; `service` owns it; `time` is the business time that every unit of work is given; `machine` is
    what leases are measured by, the same unless given: who lets days pass in a moment while processes are at work gives
    the machine's, so that no running task is taken for a dead one.
    """

    def __init__(
        self,
        url: str,
        *,
        service: str,
        time: moment.Source | None = None,
        machine: moment.Source | None = None,
        pool_size: int = 10,
    ) -> None:
        self.service = service
        self.time = time or moment.SystemTime()
        self.machine = machine or self.time
        self.engine = _engine(url, service, pool_size)
        self.dialect = self.engine.dialect.name
        self.turns = turns.Turns() if self.dialect == "sqlite" else None
        self._wakes: dict[str, list[Callable[[], None]]] = {}
        self._guard = threading.Lock()

    @contextlib.contextmanager
    def work(
        self,
        *,
        actor: str = "system:steward",
        on_behalf_of: str | None = None,
        trace: str | None = None,
        connection: sa.Connection | None = None,
    ) -> Iterator[work.Work]:
        """One writing transaction. Commits at the end of the block, rolls back when the block raises.

        With `connection` the transaction runs on that connection (which may hold an advisory lock) and leaves it open.
        Raises `errors.DatabaseAway` when the database cannot be reached or gives up.
        """
        with facts_of_drivers():
            if connection is not None:
                yield from self._run(connection, actor, on_behalf_of, trace)
            else:
                with self.engine.connect() as own:
                    yield from self._run(own, actor, on_behalf_of, trace)

    def _run(
        self, connection: sa.Connection, actor: str, on_behalf_of: str | None, trace: str | None
    ) -> Iterator[work.Work]:
        with self.turns.turn() if self.turns else contextlib.nullcontext(), connection.begin():
            unit = work.Work(
                connection=connection,
                service=self.service,
                now=self.time.now(),
                actor=actor,
                on_behalf_of=on_behalf_of,
                trace=trace or work.new_trace(),
            )
            yield unit
            unit.close()
        for topic in unit.topics:
            self.wake(topic)

    @contextlib.contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """One transaction for reading alone: it sees one state of the database and takes no write lock."""
        with facts_of_drivers(), self.engine.connect() as connection:
            connection = connection.execution_options(**_READING[self.dialect])
            with connection.begin():
                yield connection

    def connect(self) -> sa.Connection:
        """A connection for a loop to keep. Raises `errors.DatabaseAway`."""
        with facts_of_drivers():
            return self.engine.connect()

    def on_wake(self, topic: str, wake: Callable[[], None]) -> None:
        """Have `wake` called after each commit that touched the topic (`outbox`, `inbox`, `tasks`), in this process."""
        with self._guard:
            self._wakes.setdefault(topic, []).append(wake)

    def wake(self, topic: str) -> None:
        """Tell the listeners of a topic. A courtesy: whoever misses it polls once a second."""
        for listener in self._wakes.get(topic, ()):
            listener()

    def ping(self) -> None:
        """Raises `errors.DatabaseAway` when the database does not answer."""
        with self.reading() as connection:
            connection.execute(sa.text("select 1"))

    def close(self) -> None:
        """Give all pooled connections back to the system."""
        self.engine.dispose()


@contextlib.contextmanager
def facts_of_drivers() -> Iterator[None]:
    """Driver errors that tell of the world, not of a mistake of ours, become `DatabaseAway`, with their cause.

    What the network, the disk or the server did: a lost connection, a shutdown, a full disk, a lock that was not to be
    had in time, a deadlock. A wrong statement or value stays the driver's error, so that it is not tried for ever.
    """
    try:
        yield
    except exc.TimeoutError as error:  # no connection of the pool came free
        raise errors.DatabaseAway from error
    except exc.DBAPIError as error:
        if error.connection_invalidated or _of_the_world(error.orig):
            raise errors.DatabaseAway from error
        raise


def _of_the_world(error: BaseException | None) -> bool:
    if isinstance(error, sqlite3.Error):
        return (getattr(error, "sqlite_errorcode", 0) & 0xFF) in _SQLITE_AWAY
    if isinstance(error, psycopg.Error):
        state = error.sqlstate
        if state is None:  # the client library's own words: it could not connect, or lost the connection
            return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
        return state[:2] in _SQLSTATE_CLASSES_AWAY or state in _SQLSTATES_AWAY
    return False


_SQLITE_AWAY = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
}
_SQLSTATE_CLASSES_AWAY = {"08", "53", "57", "58"}  # connection, resources, operator, system
_SQLSTATES_AWAY = {
    "40001",  # serialization failure
    "40P01",  # deadlock
    "55P03",  # a lock was not to be had in time
    "25006",  # the server has become a read-only standby
    "25P03",  # idle in a transaction for too long
}


def _engine(url: str, service: str, pool_size: int) -> sa.Engine:
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = sa.create_engine(
            parsed,
            pool_size=pool_size,
            max_overflow=10,
            pool_timeout=POOL_TIMEOUT_S,
            hide_parameters=True,
            json_serializer=_json,
            execution_options=COUNTED,
            connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT_MS / 1000},
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return sa.create_engine(
        parsed.set(drivername="postgresql+psycopg"),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_S,
        pool_pre_ping=True,
        hide_parameters=True,  # parameters are personal data, and errors end in logs and failures
        json_serializer=_json,
        execution_options=COUNTED,
        connect_args={**SOCKET, "options": _SESSION, "application_name": f"steward {service}"},
    )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves; pysqlite would begin too late and lose updates
    cursor = connection.cursor()
    _to_wal(cursor)
    for pragma in ("synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_TIMEOUT_MS}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _to_wal(cursor: sqlite3.Cursor) -> None:
    """Of two that make a new file a WAL at once, SQLite refuses one without waiting, whatever its timeout is."""
    late = clock.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or clock.monotonic() > late:
                raise
        clock.sleep(0.01)


def _begin_sqlite(connection: sa.Connection) -> None:
    reading = connection.get_execution_options().get("steward_reading")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
