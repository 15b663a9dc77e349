"""What the public holidays of Vietnam and China are called, by their day.

The official years say which days are off, not why. Fixed days are named by their date; those of the lunar and the solar
calendar by the weeks in which they fall every year. A day off that is none of them (an extra one, or one that was
moved) has no name, rather than a wrong one.
"""

from __future__ import annotations

from datetime import date, timedelta

from services.gateway.front import words

FIXED = {
    "VN": {(1, 1): "new-year", (4, 30): "reunification", (5, 1): "labour", (9, 1): "national", (9, 2): "national",
           (11, 24): "culture"},
    "CN": {(1, 1): "new-year", **{(5, day): "labour" for day in range(1, 6)},
           **{(10, day): "national" for day in range(1, 9)}},
}  # fmt: skip
WEEKS = {
    "VN": (((1, 20), (2, 28), "lunar-new-year"), ((3, 27), (4, 29), "hung-kings")),
    "CN": (
        ((1, 20), (2, 28), "lunar-new-year"),
        ((4, 3), (4, 7), "qingming"),
        ((5, 25), (6, 27), "dragon-boat"),
        ((9, 7), (9, 30), "mid-autumn"),
    ),
}
"""From which day to which (both included) a day off can only be this."""


def names(country: str, first: date, last: date) -> list[str]:
    """The holidays that days off in a row are, in English, each once."""
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return list(dict.fromkeys(found for day in days if (found := name(country, day))))


def name(country: str, day: date) -> str | None:
    """The holiday that a day off is, in English; None where we do not know."""
    on = (day.month, day.day)
    found = FIXED.get(country, {}).get(on)
    if found is None:
        found = next((each for first, last, each in WEEKS.get(country, ()) if first <= on <= last), None)
    return words.OCCASIONS[found] if found else None
