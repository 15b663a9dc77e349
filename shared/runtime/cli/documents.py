"""The documents that are written from the code."""

from __future__ import annotations

from pathlib import Path

import click

from shared.runtime.cli import output, shape


@output.example("steward docs", "steward docs --check")
@click.command()
@click.option("--check", is_flag=True, help="Change nothing; exit code 1 when a file is not what the code says.")
@click.option("--to", "folder", type=click.Path(file_okay=False, path_type=Path), default="docs", show_default=True)
@output.as_json
def docs(check: bool, folder: Path, as_json: bool) -> int:
    """Write JSON Schemas, AsyncAPI, OpenAPI, the catalogue of events and the lifecycles into the folder docs.

    A change that would break a reader of a published event is refused.
    """
    from shared import documents

    found = documents.stale(folder) if check else documents.write(folder)
    if as_json:
        output.document({"stale" if check else "written": found})
    else:
        for each in found:
            click.echo(each if check else f"wrote {folder / each}")
        if not found:
            click.echo("The documents are up to date.")
    return shape.FOUND if check and found else shape.OK
