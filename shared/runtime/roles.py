"""The roles of a divided system: `web`, `bus`, `tasks`. (`embedded.all_` is the undivided one.)

Each blocks until SIGTERM or SIGINT, then finishes or gives back what is in hand, within 20 seconds. A database that is
away at the start is one sentence and an exit (whoever supervises starts it again); a broker that is away is waited for.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

import structlog

from shared.runtime import beat, listen, procedures, process, reach, settings, signals

DRAIN_S = 15  # how long requests in hand may take after SIGTERM
RESPAWN_S = 3.5  # between two starts of a web worker that fails at once

OUR_LOGS = {  # what the server says goes where everything else goes, not to standard output
    "handlers": {},
    "formatters": {},
    "loggers": {"_granian": {"handlers": [], "propagate": True}, "granian.access": {"handlers": []}},
}

log = structlog.get_logger(__name__)


def web(given: settings.Settings, name: str) -> int:
    """The HTTP face of one service (or of the gateway with its pages), with worker processes behind one port.

    Raises `listen.PortInUse`, `migrate.NotMigrated`, `reach.DatabaseUnreachable`, `keys.KeysMissing`.
    """
    _needs(given, "web", broker=False)
    listen.on(given.host, given.port).close()
    checked = process.Process(given, (name,), pool_size=1)
    try:
        _check(checked)
        checked.site(name)  # the keys
        if name == "gateway":
            checked.signer()
    finally:
        checked.stop()
    os.environ["STEWARD_SERVE"] = name
    return _granian(given)


def _granian(given: settings.Settings) -> int:
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    server = Server(
        "shared.runtime.serve:app",
        address=given.host,
        port=given.port,
        interface=Interfaces.WSGI,
        workers=given.web_workers,
        blocking_threads=given.web_threads,
        workers_kill_timeout=DRAIN_S,
        respawn_failed_workers=True,
        respawn_interval=RESPAWN_S,
        log_access=False,
        log_level=LogLevels.error,
        log_dictconfig=OUR_LOGS,
    )
    server.serve()
    return 0


def bus(given: settings.Settings, names: tuple[str, ...]) -> int:
    """Relay, receiver, inbox worker and janitor of the named services; copies stand by.

    Raises `reach.BrokerMissing`, `migrate.NotMigrated`, `reach.DatabaseUnreachable`.
    """
    _needs(given, "bus", broker=True)
    stopping = signals.asked_to_stop()
    running = process.Process(given, names)
    _check(running)
    for name in names:
        procedures.install(given, running.databases[name])
        running.add_bus(name, running.transport(name), subscribed=True)
        running.listen(name)
    running.add_presence("bus")
    running.start()
    return _until(stopping, running, "bus")


def tasks(given: settings.Settings, names: tuple[str, ...], *, threads: int | None = None) -> int:
    """A dramatiq worker on the task queues of the named services.

    Raises `reach.BrokerMissing`, `migrate.NotMigrated`, `reach.DatabaseUnreachable`.
    """
    from shared.jobs import mesh, runner

    _needs(given, "tasks", broker=True)
    assert given.tasks_amqp_url is not None
    stopping = signals.asked_to_stop()
    running = process.Process(given, names)
    _check(running)
    resources = running.resources()
    runs: dict[str, Callable[[str], object]] = {}
    for name in names:
        if known := running.tasks(name):
            running.tell(name)
            runs[name] = lambda task_id, d=running.databases[name], k=known: runner.run(d, k, task_id, resources)
    broker = mesh.broker(given.tasks_amqp_url)
    queues = mesh.bind(broker, runs)
    worker = mesh.worker(broker, queues, threads=threads or given.task_threads)
    worker.start()

    def dead() -> list[str]:
        return [each.name for each in (*worker.consumers.values(), *worker.workers) if not each.is_alive()]

    def told() -> list[dict[str, Any]]:
        hang = dead()
        return [{"name": "tasks", "idle_s": 0, "stuck": bool(hang), "error": ", ".join(hang) or None}]

    running.add_presence("tasks", also=told)
    running.start()

    def stop() -> None:
        worker.stop(timeout=mesh.SHUTDOWN_S * 1000)
        broker.close()

    return _until(stopping, running, "tasks", stuck=dead, stop=stop)


def _needs(given: settings.Settings, role: str, *, broker: bool) -> None:
    """Two processes on one SQLite file would both believe that they are alone."""
    if broker and given.amqp_url is None:
        raise reach.BrokerMissing(role=role)
    if given.database_url is None:
        raise reach.DatabaseMissing(role=role)


def _check(running: process.Process) -> None:
    for database in running.databases.values():
        reach.migrated(running.settings, database)


def _until(
    stopping: threading.Event,
    running: process.Process,
    role: str,
    *,
    stuck: Callable[[], list[str]] | None = None,
    stop: Callable[[], None] = lambda: None,
) -> int:
    names = list(running.names)
    log.info("started", role=role, services=names)
    beat.until(stopping, beat.path(running.settings, role, names), stuck or running.stuck)
    log.info("stopping", role=role, services=names)
    stop()
    ended = running.stop()
    log.info("stopped", role=role, services=names, finished=ended)
    return 0 if ended else 1
