"""What the page of KPIs was asked for by its address, and what the services answer to it, put together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import flask

from services.gateway.clients import Problem
from services.gateway.front import calls, clocks, directory, forms, language, moments, periods, signed, words
from services.gateway.front.periods import Stretch
from services.gateway.transport import Away
from shared.kernel import errors
from shared.web import site

NOBODY = "nobody"
NARROWS = ("unit", "step", "person", "type")
INTO = {"step": "person", "person": "step", "unit": "step", "type": "step"}
"""By what a row is looked at more closely."""
SUMS = ("on_time", "late", "unanswered", "open", "open_late")
OPEN = ("open", "open_late")
MOST = 3 * 366  # days of one report
YEARS = range(2000, 2101)


@dataclass(frozen=True, slots=True)
class Asked:
    """One address read: by which dimension, of which days (named, or of one's own), of what alone."""

    by: str
    period: str | None
    stretch: Stretch
    only: Mapping[str, str]
    form: forms.Form

    @classmethod
    def read(cls) -> Asked:
        """From the address; what makes no sense there is said on the form or left out."""
        given = {name: text.strip() for name, text in flask.request.args.items()}
        form = forms.blank(**{name: given.get(name, "") for name in ("from", "to", *NARROWS)})
        today = site.current().database.time.now().astimezone(_zone()).date()
        period = given.get("period", "") if given.get("period") in periods.NAMED else "month"
        own = _own(form)
        by = given.get("by", "") if given.get("by") in words.KPI_BY else "step"
        only = {name: given[name] for name in NARROWS if given.get(name)}
        return cls(by, None if own else period, own or periods.named(period, today), only, form)

    @property
    def before(self) -> Stretch:
        """What it is compared with."""
        return periods.before(self.period, self.stretch)

    def address(self, **other: str | None) -> dict[str, str]:
        """The parameters of the same question, but for these; None leaves one out."""
        days = {"from": str(self.stretch.first), "to": str(self.stretch.last)} if self.period is None else {}
        named = {} if self.period is None else {"period": self.period}
        given = {"by": self.by, **named, **days, **self.only, **other}
        return {name: value for name, value in given.items() if value is not None}

    def days(self, stretch: Stretch) -> dict[str, str | None]:
        """As part of `address`: the same of other days."""
        return {"period": None, "from": str(stretch.first), "to": str(stretch.last)}

    def query(self, stretch: Stretch, **more: Any) -> dict[str, Any]:
        """As the services are asked."""
        return {"from": stretch.first, "to": stretch.last, **self.only, **more}


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table. `closer` and `behind` are the parameters of what lies behind it."""

    title: str
    short: str
    row: Mapping[str, Any]
    share_before: float | None
    closer: Mapping[str, str]
    behind: Mapping[str, str]

    @property
    def total(self) -> int:
        """All that was counted and is open."""
        return sum(self.row[name] for name in SUMS[:4])

    @property
    def share(self) -> float | None:
        """Of what ended, how much was on time."""
        return _share(self.row)


@dataclass(frozen=True, slots=True)
class Report:
    """The table with its sums, and what a service that was away did not say."""

    lines: list[Line]
    sums: Mapping[str, int]
    share: float | None
    share_before: float | None
    away: bool


def report(asked: Asked) -> Report:
    """The rows of now and before."""
    rows, away = _rows(asked, asked.stretch, open=True)
    past, away_too = _rows(asked, asked.before, open=False)
    lines = _along(asked, rows, past) if asked.by == "period" else _lines(asked, rows, past)
    sums, then = _summed(rows), _summed(past)
    return Report(lines, sums, _share(sums), _share(then), away or away_too)


def behind(
    asked: Asked, show: str, *, cursor: str | None, limit: int
) -> tuple[list[tuple[str, Mapping[str, Any]]], str | None]:
    """The clocks behind a number, from every service: what has ended newest first, what is open by due moment; and the
    cursor of what follows."""
    found: list[tuple[str, Mapping[str, Any]]] = []
    more = False
    for name in calls.promising():
        query = asked.query(asked.stretch, show=show, limit=limit, cursor=cursor)
        try:
            page = calls.service(name).get("kpis", "clocks", **query).data
        except Problem as problem:
            if problem.code == "bad-cursor":
                raise errors.Malformed(why="its cursor is not one of ours") from problem
            raise
        found += [(name, item) for item in page["items"]]
        more = more or page["next"] is not None
    at = "due_at" if show in OPEN else "ended_at"
    found.sort(key=lambda each: (each[1][at], each[1]["id"]), reverse=show not in OPEN)
    shown = found[:limit]
    if not more and len(found) == len(shown):
        return shown, None
    return shown, f"{shown[-1][1][at]} {shown[-1][1]['id']}"


def wanted() -> str:
    """Behind which number. Raises `errors.NotFound`."""
    show = flask.request.args.get("show", "")
    if show not in SUMS:
        raise errors.NotFound
    return show


def narrowing(asked: Asked) -> list[tuple[str, str, dict[str, str]]]:
    """What the numbers are narrowed to: by which dimension, to what, and the address without it."""
    return [
        (words.KPI_BY[name], title(name, value), asked.address(**{name: None})) for name, value in asked.only.items()
    ]


def choices(asked: Asked) -> dict[str, list[tuple[str, str]]]:
    """What may be chosen in the filters: the units that have numbers, the steps, the types."""
    wide = replace(asked, by="unit", only={})
    rows, _ = _rows(wide, asked.stretch, open=False)
    chosen = {asked.only["unit"]} if "unit" in asked.only else set[str]()
    units = sorted(set(rows) | chosen)
    known = {
        "unit": [(code, title("unit", code)) for code in units] if len(units) > 1 or chosen else [],
        "step": [(code, title("step", code)) for code in words.CLOCKS],
        "type": [(code, f"{code} – {said}") for code, said in types().items()],
    }
    return {name: [("", language.say("All")), *options] for name, options in known.items() if options}


def title(by: str, key: str) -> str:
    """What the key of a row is called."""
    if by == "step":
        return clocks.title(key)
    if by == "unit":
        unit = directory.unit(key)
        return unit.title if unit else key
    if by == "type":
        return types().get(key, key) if key not in ("", NOBODY) else language.say("Without a type")
    return directory.actor(f"staff:{key}") if key not in ("", NOBODY) else language.say("Nobody in particular")


def types() -> dict[str, str]:
    """The types of requests by code, asked once a page."""
    if "kpi_types" not in flask.g:
        given = calls.service("support").get("types").data
        flask.g.kpi_types = {str(kind["code"]): kind["title"][language.current()] for kind in given}
    return flask.g.kpi_types


def said(stretch: Stretch) -> str:
    """`01/11/2026 – 28/11/2026`, or the one day."""
    first, last = (moments.day(str(day), language.current()) for day in (stretch.first, stretch.last))
    return first if stretch.days == 1 else f"{first} – {last}"


def _rows(asked: Asked, stretch: Stretch, *, open: bool) -> tuple[dict[str, dict[str, Any]], bool]:
    """The rows of every service by key, those of one key added up; and whether a service could not be asked."""
    found: dict[str, dict[str, Any]] = {}
    away = False
    for name in calls.promising():
        query = asked.query(stretch, by=asked.by, open="yes" if open else "no")
        try:
            rows = calls.service(name).get("kpis", **query).data
        except Away:
            away = True
            continue
        for row in rows:
            known = found.setdefault(row["key"], dict.fromkeys(SUMS, 0))
            found[row["key"]] = {each: known[each] + row[each] for each in SUMS}
    return found, away


def _lines(asked: Asked, rows: Mapping[str, dict[str, Any]], past: Mapping[str, dict[str, Any]]) -> list[Line]:
    lines = {}
    for key, row in rows.items():
        name, value = title(asked.by, key), key or NOBODY
        lines[key] = Line(
            title=name,
            short=name,
            row=row,
            share_before=_share(past[key]) if key in past else None,
            closer=asked.address(by=INTO[asked.by], **{asked.by: value}),
            behind=asked.address(**{asked.by: value}),
        )
    order = list(words.CLOCKS)
    if asked.by == "step":
        return [lines[key] for key in sorted(lines, key=lambda k: (order.index(k) if k in order else len(order), k))]
    if asked.by == "type":
        return [lines[key] for key in sorted(lines, key=lambda k: (not k, len(k), k))]
    return sorted(lines.values(), key=lambda line: (-line.total, line.title))


def _along(asked: Asked, rows: Mapping[str, dict[str, Any]], past: Mapping[str, dict[str, Any]]) -> list[Line]:
    kind, parts = periods.parts(asked.stretch)
    if not rows and not past:
        return []
    lines = []
    for number, part in enumerate(parts):
        then = _then(asked, parts, number)
        days = asked.days(part)
        lines.append(
            Line(
                title=_named(kind, part),
                short=moments.month(part.first, language.current(), short=True)
                if kind == "month"
                else moments.day_of_year(part.first, language.current()),
                row=_within(rows, part),
                share_before=_share(_within(past, then)) if then else None,
                closer=asked.address(by="step", **days),
                behind=asked.address(**days),
            )
        )
    return lines


def _then(asked: Asked, parts: list[Stretch], number: int) -> Stretch | None:
    """The same part of the stretch before."""
    shift = parts[number].first - asked.stretch.first
    first = asked.before.first + shift
    return Stretch(first, first + (parts[number].last - parts[number].first)) if first <= asked.before.last else None


def _within(rows: Mapping[str, dict[str, Any]], part: Stretch) -> dict[str, int]:
    return _summed({key: row for key, row in rows.items() if part.first <= date.fromisoformat(key) <= part.last})


def _named(kind: str, part: Stretch) -> str:
    if kind == "day":
        return moments.day(str(part.first), language.current())
    return said(part) if kind == "week" else moments.month(part.first, language.current())


def _summed(rows: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    return {name: sum(row[name] for row in rows.values()) for name in SUMS}


def _share(row: Mapping[str, Any]) -> float | None:
    ended = row["on_time"] + row["late"]
    return row["on_time"] / ended if ended else None


def _own(form: forms.Form) -> Stretch | None:
    """The days that were typed, when both are there; a fault stands beside its field."""
    if not form["from"] and not form["to"]:
        return None
    typed: dict[str, date] = {}
    for name in ("from", "to"):
        try:
            typed[name] = date.fromisoformat(form[name])
            if typed[name].year not in YEARS:
                raise ValueError
        except ValueError:
            form.wrong(name, language.say("Please give a day."))
    if form.errors:
        return None
    if not typed["from"] <= typed["to"] or (typed["to"] - typed["from"]).days > MOST:
        form.wrong("to", language.say("Must be after from, at most three years."))
        return None
    return Stretch(typed["from"], typed["to"])


def _zone() -> Any:
    return moments.zone(directory.country(signed.person().unit))
