"""Public holidays and make-up workdays of each country where the company works, and declaring them official."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

import flask

from services.gateway.directory import callers
from services.gateway.directory.official_year import commands, http, model, tables
from services.gateway.directory.unit import queries as units
from services.gateway.front import company, directory, done, forms, gate, language, moments, occasions, signed, words
from shared import locale as languages
from shared.kernel import errors
from shared.web import site

SPARE = 3  # empty lines of the form, for what is missing
MOST_LINES = 40  # that a form is read for
MOST_RANGE = 31  # days in one line

BLUEPRINT = flask.Blueprint("years", __name__, url_prefix="/settings/years")


@BLUEPRINT.get("")
def listed() -> Any:
    """Last year and whatever is known from then on, of the countries where the company has units."""
    with site.current().database.reading() as connection:
        of = callers.reads(connection, signed.person().caller)
        found, _ = units.page(connection, company=of, active=True, limit=company.MOST)
        here = {unit.country for unit in found}
        known = [
            year for year in tables.all_(connection) if year.country in here and year.year >= company.today().year - 1
        ]
        refused = {country: _refusal(connection, country) for country in sorted(here)}
    mine = directory.country(signed.person().unit)
    known.sort(key=lambda year: (year.country != mine, year.country, -year.year))
    return flask.render_template(
        "settings/years.html",
        area="settings",
        known=[(year, _ranges(year.off), _made_up(year.made_up)) for year in known],
        occasions=occasions.names,
        admin=company.administers(),
        refused=refused,
        done=done.said(),
    )


@BLUEPRINT.get("/<any(VN, CN):country>/<int:year>")
@gate.only("admin")
def shown(country: str, year: int) -> Any:
    """The days of a year, to be compared with the announcement and declared official."""
    known = _known(country, year)
    values: dict[str, str] = {}
    for number, (first, last) in enumerate(_ranges(known.off) if known else []):
        values |= {f"off-{number}-since": str(first), f"off-{number}-until": str(last)}
    for number, (day, weekday) in enumerate(sorted(known.made_up.items()) if known else []):
        values |= {f"up-{number}-day": str(day), f"up-{number}-weekday": str(weekday)}
    return _page(country, year, forms.blank(**values))


@BLUEPRINT.post("/<any(VN, CN):country>/<int:year>")
@gate.only("admin")
def declare(country: str, year: int) -> Any:
    """Say that these days are official; open promises on working time move."""
    form, who = _read(), signed.person().caller
    try:
        facts = {"country": country, "year": year, "off": _off(form), "made_up": _up(form)}
        if form.errors:
            return _page(country, year, form, 422)
        loaded = form.load(http.YearIn(), facts)
        with site.current().database.work(actor=who.actor) as work:
            callers.declares_days(work.connection, who, country)
            commands.declare(work, **{**loaded, "off": tuple(dict.fromkeys(loaded["off"]))})
    except forms.REFUSALS as error:
        status = form.take(error)
        form.said += [sentence for name in list(form.errors) for sentence in form.errors.pop(name)]
        return _page(country, year, form, status)
    return flask.redirect(flask.url_for("years.listed", done="year-declared"), 303)


def _read() -> forms.Form:
    names = [f"off-{n}-{end}" for n in range(MOST_LINES) for end in ("since", "until")]
    names += [f"up-{n}-{part}" for n in range(MOST_LINES) for part in ("day", "weekday")]
    return forms.read(*(name for name in names if name in flask.request.form))


def _off(form: forms.Form) -> list[str]:
    """Every day of the lines; what is no day, or ends before it begins, is said beside its field."""
    found: list[str] = []
    for number in range(MOST_LINES):
        since, until = form[f"off-{number}-since"], form[f"off-{number}-until"]
        if not since and not until:
            continue
        first = _day(form, f"off-{number}-since", since or until)
        last = _day(form, f"off-{number}-until", until or since)
        if first is None or last is None:
            continue
        if not first <= last <= first + timedelta(days=MOST_RANGE):
            form.wrong(f"off-{number}-until", language.say("The last day may not be before the first, within a month."))
            continue
        found += [str(first + timedelta(days=n)) for n in range((last - first).days + 1)]
    return found


def _up(form: forms.Form) -> dict[str, int]:
    found: dict[str, int] = {}
    for number in range(MOST_LINES):
        given = form[f"up-{number}-day"]
        day = _day(form, f"up-{number}-day", given) if given else None
        weekday = form[f"up-{number}-weekday"]
        if day is not None:
            found[str(day)] = int(weekday) if weekday in [str(n) for n in range(7)] else 0
    return found


def _day(form: forms.Form, name: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        form.wrong(name, language.say("Please give a day."))
        return None


def _known(country: str, year: int) -> model.Year | None:
    if not model.FIRST <= year <= model.LAST:
        raise errors.NotFound
    with site.current().database.reading() as connection:
        callers.administers(connection, signed.person().caller)
        return tables.find(connection, country, year)


def _page(country: str, year: int, form: forms.Form, status: int = 200) -> Any:
    flask.g.here = flask.url_for("years.shown", country=country, year=year)
    known = _known(country, year)
    with site.current().database.reading() as connection:
        refusal = _refusal(connection, country)
    used = {
        kind: max((int(name.split("-")[1]) + 1 for name in form.values if name.startswith(kind)), default=0)
        for kind in ("off", "up")
    }
    return flask.render_template(
        "settings/year.html",
        area="settings",
        known=known,
        country=words.COUNTRIES[country],
        code=country,
        year=year,
        form=form,
        refusal=refusal,
        lines={kind: min(count + SPARE, MOST_LINES) for kind, count in used.items()},
        weekdays=[(str(number), moments.weekday(number, language.current())) for number in range(7)],
    ), status


def _refusal(connection: Any, country: str) -> str | None:
    """Why the reader may not declare days of the country; None when they may."""
    try:
        callers.declares_days(connection, signed.person().caller, country)
    except errors.Forbidden as error:
        return languages.translate(error.template, language.current(), **error.facts)
    return None


def _ranges(days: Iterable[date]) -> list[tuple[date, date]]:
    """Days one after the other as from and until."""
    found: list[tuple[date, date]] = []
    for day in sorted(days):
        if found and day - found[-1][1] == timedelta(days=1):
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


def _made_up(made_up: Mapping[date, int]) -> list[tuple[date, str]]:
    return [(day, moments.weekday(number, language.current())) for day, number in sorted(made_up.items())]
