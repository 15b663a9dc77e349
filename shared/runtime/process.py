"""A process: which services it runs, in which roles, and how it stops.

One assembly for every role, so that `all` on a laptop runs the same loops and apps as a cluster does.
"""

from __future__ import annotations

import functools
import importlib
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from shared.bus import embedded, port
from shared.inbox import receive, worker
from shared.jobs import Task, rows, runner
from shared.kernel import errors, moment
from shared.outbox import relay
from shared.runtime import janitor, loops, manifest, settings
from shared.store import engine, notify

if TYPE_CHECKING:  # the web is loaded by the roles that have one, not by every command
    from shared.web import tokens
    from shared.web.site import Site

STOP_S = 20  # how long work in hand may take after SIGTERM; the grace period is 45 s
TASKS_AT_ONCE = 8  # due tasks looked at by a runner thread

log = structlog.get_logger(__name__)


class LoopStuck(errors.Transient):
    """The loop {name} has not finished a step for a minute{error}."""

    code = "loop-stuck"


@dataclass(frozen=True, slots=True)
class Resources:
    """What a task may use of its process. `extras` holds pools; sharing them between threads is the task's care."""

    settings: settings.Settings
    time: moment.Source
    extras: dict[str, Any]

    def close(self) -> None:
        """Let go of the pools."""
        for each in self.extras.values():
            if hasattr(each, "close"):
                each.close()


