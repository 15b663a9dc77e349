"""What a sheet is, before it is a file: its columns and its rows."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

Cell = str | int | float | date | datetime | None
"""A moment is aware, in the zone that it is to be read in; a date stays a day."""

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""How a cell begins that a spreadsheet may run; the wide ones are typed in Chinese."""
MOST_ROWS = 50_000  # of one exported file: 20 MB in memory, some seconds of work


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `width` is in characters, as a spreadsheet counts them."""

    title: str
    width: int = 16


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table with a name (of the tab and the file), in one language."""

    name: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Cell]]
    locale: str


def text(value: str) -> str:
    """Text as it stands in a cell: accents composed, so that a name is found by whoever types it."""
    return unicodedata.normalize("NFC", value)
