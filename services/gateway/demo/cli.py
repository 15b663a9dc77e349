"""The demo at the terminal: beside a running system or, when none runs on this home, by itself."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Iterator

import click

from services.gateway import clients
from services.gateway.demo import filling
from shared.runtime import backlog, declare, embedded, home, manifest, procedures, process, reach, settings, telemetry
from shared.runtime.cli import output, world
from shared.store import migrate
from shared.web import tokens

QUIET_S = 15  # how long a run by itself waits for its last mails


@output.example("steward demo", "STEWARD_DEMO_PASSWORD=... steward demo", "steward demo --new-password --json")
@click.command()
@click.option("--new-password", is_flag=True, help="Give everybody of the demo another password, shown once.")
@output.as_json
def demo(new_password: bool, as_json: bool) -> None:
    """Fill the system with the demo company, its people and some requests; go on where an earlier run ended.

    Works on a running and on a stopped system, and beside a real company.
    """
    given = settings.read()
    telemetry.configure(given, quiet=True)
    with _running(given) as (running, ways):
        filled = filling.fill(running, ways, again=new_password)
    if as_json:
        output.document(dataclasses.asdict(filled))
    else:
        click.echo("\n".join(filling.lines(filled, f"{given.public_url}/sign-in")))


@contextlib.contextmanager
def _running(given: settings.Settings) -> Iterator[tuple[process.Process, clients.Clients]]:
    """The services, with loops of our own where nobody else has this home."""
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(home.opened(given.home))
        except home.HomeInUse:
            running = held.enter_context(world.opened())
            yield running, clients.Clients(running.apps(), running.signer())
            return
        running = held.enter_context(_alone(given))
        yield running, clients.Clients(running.apps(), running.signer())
        _until_quiet(running)


@contextlib.contextmanager
def _alone(given: settings.Settings) -> Iterator[process.Process]:
    names = manifest.existing()
    tokens.ensure_key(given.home / "keys" / "gateway.json")
    with reach.database(given):
        for name in names:
            migrate.upgrade(given.database(name), name)
    if given.amqp_url:
        with reach.broker(given):
            declare.topology(given)
    running = embedded.assemble(given, names)
    for name in names:
        procedures.install(given, running.databases[name])
    running.start()
    try:
        yield running
    finally:
        running.stop()


def _until_quiet(running: process.Process) -> None:
    """Let the events and mails of the demo leave; what does not in time leaves when the system is started."""
    until = time.monotonic() + QUIET_S
    while time.monotonic() < until:
        waiting = [each for database in running.databases.values() for each in backlog.look(database)]
        if not any(each.rows for each in waiting if each.what != "failures"):
            return
        time.sleep(0.1)


COMMANDS = (demo,)
