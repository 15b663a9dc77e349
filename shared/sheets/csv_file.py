"""Writing CSV as spreadsheets open it: UTF-8 with a byte order mark, CRLF, nothing that begins like a formula."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from typing import IO

from shared.sheets.sheet import FORMULA, Cell, Sheet, text

CONTENT_TYPE = "text/csv"
MOMENT = "%Y-%m-%d %H:%M"  # what every spreadsheet takes for a date, whatever its country
DAY = "%Y-%m-%d"


def write(sheet: Sheet, to: IO[bytes]) -> None:
    """Write the sheet, row by row."""
    lines = io.TextIOWrapper(to, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(lines, lineterminator="\r\n")
    writer.writerow([safe(column.title) for column in sheet.columns])
    for row in sheet.rows:
        writer.writerow([_said(cell) for cell in row])
    lines.flush()
    lines.detach()


def safe(value: str) -> str:
    """Text that no spreadsheet runs: one that begins like a formula gets an apostrophe before it."""
    value = text(value)
    return f"'{value}" if value.lstrip(" ").startswith(FORMULA) else value


def _said(cell: Cell) -> str | int | float:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.strftime(MOMENT)
    if isinstance(cell, date):
        return cell.strftime(DAY)
    return safe(cell) if isinstance(cell, str) else cell
