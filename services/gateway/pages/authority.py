"""Who may handle which requests: what holds today, and the company's own regulation with its dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import flask

from services.gateway.clients import Problem
from services.gateway.directory import callers
from services.gateway.directory.authority import commands, http, model, tables
from services.gateway.directory.staff import model as staff
from services.gateway.front import calls, clocks, company, directory, done, forms, gate, language, signed, words
from services.gateway.transport import Away
from shared.web import site

FLOW = "support.ticket"
FIELDS = ("unit", "request_type", "since", "until")

BLUEPRINT = flask.Blueprint("authority", __name__, url_prefix="/settings/authority")


@dataclass(frozen=True, slots=True)
class Today:
    """Who may handle one type of request today. `row` is the regulation that says so; None: the procedure."""

    title: str
    roles: list[str]
    row: model.Row | None


@BLUEPRINT.get("")
def listed() -> Any:
    """What holds in a unit today, and every row for it; with `past=yes` those that are over too."""
    return _page(forms.blank(unit=_unit(), since=company.today(), roles=""))


@BLUEPRINT.post("/rules")
@gate.only("admin")
def enter() -> Any:
    """Regulate anew who may handle a type of request."""
    form, who = forms.read(*FIELDS), signed.person().caller
    form.values["roles"] = " ".join(role for role in flask.request.form.getlist("roles") if role in staff.ROLES)
    try:
        code = form["request_type"]
        facts: dict[str, Any] = {name: form[name] for name in FIELDS}
        facts |= {"request_type": int(code) if code.isascii() and code.isdecimal() else "", "flow": FLOW}
        if form["roles"]:
            facts["roles"] = form["roles"].split()
        else:
            form.wrong("roles", language.say("Please choose at least one role."))
            return _page(form, 422)
        loaded = form.load(http.RowIn(), facts)
        with site.current().database.work(actor=who.actor) as work:
            of = callers.administers(work.connection, who)
            commands.enter(work, company=of, **{**loaded, "roles": tuple(loaded["roles"])})
    except forms.REFUSALS as error:
        return _page(form, form.take(error))
    return flask.redirect(flask.url_for("authority.listed", unit=form["unit"], done="authority-entered"), 303)


@BLUEPRINT.post("/<id>/take_back")
@gate.only("admin")
def take_back(id: str) -> Any:
    """What held before holds again; it can be entered again at once."""
    form, who = forms.read(), signed.person().caller
    try:
        with site.current().database.work(actor=who.actor) as work:
            of = callers.administers(work.connection, who)
            taken = commands.take_back(work, id, company=of, version=form.version)
    except forms.REFUSALS as error:
        blank = forms.blank(unit=_unit(), since=company.today(), roles="")
        return _page(blank, blank.take(error))
    address = flask.url_for("authority.listed", unit=taken.unit, done="authority-taken-back", again=id)
    return flask.redirect(address, 303)


def _unit() -> str:
    asked = flask.request.args.get("unit", "")
    return asked if asked in company.titles() else signed.person().unit


def _page(form: forms.Form, status: int = 200) -> Any:
    flask.g.here = flask.url_for("authority.listed")
    titles, today, past = company.titles(), company.today(), flask.request.args.get("past") == "yes"
    unit = form["unit"] if form["unit"] in titles else signed.person().unit
    line = directory.line(unit)
    with site.current().database.reading() as connection:
        of = callers.reads(connection, signed.person().caller)
        rows = [each for each in tables.of_company(connection, of) if each.unit in line]
        again = _taken_back(rows, flask.request.args.get("again"))
    active = [row for row in rows if row.active]
    types, away = _types(unit)
    return flask.render_template(
        "settings/authority.html",
        area="settings",
        unit_code=unit,
        units=company.places(),
        titles=titles,
        now=[_today(kind, active, line, today) for kind in types],
        types=[(str(kind["code"]), _named(kind)) for kind in types],
        kinds={kind["code"]: _named(kind) for kind in types},
        away=away,
        rows=[row for row in active if past or row.until is None or row.until >= today],
        past=past,
        today=today,
        role=lambda code: clocks.role(code, {}),
        roles=[(role, language.say(words.ROLES[role])) for role in staff.ROLES],
        admin=company.administers(),
        form=form,
        again=again,
        done=done.said(),
    ), status


def _types(unit: str) -> tuple[list[dict[str, Any]], bool]:
    """The types of requests of a unit with what its procedure says; none of a unit that the reader does not see."""
    try:
        return calls.service("support").get("types", unit=unit).data, False
    except Away:
        return [], True
    except Problem:
        return [], False


def _named(kind: dict[str, Any]) -> str:
    return f"{kind['code']} – {kind['title'][language.current()]}"


def _today(kind: dict[str, Any], rows: list[model.Row], line: list[str], today: date) -> Today:
    """A row of the unit itself is stronger than one above it, and of two the one that began last."""
    holding = [
        row
        for row in rows
        if row.request_type == kind["code"] and row.since <= today and (row.until is None or row.until >= today)
    ]
    for unit in line:
        here = sorted((row for row in holding if row.unit == unit), key=lambda row: row.since, reverse=True)
        if here:
            return Today(_named(kind), list(here[0].roles), here[0])
    return Today(_named(kind), list(kind["authority"]), None)


def _taken_back(rows: list[model.Row], id: str | None) -> model.Row | None:
    found = next((row for row in rows if row.id == id), None)
    return found if found and not found.active and company.administers() else None
