"""The orders of the list of tickets, and cursors: a place in one of them, from which one pages on or back.

Invariant: an order is total. Tickets of one moment are told apart by their number, what has no such moment comes last,
and a page back shows what the page on showed.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from shared.kernel import moment
from shared.store import cursor as cursors

Row = tuple[datetime | None, int]
"""The moment that a ticket is sorted by, and its number."""


@dataclass(frozen=True, slots=True)
class Order:
    """`-received`, `promised`, ...: by which moment, and whether the latest comes first."""

    name: str
    newest: bool

    @classmethod
    def of(cls, sort: str) -> Order:
        """The order that an address names."""
        return cls(sort.removeprefix("-"), sort.startswith("-"))

    def falling(self, back: bool) -> bool:
        """Whether the rows are read from the latest to the earliest: a page back is read the other way round."""
        return self.newest != back


@dataclass(frozen=True, slots=True)
class Place:
    """Behind this row, or where one pages `back`, before it."""

    back: bool
    key: datetime | None
    seq: int


def sorted_(rows: Iterable[Row], order: Order, *, back: bool) -> list[Row]:
    """The rows as they are read: on, or back from the end."""
    return sorted(rows, key=lambda row: _rank(row, order), reverse=back)


def arranged(rows: Iterable[Row], order: Order, place: Place | None) -> list[Row]:
    """The same, from a place on: of all the rows that there are those that its page may show."""
    found = sorted_(rows, order, back=place is not None and place.back)
    if place is None:
        return found
    edge = _rank((place.key, place.seq), order)
    return [row for row in found if (_rank(row, order) < edge if place.back else _rank(row, order) > edge)]


def _rank(row: Row, order: Order) -> tuple[bool, float, int]:
    key, seq = row
    sign = -1 if order.newest else 1
    return key is None, sign * key.timestamp() if key else 0, sign * seq


def write(row: Row, sort: str, *, back: bool) -> str:
    """The cursor of what stands behind a row, or before it."""
    key, seq = row
    place = ["<" if back else ">", sort, key and moment.text(key), seq]
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def read(cursor: str, sort: str) -> Place:
    """The place that a cursor names. Raises `cursors.BadCursor` for whatever `write` did not write for this order."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        way, order, at, seq = json.loads(raw)
        key = moment.parse(at) if at is not None else None
    except (ValueError, TypeError, AttributeError, binascii.Error, RecursionError) as error:
        raise cursors.BadCursor from error
    if order != sort or way not in ("<", ">") or type(seq) is not int or not 0 <= seq <= cursors.LARGEST:
        raise cursors.BadCursor
    if write((key, seq), sort, back=way == "<") != cursor:
        raise cursors.BadCursor
    return Place(way == "<", key, seq)
