"""Stretches of days that people compare: this week, month and quarter as far as they have come, and days of one's own.

Each is compared with as many days of the one before it, so that Tuesday is not measured against a whole week.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

NAMED = ("week", "month", "quarter")
DAY = timedelta(days=1)
MOST_DAYS, MOST_WEEKS = 31, 26  # what is drawn as days, and as weeks; longer stretches as months


@dataclass(frozen=True, slots=True)
class Stretch:
    """From the first to the last day, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many."""
        return (self.last - self.first).days + 1


def named(name: str, today: date) -> Stretch:
    """The week (from Monday), month or quarter of a day, until that day."""
    return Stretch(_begin(name, today), today)


def before(name: str | None, stretch: Stretch) -> Stretch:
    """What it is compared with: as many days from the beginning of the one before; of own days those right before."""
    if name not in NAMED:
        return Stretch(stretch.first - DAY * stretch.days, stretch.first - DAY)
    last = stretch.first - DAY
    first = _begin(name, last)
    return Stretch(first, min(first + DAY * (stretch.days - 1), last))


def parts(stretch: Stretch) -> tuple[str, list[Stretch]]:
    """The stretch in days, weeks or months, whichever can be looked at, and which it is."""
    kind = "day" if stretch.days <= MOST_DAYS else "week" if stretch.days <= 7 * MOST_WEEKS else "month"
    found: list[Stretch] = []
    first = stretch.first
    while first <= stretch.last:
        last = min(_end(kind, first), stretch.last)
        found.append(Stretch(first, last))
        first = last + DAY
    return kind, found


def _begin(name: str, day: date) -> date:
    if name == "week":
        return day - DAY * day.weekday()
    return day.replace(day=1, month=day.month if name == "month" else (day.month - 1) // 3 * 3 + 1)


def _end(kind: str, day: date) -> date:
    if kind == "day":
        return day
    if kind == "week":
        return day + DAY * (6 - day.weekday())
    return (day.replace(day=28) + DAY * 4).replace(day=1) - DAY
