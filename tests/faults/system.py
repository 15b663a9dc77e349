"""A whole Steward made of real processes: embedded on a home, or split into roles over a broker and a database server.

`System.embedded` is `steward all` alone; `System.split` brings the databases (copied from a migrated template), the
topology and the keys, and starts the roles that a test asks for. Everything is ended by its process id.
"""

from __future__ import annotations

import functools
import http.client
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from shared.bus import topology
from shared.kernel import moment
from shared.people import units
from shared.runtime import manifest, procedures, settings
from shared.store import engine, migrate, tables
from shared.web import tokens
from tests.faults import running
from tests.faults.broker import Broker
from tests.faults.load import UNIT, Way
from tests.faults.running import READY_S, Running
from tests.servers import Postgres, SmtpSink, ports

SERVICES = ("support", "notify")  # what a request meets on its way
SYSTEM = tokens.Caller("system", "tos", "TOS", scopes=("tickets", "inbound"), unit=UNIT)
STAFF = tokens.Caller("staff", "load-1", "Trần Văn Nữ", ("staff", "lead"), unit=UNIT)
TOKEN_S = 120  # a signed token is used for this long; it is good for 300 s


class System:
    """The processes, the environment they share, and readers of their databases."""

    def __init__(
        self, folder: Path, environment: dict[str, str], services: tuple[str, ...], *, broker: Broker | None = None
    ) -> None:
        self.folder, self.broker = folder, broker
        self.home = folder / "home"
        self.port = ports.free()
        self.environment = {
            "STEWARD_HOME": str(self.home),
            "STEWARD_PORT": str(self.port),
            "STEWARD_MAIL_FROM": "Steward <no-reply@steward.example.com>",
            "STEWARD_WEB_THREADS": "4",
            **environment,
        }
        self.settings = settings.read(self.environment)
        self.services = services
        self.processes: list[Running] = []
        self._databases: dict[str, engine.Database] = {}

    @staticmethod
    @contextmanager
    def split(folder: Path, postgres: Postgres, broker: Broker, sink: SmtpSink) -> Iterator[System]:
        """Databases, topology and keys of the services that the load meets, on real servers; no role runs yet."""
        templates = {name: postgres.template(name, functools.partial(_fill, name)) for name in SERVICES}
        with postgres.fresh(templates) as url:
            where = {"STEWARD_DATABASE_URL": url, "STEWARD_AMQP_URL": broker.url, "STEWARD_SMTP_URL": smtp_url(sink)}
            system = System(folder, where, SERVICES, broker=broker)
            try:
                tokens.ensure_key(system.home / "keys" / "gateway.json")
                topology.apply(_topology(), broker.url, broker.url)
                broker.listen_in()
                yield system
            finally:
                system.close()

    @staticmethod
    @contextmanager
    def embedded(folder: Path, smtp_url: str, more: dict[str, str] | None = None) -> Iterator[System]:
        """A home of its own; `all_()` is its one process."""
        # The load's clients come from many addresses, as clients do: each may send a few forms only.
        where = {"STEWARD_SMTP_URL": smtp_url, "STEWARD_TRUSTED_PROXIES": "1", **(more or {})}
        system = System(folder, where, manifest.existing())
        try:
            yield system
        finally:
            system.close()

    # ---- the roles, not yet started

    def all_(self) -> Running:
        """The embedded mode."""
        return self.run("all", running.steward("all"), answers=self.lives)

    def web(self, service: str = "support") -> Running:
        """The HTTP face of a service."""
        return self.run(f"web {service}", running.steward("web", service), answers=self.lives)

    def bus(self, *services: str, name: str = "", **arranged: Any) -> Running:
        """Relay, receiver, inbox worker and janitor of the services; `arranged` as `driven` takes it."""
        return self._role("bus", services, name, arranged)

    def tasks(self, *services: str, name: str = "", **arranged: Any) -> Running:
        """A task worker; `arranged` as `driven` takes it."""
        return self._role("tasks", services, name, arranged)

    def _role(self, role: str, services: tuple[str, ...], name: str, arranged: dict[str, Any]) -> Running:
        environment = arranged.pop("environment", {})
        command = driven(role, *services, **arranged) if arranged else running.steward(role, *services)
        return self.run(name or f"{role} {' '.join(services)}", command, environment)

    def run(self, name: str, command: list[str], environment: dict[str, str] | None = None, **more: Any) -> Running:
        """A process of this system."""
        log = self.folder / f"{len(self.processes)}-{name.replace(' ', '-')}.log"
        made = Running(name, command, {**self.environment, **(environment or {})}, log, **more)
        self.processes.append(made)
        return made

    def command(self, *arguments: str) -> str:
        """Run a command of the operator beside the system; returns what it printed."""
        done = subprocess.run(
            running.steward(*arguments),
            env=running.environment(self.environment),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    # ---- the ways in

    def lives(self, path: str = "/livez") -> bool:
        """Whether the web role answers."""
        connection = http.client.HTTPConnection(ports.LOOPBACK, self.port, timeout=5)
        try:
            connection.request("GET", path, headers={"Connection": "close"})
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def way(self) -> Way:
        """Straight to the web role of support, as the gateway calls it: with tokens signed by the gateway's key, of a
        person who handles tickets, and of a system that hands in events."""
        time = moment.SystemTime()
        private = json.loads((self.home / "keys" / "gateway.json").read_text(encoding="utf-8"))
        signer = tokens.Signer(private, time=time)
        kept: dict[str, Any] = {}

        def authorize(path: str) -> str:
            now = time.now().timestamp()
            if now - kept.get("at", 0) > TOKEN_S:
                kept.update(at=now, system=signer.sign(SYSTEM, audience="support"))
                kept.update(staff=signer.sign(STAFF, audience="support"))
            return kept["staff" if path.startswith("/v1/tickets") else "system"]

        return Way(ports.LOOPBACK, self.port, "", authorize, handles=True)

    def way_of_systems(self) -> Way:
        """Through the gateway's way in, with a token that the operator issued to the system TOS."""
        token = self.command(
            "token", "issue", SYSTEM.id, "--unit", UNIT, *(f"--scope={s}" for s in SYSTEM.scopes)
        ).strip()
        return Way(ports.LOOPBACK, self.port, "/api/support", lambda _path: token, handles=False)

    def open_unit(self) -> None:
        """Open the unit that the load asks for, and wait until support has heard of it."""
        self.command("unit", "open", UNIT, "--kind", "company", "--title", "Hải Phòng", "--country", "VN")
        there = sa.select(tables.unit.c.code).where(tables.unit.c.code == UNIT)

        def known() -> bool:
            with self.database("support").reading() as connection:
                return connection.execute(there).first() is not None

        ports.until(known, timeout_s=READY_S, what=f"support knows {UNIT}")

    # ---- what they keep

    def database(self, service: str) -> engine.Database:
        """A reader of a service's database, beside its processes."""
        if service not in self._databases:
            url = self.settings.database(service)
            self._databases[service] = engine.Database(url, service=service, pool_size=2)
        return self._databases[service]

    def kill(self) -> None:
        """SIGKILL every process."""
        for process in self.processes:
            process.kill()

    def close(self) -> None:
        """End every process and let go of the databases."""
        self.kill()
        for database in self._databases.values():
            database.close()
        self._databases.clear()


def driven(role: str, *services: str, **options: Any) -> list[str]:
    """The command of a role whose end is arranged: `die`, `poison`, `clock`, `queues` as `driver` takes them."""
    options = {f"--{name}": value for name, value in options.items()}
    flags = [part for name, value in options.items() if value is not None for part in (name, str(value))]
    return running.driver(*flags, role, *services)


def smtp_url(sink: SmtpSink) -> str:
    """Where the product sends its mails."""
    return f"smtp://{sink.host}:{sink.port}"


def _topology() -> topology.Topology:
    """What `steward topology` declares, for these services alone."""
    with_tasks = [name for name in SERVICES if manifest.tasks(manifest.load(name))]
    return topology.plan({**manifest.subscriptions(SERVICES)}, with_tasks=with_tasks)


def _fill(service: str, url: str) -> None:
    """A template: migrated, with the unit that the load asks for."""
    migrate.upgrade(url, service)
    database = engine.Database(url, service=service, pool_size=1)
    try:
        procedures.install(settings.read({}), database)
        with database.work() as unit:
            units.keep(unit, code=UNIT, title="Hải Phòng", country="VN", active=True, sequence=0)
    finally:
        database.close()
