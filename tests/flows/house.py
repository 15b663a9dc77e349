"""The house: all services in one process on a home of their own, with a clock that stands still until it is moved.

Nothing runs by itself. `settle()` steps every loop by hand until nothing is left to do, so that a test says what
happens when, and never sleeps. The same test runs embedded (SQLite, direct delivery) and on PostgreSQL and RabbitMQ,
where events and task hints take their real way: relay, broker, receiver, inbox, dramatiq worker.

    house.staff("lead")                          somebody of the branch in Hai Phong
    house.client("support", house.staff())       an API as that person sees it
    house.publish_inbound("tos", "request.submitted", {...})
    house.settle()
    house.mails(to="huong@example.com")

Fixtures (`tests/flows/house_fixtures.py`): `house` is embedded, `house_on_servers` the other one, `any_house` both.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import itertools
import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from services.gateway.directory.staff import commands as staff
from services.gateway.directory.unit import commands as units
from services.gateway.directory.unit import tables as unit_tables
from shared.bus import port
from shared.envelope import cloudevent
from shared.jobs import mesh, rows, runner
from shared.kernel import errors, ids, moment
from shared.runtime import declare, manifest, procedures, process, settings
from shared.store import engine, migrate, tables
from shared.web import app as api
from shared.web import tokens
from tests import servers
from tests.flows import house_bus, house_http, house_mail, house_quiet

START = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)  # a Tuesday; 09:00 in Hanoi, 10:00 in Shanghai
PUBLIC_URL = "https://khach.example.com"
COMPANY, HAI_PHONG, SHANGHAI = "bien-xanh", "hai-phong", "thuong-hai"
SETTLE_S = 60  # a house that is not quiet by then has work that never ends
RECEIVE_S = 0.005  # how long one step of a receiver waits for the broker


class House:
    """See the module. A context manager; use the fixtures."""

    def __init__(
        self,
        home: Path,
        *,
        database_url: str | None = None,
        amqp_url: str | None = None,
        sink: servers.SmtpSink | None = None,
        start: datetime = START,
        playbooks: Path | None = None,
        ready: bool = False,
        mailboxes: str = "",
    ) -> None:
        """`ready`: `home` is a copy of one where a house was, so nothing is to be migrated or installed."""
        environment = {"STEWARD_HOME": str(home), "STEWARD_PUBLIC_URL": PUBLIC_URL, "STEWARD_DEMO": "no"}
        environment["STEWARD_MAIL_FROM"] = "Biển Xanh <no-reply@bienxanh.example.com>"
        for name, value in (("DATABASE_URL", database_url), ("AMQP_URL", amqp_url)):
            if value:
                environment[f"STEWARD_{name}"] = value
        if mailboxes:
            environment |= {"STEWARD_MAILBOXES": mailboxes, "MAILBOX_SECRET": "geheim"}
        if playbooks is not None:
            environment["STEWARD_PLAYBOOKS"] = str(playbooks)
        if sink is not None:
            environment["STEWARD_SMTP_URL"] = f"smtp://{sink.host}:{sink.port}"
        self.home, self.sink = home, sink
        self._ready = ready
        self.time = moment.ManualTime(start)
        self.settings = settings.read(environment)
        self.names = manifest.existing()
        self._published: dict[str, str] = {}  # id of an inbound event -> digest that it is parked under
        self._people = itertools.count(1)
        self._alone: dict[str, Any] = {}
        self._open = contextlib.ExitStack()

    # ---- its life

    def __enter__(self) -> House:
        tokens.ensure_key(self.home / "keys" / "gateway.json")
        for name in () if self._ready else self.names:
            if not self._migrated(name):
                migrate.upgrade(self.settings.database(name), name)
        if self.settings.amqp_url:
            declare.topology(self.settings)
        self.process = process.Process(self.settings, self.names, time=self.time)
        for database in () if self._ready else self.process.databases.values():
            procedures.install(self.settings, database)
        self._open.callback(self.process.stop)
        for name in self.names:
            self.process.add_bus(name, self.process.transport(name), subscribed=True)
        self._open.callback(self._close_loops)
        self._resources = self.process.resources()
        self._open.callback(self._close_channel)
        if self.settings.amqp_url:
            self._open.enter_context(self._mesh())
        self._sign = self.process.signer().sign
        if not self.scalar("gateway", sa.select(unit_tables.unit.c.id).where(unit_tables.unit.c.code == COMPANY)):
            self._open_units()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def _migrated(self, name: str) -> bool:
        """Looking is faster than migrating, and the fixtures hand in databases that are ready."""
        database = engine.Database(self.settings.database(name), service=name, pool_size=1)
        try:
            return not migrate.pending(database)
        except errors.DatabaseAway:
            return False
        finally:
            database.close()

    def _close_loops(self) -> None:
        for loop in self.process.loops:
            loop.close()

    def _close_channel(self) -> None:
        channel = self._resources.extras.get("notify.channel")
        if channel is not None:
            channel.close()

    def _open_units(self) -> None:
        """A company with a branch in each country, unless this home has them from before."""
        if self.scalar("gateway", sa.select(unit_tables.unit.c.code).where(unit_tables.unit.c.code == COMPANY)):
            return
        with self.work("gateway") as work:
            units.open_(work, code=COMPANY, kind="company", title="Biển Xanh", country="VN")
        self.unit(HAI_PHONG, title="Biển Xanh – Chi nhánh Hải Phòng", country="VN")
        self.unit(SHANGHAI, title="碧海上海分公司", country="CN")
        self.settle()

    # ---- who is there

    @functools.cached_property
    def apps(self) -> dict[str, Any]:
        """Every service's API, as a WSGI app."""
        return self.process.apps()

    def app(self, service: str) -> Any:
        """One service's API; making it alone is faster."""
        if service not in self._alone:
            alone = "apps" not in self.__dict__
            self._alone[service] = api.create(self.process.site(service)) if alone else self.apps[service]
        return self._alone[service]

    def unit(
        self, code: str, *, title: str, country: str = "VN", parent: str | None = COMPANY, kind: str = "branch"
    ) -> str:
        """One more unit of the company; `settle` tells the services."""
        with self.work("gateway") as work:
            return units.open_(work, code=code, kind=kind, title=title, country=country, parent=parent).code

    def staff(self, *roles: str, unit: str = HAI_PHONG, name: str = "Trần Văn Nữ", locale: str = "vi") -> tokens.Caller:
        """Somebody new in the directory, as the gateway would sign their calls."""
        mail = f"staff{next(self._people)}@bienxanh.example.com"
        with self.work("gateway") as work:
            person = staff.add(
                work, name=name, mail=mail, locale=locale, unit=unit, roles=roles or ("staff",), hashed="never signs in"
            )
        return tokens.Caller("staff", person.id, name, roles=tuple(person.roles), unit=unit, locale=locale)

    def system(self, name: str, *scopes: str, unit: str | None = HAI_PHONG) -> tokens.Caller:
        """Another system, as the gateway would sign its calls."""
        return tokens.Caller("system", name, name, scopes=scopes, unit=unit)

    def client(
        self, service: str, who: tokens.Caller | None = None, *, language: str | None = None
    ) -> house_http.Client:
        """A service's API as somebody sees it; without `who`, as a client without an account."""
        sign: Callable[[tokens.Caller], str] = functools.partial(self.token, service)
        return house_http.Client(self.app(service), sign, who, language)

    def token(self, service: str, who: tokens.Caller, **more: Any) -> str:
        """What the gateway signs for a call to the service."""
        return self._sign(who, audience=service, **more)

    # ---- what happens

    def pass_time(self, by: timedelta) -> None:
        """Let time pass, and do what is then due."""
        self.time.move(by)
        self.settle()

    def publish_inbound(
        self, system: str, type_: str, data: dict[str, Any], *, id: str | None = None, subject: str | None = None
    ) -> str:
        """Another system publishes an event to us: on the broker, or over HTTP where there is none. Returns its id."""
        event = cloudevent.Event(
            id=id or ids.new(), source=f"/{system}", type=type_, subject=subject or "-", time=self.time.now(), data=data
        )
        body = cloudevent.write(event)
        if self.settings.amqp_url:
            house_bus.publish(self.settings.amqp_url, body, exchange=port.INBOUND, routing_key=f"{system}.{type_}")
            self._published[event.id] = hashlib.sha256(body + f"{system}.{type_}".encode()).hexdigest()
        else:
            for service in self._listening(type_):
                client = self.client(service, self.system(system, "inbound"))
                client.call("POST", "/v1/inbound", raw=body, kind=cloudevent.CONTENT_TYPE).expect(202)
        return event.id

    def _listening(self, type_: str) -> list[str]:
        return [name for name, (_, inbound) in manifest.subscriptions(self.names).items() if type_ in inbound]

    def settle(self) -> None:
        """Step every loop until nothing is left to do. What a loop raises fails the test."""
        deadline = time.monotonic() + SETTLE_S
        while self._step() or house_quiet.waiting(self.process, self._published):
            late = time.monotonic() > deadline
            assert not late, f"not quiet after {SETTLE_S} s: {house_quiet.waiting(self.process, self._published)}"

    def _step(self) -> bool:
        moved = False
        for loop in self.process.loops:
            waits = loop.name.endswith((" receiver", " dead", " unrouted"))
            moved |= loop.step(RECEIVE_S) if waits else loop.step()  # type: ignore[call-arg] - receivers take a wait
        return self._work_off() or moved

    def _work_off(self) -> bool:
        """Run due tasks, unless dramatiq does."""
        if self.settings.amqp_url:
            return False
        ran = 0
        for name, database in self.process.databases.items():
            due = rows.next_due(database, limit=100)
            ran += sum(runner.run(database, _tasks(name), id, self._resources) for id in due)
        return ran > 0

    @contextlib.contextmanager
    def _mesh(self) -> Iterator[None]:
        """A dramatiq worker on every service's task queue, as `steward tasks` has one."""
        assert self.settings.tasks_amqp_url is not None
        runs: dict[str, Callable[[str], object]] = {}
        for name in self.names:
            if _tasks(name):
                runs[name] = functools.partial(self._run_task, name)
        broker = mesh.broker(self.settings.tasks_amqp_url)
        worker = mesh.worker(broker, mesh.bind(broker, runs), threads=2)
        worker.start()
        try:
            yield
        finally:
            worker.stop(timeout=mesh.SHUTDOWN_S * 1000)
            broker.close()

    def _run_task(self, name: str, id: str) -> bool:
        return runner.run(self.process.databases[name], _tasks(name), id, self._resources)

    # ---- what one sees

    def mails(self, *, to: str | None = None) -> list[house_mail.Letter]:
        """The mails that left, oldest first; those to one address with `to`."""
        found = house_mail.in_sink(self.sink) if self.sink else house_mail.in_folder(self.home / "mail")
        return [letter for letter in found if to is None or letter.to == to]

    def events(self, service: str, type_: str | None = None) -> list[dict[str, Any]]:
        """What a service published, oldest first, as read from the bytes that went out."""
        o = tables.outbox.c
        found = self.column(service, sa.select(o.body).where(o.kind == "event").order_by(o.seq))
        read = [json.loads(bytes(body)) for body in found]
        return [event for event in read if type_ is None or event["type"] == type_]

    def failures(self, service: str) -> list[sa.Row[Any]]:
        """What waits for a person there, oldest first."""
        with self.process.databases[service].reading() as connection:
            return list(connection.execute(sa.select(tables.failure).order_by(tables.failure.c.failed_at)))

    def snapshot(self, service: str, *, but: tuple[str, ...] = ()) -> dict[str, str]:
        """Every table of a service as the hash of its rows, to show that nothing was changed."""
        found: dict[str, str] = {}
        with self.process.databases[service].reading() as connection:
            for metadata in manifest.metadata(manifest.load(service)):
                for table in metadata.sorted_tables:
                    if table.name not in but:
                        rows_ = sorted(repr(tuple(row)) for row in connection.execute(sa.select(table)))
                        found[table.name] = f"{len(rows_)} {hashlib.sha256(''.join(rows_).encode()).hexdigest()[:16]}"
        return found

    def work(self, service: str, actor: str = "system:test") -> Any:
        """A unit of work on a service's database: for what no API offers yet."""
        return self.process.databases[service].work(actor=actor)

    def scalar(self, service: str, statement: sa.Select[Any]) -> Any:
        """One value of a service's database."""
        with self.process.databases[service].reading() as connection:
            return connection.execute(statement).scalar()

    def column(self, service: str, statement: sa.Select[Any]) -> list[Any]:
        """One column of a service's database."""
        with self.process.databases[service].reading() as connection:
            return list(connection.execute(statement).scalars())


@functools.cache
def _tasks(name: str) -> dict[str, rows.Task]:
    return manifest.tasks(manifest.load(name))
