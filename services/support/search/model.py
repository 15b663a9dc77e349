"""What is looked for, and how good a hit is: the number itself, then who asks, then what it is about."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

NUMBER, NAME, TEXT = 0, 1, 2
"""Ranks of a hit; within one the newest comes first. A term is kept with the best rank that it has in its ticket."""

MOST = 200  # characters of a query

_NUMBER = re.compile(r"\s*(?:tck)?[\s\-–]*(?:(\d{4})[\s\-–]+)?0*(\d{1,18})\s*", re.IGNORECASE)
_LARGEST = 2**60  # so that a number and a rank fit into one cursor

Way = frozenset[str]


@dataclass(frozen=True, slots=True)
class Sought:
    """A query: a ticket fits that has all terms of one of the ways, or this number."""

    ways: tuple[Way, ...]
    number: tuple[int, int | None] | None = None
    """The running number, and the year if one was given."""

    @property
    def terms(self) -> frozenset[str]:
        """All terms that matter."""
        return frozenset().union(*self.ways)


def number(query: str) -> tuple[int, int | None] | None:
    """`TCK-2026-000123`, `2026-123` and `123` as number and year."""
    found = _NUMBER.fullmatch(query)
    if found is None or int(found[2]) > _LARGEST:
        return None
    return int(found[2]), int(found[1]) if found[1] else None


def rank(sought: Sought, has: Mapping[str, int]) -> int | None:
    """How good a hit is that has these terms with these ranks; None where none of the ways fits."""
    fits = [max(has[each] for each in way) for way in sought.ways if all(each in has for each in way)]
    return min(fits, default=None)
