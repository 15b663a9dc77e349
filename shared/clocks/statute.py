"""What the states of Vietnam and China announce: days off and make-up workdays of a year, as proposed by `holidays`.

The library knows them for years that were announced; for later years it guesses Tết and statutory days and knows no
make-up workday, without saying so. So a year from here is a *proposal*: it counts as official only when a person says
so in the directory. Used by the directory alone: the library is heavy and its lazy filling is not thread-safe.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

COUNTRIES = ("VN", "CN")
LANGUAGES = {"VN": "vi", "CN": "zh_CN"}  # the library's names; an unknown language would fall back silently


@dataclass(frozen=True, slots=True)
class Year:
    """One country's year. `made_up` names, per make-up workday, the day off that it is worked for."""

    country: str
    year: int
    off: Mapping[date, str]
    made_up: Mapping[date, date]
    announced: bool
    """Whether the library has rows of an announcement; without them the year is a guess."""


def year(country: str, number: int) -> Year:
    """The proposal for one year. `country` is VN or CN."""
    import holidays

    # Swaps cross New Year, so the neighbours are filled too.
    found = holidays.country_holidays(
        country, years=range(number - 1, number + 2), language=LANGUAGES[country], expand=False
    )
    swaps: Mapping[int, Any] = getattr(found, "special_public_holidays", {})
    made_up = {work: off for off, work in _swaps(swaps, number)}
    off = {day: name for day, name in sorted(found.items()) if day.year == number and day.weekday() < 5}
    weekend = {day: name for day, name in sorted(found.items()) if day.year == number and day.weekday() >= 5}
    return Year(country, number, {**off, **weekend}, made_up, announced=number in swaps)


def _swaps(swaps: Mapping[int, Any], number: int) -> Iterator[tuple[date, date]]:
    """Pairs (day off, day worked for it) whose worked day lies in the year."""
    for of in (number - 1, number, number + 1):
        rows = swaps.get(of, ())
        for row in rows if rows and isinstance(rows[0], tuple) else (rows,) if rows else ():
            if len(row) == 4:
                off, work = date(of, row[0], row[1]), date(of, row[2], row[3])
            elif len(row) == 5:  # the worked day lies in another year
                off, work = date(of, row[0], row[1]), date(row[4], row[2], row[3])
            else:
                continue
            if work.year == number and work.weekday() >= 5:  # a weekday is worked anyway
                yield off, work
