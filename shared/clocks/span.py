"""One grammar of time for playbooks: `12m`, `24h`, `3d`, `2wd`, `by_person`.

`m`, `h` and `d` are lengths (a day is 24 hours), counted on the clock's own time: `8h` on working time is eight worked
hours. `wd` counts whole working days as the law of both markets counts them: the day of the start does not count, the
promise ends with the last working day's hours. `by_person` has no length: a person must set the moment.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from shared.kernel import errors

BY_PERSON_TEXT = "by_person"
MOST = timedelta(days=3660)  # ten years: more is a typing error

_GRAMMAR = re.compile(r"([1-9]\d{0,5})(m|h|d|wd)")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


class NotATime(errors.Invalid):
    """ "{text}" is not a time: write 12m, 24h, 3d, 2wd or by_person."""

    code = "not-a-time"


@dataclass(frozen=True, slots=True)
class Span:
    """How long a promise may take. Exactly one of `length` and `working_days` is set, or neither: set by a person."""

    length: timedelta | None = None
    working_days: int | None = None

    @property
    def by_person(self) -> bool:
        """Whether a person must set the moment."""
        return self.length is None and self.working_days is None

    def __str__(self) -> str:
        """As a playbook writes it, in the largest unit that needs no fraction."""
        if self.working_days is not None:
            return f"{self.working_days}wd"
        if self.length is None:
            return BY_PERSON_TEXT
        for unit in ("d", "h", "m"):
            count, rest = divmod(self.length, _UNITS[unit])
            if not rest:
                return f"{count}{unit}"
        return f"{self.length.total_seconds():g}s"


BY_PERSON = Span()


def read(text: str) -> Span:
    """The span that a playbook writes. Raises `NotATime`."""
    if text == BY_PERSON_TEXT:
        return BY_PERSON
    found = _GRAMMAR.fullmatch(text)
    if found is None:
        raise NotATime(text=text)
    count, unit = int(found[1]), found[2]
    if unit == "wd":
        if count > MOST.days:
            raise NotATime(text=text)
        return Span(working_days=count)
    length = count * _UNITS[unit]
    if length > MOST:
        raise NotATime(text=text)
    return Span(length=length)
