"""The databases as a command at the terminal uses them: beside the running system, for as long as the block runs."""

from __future__ import annotations

import contextlib
import getpass
from collections.abc import Iterator, Sequence

import click
import sqlalchemy as sa

from shared.kernel import errors
from shared.runtime import process, reach, settings, telemetry
from shared.store import migrate

service_option = click.option(
    "--service", "services", multiple=True, metavar="NAME", help="Only this service; may be repeated (default: all)."
)
"""The option of every command that goes through several services."""


class NoHome(errors.Refused):
    """There is no Steward home at {home}. Start one with "steward all", or point STEWARD_HOME to it."""

    code = "no-home"


class NoReason(errors.Refused):
    """Say why with --reason: it is written to the record."""

    code = "no-reason"


@contextlib.contextmanager
def opened(services: Sequence[str] = ()) -> Iterator[process.Process]:
    """The services' databases, migrated. Nothing runs; what is committed is found by the system's loops in a second.

    Raises `settings.BadSettings`, `manifest.UnknownService`, `NoHome`, `migrate.NotMigrated`,
    `reach.DatabaseUnreachable`.
    """
    given = settings.read()
    telemetry.configure(given, quiet=True)
    running = process.Process(given, process.existing(services), pool_size=2)
    try:
        for database in running.databases.values():
            _exists(given, database.engine.url, database.service)
            reach.migrated(given, database)
        with reach.database(given):
            yield running
    finally:
        running.stop()


def _exists(given: settings.Settings, url: sa.URL, service: str) -> None:
    """Opening a SQLite file that is not there would make an empty one."""
    if url.get_backend_name() != "sqlite":
        return
    if not (given.home / "data").is_dir():
        raise NoHome(home=given.home)
    if not (given.home / "data" / f"{service}.sqlite").is_file():
        raise migrate.NotMigrated(service=service)


def operator() -> str:
    """Who works at this terminal, as records name them."""
    try:
        return f"system:operator-{getpass.getuser()}"
    except (KeyError, OSError):  # a container's user may have no name
        return "system:operator"
