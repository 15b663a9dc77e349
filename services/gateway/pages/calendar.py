"""A unit's month, day by day: which hours are worked, and why a day is off or worked out of turn."""

from __future__ import annotations

import calendar as months
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import flask

from services.gateway.clients import Problem
from services.gateway.directory import callers
from services.gateway.directory.closure import tables as closures
from services.gateway.directory.official_year import model as year_model
from services.gateway.directory.official_year import tables as years
from services.gateway.front import calls, company, language, moments, occasions, signed
from services.gateway.transport import Away
from shared.clocks.calendar import Calendar, Hours, Week
from shared.people import places
from shared.playbook import schema
from shared.playbook.model import CalendarSpec
from shared.web import site

EVERY = "*"

BLUEPRINT = flask.Blueprint("calendar", __name__, url_prefix="/settings/calendar")


@dataclass(frozen=True, slots=True)
class Day:
    """One day. `kind` decides the colour, `why` says in words what is not usual about it."""

    day: date
    here: bool
    kind: str
    hours: str
    why: str
    today: bool

    @property
    def weekday(self) -> str:
        """Its name, short."""
        return moments.weekday(self.day.weekday(), language.current(), short=True)


@BLUEPRINT.get("")
def shown() -> Any:
    """The month in the address, else this one."""
    titles = dict(company.places())
    unit = flask.request.args.get("unit", "")
    unit = unit if unit in titles else signed.person().unit
    first = _month()
    spec = _spec(unit)
    weeks: list[list[Day]] = []
    official = True
    if spec is not None:
        weeks, official = _weeks(unit, spec, first)
    return flask.render_template(
        "settings/calendar.html",
        area="settings",
        unit_code=unit,
        units=list(titles.items()),
        first=first,
        name=moments.month(first, language.current()),
        earlier=_shifted(first, -1),
        later=_shifted(first, 1),
        weeks=weeks,
        country=spec.country if spec else None,
        official=official,
        notable=[day for week in weeks for day in week if day.here and day.why],
        weekdays=[moments.weekday(number, language.current(), short=True) for number in range(7)],
        weekday=lambda number: moments.weekday(number, language.current()),
    )


def _month() -> date:
    """The first day of the month asked for."""
    try:
        found = date.fromisoformat(flask.request.args.get("month", "") + "-01")
    except ValueError:
        return company.today().replace(day=1)
    inside = year_model.FIRST <= found.year <= year_model.LAST
    return found if inside else company.today().replace(day=1)


def _shifted(first: date, by: int) -> str:
    number = first.year * 12 + first.month - 1 + by
    return f"{number // 12}-{number % 12 + 1:02}"


def _spec(unit: str) -> CalendarSpec | None:
    """Whose holidays and which hours hold in a unit: those of its own procedure, else of the one for all; None when
    it cannot be asked for, or nobody has one."""
    for service in calls.promising():
        try:
            listed = calls.service(service).get("playbooks").data
            own = [each for each in listed if unit in each["units"]]
            for each in own + [each for each in listed if EVERY in each["units"]]:
                body = calls.service(service).get("playbooks", each["id"], version=each["version"]).data["body"]
                return schema.CalendarIn().load(body["calendar"])  # type: ignore[return-value]
        except (Away, Problem):
            continue
    return None


def _weeks(unit: str, spec: CalendarSpec, first: date) -> tuple[list[list[Day]], bool]:
    """Whole weeks around the month, and whether its year is official."""
    with site.current().database.reading() as connection:
        callers.reads(connection, signed.person().caller)
        known = years.all_(connection, spec.country)
        closed = closures.active(connection, unit)
    made_up = {day: weekday for year in known for day, weekday in year.made_up.items()}
    holidays = {day for year in known for day in year.off}
    shut = {each.since + timedelta(days=n): each.reason for each in closed for n in range(_length(each))}
    work = Calendar(
        key=unit,
        zone=places.ZONES[spec.country],
        weeks=tuple(Week(hours.since, hours.days) for hours in spec.hours),
        off=frozenset({*holidays, *shut}),
        made_up=made_up,
        official=frozenset(year.year for year in known if year.official),
    )
    today = company.today()
    weeks = [
        [_day(day, day.month == first.month, work, spec.country, holidays, shut, today) for day in week]
        for week in months.Calendar().monthdatescalendar(first.year, first.month)
    ]
    return weeks, first.year in work.official


def _day(
    day: date, here: bool, work: Calendar, country: str, holidays: set[date], shut: Mapping[date, str], today: date
) -> Day:
    hours = work.hours(day)
    if day in shut:
        kind, why = "shut", language.say("The unit is closed: {reason}", reason=shut[day])
    elif day in holidays:
        occasion = occasions.name(country, day)
        named = language.say("Public holiday: {name}", name=language.say(occasion)) if occasion else ""
        kind, why = "holiday", named or language.say("Public holiday")
    elif day in work.made_up:
        weekday = moments.weekday(work.made_up[day], language.current())
        kind, why = "made-up", language.say("Make-up workday, with the hours of {weekday}", weekday=weekday)
    else:
        kind, why = ("work" if hours else "weekend"), ""
    return Day(day, here, kind, _said(hours), why, day == today)


def _said(hours: tuple[Hours, ...]) -> str:
    return ", ".join(f"{start:%H:%M}–{end:%H:%M}" for start, end in hours)


def _length(closure: Any) -> int:
    return (closure.until - closure.since).days + 1
