"""The record as files that the IT department keeps (S004-166): one a unit and year, readable without Steward.

Invariants: a file is whole on the disk before it takes the place of the one before it; what was written is read again
before it counts as kept; `SHA256SUMS` names every file, so that `sha256sum -c` tells, too, whether one was damaged.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO

import sqlalchemy as sa

from services.support.record import filters, presenting, queries
from services.support.ticket import model, tables
from shared.kernel import errors
from shared.people import places
from shared.sheets import csv_file
from shared.store import tables as store

SUMS = "SHA256SUMS"
LANGUAGES = {"VN": "vi", "CN": "zh"}
"""In which a unit's record is kept, by its country."""
PAGE = 500  # lines read at once
PIECE = 1024 * 1024  # bytes

KEPT, CHANGED, DAMAGED, MISSING = "kept", "changed since", "damaged", "missing"
"""How a file stands to the record: the same; the record went on after it; not what was written; not there."""

_t, _u = tables.ticket.c, store.unit.c


class NotKept(errors.StewardError):
    """The file {file} is not on the disk as it was written."""

    code = "record-not-kept"


@dataclass(frozen=True, slots=True)
class Volume:
    """The record of a unit's year, in the language of the unit."""

    unit: str
    year: int
    locale: str

    @property
    def file(self) -> str:
        """The name of its file."""
        return f"{self.unit}-{self.year}.csv"


def volumes(connection: sa.Connection) -> list[Volume]:
    """Every unit's years, from its first request to its newest one, in order."""
    ends = sa.select(_t.unit, sa.func.min(_t.asked_at), sa.func.max(_t.asked_at)).group_by(_t.unit)
    found = {unit: (first, last) for unit, first, last in connection.execute(ends)}
    countries = dict(connection.execute(sa.select(_u.code, _u.country)).tuples().all())
    zones = places.zones(connection, found)
    return [
        Volume(unit, year, LANGUAGES[countries[unit]])
        for unit, zone in sorted(zones.items())
        for year in range(found[unit][0].astimezone(zone).year, found[unit][1].astimezone(zone).year + 1)
    ]


def keep(connection: sa.Connection, folder: Path) -> list[tuple[Volume, int]]:
    """Write every volume below a folder; returns them with their numbers of lines. Raises `NotKept`, OSError."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept: list[tuple[Volume, int]] = []
    sums = _sums(folder)
    for each in volumes(connection):
        lines, digest = _put(folder / each.file, lambda file, of=each: _write(connection, of, file))
        if _hash(folder / each.file) != digest:
            raise NotKept(file=folder / each.file)
        sums[each.file] = digest
        kept.append((each, lines))
    listed = "".join(f"{digest}  {name}\n" for name, digest in sorted(sums.items()))
    _put(folder / SUMS, lambda file: file.write(listed.encode()))
    return kept


def check(connection: sa.Connection, folder: Path) -> list[tuple[Volume, str]]:
    """How every volume stands in the folder: `KEPT`, `CHANGED`, `DAMAGED` or `MISSING`."""
    sums = _sums(folder)
    return [(each, _standing(connection, folder, each, sums)) for each in volumes(connection)]


def _standing(connection: sa.Connection, folder: Path, volume: Volume, sums: dict[str, str]) -> str:
    if not (folder / volume.file).is_file():
        return MISSING
    kept = _hash(folder / volume.file)
    if kept != sums.get(volume.file):
        return DAMAGED
    with tempfile.TemporaryFile() as now:
        _write(connection, volume, now)
        return KEPT if _digest(now) == kept else CHANGED


def _write(connection: sa.Connection, volume: Volume, to: IO[bytes]) -> int:
    """Form no. 1 of the year, the oldest request first; returns the number of lines."""
    lines = 0

    def counted() -> Iterator[Sequence[model.Ticket]]:
        nonlocal lines
        for page in _pages(connection, volume):
            lines += len(page)
            yield page

    csv_file.write(presenting.sheet(connection, counted(), volume.locale), to)
    return lines


def _pages(connection: sa.Connection, volume: Volume) -> Iterator[Sequence[model.Ticket]]:
    asked = filters.Filter(since=date(volume.year, 1, 1), until=date(volume.year, 12, 31))
    cursor: str | None = None
    while True:
        page, cursor = queries.page(
            connection, asked, units=(volume.unit,), sort="request_date", limit=PAGE, cursor=cursor
        )
        yield page
        if cursor is None:
            return


def _put(path: Path, write: Callable[[IO[bytes]], int]) -> tuple[int, str]:
    """Write a file beside its place, then put it there. Returns what `write` says, and the hash of what is there."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", suffix=".part", delete=False) as file:
        try:
            said = write(file)
            file.flush()
            os.fsync(file.fileno())
            digest = _digest(file)
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    return said, digest


def _sums(folder: Path) -> dict[str, str]:
    """The hash that every file was written with, by its name."""
    with suppress(FileNotFoundError):
        pairs = (line.split("  ", 1) for line in (folder / SUMS).read_text("utf-8").splitlines() if "  " in line)
        return {name: digest for digest, name in pairs}
    return {}


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return _digest(file)


def _digest(file: IO[bytes]) -> str:
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type] - any file that is open
