"""A country's year as working calendars use it.

Invariants: every day lies in the year; a make-up workday is no day off and names the weekday whose hours it has; a year
that is official says who said so, and never becomes a proposal again (a change of the law is declared as official too).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from shared.kernel import errors

COUNTRIES = ("VN", "CN")
FIRST, LAST = 2000, 2100
MOST_DAYS = 120


class WrongDays(errors.Invalid):
    """Every day lies in the year, and a make-up workday is no day off."""

    code = "wrong-days"


@dataclass(frozen=True, slots=True)
class Year:
    """One country's year. `made_up` maps make-up workdays to the weekday (0 is Monday) whose hours they have."""

    id: str
    version: int
    country: str
    year: int
    official: bool
    off: tuple[date, ...]
    made_up: Mapping[date, int]
    changed_at: datetime
    changed_by: str


def check(year: int, off: tuple[date, ...], made_up: Mapping[date, int]) -> None:
    """Raises `WrongDays`."""
    if len(off) > MOST_DAYS or any(day.year != year for day in off):
        raise WrongDays(fields={"off": ["Every day lies in the year."]})
    if any(day.year != year or day in off or not 0 <= weekday <= 6 for day, weekday in made_up.items()):
        raise WrongDays(fields={"made_up": ["A make-up workday lies in the year, is no day off and names a weekday."]})
