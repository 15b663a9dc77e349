"""Events as they pass, for whoever wants to see what the system says to itself; nothing is taken away from anybody."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from typing import Any

import click

from shared.kernel import errors
from shared.runtime import passing, reach, redaction, settings, telemetry
from shared.runtime.cli import output, world

POLL_S = 0.5


class NoBroker(errors.Refused):
    """There is no broker to listen to: set STEWARD_AMQP_URL, or leave out --broker."""

    code = "no-broker"


@click.group()
def events() -> None:
    """Domain events as they pass."""


@output.example(
    "steward events tail --follow",
    "steward events tail --type 'support.ticket.*' --last 50 --json",
    "steward events tail --broker --type 'support.*' --type 'notify.*'",
)
@click.command("tail")
@click.option("--type", "types", multiple=True, metavar="PATTERN", help="Only types like this; may be repeated.")
@world.service_option
@click.option("--inbox", is_flag=True, help="What arrives in the services' inboxes, not what leaves their outboxes.")
@click.option("--last", type=click.IntRange(0, 10_000), default=10, show_default=True, help="How many to begin with.")
@click.option("--follow", "-f", is_flag=True, help="Go on until Ctrl-C.")
@click.option("--broker", is_flag=True, help="Listen on the broker instead, from now on, until Ctrl-C.")
@output.as_lines
def tail(
    types: tuple[str, ...],
    services: tuple[str, ...],
    inbox: bool,
    last: int,
    follow: bool,
    broker: bool,
    as_json: bool,
) -> None:
    """The newest events of the services' outboxes, oldest first; with --follow also those to come.

    PATTERN is a type with * and ?, such as 'support.ticket.*'. Secrets and personal data are masked.
    """
    with contextlib.suppress(KeyboardInterrupt):
        for where, body in _from_broker(types) if broker else _from_databases(services, inbox, types, last, follow):
            _show(where, _read(body), as_json)


def _from_databases(
    services: tuple[str, ...], inbox: bool, types: tuple[str, ...], last: int, follow: bool
) -> Iterator[tuple[str, bytes]]:
    with world.opened(services) as running:
        watches = [passing.Watch(database, inbox, types) for database in running.databases.values()]
        for watch in watches:
            watch.begin(last)
        first = sorted((item for watch in watches for item in _of(watch)), key=lambda item: _time(item[1]))
        yield from first[-last:] if last else ()
        while follow:
            time.sleep(POLL_S)
            for watch in watches:
                yield from _of(watch)


def _of(watch: passing.Watch) -> Iterator[tuple[str, bytes]]:
    return ((watch.database.service, body) for _, body in watch.fresh())


def _from_broker(types: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    from shared.bus import port
    from shared.bus import tail as watching

    given = settings.read()
    telemetry.configure(given, quiet=True)
    if given.amqp_url is None:
        raise NoBroker
    with reach.broker(given):
        for body in watching.watch(given.amqp_url, ("#",), exchanges=(port.EVENTS, port.INBOUND)):
            if body is not None and passing.fits(str(_read(body).get("type", "")), types):
                yield "broker", body


def _read(body: bytes) -> dict[str, Any]:
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        return {"type": "unreadable", "bytes": len(body)}
    return read if isinstance(read, dict) else {"type": "unreadable", "bytes": len(body)}


def _time(body: bytes) -> str:
    return str(_read(body).get("time", ""))


def _show(where: str, event: dict[str, Any], as_json: bool) -> None:
    shown = {name: redaction.text(v) if isinstance(v, str) else v for name, v in event.items() if name != "data"}
    data = redaction.payload(event.get("data"))
    if as_json:
        output.line({"at": where, **shown, "data": data})
        return
    parts = (shown.get("time", "-"), where, shown.get("type", "-"), shown.get("subject", "-"))
    click.echo("  ".join([*map(str, parts), json.dumps(data, ensure_ascii=False, separators=(",", ":"))]))


events.add_command(tail)
