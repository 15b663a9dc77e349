"""Who acts in whose stead, with dates: one's own, and for administrators everybody's."""

from __future__ import annotations

from typing import Any

import flask

from services.gateway.directory import callers, dated
from services.gateway.directory.substitute import commands, model, schemas, tables
from services.gateway.front import company, done, forms, signed
from shared.web import site

FIELDS = ("absent", "substitute", "since", "until")

BLUEPRINT = flask.Blueprint("substitutes", __name__, url_prefix="/settings/substitutes")


@BLUEPRINT.get("")
def listed() -> Any:
    """Those that are not over; with `past=yes` all."""
    return _page(forms.blank(absent=signed.person().staff_id))


@BLUEPRINT.post("")
def name() -> Any:
    """Name a substitute."""
    form, who = forms.read(*FIELDS), signed.person().caller
    form.values["absent"] = form["absent"] or str(who.id)
    try:
        facts = form.load(schemas.SubstituteIn(), {name: form[name] for name in FIELDS})
        with site.current().database.work(actor=who.actor) as work:
            of = callers.looks_after(work.connection, who, facts["absent"])
            commands.name(work, company=of, **facts)
    except forms.REFUSALS as error:
        return _page(form, form.take(error))
    return flask.redirect(flask.url_for("substitutes.listed", done="substitute-named"), 303)


@BLUEPRINT.post("/<id>/take_back")
def take_back(id: str) -> Any:
    """It is not so after all; it can be entered again at once."""
    form, who = forms.read(), signed.person().caller
    try:
        with site.current().database.work(actor=who.actor) as work:
            of = callers.reads(work.connection, who)
            callers.looks_after(work.connection, who, tables.load(work.connection, id, company=of).absent)
            commands.take_back(work, id, company=of, version=form.version)
    except forms.REFUSALS as error:
        blank = forms.blank(absent=who.id)
        return _page(blank, blank.take(error))
    return flask.redirect(flask.url_for("substitutes.listed", done="substitute-taken-back", again=id), 303)


def _page(form: forms.Form, status: int = 200) -> Any:
    flask.g.here = flask.url_for("substitutes.listed")
    who, past = signed.person(), flask.request.args.get("past") == "yes"
    with site.current().database.reading() as connection:
        of = callers.reads(connection, who.caller)
        rows, following = dated.page(
            connection,
            tables.substitution,
            of,
            where=(tables.substitution.c.state == model.LIFECYCLE.initial,),
            not_over=None if past else company.today(),
            cursor=flask.request.args.get("cursor"),
        )
        found = [tables.read(row) for row in rows]
        again = _taken_back(connection, of, flask.request.args.get("again"))
    admin = company.administers()
    return flask.render_template(
        "settings/substitutes.html",
        area="settings",
        found=found,
        following=following,
        first="cursor" not in flask.request.args,
        past=past,
        today=company.today(),
        names=company.names(id for each in found for id in (each.absent, each.substitute)),
        admin=admin,
        me=who.staff_id,
        people=company.people(),
        acting=company.people(without=[] if admin else [who.staff_id]),
        form=form,
        again=again,
        done=done.said(),
    ), status


def _taken_back(connection: Any, of: str, id: str | None) -> model.Substitution | None:
    """What was just taken back, if the reader may enter it again."""
    if not id:
        return None
    try:
        found = tables.load(connection, id, company=of)
    except tables.NoSuchSubstitution:
        return None
    mine = found.absent == signed.person().staff_id or company.administers()
    return found if mine and not found.active else None
