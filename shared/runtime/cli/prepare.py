"""What is done once before a version starts: migrations and the broker's topology."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from shared.runtime import process, reach, settings, telemetry
from shared.runtime.cli import output, shape
from shared.store import engine
from shared.store import migrate as migrations


@output.example("steward migrate", "steward migrate --check --json", "steward migrate --contract   # old code is gone")
@click.command()
@click.argument("services", nargs=-1)
@click.option("--contract", is_flag=True, help="Also run what old code cannot live with: only when none is left.")
@click.option("--check", is_flag=True, help="Change nothing; exit code 1 when the code needs a newer database.")
@output.as_json
def migrate(services: tuple[str, ...], contract: bool, check: bool, as_json: bool) -> int:
    """Bring the databases of SERVICES (default: all) up to date, creating them when they are missing."""
    if contract and check:
        raise click.UsageError("--contract and --check exclude each other.")
    given = settings.read()
    telemetry.configure(given, quiet=True)
    rows = []
    for name in process.existing(services):
        if check:
            rows.append({"service": name, "pending": _pending(given, name)})
        else:
            with reach.database(given):
                ran = migrations.upgrade(given.database(name), name, contract=contract)
            rows.append({"service": name, "ran": ran + _playbooks(given, name)})
    if as_json:
        output.document(rows)
    else:
        key, nothing = ("pending", "up to date") if check else ("ran", "was up to date")
        shown = [{"service": row["service"], key: ", ".join(row[key]) or nothing} for row in rows]
        output.table(shown, ("service", key), none="There is no service.")
    return shape.FOUND if check and any(row["pending"] for row in rows) else shape.OK


def _playbooks(given: settings.Settings, service: str) -> list[str]:
    """Install the playbooks of the service's flows, so that a web process finds them. Returns what is new."""
    from shared.runtime import procedures

    database = engine.Database(given.database(service), service=service, pool_size=1)
    try:
        return [f"playbook {each}" for each in procedures.install(given, database)]
    finally:
        database.close()


def _pending(given: settings.Settings, service: str) -> list[str]:
    """What is missing in a service's database; everything, where there is none yet. Makes none."""
    database = engine.Database(given.database(service), service=service, pool_size=1)
    url = database.engine.url
    try:
        if url.get_backend_name() == "sqlite" and not Path(str(url.database)).exists():
            return _everything(service)
        with reach.database(given):
            return migrations.pending(database)
    except reach.DatabaseUnreachable as error:
        if not reach.not_there(error, database):
            raise
        return _everything(service)
    finally:
        database.close()


def _everything(service: str) -> list[str]:
    """What an empty database lacks."""
    with tempfile.TemporaryDirectory() as folder:
        nothing = engine.Database(f"sqlite:///{folder}/nothing", service=service, pool_size=1)
        try:
            return migrations.pending(nothing)
        finally:
            nothing.close()


@output.example("steward topology")
@click.command()
@output.as_json
def topology(as_json: bool) -> None:
    """Declare the exchanges, queues and bindings of all services on the broker, and unbind what is gone.

    Safe to run again; it never deletes a queue or a message.
    """
    from shared.runtime import declare

    given = settings.read()
    telemetry.configure(given, quiet=True)
    lines = declare.topology(given)
    if as_json:
        output.document(lines)
    else:
        click.echo("\n".join(lines))


@output.example("steward keys", "steward keys --public-to /srv/steward/public", "steward keys --json")
@click.command()
@click.option("--public-to", type=click.Path(path_type=Path), help="Also put the public keys, alone, into this folder.")
@output.as_json
def keys(public_to: Path | None, as_json: bool) -> None:
    """Make the gateway's signing key and the file of public keys in STEWARD_HOME/keys, once.

    "steward all" does it by itself. Divided, the gateway needs gateway.json, which is a secret, and every service needs
    public.json; keys that are there already stay as they are.
    """
    from shared.runtime import keys as making

    folder = settings.read().home / "keys"
    making.ensure(folder)
    facts = {"secret": str(folder / making.SECRET), "public": str(folder / making.PUBLIC)}
    if public_to is not None:
        facts["given"] = str(making.give(folder, public_to))
    if as_json:
        output.document(facts)
    else:
        output.facts(facts)
