"""Reading a table that somebody kept elsewhere: CSV of any usual encoding and delimiter, or XLSX, within bounds.

Invariants: text comes out NFC; a workbook that unpacks to more than it should is refused before it is unpacked; nothing
in a file is run.
"""

from __future__ import annotations

import csv
import io
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from shared.kernel import errors

MOST_ROWS = 20_000  # lines of one file
MOST_COLUMNS = 100
MOST_UNPACKED = 200 * 1024 * 1024  # bytes that a workbook may unpack to
MOST_RATIO = 200  # how much smaller packing may make it; text reaches 20
MOST_ENTRIES = 2_000  # files in a workbook
DELIMITERS = ",;\t|"
ENCODINGS = ("utf-8", "utf-16", "gb18030", "cp1258")
"""What may be chosen where the guess was wrong: Unicode, and what Chinese and Vietnamese Windows programs write."""
ZIP = b"PK\x03\x04"
SAMPLE = 64 * 1024  # bytes that are looked at to guess


class Unreadable(errors.Invalid):
    """This file cannot be read: {why}."""

    code = "unreadable-file"


@dataclass(frozen=True, slots=True)
class Table:
    """Headings and rows as text, each row with the number of its line; `encoding` is None for a workbook."""

    headings: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    encoding: str | None


def read(data: bytes, *, encoding: str | None = None) -> Table:
    """The table in a file. Raises `Unreadable`."""
    if not data.strip():
        raise Unreadable(why="it is empty")
    lines = list(_workbook(data) if data.startswith(ZIP) else _text(data, encoding or guess(data)))
    if not lines:
        raise Unreadable(why="it is empty")
    (_, headings), *rows = lines
    used = None if data.startswith(ZIP) else encoding or guess(data)
    return Table(tuple(headings), tuple((number, tuple(cells)) for number, cells in rows), used)


def guess(data: bytes) -> str:
    """The encoding that the bytes look like: Unicode where it fits exactly, else the likelier of the two others."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        data.decode("utf-8-sig")
        return "utf-8"
    except UnicodeDecodeError:
        pass
    from charset_normalizer import from_bytes  # only who imports pays for its tables

    best = from_bytes(data[:SAMPLE], cp_isolation=["gb18030", "cp1258"]).best()
    return best.encoding if best is not None and best.encoding in ENCODINGS else "gb18030"


def _text(data: bytes, encoding: str) -> Iterator[tuple[int, list[str]]]:
    if encoding not in ENCODINGS:
        raise Unreadable(why="its encoding is not one that we know")
    try:
        text = data.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeError as error:
        raise Unreadable(why="it is not of this encoding") from error
    if "\x00" in text:
        raise Unreadable(why="it is not a table of text")
    text = unicodedata.normalize("NFC", text)
    first = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(DELIMITERS, key=first.count), strict=True)
    start, seen = 1, 0
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                seen += 1
                _check(seen, len(cells))
                yield start, [cell.strip() for cell in cells]
            start = reader.line_num + 1
    except csv.Error as error:
        raise Unreadable(why="a quotation mark is missing, or a cell is too long") from error


def _workbook(data: bytes) -> Iterator[tuple[int, list[str]]]:
    """The first sheet. A workbook is a packed folder: what it claims to unpack to is bounded first."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            entries = packed.infolist()
    except (zipfile.BadZipFile, ValueError) as error:
        raise Unreadable(why="it is no workbook") from error
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > MOST_ENTRIES or unpacked > MOST_UNPACKED or unpacked > MOST_RATIO * len(data):
        raise Unreadable(why="it unpacks to more than a table would")
    import openpyxl

    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        seen = 0
        bounds = {"max_row": MOST_ROWS + 2, "max_col": MOST_COLUMNS + 1}
        for number, cells in enumerate(sheet.iter_rows(values_only=True, **bounds), 1):  # type: ignore[arg-type]
            said = [_said(cell) for cell in cells]
            if any(said):
                seen += 1
                while said and not said[-1]:
                    said.pop()
                _check(seen, len(said))
                yield number, said
        book.close()
    except Unreadable:
        raise
    except Exception as error:
        raise Unreadable(why="it is no workbook") from error


def _check(rows: int, columns: int) -> None:
    if rows > MOST_ROWS + 1:
        raise Unreadable(why="it has too many lines; divide it")
    if columns > MOST_COLUMNS:
        raise Unreadable(why="it has too many columns")


def _said(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d %H:%M")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float):
        return f"{cell:g}" if cell != int(cell) else str(int(cell))
    return unicodedata.normalize("NFC", str(cell)).strip()


def column(row: Sequence[str], number: int) -> str:
    """A cell of a row; empty where the row is shorter."""
    return row[number] if number < len(row) else ""
