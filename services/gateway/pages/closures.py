"""When units are closed for whole days: for everybody to read, for administrators to declare."""

from __future__ import annotations

from typing import Any

import flask

from services.gateway.directory import callers, dated
from services.gateway.directory.closure import commands, model, schemas, tables
from services.gateway.front import company, done, forms, gate, signed
from shared.web import site

FIELDS = ("unit", "since", "until", "reason")

BLUEPRINT = flask.Blueprint("closures", __name__, url_prefix="/settings/closures")


@BLUEPRINT.get("")
def listed() -> Any:
    """Those that are not over; with `past=yes` all."""
    return _page(_blank())


@BLUEPRINT.post("")
@gate.only("admin")
def declare() -> Any:
    """Close a unit; open promises on its working time move."""
    form, who = forms.read(*FIELDS), signed.person().caller
    try:
        facts = form.load(schemas.ClosureIn(), {name: form[name] for name in FIELDS})
        with site.current().database.work(actor=who.actor) as work:
            commands.declare(work, company=callers.administers(work.connection, who), **facts)
    except forms.REFUSALS as error:
        return _page(form, form.take(error))
    return flask.redirect(flask.url_for("closures.listed", done="closure-declared"), 303)


@BLUEPRINT.post("/<id>/take_back")
@gate.only("admin")
def take_back(id: str) -> Any:
    """The unit works after all; it can be closed again at once."""
    form, who = forms.read(), signed.person().caller
    try:
        with site.current().database.work(actor=who.actor) as work:
            of = callers.administers(work.connection, who)
            commands.take_back(work, id, company=of, version=form.version)
    except forms.REFUSALS as error:
        blank = _blank()
        return _page(blank, blank.take(error))
    return flask.redirect(flask.url_for("closures.listed", done="closure-taken-back", again=id), 303)


def _blank() -> forms.Form:
    return forms.blank(unit=signed.person().unit)


def _page(form: forms.Form, status: int = 200) -> Any:
    flask.g.here = flask.url_for("closures.listed")
    past = flask.request.args.get("past") == "yes"
    with site.current().database.reading() as connection:
        of = callers.reads(connection, signed.person().caller)
        rows, following = dated.page(
            connection,
            tables.closure,
            of,
            where=(tables.closure.c.state == model.LIFECYCLE.initial,),
            not_over=None if past else company.today(),
            cursor=flask.request.args.get("cursor"),
        )
        again = _taken_back(connection, of, flask.request.args.get("again"))
    return flask.render_template(
        "settings/closures.html",
        area="settings",
        found=[tables.read(row) for row in rows],
        following=following,
        first="cursor" not in flask.request.args,
        past=past,
        today=company.today(),
        titles=company.titles(),
        admin=company.administers(),
        units=company.places(),
        form=form,
        again=again,
        done=done.said(),
    ), status


def _taken_back(connection: Any, of: str, id: str | None) -> model.Closure | None:
    if not id or not company.administers():
        return None
    try:
        found = tables.load(connection, id, company=of)
    except tables.NoSuchClosure:
        return None
    return None if found.active else found
