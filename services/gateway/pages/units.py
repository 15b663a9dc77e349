"""Units of my company, for its administrators."""

from __future__ import annotations

from typing import Any

import flask

from services.gateway.directory import callers
from services.gateway.directory.unit import commands, model, queries, schemas
from services.gateway.front import done, forms, gate, language, signed, words
from shared.web import site

MOST = 500  # units of one company on the page
REACHED = ("phone", "mail")
NEW = ("title", "code", "kind", "parent", "country")

BLUEPRINT = flask.Blueprint("units", __name__)


@BLUEPRINT.get("/units")
@gate.only("admin")
def listed() -> Any:
    """The tree, and the form for a new one."""
    return _page(_blank())


@BLUEPRINT.post("/units")
@gate.only("admin")
def create() -> Any:
    """Open a branch or department."""
    form, who = forms.read(*NEW), signed.person().caller
    try:
        facts = form.load(schemas.UnitIn(), {name: form[name] for name in NEW})
        with site.current().database.work(actor=who.actor) as work:
            commands.open_(work, company=callers.administers(work.connection, who), **facts)
    except forms.REFUSALS as error:
        return _page(form, form.take(error))
    return flask.redirect(flask.url_for("units.listed", done="unit-opened"), 303)


@BLUEPRINT.post("/units/<code>/<any(change, close, reopen):verb>")
@gate.only("admin")
def step(code: str, verb: str) -> Any:
    """Give a unit another title or say how clients reach it, close it, or open it again."""
    form, who = forms.read("title", *REACHED), signed.person().caller
    try:
        with site.current().database.work(actor=who.actor) as work:
            company = callers.administers(work.connection, who)
            if verb == "change":
                facts = form.load(schemas.UnitChangeIn(), {name: form[name] for name in ("title", *REACHED)})
                reached = dict.fromkeys(REACHED)  # a field that somebody emptied is to be empty
                commands.change(work, code, company=company, version=form.version, **{**reached, **facts})
            else:
                act = commands.close if verb == "close" else commands.reopen
                act(work, code, company=company, version=form.version)
    except forms.REFUSALS as error:
        shown = _blank()
        status = shown.take(error)
        shown.said += [sentence for faults in shown.errors.values() for sentence in faults]
        shown.errors.clear()
        return _page(shown, status)
    said = {"change": "unit-changed", "close": "unit-closed", "reopen": "unit-opened"}[verb]
    return flask.redirect(flask.url_for("units.listed", done=said), 303)


def _blank() -> forms.Form:
    who = signed.person()
    return forms.blank(kind="branch", parent=who.company)


def _page(form: forms.Form, status: int = 200) -> Any:
    flask.g.here = flask.url_for("units.listed")
    with site.current().database.reading() as connection:
        company = callers.administers(connection, signed.person().caller)
        units, _ = queries.page(connection, company=company, limit=MOST)
    return flask.render_template(
        "directory/units.html",
        area="settings",
        units=_tree(units),
        parents=[(unit.code, unit.title) for unit in units if unit.active],
        kinds=[(kind, language.say(words.UNIT_KINDS[kind])) for kind in model.KINDS if kind != model.COMPANY],
        countries=[(code, language.say(title)) for code, title in words.COUNTRIES.items()],
        form=form,
        done=done.said(),
    ), status


def _tree(units: list[model.Unit], above: str | None = None, depth: int = 0) -> list[tuple[int, model.Unit]]:
    """Every unit behind the one that it hangs below, with its depth."""
    found: list[tuple[int, model.Unit]] = []
    for unit in sorted((u for u in units if u.parent == above), key=lambda u: u.title):
        found += [(depth, unit), *_tree(units, unit.code, depth + 1)]
    return found
