"""What this is."""

from __future__ import annotations

import platform
import sqlite3
from importlib import metadata

import click

from shared.runtime.cli import output


@output.example("steward version --json")
@click.command()
@output.as_json
def version(as_json: bool) -> None:
    """Which Steward this is, on which Python and SQLite."""
    facts = {
        "steward": metadata.version("steward"),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    }
    if as_json:
        output.document(facts)
    else:
        click.echo(" ".join(f"{name} {value}" for name, value in facts.items()))
