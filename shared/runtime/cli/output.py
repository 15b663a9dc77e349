"""How commands print: tables for people, JSON for programs (one document, UTF-8, times in RFC 3339)."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import click

from shared.kernel import moment

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of a table.")
"""The option of every command that prints data."""

as_lines = click.option("--json", "as_json", is_flag=True, help="Print one JSON document a line.")
"""The same for commands that print as they go."""


def document(value: Any) -> None:
    """Print a value as JSON."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def line(value: Any) -> None:
    """Print a value as one line of JSON, for streams."""
    click.echo(json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain))


def table(rows: Iterable[Mapping[str, Any]], columns: Sequence[str], *, none: str) -> None:
    """Print rows in columns as wide as their contents; the sentence `none` when there are no rows."""
    cells = [[_cell(row.get(column)) for column in columns] for row in rows]
    if not cells:
        click.echo(none)
        return
    lines = [[column.upper().replace("_", " ") for column in columns], *cells]
    widths = [max(map(_width, column)) for column in zip(*lines, strict=True)]
    for each in lines:
        padded = [text + " " * (width - _width(text)) for text, width in zip(each, widths, strict=True)]
        click.echo("  ".join(padded).rstrip())


def _width(text: str) -> int:
    """Cells of a terminal: Chinese characters take two, combining marks none."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def facts(given: Mapping[str, Any]) -> None:
    """Print one object, a line per fact; nested values as JSON, long texts below their name."""
    width = max(len(name) for name in given)
    for name, value in given.items():
        if isinstance(value, Mapping | list):
            value = json.dumps(value, ensure_ascii=False, indent=2, default=_plain)
        said = str(value) if isinstance(value, str) else _cell(value)
        if "\n" in said:
            click.echo(f"{name}:")
            click.echo("\n".join(f"  {line}" for line in said.splitlines()))
        else:
            click.echo(f"{name.ljust(width)}  {said}")


def example(*lines: str) -> Callable[[click.Command], click.Command]:
    """Give a command the examples that end its help."""

    def given(command: click.Command) -> click.Command:
        command.epilog = "\b\nExample:\n" + "\n".join(f"  {line}" for line in lines)
        return command

    return given


def age(seconds: float | None) -> str:
    """`42 s`, `3 min`, `5 h`, `2 d`."""
    if seconds is None:
        return "-"
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(str(value).split())


def _plain(value: Any) -> Any:
    return moment.text(value) if isinstance(value, datetime) else str(value)
