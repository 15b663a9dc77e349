"""Promises at the terminal: clocks, trails, playbooks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa

from shared.clocks import queries, tables
from shared.kernel import moment
from shared.playbook import book, reading, repricing, shelf
from shared.playbook import tables as playbook_tables
from shared.runtime import manifest, procedures, process, settings
from shared.runtime.cli import output, shape, world
from shared.trail import export, verify

LIMIT = 50


def _with_flows(running: process.Process) -> list[str]:
    return [name for name in running.names if manifest.flows(manifest.load(name))]


# ---- clocks


@output.example("steward clocks", "steward clocks --service support --json", "steward clocks 01a20f90-4000-7132-...")
@click.command()
@world.service_option
@click.argument("clock_id", required=False)
@click.option("--limit", default=LIMIT, show_default=True, help="How many, the one due first first.")
@output.as_json
def clocks(services: tuple[str, ...], clock_id: str | None, limit: int, as_json: bool) -> int:
    """Open promises, or why the one with CLOCK_ID is where it is: every counted interval, to the second.

    Exit code 1 when a listed promise is late.
    """
    with world.opened(services) as running:
        if clock_id is not None:
            return _explained(running, clock_id, as_json)
        rows = [row for name in _with_flows(running) for row in _open(running, name, limit)]
    if as_json:
        output.document(rows)
    else:
        columns = ("service", "number", "name", "owes", "due_at", "left_seconds", "state", "id")
        output.table(rows, columns, none="No promise is open.")
    return shape.FOUND if any(row["late"] for row in rows) else shape.OK


def _open(running: process.Process, name: str, limit: int) -> list[dict[str, Any]]:
    database = running.databases[name]
    with database.reading() as connection:
        units = connection.execute(sa.select(tables.clock.c.unit).distinct()).scalars().all()
        found = queries.due(connection, units, limit=limit)
        known, now = book.of(connection), database.time.now()
        shown = [{**queries.shown(kept, known, connection, now), "number": kept.of.number} for kept in found]
    return [{"service": name, **row, "due_at": moment.text(row["due_at"])} for row in shown]


def _explained(running: process.Process, clock_id: str, as_json: bool) -> int:
    for name in _with_flows(running):
        database = running.databases[name]
        with database.reading() as connection:
            row = connection.execute(sa.select(tables.clock).where(tables.clock.c.id == clock_id)).one_or_none()
            if row is not None:
                told = queries.explain(tables.read(row), book.of(connection), connection, database.time.now())
                (output.document if as_json else output.facts)(json.loads(json.dumps(told, default=str)))
                return shape.FOUND if told["late"] else shape.OK
    raise click.UsageError(f"There is no clock {clock_id}.")


# ---- the trail


@click.group()
def trail() -> None:
    """What happened to an object, in order, and whether the record is whole."""


@output.example("steward trail show 01a20f90-4000-7132-...", "steward trail show 01a2... --html > trail.html")
@trail.command()
@world.service_option
@click.argument("object_id")
@click.option("--html", "as_html", is_flag=True, help="A page to print or make a PDF of.")
@click.option("--language", type=click.Choice(["vi", "zh", "en"]), default="en", show_default=True)
@output.as_json
def show(services: tuple[str, ...], object_id: str, as_html: bool, language: str, as_json: bool) -> int:
    """Every entry of one object."""
    with world.opened(services) as running:
        for name in running.names:
            database = running.databases[name]
            with database.reading() as connection:
                entries = export.entries(connection, object_id)
                if not entries:
                    continue
                now, kind = database.time.now(), entries[0]["kind"]
                if as_html:
                    click.echo(export.html(connection, kind, object_id, title=object_id, locale=language, now=now))
                elif as_json:
                    output.document(export.data(connection, kind, object_id, now=now))
                else:
                    rows = [{**each, "facts": json.dumps(each["facts"], ensure_ascii=False)} for each in entries]
                    output.table(rows, ("number", "at", "what", "actor", "facts"), none="")
            return shape.OK
    click.echo("Nothing is written of such an object.", err=True)
    return shape.FOUND


@output.example("steward trail verify", "steward trail verify --service support --json")
@trail.command(name="verify")
@world.service_option
@output.as_json
def verify_(services: tuple[str, ...], as_json: bool) -> int:
    """Look at every entry and every checkpoint. Exit code 1 when one was changed, removed, added or cut off."""
    rows: list[dict[str, Any]] = []
    looked: list[dict[str, Any]] = []
    with world.opened(services) as running:
        for name in running.names:
            path = running.settings.second_place / f"{name}.checkpoints"
            with running.databases[name].reading() as connection:
                report = verify.verify(connection, path)
            rows += [
                {"service": name, "object": f.object_id, "entry": f.number, "what": f.what} for f in report.findings
            ]
            counts = {"objects": report.objects, "entries": report.entries, "checkpoints": report.checkpoints}
            looked.append({"service": name, **counts})
    if as_json:
        output.document({"findings": rows, "looked_at": looked})
    else:
        output.table(looked, ("service", "objects", "entries", "checkpoints"), none="There is no service.")
        click.echo()
        output.table(rows, ("service", "object", "entry", "what"), none="The trail is whole.")
    return shape.FOUND if rows else shape.OK


# ---- playbooks


@click.group()
def playbooks() -> None:
    """Procedures as configuration."""


@output.example("steward playbooks check", "steward playbooks check my-playbooks/")
@playbooks.command()
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@output.as_json
def check(folder: Path | None, as_json: bool) -> int:
    """Read the packaged playbooks and the operator's (STEWARD_PLAYBOOKS, or FOLDER). Needs no database.

    Every fault is told with its file, line and path. Exit code 1 when there is one.
    """
    given = settings.read()
    folders = [reading.PACKAGED, folder] if folder is not None else procedures.folders(given)
    found, faults = reading.folder(folders, procedures.flows())
    rows = [{"id": p.id, "version": p.version, "flow": p.flow, "units": ", ".join(p.units)} for p in found.values()]
    if as_json:
        output.document({"playbooks": rows, "faults": [str(fault) for fault in faults]})
    else:
        output.table(rows, ("id", "version", "flow", "units"), none="There is no playbook.")
        for fault in faults:
            click.echo(str(fault), err=True)
    return shape.FOUND if faults else shape.OK


@output.example("steward playbooks show vimc-support", "steward playbooks show vimc-support --json")
@playbooks.command(name="show")
@click.argument("playbook_id")
@output.as_json
def show_playbook(playbook_id: str, as_json: bool) -> int:
    """One playbook as it is read: steps with their RACI letters, clocks, request types with their authority."""
    found = reading.all_(procedures.folders(settings.read()), procedures.flows())
    playbook = found.get(playbook_id)
    if playbook is None:
        raise click.UsageError(f"There is no playbook {playbook_id}; there are: {', '.join(sorted(found))}.")
    if as_json:
        output.document(playbook.body)
        return shape.OK
    click.echo(f"{playbook.id} {playbook.version}: {playbook.title['en']} ({playbook.flow})\n")
    raci = [{"step": step, **letters} for step, letters in playbook.raci.items()]
    output.table(raci, ("step", *playbook.roles), none="")
    click.echo()
    rows = [
        {"clock": c.name, "within": str(c.within or "by type"), "owes": c.owes, "from": ", ".join(c.starts)}
        for c in playbook.clocks.values()
    ]
    output.table(rows, ("clock", "within", "owes", "from"), none="It has no clocks.")
    click.echo()
    kinds = [
        {
            "type": k.code,
            "title": k.title["en"],
            "within": str(k.within),
            "authority": ", ".join(playbook.authority[k.code]),
        }
        for k in playbook.request_types
    ]
    output.table(kinds, ("type", "title", "within", "authority"), none="It has no request types.")
    return shape.OK


@output.example("steward playbooks diff vimc-support")
@playbooks.command()
@world.service_option
@click.argument("playbook_id")
@output.as_json
def diff(services: tuple[str, ...], playbook_id: str, as_json: bool) -> int:
    """How the file differs from the version that is active. Exit code 1 when it does."""
    found = reading.all_(procedures.folders(settings.read()), procedures.flows()).get(playbook_id)
    if found is None:
        raise click.UsageError(f"There is no playbook {playbook_id}.")
    a = playbook_tables.active.c
    with world.opened(services) as running:
        for name in _with_flows(running):
            with running.databases[name].reading() as connection:
                row = connection.execute(sa.select(a.version).where(a.id == playbook_id).limit(1)).one_or_none()
                old = shelf.kept(connection, playbook_id, row.version).body if row else {}
                if row is not None:
                    break
        else:
            old = {}
    rows = _differences(old, json.loads(json.dumps(found.body)))
    if as_json:
        output.document(rows)
    else:
        output.table(rows, ("path", "active", "file"), none="The file is the active version.")
    return shape.FOUND if rows else shape.OK


def _differences(old: Any, new: Any, path: str = "") -> list[dict[str, Any]]:
    if isinstance(old, dict) and isinstance(new, dict):
        keys = sorted({*map(str, old), *map(str, new)})
        olds, news = {str(k): v for k, v in old.items()}, {str(k): v for k, v in new.items()}
        return [row for key in keys for row in _differences(olds.get(key), news.get(key), f"{path}.{key}".strip("."))]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = enumerate(zip(old, new, strict=True))
        return [row for number, (a, b) in pairs for row in _differences(a, b, f"{path}.{number}")]
    return [] if old == new else [{"path": path, "active": _short(old), "file": _short(new)}]


def _short(value: Any) -> str:
    return "-" if value is None else json.dumps(value, ensure_ascii=False)[:60]


@output.example('steward playbooks reprice vimc-support --reason "new committed times from December on"')
@playbooks.command()
@world.service_option
@click.argument("playbook_id")
@click.option("--reason", required=True, help="Why; written to every clock that moves and to its object's trail.")
@output.as_json
def reprice(services: tuple[str, ...], playbook_id: str, reason: str, as_json: bool) -> int:
    """Price open clocks of older versions by the active one. Records keep their version; used time stays used.

    The work is done by tasks of the running system; old and new due moments are logged and told.
    """
    a = playbook_tables.active.c
    asked: list[dict[str, str]] = []
    with world.opened(services) as running:
        for name in _with_flows(running):
            with running.databases[name].work(actor="system:cli") as unit:
                row = unit.execute(sa.select(a.version).where(a.id == playbook_id).limit(1)).one_or_none()
                if row is not None:
                    repricing.ask(unit, playbook_id, row.version, why=reason)
                    asked.append({"service": name, "playbook": playbook_id, "version": row.version})
    if not asked:
        raise click.UsageError(f"The playbook {playbook_id} is active in no service.")
    if as_json:
        output.document(asked)
    else:
        for one in asked:
            click.echo(f"{one['service']}: open clocks of {playbook_id} are priced by version {one['version']}.")
    return shape.OK
