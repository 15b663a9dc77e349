"""A real PostgreSQL for tests: found as the package's docstring says, with a fresh set of databases per test.

Databases are made in UTF-8 with the C.UTF-8 locale: with plain C, trigrams and `lower` lose Chinese and Vietnamese
letters. `durable=False` switches fsync off, which only a test that kills nothing may want.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from tests.servers import apt, engine, place, ports, processes
from tests.servers.errors import Unavailable, Uncontrolled

IMAGE = "postgres:17"
OLDEST = 15
START_S = 60
STOP_S = 20
USER = "steward"
SETTINGS = {"max_connections": "200", "max_prepared_transactions": "0", "log_min_messages": "warning"}
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_wal_size": "128MB"}


class Postgres:
    """A running server. `url` is its maintenance database; see `fresh` for what a test gets."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._templates: dict[str, str] = {}

    @staticmethod
    @contextlib.contextmanager
    def found(*, durable: bool = False, own: bool = False) -> Iterator[Postgres]:
        """The first server that can be had, ended afterwards if it was started here. `own` skips the environment's URL.

        Raises `Unavailable`.
        """
        given = os.environ.get("STEWARD_TEST_DATABASE_URL")
        if given and not own:
            yield Postgres(given)
            return
        client = engine.client_with(IMAGE)
        if client is not None:
            client.close()
            with InContainer.started(durable) as server:
                yield server
            return
        with Local.started(_binaries(), durable) as server:
            yield server

    # --- databases ---------------------------------------------------------------------------------------------------

    def connect(self, database: str | None = None) -> psycopg.Connection[Any]:
        """An autocommit connection to the maintenance database or a named one; the caller closes it."""
        return psycopg.connect(self.url_of(database) if database else self.url, autocommit=True, connect_timeout=5)

    def url_of(self, database: str) -> str:
        """The server's URL with another database."""
        return urllib.parse.urlsplit(self.url)._replace(path=f"/{database}").geturl()

    def create(self, database: str, *, template: str | None = None) -> str:
        """Make an empty database, or a copy of `template` (to which nobody may be connected). Returns its URL."""
        source = template or "template0"
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(database), sql.Identifier(source))
        if template is None:
            statement += sql.SQL(" ENCODING 'UTF8' LOCALE 'C.UTF-8'")
        with self.connect() as connection:
            connection.execute(statement)
        return self.url_of(database)

    def drop(self, database: str) -> None:
        """Remove a database, whoever is connected to it."""
        with self.connect() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))

    def template(self, name: str, build: Callable[[str], None]) -> str:
        """The name of a database that `build(url)` has filled once for this server; give it to `create` or `fresh`."""
        if name not in self._templates:
            database = f"template_{name}_{secrets.token_hex(3)}"
            build(self.create(database))
            self._templates[name] = database
        return self._templates[name]

    @contextlib.contextmanager
    def fresh(self, templates: dict[str, str] | None = None) -> Iterator[str]:
        """A prefix of its own for a test, as a URL: `.../t1a2b3c`, an empty database; the services' come beside it.

        `templates` maps a service to a template: `.../t1a2b3c_<service>` is copied from it, and there is no empty one.
        Every database with the prefix is dropped afterwards, also those that the test made itself.
        """
        prefix = f"t{secrets.token_hex(4)}"
        try:
            if not templates:
                self.create(prefix)
            for service, template in (templates or {}).items():
                self.create(f"{prefix}_{service}", template=template)
            yield self.url_of(prefix)
        finally:
            with self.connect() as connection:
                names = connection.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [prefix])
                for (name,) in names.fetchall():
                    connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def forget_templates(self) -> None:
        """Drop what `template` made; for a server that outlives the test run."""
        while self._templates:
            self.drop(self._templates.popitem()[1])

    # --- faults ------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start it again after `stop` or `kill`; returns when it answers."""
        raise Uncontrolled(f"{type(self).__name__} at {self.url} is not ours to start")

    def stop(self) -> None:
        """End it in order, breaking off running transactions."""
        raise Uncontrolled(f"{type(self).__name__} at {self.url} is not ours to stop")

    def kill(self) -> None:
        """SIGKILL the server and all its processes at once; no more is written after it returns."""
        raise Uncontrolled(f"{type(self).__name__} at {self.url} is not ours to kill")

    def freeze(self) -> None:
        """SIGSTOP it: connections stay open and nothing answers."""
        raise Uncontrolled(f"{type(self).__name__} at {self.url} is not ours to freeze")

    def thaw(self) -> None:
        """Let it go on after `freeze`."""
        raise Uncontrolled(f"{type(self).__name__} at {self.url} is not ours to thaw")

    def restart(self) -> None:
        """`stop`, then `start`."""
        self.stop()
        self.start()

    def _answers(self) -> bool:
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True


