"""Who is away when, and who acts for them meanwhile: one's own, and for administrators everybody's."""

from __future__ import annotations

import dataclasses
from typing import Any

import flask

from services.gateway.directory import callers, dated
from services.gateway.directory.absence import commands, model, queries, schemas, tables
from services.gateway.directory.substitute import commands as substitutes
from services.gateway.directory.substitute import schemas as substitute_schemas
from services.gateway.directory.substitute import tables as substitute_tables
from services.gateway.directory.substitute.model import Substitution
from services.gateway.front import company, done, forms, language, signed
from shared.web import site

FIELDS = ("person", "since", "until", "reason", "substitute")

BLUEPRINT = flask.Blueprint("absences", __name__, url_prefix="/settings/absences")


@BLUEPRINT.get("")
def listed() -> Any:
    """Those that are not over; with `past=yes` all."""
    return _page(forms.blank(person=signed.person().staff_id))


@BLUEPRINT.post("")
def enter() -> Any:
    """Enter an absence and, where one is named, the substitute of the same days: both or none."""
    form, who = forms.read(*FIELDS), signed.person().caller
    form.values["person"] = form["person"] or str(who.id)
    try:
        given = {name: form[name] for name in FIELDS if name != "substitute"}
        facts = form.load(schemas.AbsenceIn(), given)
        with site.current().database.work(actor=who.actor) as work:
            of = callers.looks_after(work.connection, who, facts["person"])
            commands.enter(work, company=of, **facts)
            if form["substitute"]:
                acts = {"absent": form["person"], "substitute": form["substitute"]}
                days = {name: form[name] for name in ("since", "until")}
                substitutes.name(work, company=of, **form.load(substitute_schemas.SubstituteIn(), acts | days))
    except forms.REFUSALS as error:
        return _page(form, form.take(error, {"absent": "person"}))
    return flask.redirect(flask.url_for("absences.listed", done="absence-entered"), 303)


@BLUEPRINT.post("/<id>/take_back")
def take_back(id: str) -> Any:
    """It is not so after all; below the list it can be entered again."""
    form, who = forms.read(), signed.person().caller
    try:
        with site.current().database.work(actor=who.actor) as work:
            of = callers.reads(work.connection, who)
            callers.looks_after(work.connection, who, tables.load(work.connection, id, company=of).person)
            commands.take_back(work, id, company=of, version=form.version)
    except forms.REFUSALS as error:
        blank = forms.blank(person=who.id)
        return _page(blank, blank.take(error))
    return flask.redirect(flask.url_for("absences.listed", done="absence-taken-back", again=id), 303)


def _page(form: forms.Form, status: int = 200) -> Any:
    flask.g.here = flask.url_for("absences.listed")
    who, past = signed.person(), flask.request.args.get("past") == "yes"
    with site.current().database.reading() as connection:
        of = callers.reads(connection, who.caller)
        found, following = dated.page(
            connection,
            tables.absence,
            of,
            where=(tables.absence.c.state == model.LIFECYCLE.initial,),
            not_over=None if past else company.today(),
            cursor=flask.request.args.get("cursor"),
        )
        absences = [tables.read(row) for row in found]
        told = queries.confided(connection, who.caller, {each.person for each in absences})
        again = _taken_back(connection, of, flask.request.args.get("again"))
        listed = {each.person for each in absences} | ({again.person} if again else set())
        acting = substitute_tables.instead_of(connection, listed)
    instead = {each.id: _during(acting.get(each.person, []), each) for each in absences}
    left = _during(acting.get(again.person, []), again) if again else []
    return flask.render_template(
        "settings/absences.html",
        area="settings",
        absences=[each if each.person in told else dataclasses.replace(each, reason=None) for each in absences],
        following=following,
        first="cursor" not in flask.request.args,
        past=past,
        today=company.today(),
        names=company.names([*listed, *(each.substitute for those in acting.values() for each in those)]),
        instead=instead,
        left=left,
        admin=company.administers(),
        me=who.staff_id,
        people=company.people(),
        acting=[("", language.say("Nobody")), *company.people(without=[] if company.administers() else [who.staff_id])],
        form=form,
        again=again,
        done=done.said(),
    ), status


def _during(acting: list[Substitution], absence: model.Absence) -> list[Substitution]:
    """Who acts on any of the days."""
    return [each for each in acting if each.since <= absence.until and each.until >= absence.since]


def _taken_back(connection: Any, of: str, id: str | None) -> model.Absence | None:
    """What was just taken back, if the reader may enter it again."""
    if not id:
        return None
    try:
        found = tables.load(connection, id, company=of)
    except tables.NoSuchAbsence:
        return None
    mine = found.person == signed.person().staff_id or company.administers()
    return found if mine and not found.active else None
