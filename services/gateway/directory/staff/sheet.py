"""A CSV file of people as a spreadsheet saves it: read line by line, every fault named with its line and column.

UTF-8 with or without byte order mark; comma, semicolon or tab. A cell that a spreadsheet would run as a formula is
refused, so that the file can be opened again where it came from.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Any

import marshmallow as ma

from services.gateway.directory.staff import model, schemas
from shared.kernel import errors

NEEDED = ("name", "mail", "unit")
COLUMNS = (*NEEDED, "roles", "locale")
MOST_LINES = 2_000  # people in one file, all in one transaction
FORMULA = ("=", "+", "-", "@", "\t", "\r")
BETWEEN = ",;\t"  # what may stand between cells
ROLES_BETWEEN = str.maketrans(",;|/", "    ")


class NotUtf8(errors.Invalid):
    """The file is not UTF-8, from line {line} on; save it as "CSV UTF-8"."""

    code = "not-utf-8"


class WrongColumns(errors.Invalid):
    """The first line must name the columns: name, mail, unit, and if wanted roles and locale. Wrong here: {columns}."""

    code = "wrong-columns"


class TooManyLines(errors.Invalid):
    """A file may have {most} lines at most; divide it."""

    code = "too-many-lines"


class NotCsv(errors.Invalid):
    """Line {line} cannot be read as CSV; probably a quotation mark is missing."""

    code = "not-csv"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong where; `why` is in English, with the column's name or None for the whole line."""

    line: int
    column: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Row:
    """One person of the file. Roles and language that were left empty stay as they are, or take the usual ones."""

    line: int
    name: str
    mail: str
    unit: str
    roles: tuple[str, ...] | None
    locale: str | None

    @property
    def key(self) -> str:
        """What two spellings of the mail address have in common."""
        return model.key(self.mail)


def read(data: bytes) -> tuple[list[Row], list[Fault]]:
    """The people, and what is wrong with their lines. Raises what makes the whole file unreadable."""
    lines = _lines(_text(data))
    if not lines:
        raise WrongColumns(columns="-")
    columns = [cell.strip().lower() for cell in lines[0][1]]
    wrong = [each or "-" for each in columns if each not in COLUMNS or columns.count(each) > 1]
    wrong += [each for each in NEEDED if each not in columns]
    if wrong:
        raise WrongColumns(columns=", ".join(dict.fromkeys(wrong)))
    rows: list[Row] = []
    faults: list[Fault] = []
    seen: dict[str, int] = {}
    for line, cells in lines[1:]:
        found = _row(line, columns, cells, seen)
        if isinstance(found, Row):
            rows.append(found)
        else:
            faults += found
    return rows, faults


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotUtf8(line=data.count(b"\n", 0, error.start) + 1) from error


def _lines(text: str) -> list[tuple[int, list[str]]]:
    """Each line that is not empty, with the number that an editor shows. Raises `NotCsv`, `TooManyLines`."""
    first = text.split("\n", 1)[0]
    between = max(BETWEEN, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=between, strict=True)
    found: list[tuple[int, list[str]]] = []
    start = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found.append((start, cells))
            start = reader.line_num + 1
            if len(found) > MOST_LINES + 1:
                raise TooManyLines(most=MOST_LINES)
    except csv.Error as error:
        raise NotCsv(line=start) from error
    return found


def _row(line: int, columns: list[str], cells: list[str], seen: dict[str, int]) -> Row | list[Fault]:
    if len(cells) > len(columns) and any(cell.strip() for cell in cells[len(columns) :]):
        return [Fault(line, None, why="This line has more cells than there are columns.")]
    given = {column: cell.strip() for column, cell in zip(columns, cells, strict=False)}
    formulas = [column for column, cell in zip(columns, cells, strict=False) if cell.startswith(FORMULA)]
    if formulas:
        return [Fault(line, column, why="A cell must not begin like a formula.") for column in formulas]
    roles = given.get("roles", "").translate(ROLES_BETWEEN).split()
    facts: dict[str, Any] = {name: given[name] for name in NEEDED if given.get(name)}
    facts |= {"locale": given["locale"].lower()} if given.get("locale") else {}
    facts |= {"roles": [role.lower() for role in roles]} if roles else {}
    try:
        loaded: Any = schemas.StaffIn().load(facts)
    except ma.ValidationError as error:
        return [Fault(line, column, why=what) for column, what in _flat(error.normalized_messages())]
    if (earlier := seen.setdefault(model.key(loaded["mail"]), line)) != line:
        return [Fault(line, "mail", why=f"This mail address stands in line {earlier} already.")]
    wanted = model.roles(loaded["roles"]) if roles else None
    locale = loaded["locale"] if "locale" in facts else None
    return Row(line, loaded["name"], loaded["mail"], loaded["unit"], wanted, locale)


def _flat(messages: Any) -> list[tuple[str, str]]:
    """`{"roles": {"0": ["..."]}}` as `("roles", "...")`."""
    return [(column, what) for column, part in messages.items() for what in dict.fromkeys(_strings(part))]


def _strings(part: Any) -> list[str]:
    if isinstance(part, str):
        return [part]
    return [text for each in (part.values() if isinstance(part, dict) else part) for text in _strings(each)]