@dataclass
class Process:
    """The services of one process. Nothing runs until loops are started."""

    settings: settings.Settings
    names: tuple[str, ...]
    time: moment.Source = field(default_factory=moment.SystemTime)
    pool_size: int = 10
    databases: dict[str, engine.Database] = field(default_factory=dict)
    loops: list[loops.Loop] = field(default_factory=list)
    clients: Any = None
    """The gateway's way to the services, once `front` was called."""
    _closing: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in self.names:
            url = self.settings.database(name)
            self.databases[name] = engine.Database(url, service=name, time=self.time, pool_size=self.pool_size)

    # ---- the parts

    def site(self, name: str, *, checks: Mapping[str, Any] | None = None) -> Site:
        """One service as this process serves it. Raises `keys.KeysMissing`."""
        from shared.runtime import keys
        from shared.web.site import Site

        return Site(
            service=manifest.load(name),
            database=self.databases[name],
            settings=self.settings,
            keys=keys.verifier(self._keys, name, time=self.time),
            checks=dict(checks or {}),
        )

    def signer(self) -> tokens.Signer:
        """The gateway's signer. Raises `keys.KeysMissing`."""
        from shared.runtime import keys

        return keys.signer(self._keys, time=self.time)

    @property
    def _keys(self) -> Path:
        return self.settings.home / "keys"

    def apps(self) -> dict[str, Any]:
        """The API app of every service of this process. To be called once, when every loop is added."""
        from shared.web import app

        checks = {loop.name: self._beats(loop) for loop in self.loops}
        return {
            name: app.create(self.site(name, checks={n: c for n, c in checks.items() if n.startswith(f"{name} ")}))
            for name in self.names
        }

    def front(self, apis: Mapping[str, Any]) -> Any:
        """The gateway's pages and way in, in front of the services' APIs (WSGI apps or base URLs)."""
        site = self.site("gateway")
        signer = self.signer()
        self.clients = importlib.import_module("services.gateway.clients").Clients(apis, signer)
        site.extras.update(signer=signer, clients=self.clients)
        return importlib.import_module("services.gateway.app").create(site)

    @staticmethod
    def _beats(loop: loops.Loop) -> Any:
        def check() -> None:
            if loop.stuck:
                raise LoopStuck(name=loop.name, error=f" ({loop.error})" if loop.error else "")
            if loop.alarm is not None:
                raise loop.alarm

        return check

    # ---- the loops

    def add_bus(self, name: str, transport: port.Transport, *, subscribed: bool) -> None:
        """Relay, inbox worker, janitor, and with a broker the receivers of one service."""
        database = self.databases[name]
        reactions = manifest.reactions(manifest.load(name))
        moving = relay.Relay(database, transport)
        relaying = self.add_loop(name, "relay", moving.step, moving.close)
        database.on_wake("outbox", relaying.wake)
        if reactions:
            running = worker.Worker(database, reactions)
            working = self.add_loop(name, "inbox", running.step, running.close)
            database.on_wake("inbox", working.wake)
        if manifest.flows(manifest.load(name)):
            self._add_clock(name)
        self._add_decisions(name)
        for each in manifest.loops(manifest.load(name)):
            self.add_loop(name, each.name, functools.partial(each.step, self.settings, database), poll_s=each.poll_s)
        sweeping = janitor.Janitor(database, self.settings, manifest.sweeps(manifest.load(name)))
        self.add_loop(name, "janitor", sweeping.step, poll_s=5.0)
        if subscribed and self.settings.amqp_url:
            from shared.runtime import receivers

            receivers.add(self, name, reacts=bool(reactions))

    def _add_clock(self, name: str) -> None:
        """The clocks of a service with a flow."""
        from shared.clocks.loop import Loop
        from shared.people.places import Places
        from shared.playbook import book

        ticking = Loop(self.databases[name], book.open_(Places()))
        self.add_loop(name, "clock", ticking.step, ticking.close)

    def _add_decisions(self, name: str) -> None:
        """What people on call decided about failed work, and the checkpoints of the trail that says so."""
        from shared.failures import batch
        from shared.trail.checkpoint import Checkpoints

        database = self.databases[name]
        deciding = self.add_loop(name, "failures", functools.partial(batch.step, database))
        database.on_wake("failures", deciding.wake)
        keeping = Checkpoints(database, self.settings.second_place)
        self.add_loop(name, "trail", keeping.step, poll_s=5.0)

    def add_presence(self, role: str, *, also: Callable[[], list[dict[str, Any]]] = list) -> None:
        """Say in every service's database that this process is there, and how its loops do; to be called last."""
        from shared.runtime import presence

        for name, database in self.databases.items():
            mine = [loop for loop in self.loops if loop.service == name]
            being = presence.Presence(database, self.settings, role, lambda mine=mine: [*presence.of(mine), *also()])
            self.add_loop(name, "presence", being.step, being.close, poll_s=presence.EVERY_S)

    def tasks(self, name: str) -> dict[str, Task]:
        """The service's slow work by name. Raises what its slices' checks have against the settings."""
        service = manifest.load(name)
        for check in manifest.checks(service):
            check(self.settings)
        return manifest.tasks(service)

    def add_tasks(self, name: str, *, threads: int) -> None:
        """Threads that run the service's due task rows."""
        database, known = self.databases[name], self.tasks(name)
        if not known:
            return
        if database.dialect == "sqlite" and (found := rows.reclaim(database)):  # the home is this process's alone
            log.info("tasks_reclaimed", service=name, tasks=found)
        resources = self.resources()

        def step() -> bool:
            due = rows.next_due(database, limit=TASKS_AT_ONCE)
            return sum(runner.run(database, known, id, resources) for id in due) > 0

        for number in range(threads):
            loop = self.add_loop(name, f"tasks {number + 1}", step)
            database.on_wake("tasks", loop.wake)

    def resources(self) -> Resources:
        """What tasks of this process may use; closed with the process."""
        made = Resources(self.settings, self.time, {})
        self._closing.append(made)
        return made

    def add_loop(self, service: str, name: str, step: Any, close: Any = lambda: None, **more: Any) -> loops.Loop:
        """One more loop of a service; started with the others."""
        made = loops.Loop(service, f"{service} {name}", step, close, **more)
        self.loops.append(made)
        return made

    def transport(self, name: str) -> port.Transport:
        """How this service's outbox leaves: to the broker, or straight into the inboxes of this process's services."""
        if self.settings.amqp_url:
            from shared.bus import rabbit

            tasks_url = self.settings.tasks_amqp_url or self.settings.amqp_url
            return rabbit.Publisher(self.settings.amqp_url, tasks_url, name=f"steward {name}")
        return embedded.Embedded(self.routes(), wake_tasks=lambda: self.databases[name].wake("tasks"))

    def routes(self) -> dict[str, list[embedded.Store]]:
        """Per event type, where its subscribers store."""
        stores = {name: self._store(database) for name, database in self.databases.items()}
        found: dict[str, list[embedded.Store]] = {}
        for name, (types, _) in manifest.subscriptions(self.names).items():
            for type_ in types:
                found.setdefault(type_, []).append(stores[name])
        return found

    @staticmethod
    def _store(database: engine.Database) -> embedded.Store:
        return lambda deliveries: receive.store(database, deliveries)

    def listen(self, name: str) -> None:
        """Be woken by other processes of the service, where the database can do that."""
        database = self.databases[name]
        if database.dialect == "postgresql":
            wakes = {topic: lambda topic=topic: database.wake(topic) for topic in ("outbox", "inbox", "tasks")}
            self._closing.append(notify.Listener(self.settings.database(name), name, wakes))

    def tell(self, name: str) -> None:
        """Wake other processes of the service after this one's commits."""
        if self.databases[name].dialect == "postgresql":
            self._closing.append(notify.Notifier(self.databases[name], ("outbox", "inbox", "tasks")))

    # ---- the life

    def stuck(self) -> list[str]:
        """The loops that have not finished a step for a minute, or need a person, with what they met last."""
        found = [loop for loop in self.loops if loop.stuck or loop.alarm is not None]
        return [f"{loop.name} ({loop.error})" if loop.error else loop.name for loop in found]

    def start(self) -> None:
        """Start every loop."""
        for loop in self.loops:
            loop.start()

    def stop(self, *, within_s: float = STOP_S) -> bool:
        """End the loops after the step in hand, then let go of everything. False when something had to be left."""
        for loop in self.loops:
            loop.stop()
        until = time.monotonic() + within_s  # for all of them together: the grace period is one
        ended = [loop.join(max(until - time.monotonic(), 0)) for loop in self.loops]
        for each in self._closing:
            each.close()
        for database in self.databases.values():
            database.close()
        return all(ended)


def existing(names: Iterable[str]) -> tuple[str, ...]:
    """The named services, or all there are. Raises `manifest.UnknownService`."""
    return tuple(manifest.load(name).name for name in names) or manifest.existing()
