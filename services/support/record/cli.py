"""The record at the terminal, for the IT department, where it is kept (S004-166)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from shared.runtime.cli import output, shape, world

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group()
def record() -> None:
    """The customer-support tracking record, as files that the IT department keeps."""


@output.example("steward record keep /srv/archive/record", "steward record keep /srv/archive/record --json")
@record.command("keep")
@click.argument("folder", type=FOLDER)
@output.as_json
def keep(folder: Path, as_json: bool) -> None:
    """Write the record of every unit and year to FOLDER: CSV files, and SHA256SUMS for "sha256sum -c".

    Run it every night; it replaces the files of the night before, each only once the new one is on the disk. They hold
    personal data.
    """
    from services.support.record import keeping  # for this command alone

    with world.opened(["support"]) as running, running.databases["support"].reading() as connection:
        kept = keeping.keep(connection, folder)
    _print([{"unit": each.unit, "year": each.year, "file": each.file, "lines": lines} for each, lines in kept], as_json)


@output.example("steward record check /srv/archive/record", "steward record check /srv/archive/record --json")
@record.command("check")
@click.argument("folder", type=FOLDER)
@output.as_json
def check(folder: Path, as_json: bool) -> int:
    """Compare the files in FOLDER with the record. Exit code 1 when one is missing or is not what was written."""
    from services.support.record import keeping

    with world.opened(["support"]) as running, running.databases["support"].reading() as connection:
        found = keeping.check(connection, folder)
    _print([{"unit": of.unit, "year": of.year, "file": of.file, "state": state} for of, state in found], as_json)
    return shape.FOUND if any(state in (keeping.DAMAGED, keeping.MISSING) for _, state in found) else shape.OK


def _print(rows: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        output.document(rows)
    else:
        output.table(rows, tuple(rows[0]) if rows else (), none="There is no request yet, so nothing to keep.")


COMMANDS = (record,)
