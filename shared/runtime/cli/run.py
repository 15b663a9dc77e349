"""The commands that stay: they run until SIGTERM or Ctrl-C, then finish or give back what is in hand."""

from __future__ import annotations

import contextlib

import click

from shared.runtime import embedded, process, roles, settings, telemetry
from shared.runtime.cli import output


@output.example("STEWARD_PORT=8081 STEWARD_HOME=/srv/steward steward all")
@click.command()
def all_() -> int:
    """Every service in one process, with the pages on one address.

    Needs nothing but a folder (STEWARD_HOME, default var/). On an empty one it makes the databases and keys and fills
    in a demo company, unless STEWARD_DEMO=no. With STEWARD_DATABASE_URL and STEWARD_AMQP_URL it runs on PostgreSQL
    and RabbitMQ.
    """
    given = _given()
    return embedded.all_(given, say=_say)


@output.example("steward web support", "STEWARD_SUPPORT_URL=http://support:8080 steward web gateway")
@click.command()
@click.argument("service")
def web(service: str) -> int:
    """The HTTP face of one SERVICE, or of the gateway with its pages.

    The gateway finds the other services at STEWARD_<SERVICE>_URL. Worker processes: STEWARD_WEB_WORKERS.
    """
    return roles.web(_given(), *process.existing([service]))


@output.example("steward bus support notify", "steward bus")
@click.command()
@click.argument("services", nargs=-1)
def bus(services: tuple[str, ...]) -> int:
    """Relay, receiver, inbox worker and clocks of SERVICES (default: all). Copies stand by."""
    return roles.bus(_given(), process.existing(services))


@output.example("steward tasks notify --threads 8")
@click.command()
@click.argument("services", nargs=-1)
@click.option("--threads", type=click.IntRange(1, 256), help="Tasks at once (default: STEWARD_TASK_THREADS).")
def tasks(services: tuple[str, ...], threads: int | None) -> int:
    """A worker for the slow work of SERVICES (default: all); several may share the load."""
    return roles.tasks(_given(), process.existing(services), threads=threads)


def _say(line: str) -> None:
    """Tell whoever started it; nobody listening is no reason to stop."""
    with contextlib.suppress(OSError):
        click.echo(line)


def _given() -> settings.Settings:
    given = settings.read()
    telemetry.configure(given)
    return given