class Local(Postgres):
    """A server of our own, from installed binaries, in a temporary folder; as root it runs as user `postgres`."""

    def __init__(self, binaries: Path, folder: Path, durable: bool) -> None:
        self.port = ports.free()
        super().__init__(f"postgresql://{USER}@{ports.LOOPBACK}:{self.port}/postgres")
        self._binaries, self._folder, self._durable = binaries, folder, durable
        self._user = "postgres" if os.geteuid() == 0 else None
        self._process: subprocess.Popen[bytes] | None = None

    @staticmethod
    @contextlib.contextmanager
    def started(binaries: Path, durable: bool) -> Iterator[Local]:
        folder = place.folder("postgres", durable=durable)
        server = Local(binaries, folder, durable)
        try:
            server._create_cluster()
            server.start()
            yield server
        finally:
            server._end()
            shutil.rmtree(folder, ignore_errors=True)

    def _create_cluster(self) -> None:
        if self._user:
            entry = pwd.getpwnam(self._user)
            os.chown(self._folder, entry.pw_uid, entry.pw_gid)
        arguments = [
            "-D",
            str(self._folder / "data"),
            "-U",
            USER,
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "-N",
        ]
        done = processes.spawn(
            [str(self._binaries / "initdb"), *arguments], log=self._log, dies_with=signal.SIGKILL, user=self._user
        ).wait(START_S)
        if done:
            raise Unavailable(f"initdb of {self._binaries} failed: {self._last_words()}")

    def start(self) -> None:
        settings = {**SETTINGS, **({} if self._durable else CARELESS)}
        settings |= {"listen_addresses": ports.LOOPBACK, "port": str(self.port), "unix_socket_directories": ""}
        flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self._process = processes.spawn(
            [str(self._binaries / "postgres"), "-D", str(self._folder / "data"), *flags],
            log=self._log,
            dies_with=signal.SIGQUIT,
            user=self._user,
        )
        running = self._process
        try:
            ports.until(
                self._answers, timeout_s=START_S, what="PostgreSQL answers", alive=lambda: running.poll() is None
            )
        except TimeoutError as error:
            raise Unavailable(f"PostgreSQL of {self._binaries} did not start: {self._last_words()}") from error

    def stop(self) -> None:
        processes.end(self._running(), signal.SIGINT, timeout_s=STOP_S)

    def kill(self) -> None:
        # The postmaster first, so that it starts no new children; each child has a process group of its own.
        process = self._running()
        family = [process.pid, *processes.descendants(process.pid)]
        processes.gone(process, family)

    def freeze(self) -> None:
        processes.send(self._family(), signal.SIGSTOP)

    def thaw(self) -> None:
        processes.send(self._family(), signal.SIGCONT)

    @property
    def pid(self) -> int:
        """The postmaster's process id."""
        return self._running().pid

    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "the server was not started"
        return self._process

    def _family(self) -> list[int]:
        pid = self._running().pid
        return [pid, *processes.descendants(pid)]

    def _end(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.thaw()
            self.stop()

    @property
    def _log(self) -> Path:
        return self._folder / "log"

    def _last_words(self) -> str:
        text = self._log.read_text(errors="replace") if self._log.exists() else ""
        return " | ".join(text.strip().splitlines()[-3:]) or "it said nothing"


class InContainer(Postgres):
    """A server in a container whose port stays the same over restarts."""

    def __init__(self, port: int, container: Any) -> None:
        super().__init__(f"postgresql://{USER}:{USER}@{ports.LOOPBACK}:{port}/postgres")
        self._container = container

    @staticmethod
    @contextlib.contextmanager
    def started(durable: bool) -> Iterator[InContainer]:
        port = ports.free()
        settings = {**SETTINGS, **({} if durable else CARELESS)}
        command = "postgres " + " ".join(f"-c {name}={value}" for name, value in settings.items())
        environment = {"POSTGRES_USER": USER, "POSTGRES_PASSWORD": USER, "POSTGRES_DB": "postgres"}
        environment["POSTGRES_INITDB_ARGS"] = "-E UTF8 --locale=C.UTF-8"
        with engine.container(IMAGE, port=port, inside=5432, environment=environment, command=command) as container:
            server = InContainer(port, container)
            server._wait()
            yield server

    def _wait(self) -> None:
        # The image starts a server without TCP to fill it first; only the second one answers here.
        ports.until(self._answers, timeout_s=START_S, what=f"PostgreSQL in {IMAGE} answers")

    def start(self) -> None:
        self._container.start()
        self._wait()

    def stop(self) -> None:
        self._container.kill(signal="SIGINT")
        self._container.wait(timeout=STOP_S)

    def kill(self) -> None:
        self._container.kill()
        self._container.wait(timeout=STOP_S)

    def freeze(self) -> None:
        self._container.pause()

    def thaw(self) -> None:
        self._container.unpause()


def prepare() -> None:
    """Have what `found` looks for without a URL: the image, or installed binaries. Raises `Unavailable`."""
    client = engine.client_with(IMAGE)
    if client is not None:
        client.close()
    else:
        _binaries()


def _binaries() -> Path:
    """The folder with `initdb` and `postgres`, installed by apt when that is possible. Raises `Unavailable`."""
    folder = _installed()
    if folder is None and apt.possible():
        apt.install("postgresql")
        folder = _installed()
    if folder is None:
        raise Unavailable(
            "These tests need PostgreSQL and none was found: set STEWARD_TEST_DATABASE_URL to a server where databases"
            f" may be created, or have the image {IMAGE} in Docker, or install PostgreSQL {OLDEST} or newer"
            " (Debian: apt-get install postgresql)."
        )
    return folder


def _installed() -> Path | None:
    candidates = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda each: _number(each.parent.name), reverse=True
    )
    on_path = shutil.which("postgres")
    if on_path:
        candidates.append(Path(on_path).resolve().parent)
    candidates += [Path("/usr/local/pgsql/bin"), Path("/opt/homebrew/opt/postgresql@17/bin")]
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "postgres").exists() and _version(folder) >= OLDEST:
            return folder
    return None


def _version(folder: Path) -> int:
    told = subprocess.run([str(folder / "postgres"), "--version"], capture_output=True, text=True, check=False).stdout
    match = re.search(r"(\d+)", told)
    return int(match[1]) if match else 0


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0
