"""Working calendars: which moments are worked, in one place of the world.

A calendar knows the weekly hours (several intervals a day, valid from a date on), days off (public holidays, closures
of the branch), make-up workdays, and which years are official. All arithmetic is exact to the microsecond and done on
UTC moments; hours are local. A working span is half open, (start, end]: adding the rest of a morning ends at its end,
not at the beginning of the afternoon.

Invariants: lunch never counts; a make-up workday has the hours of the weekday it replaces; a day that is both off and
made up is off (a closure of the branch is stronger than the state's calendar); `add(subtract(t, x), x) == t` for every
`t` in working time.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from shared.kernel import errors

MOST_DAYS = 4_000  # looked through for working time; a calendar without any in ten years is a mistake
REMEMBERED_DAYS = 4_096  # days whose spans are kept

Interval = tuple[datetime, datetime]
Hours = tuple[time, time]


class NoWorkingTime(errors.Invalid):
    """The calendar {calendar} has no working time from {day} on."""

    code = "no-working-time"


@dataclass(frozen=True, slots=True)
class Week:
    """The weekly hours from `since` on: for Monday to Sunday, the intervals worked, in order."""

    since: date
    days: tuple[tuple[Hours, ...], ...]


@dataclass(frozen=True, slots=True)
class Calendar:
    """One place's working time. Immutable; equal calendars give equal answers."""

    key: str
    zone: str
    weeks: tuple[Week, ...]
    """In order of `since`; the first holds for all days before, too."""
    off: frozenset[date] = frozenset()
    """Public holidays and closures."""
    made_up: Mapping[date, int] = field(default_factory=dict)
    """Make-up workdays, with the weekday (0 is Monday) whose hours they have."""
    official: frozenset[int] = frozenset()
    """Years whose days are officially known; every other year is provisional."""
    _spans: dict[date, tuple[Interval, ...]] = field(default_factory=dict, compare=False, repr=False)

    # ---- days

    def hours(self, day: date) -> tuple[Hours, ...]:
        """The local intervals that are worked on a day."""
        if day in self.off:
            return ()
        week = self.weeks[0]
        for each in self.weeks:
            if each.since <= day:
                week = each
        return week.days[self.made_up.get(day, day.weekday())]

    def works(self, day: date) -> bool:
        """Whether anything is worked on a day."""
        return bool(self.hours(day))

    def spans(self, day: date) -> tuple[Interval, ...]:
        """The UTC intervals that are worked on a local day."""
        known = self._spans.get(day)
        if known is None:
            zone = ZoneInfo(self.zone)
            known = tuple((_utc(day, start, zone), _utc(day, end, zone)) for start, end in self.hours(day))
            if len(self._spans) >= REMEMBERED_DAYS:
                self._spans.clear()
            self._spans[day] = known
        return known

    def day_of(self, at: datetime) -> date:
        """The local day of a moment."""
        return at.astimezone(ZoneInfo(self.zone)).date()

    def provisional(self, start: datetime, end: datetime) -> bool:
        """Whether any day between two moments lies in a year that is not official."""
        first, last = self.day_of(start).year, self.day_of(end).year
        return any(year not in self.official for year in range(first, last + 1))

    # ---- arithmetic

    def intervals(self, start: datetime, end: datetime) -> list[Interval]:
        """The worked parts of the time between two moments, in order."""
        found: list[Interval] = []
        if end <= start:
            return found
        day, last = self.day_of(start), self.day_of(end)
        while day <= last:
            for begin, until in self.spans(day):
                if begin < end and until > start:
                    found.append((max(begin, start), min(until, end)))
            day += timedelta(days=1)
        return found

    def between(self, start: datetime, end: datetime) -> timedelta:
        """How much of the time between two moments is worked."""
        return sum((until - begin for begin, until in self.intervals(start, end)), timedelta())

    def add(self, at: datetime, amount: timedelta) -> datetime:
        """The earliest moment by which `amount` of working time has passed since `at`. Raises `NoWorkingTime`."""
        if amount <= timedelta():
            return at
        left = amount
        for begin, until in self._forward(at):
            if (length := until - begin) >= left:
                return begin + left
            left -= length
        raise NoWorkingTime(calendar=self.key, day=self.day_of(at))

    def subtract(self, at: datetime, amount: timedelta) -> datetime:
        """The latest moment from which `amount` of working time passes until `at`. Raises `NoWorkingTime`."""
        if amount <= timedelta():
            return at
        left = amount
        for begin, until in self._backward(at):
            if (length := until - begin) >= left:
                return until - left
            left -= length
        raise NoWorkingTime(calendar=self.key, day=self.day_of(at))

    def after_days(self, at: datetime, days: int) -> datetime:
        """The end of the hours of the `days`-th working day after the day of `at`. Raises `NoWorkingTime`."""
        day, left = self.day_of(at), days
        for _ in range(MOST_DAYS):
            day += timedelta(days=1)
            if self.works(day):
                left -= 1
                if left == 0:
                    return self.spans(day)[-1][1]
        raise NoWorkingTime(calendar=self.key, day=self.day_of(at))

    def _forward(self, at: datetime) -> Iterator[Interval]:
        day = self.day_of(at)
        for offset in range(MOST_DAYS):
            for begin, until in self.spans(day + timedelta(days=offset)):
                if until > at:
                    yield max(begin, at), until

    def _backward(self, at: datetime) -> Iterator[Interval]:
        day = self.day_of(at)
        for offset in range(MOST_DAYS):
            for begin, until in reversed(self.spans(day - timedelta(days=offset))):
                if begin < at:
                    yield begin, min(until, at)


class Running:
    """Time that never stops: the same questions as a calendar's, for clocks `on: running`."""

    def intervals(self, start: datetime, end: datetime) -> list[Interval]:
        """The one interval, when there is any."""
        return [(start, end)] if end > start else []

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The time that passed."""
        return max(end - start, timedelta())

    def add(self, at: datetime, amount: timedelta) -> datetime:
        """The moment `amount` later."""
        return at + max(amount, timedelta())

    def provisional(self, start: datetime, end: datetime) -> bool:
        """Running time depends on no holiday."""
        return False


class Timekeeping(Protocol):
    """What a clock asks of the time it runs on."""

    def intervals(self, start: datetime, end: datetime) -> list[Interval]:
        """The counted parts of the time between two moments."""
        ...

    def between(self, start: datetime, end: datetime) -> timedelta:
        """How much of the time between two moments counts."""
        ...

    def add(self, at: datetime, amount: timedelta) -> datetime:
        """The earliest moment by which `amount` has been counted since `at`."""
        ...

    def provisional(self, start: datetime, end: datetime) -> bool:
        """Whether the answer depends on days that are not official yet."""
        ...


RUNNING = Running()


def check(calendar: Calendar) -> None:
    """Raises `errors.Invalid` when hours overlap, end before they begin, or a week lacks a day."""
    for week in calendar.weeks:
        if len(week.days) != 7:
            raise errors.Invalid("A week has seven days.")
        for hours in week.days:
            for start, end in hours:
                if start >= end:
                    raise errors.Invalid("Working hours end after they begin: {start}-{end}.", start=start, end=end)
            for (_, end), (start, _) in itertools.pairwise(hours):
                if start < end:
                    raise errors.Invalid("Working hours of one day overlap at {start}.", start=start)


def _utc(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)
