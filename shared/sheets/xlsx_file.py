"""Writing XLSX, a row at a time: real dates, a heading that stays in sight, text that stays text."""

from __future__ import annotations

from datetime import date, datetime
from typing import IO, Any

from shared.sheets.sheet import Cell, Sheet, text

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST = 32_767  # UTF-16 units that a cell can hold; a longer text would be left out without a word
CUT = "…"
MOMENTS = {"vi": "dd/mm/yyyy hh:mm", "zh": "yyyy-mm-dd hh:mm", "en": "d mmm yyyy hh:mm"}
DAYS = {"vi": "dd/mm/yyyy", "zh": "yyyy-mm-dd", "en": "d mmm yyyy"}
NAME = 31  # characters of a tab
NOT_IN_A_NAME = str.maketrans("", "", "[]:*?/\\'")


def write(sheet: Sheet, to: IO[bytes]) -> None:
    """Write the sheet; a row is on the disk before the next one is asked for."""
    import xlsxwriter  # 60 ms and some MB that only who exports pays

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(to, options) as book:  # type: ignore[arg-type] - any file that is open for writing
        tab = book.add_worksheet(sheet.name.translate(NOT_IN_A_NAME)[:NAME])
        heading = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        moment = book.add_format({"num_format": MOMENTS[sheet.locale], "valign": "top", "align": "left"})
        day = book.add_format({"num_format": DAYS[sheet.locale], "valign": "top", "align": "left"})
        tab.freeze_panes(1, 0)
        tab.repeat_rows(0)
        tab.set_landscape()
        tab.set_paper(9)  # A4
        tab.fit_to_pages(1, 0)
        for number, column in enumerate(sheet.columns):
            tab.set_column(number, number, column.width)
            tab.write_string(0, number, column.title, heading)
        formats = (wrapped, moment, day)
        for line, row in enumerate(sheet.rows, 1):
            for number, cell in enumerate(row):
                _put(tab, line, number, cell, formats)


def _put(tab: Any, line: int, number: int, cell: Cell, formats: tuple[Any, Any, Any]) -> None:
    wrapped, moment, day = formats
    if isinstance(cell, datetime):
        tab.write_datetime(line, number, cell.replace(tzinfo=None), moment)
    elif isinstance(cell, date):
        tab.write_datetime(line, number, cell, day)
    elif isinstance(cell, str):
        tab.write_string(line, number, fitting(text(cell)), wrapped)
    elif cell is not None:
        tab.write_number(line, number, cell, wrapped)


def fitting(value: str) -> str:
    """Text that a cell can hold, cut off with an ellipsis."""
    units = value.encode("utf-16-le", errors="surrogatepass")
    if len(units) <= 2 * LONGEST:
        return value
    return units[: 2 * (LONGEST - 1)].decode("utf-16-le", errors="ignore") + CUT
