"""How promises were kept: on time, late, unanswered and open, by step, person, unit, type or along the days; beside
each number what it was before, and behind it the list of its clocks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import flask

from services.gateway.front import charts, clocks, directory, done, figures, files, language, moments, signed, words
from services.gateway.pages import desk, kpis_asked
from services.gateway.pages.kpis_asked import Asked
from shared.sheets.sheet import Column, Sheet
from shared.web import export

SERIES = ("on_time", "late", "unanswered", "open")
COLUMNS = (*SERIES, "open_late")
DRAWN = 15  # bars of one chart; the table has all
BEHIND = 25  # clocks on one page
MOST_EXPORTED = 200  # clocks asked for at once

BLUEPRINT = flask.Blueprint("kpis", __name__, url_prefix="/kpis")


@BLUEPRINT.get("")
def shown() -> Any:
    """The table, and the same drawn."""
    asked = Asked.read()
    report = kpis_asked.report(asked)
    along = asked.by == "period"
    return flask.render_template(
        "kpis/show.html",
        area="kpis",
        asked=asked,
        report=report,
        own=not directory.leads(signed.person()),
        chart=_chart(asked, report),
        series=[(name, words.KPI[name]) for name in SERIES if name != "open" or not along],
        columns=[(name, words.KPI[name]) for name in COLUMNS if name not in ("open", "open_late") or not along],
        narrowing=kpis_asked.narrowing(asked),
        choices=kpis_asked.choices(asked),
        figures=figures,
        period=kpis_asked.said(asked.stretch),
        before=kpis_asked.said(asked.before),
        drawn=DRAWN,
        done=done.said(),
    ), 422 if asked.form.refused else 200


@BLUEPRINT.get("/<any(csv, xlsx):ending>")
def exported(ending: str) -> Any:
    """The table as a file."""
    asked = Asked.read()
    locale = language.current()
    names = [name for name in COLUMNS if name not in ("open", "open_late") or asked.by != "period"]
    columns = [Column(language.say(words.KPI_BY[asked.by]), 40)]
    columns += [Column(language.say(words.KPI[name])) for name in names]
    columns += [Column(language.say("On time, %")), Column(language.say("On time before, %"))]
    report = kpis_asked.report(asked)
    rows = [
        [line.title, *(line.row[name] for name in names), _hundred(line.share), _hundred(line.share_before)]
        for line in report.lines
    ]
    name = f"{language.say('KPIs')} {asked.stretch.first} - {asked.stretch.last}"
    return export.respond(Sheet(name, columns, rows, locale), files.KINDS[ending])


@BLUEPRINT.get("/clocks")
def behind() -> Any:
    """The clocks behind one number."""
    asked, show = Asked.read(), kpis_asked.wanted()
    items, following = kpis_asked.behind(asked, show, cursor=flask.request.args.get("cursor"), limit=BEHIND)
    return flask.render_template(
        "kpis/clocks.html",
        area="kpis",
        asked=asked,
        show=show,
        items=[_item(service, item) for service, item in items],
        following=following,
        first="cursor" not in flask.request.args,
        narrowing=kpis_asked.narrowing(asked),
        period=kpis_asked.said(asked.stretch),
        my_country=directory.country(signed.person().unit),
    )


@BLUEPRINT.get("/clocks/<any(csv, xlsx):ending>")
def clocks_exported(ending: str) -> Any:
    """All of the clocks behind one number, as a file."""
    asked, show = Asked.read(), kpis_asked.wanted()
    zone = moments.zone(directory.country(signed.person().unit))
    titles = [language.say("Number"), language.say("What is promised"), language.say("Client")]
    titles += [language.say("Owed by whom"), language.say("Unit"), language.say("Due"), language.say("Ended")]
    columns = [Column(title, 24) for title in titles]
    rows = (
        _line(service, item, zone)
        for items in export.pages(lambda c: kpis_asked.behind(asked, show, cursor=c, limit=MOST_EXPORTED))
        for service, item in items
    )
    name = f"{language.say(words.KPI[show])} {asked.stretch.first} - {asked.stretch.last}"
    return export.respond(Sheet(name, columns, list(rows), language.current()), files.KINDS[ending])


def _line(service: str, item: Mapping[str, Any], zone: Any) -> list[Any]:
    known = clocks.Shown.of(item, service, {})
    moment = [moments.read(at).astimezone(zone) if at else None for at in (known.due_at, known.ended_at)]
    unit = kpis_asked.title("unit", item["of"]["unit"])
    return [item["of"]["number"], known.title, item["client"] or "", known.owed_by, unit, *moment]


def _item(service: str, item: Mapping[str, Any]) -> dict[str, Any]:
    page = desk.PAGES.get(item["of"]["kind"])
    return {
        "clock": clocks.Shown.of(item, service, {}),
        "number": desk.called(item["of"]),
        "url": flask.url_for(page, id=item["of"]["id"]) if page else "",
        "client": item["client"] or "",
        "unit": kpis_asked.title("unit", item["of"]["unit"]),
    }


def _chart(asked: Asked, report: kpis_asked.Report) -> Any:
    """Nothing where there is nothing to draw."""
    if not any(line.total for line in report.lines):
        return None
    locale = language.current()
    along = asked.by == "period"
    series = [name for name in SERIES if name != "open" or not along]
    said = "{lines} rows. On time: {on_time}. Late: {late}. Without the client's answer: {unanswered}."
    about = language.say(said, lines=len(report.lines), **{name: report.sums[name] for name in SERIES[:3]})
    title = language.say(words.KPI_TITLES[asked.by], period=kpis_asked.said(asked.stretch))
    rows = [
        charts.Row(
            line.short,
            figures.percent(line.share, locale),
            [(name, line.row[name]) for name in series],
        )
        for line in (report.lines if along else report.lines[:DRAWN])
    ]
    return (charts.columns if along else charts.bars)(rows, title=title, about=about)


def _hundred(share: float | None) -> float | None:
    return None if share is None else round(share * 100, 1)
