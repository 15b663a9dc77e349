"""The embedded mode: every service, its loops and its tasks in one process, with the pages on one address.

With a database server and a broker in the settings it is the same process on PostgreSQL and RabbitMQ.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import structlog

from shared.bus import port
from shared.kernel import errors
from shared.runtime import (
    beat,
    declare,
    home,
    keys,
    listen,
    manifest,
    procedures,
    process,
    reach,
    settings,
    signals,
    telemetry,
)
from shared.store import migrate

CHANNEL_TIMEOUT_S = 30  # of an idle or slow client connection
MAX_BODY_BYTES = (
    65 * 1024 * 1024
)  # more than a form with files may have; what the front reads at most; the apps behind it allow less
DRAIN_S = 15  # how long requests in hand may take after SIGTERM
LAST_BYTES_S = 0.2  # for answers that are finished but not yet sent

log = structlog.get_logger(__name__)


def all_(given: settings.Settings, *, say: Callable[[str], None]) -> int:
    """Run until asked to stop; 0 when everything in hand was finished. `say` tells the person who started it.

    Raises the sentences of `home`, `listen.PortInUse`, `reach.DatabaseUnreachable`, `keys.KeysMissing`. A broker
    that is away costs nothing but time.
    """
    stopping = signals.asked_to_stop()
    with home.opened(given.home):
        listening = listen.on(given.host, given.port)
        try:
            with stopping.breaking_off():
                running = _prepared(given, say)
            return _serve(running, listening, stopping, say)
        except signals.Interrupted:
            log.info("broken_off", role="all")
            return 0
        finally:
            listening.close()


def _prepared(given: settings.Settings, say: Callable[[str], None]) -> process.Process:
    """Keys, databases and topology as this code needs them, and every loop, none of them started."""
    keys.ensure(given.home / "keys")
    names = manifest.existing()
    with reach.database(given):
        for name in names:
            # A home belongs to one process: no old code is left that a contract step could disturb.
            migrate.upgrade(given.database(name), name, contract=given.database_url is None)
        running = assemble(given, names)
        for database in running.databases.values():
            procedures.install(given, database)
    if given.amqp_url:
        _declare(given, running, say)
    return running


def assemble(given: settings.Settings, names: tuple[str, ...], **more: Any) -> process.Process:
    """Every loop of the services in one process: bus, receivers where there is a broker, and task threads."""
    running = process.Process(given, names, **more)
    for name in names:
        transport = running.transport(name)
        if given.amqp_url:
            transport = TasksHere(transport, running, name)
        running.add_bus(name, transport, subscribed=True)
        running.add_tasks(name, threads=given.task_threads if name == "notify" else 1)
        running.listen(name)
    running.add_presence("all")
    return running


class TasksHere:
    """The broker's transport for a process that runs its task rows itself: a hint is a wake-up."""

    def __init__(self, inner: port.Transport, running: process.Process, name: str) -> None:
        self._inner, self._running, self._name = inner, running, name

    def publish(self, messages: Any) -> dict[int, port.Outcome]:
        """See `port.Transport`."""
        events = [message for message in messages if message.kind == "event"]
        outcomes = {message.seq: port.CONFIRMED for message in messages if message.kind == "task"}
        if outcomes:
            self._running.databases[self._name].wake("tasks")
        if events:
            try:
                outcomes |= self._inner.publish(events)
            except errors.BrokerAway:
                if not outcomes:
                    raise
        return outcomes

    def tick(self) -> None:
        """See `port.Transport`."""
        self._inner.tick()

    def close(self) -> None:
        """See `port.Transport`."""
        self._inner.close()


class Internal:
    """Health and metrics for callers on this machine; everybody else only ever meets the gateway."""

    PATHS = ("/livez", "/readyz", "/metrics")

    def __init__(self, health: Any, front: Any) -> None:
        self._health, self._front = health, front

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        """WSGI."""
        local = environ.get("REMOTE_ADDR", "").startswith(("127.", "::1")) and "HTTP_X_FORWARDED_FOR" not in environ
        if environ.get("PATH_INFO") in self.PATHS and local:
            return self._health(environ, start_response)
        return self._front(environ, start_response)


def _declare(given: settings.Settings, running: process.Process, say: Callable[[str], None]) -> None:
    """Declare the topology now, or have a loop do it as soon as the broker is there."""
    try:
        declare.topology(given)
    except errors.BrokerAway as error:
        say(f"{error} Requests are taken meanwhile; events leave when it is back.")
        running.add_loop("gateway", "topology", _Declaring(given).step)


class _Declaring:
    """Declares the topology once."""

    def __init__(self, given: settings.Settings) -> None:
        self._given, self._done = given, False

    def step(self) -> bool:
        if not self._done:
            declare.topology(self._given)
            self._done = True
            log.info("topology_declared")
        return False


def _serve(
    running: process.Process, listening: socket.socket, stopping: signals.Stopping, say: Callable[[str], None]
) -> int:
    import waitress.server

    given = running.settings
    apis = running.apps()
    server = waitress.server.create_server(
        Internal(apis["gateway"], running.front(apis)),
        sockets=[listening],
        threads=given.web_threads,
        channel_timeout=CHANNEL_TIMEOUT_S,
        max_request_body_size=MAX_BODY_BYTES,
        ident="",
        clear_untrusted_proxy_headers=given.trusted_proxies == 0,
    )
    running.start()
    ended = False
    try:
        with stopping.breaking_off(), telemetry.hushed():
            lines = [line for opening in _openings(running.names) for line in opening(running)]
        web = threading.Thread(target=server.run, name="web", daemon=True)
        web.start()
        _greet(given, lines, say)
        log.info("started", role="all", host=given.host, port=listening.getsockname()[1], services=list(running.names))
        beat.until(stopping, beat.path(given, "all", ()), running.stuck)
        log.info("stopping", role="all")
        _drain(server)
        web.join(1)
    finally:
        ended = running.stop()
    log.info("stopped", role="all", finished=ended)
    return 0 if ended else 1


def _openings(names: tuple[str, ...]) -> list[Callable[[process.Process], list[str]]]:
    return [opening for name in names for opening in manifest.openings(manifest.load(name))]


def _greet(given: settings.Settings, lines: list[str], say: Callable[[str], None]) -> None:
    """What the person at the terminal needs to go on."""
    say(f"Steward is ready: {given.public_url}")
    say(f"Home: {given.home}" + ("" if given.smtp_url else "; mails are kept in its folder mail, none is sent"))
    for line in lines:
        say(line)
    say("Ctrl-C stops it.")


def _drain(server: Any) -> None:
    """No new connections, the requests in hand to their end, then the last bytes out."""
    server.del_channel()
    server.socket.close()
    until = time.monotonic() + DRAIN_S
    while (server.task_dispatcher.active_count or server.task_dispatcher.queue) and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(LAST_BYTES_S)
    server.close()
