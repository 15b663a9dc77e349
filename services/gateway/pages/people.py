"""People of my company, for its administrators."""

from __future__ import annotations

from typing import Any

import flask
import sqlalchemy as sa

from services.gateway.directory import callers
from services.gateway.directory.staff import commands, importing, model, queries, schemas, tables
from services.gateway.directory.unit import queries as units
from services.gateway.front import done, forms, gate, language, signed, words
from shared import locale as languages
from shared.kernel import errors
from shared.web import site

FIELDS = ("name", "mail", "unit", "locale")
EXAMPLE = """\
name,mail,unit,roles,locale
Nguyễn Thị Hường,huong.nguyen@example.com,hai-phong,staff lead,vi
王小明,wang@example.com,thuong-hai,staff,zh
"""
SAID = {"invite": "person-invited", "deactivate": "person-deactivated", "reactivate": "person-reactivated"}

BLUEPRINT = flask.Blueprint("people", __name__)


@BLUEPRINT.get("/people")
@gate.only("admin")
def listed() -> Any:
    """By name, those who have left too."""
    cursor = flask.request.args.get("cursor")
    with site.current().database.reading() as connection:
        company = callers.administers(connection, signed.person().caller)
        people, following = queries.page(connection, company=company, cursor=cursor)
        titles = _titles(connection, company)
        invited = tables.without_password(connection, [person.id for person in people])
    return flask.render_template(
        "directory/people.html",
        area="settings",
        people=people,
        invited=invited,
        following=following,
        first=cursor is None,
        titles=titles,
        done=done.said(),
    )


@BLUEPRINT.get("/people/new")
@gate.only("admin")
def fresh() -> Any:
    """The form for somebody new."""
    who = signed.person()
    return _page(None, forms.blank(unit=who.unit, locale=who.locale, roles="staff"))


@BLUEPRINT.post("/people/new")
@gate.only("admin")
def create() -> Any:
    """Add them; they are mailed a link to choose a password."""
    form, who = _read(), signed.person().caller
    try:
        facts = form.load(schemas.StaffIn(), _facts(form))
        with site.current().database.work(actor=who.actor) as work:
            commands.add(work, company=callers.administers(work.connection, who), **facts)
    except forms.REFUSALS as error:
        return _page(None, form, form.take(error))
    return flask.redirect(flask.url_for("people.listed", done="person-added"), 303)


@BLUEPRINT.get("/people/import")
@gate.only("admin")
def chosen() -> Any:
    """The form for a file of people."""
    return _sheet(forms.blank(mode="check"))


@BLUEPRINT.post("/people/import")
@gate.only("admin")
def take_in() -> Any:
    """Look at the file, or take it in: every line or none."""
    form, who = forms.read("mode"), signed.person().caller
    given = flask.request.files.get("file")
    data = given.read() if given else b""
    if not data:
        form.wrong("file", language.say("Please choose a file."))
        return _sheet(form, status=422)
    try:
        with site.current().database.work(actor=who.actor) as work:
            company = callers.administers(work.connection, who)
            outcome = importing.take(work, data, company=company, dry_run=form["mode"] != "import")
    except importing.FaultyFile:
        with site.current().database.work(actor=who.actor) as work:
            company = callers.administers(work.connection, who)
            outcome = importing.take(work, data, company=company, dry_run=True)
        form.said.append(language.say("Nothing was taken in: the file has faults."))
        return _sheet(form, outcome, 422)
    except forms.REFUSALS as error:
        return _sheet(form, status=form.take(error))
    return _sheet(form, outcome)


@BLUEPRINT.get("/people/<id>")
@gate.only("admin")
def shown(id: str) -> Any:
    """One person, to be changed."""
    person = _person(id)
    return _page(person, _known(person))


@BLUEPRINT.post("/people/<id>")
@gate.only("admin")
def change(id: str) -> Any:
    """Change what is different; other roles or another unit sign the person out."""
    form, who = _read(), signed.person().caller
    try:
        facts = form.load(schemas.StaffIn(), _facts(form))
        with site.current().database.work(actor=who.actor) as work:
            company = callers.administers(work.connection, who)
            commands.change(work, id, company=company, version=form.version, **facts)
    except forms.REFUSALS as error:
        return _page(_person(id), form, form.take(error))
    return flask.redirect(flask.url_for("people.listed", done="person-changed"), 303)


@BLUEPRINT.post("/people/<id>/<any(invite, deactivate, reactivate):verb>")
@gate.only("admin")
def step(id: str, verb: str) -> Any:
    """Mail a new link, deactivate the account, or activate it again."""
    form, who = forms.read(), signed.person().caller
    try:
        with site.current().database.work(actor=who.actor) as work:
            company = callers.administers(work.connection, who)
            if verb == "invite":
                commands.invite(work, id, company=company)
            else:
                act = commands.deactivate if verb == "deactivate" else commands.reactivate
                act(work, id, company=company, version=form.version)
    except forms.REFUSALS as error:
        person = _person(id)
        known = _known(person)
        return _page(person, known, known.take(error))
    return flask.redirect(flask.url_for("people.shown", id=id, done=SAID[verb]), 303)


def _sheet(form: forms.Form, outcome: importing.Outcome | None = None, status: int = 200) -> Any:
    modes = [
        ("check", language.say("Only check the file, write nothing")),
        ("import", language.say("Take it in, every line or none")),
    ]
    faults = (
        [(each.line, each.column, languages.say(each.why, language.current())) for each in outcome.faults]
        if outcome
        else []
    )
    return flask.render_template(
        "directory/import.html",
        area="settings",
        form=form,
        outcome=outcome,
        faults=faults,
        modes=modes,
        example=EXAMPLE,
    ), status


def _known(person: model.Staff) -> forms.Form:
    facts = {"name": person.name, "mail": person.mail, "unit": person.unit, "locale": person.locale}
    return forms.blank(**facts, roles=" ".join(person.roles), version=person.version)


def _read() -> forms.Form:
    form = forms.read(*FIELDS)
    form.values["roles"] = " ".join(role for role in flask.request.form.getlist("roles") if role in model.ROLES)
    return form


def _facts(form: forms.Form) -> dict[str, Any]:
    if not form["roles"]:
        raise errors.Invalid(fields={"roles": ["Please choose at least one role."]})
    facts: dict[str, Any] = {name: form[name] for name in FIELDS}
    return facts | {"roles": form["roles"].split()}


def _person(id: str) -> model.Staff:
    with site.current().database.reading() as connection:
        return tables.load(connection, id, company=callers.administers(connection, signed.person().caller))


def _titles(connection: sa.Connection, company: str) -> dict[str, str]:
    found, _ = units.page(connection, company=company, limit=500)
    return {unit.code: unit.title for unit in found if unit.active}


def _page(person: model.Staff | None, form: forms.Form, status: int = 200) -> Any:
    flask.g.here = flask.url_for("people.shown", id=person.id) if person else flask.url_for("people.fresh")
    with site.current().database.reading() as connection:
        titles = _titles(connection, callers.administers(connection, signed.person().caller))
        invited = tables.without_password(connection, [person.id] if person else [])
    return flask.render_template(
        "directory/person.html",
        area="settings",
        person=person,
        invited=invited,
        form=form,
        titles=titles,
        roles=[(role, language.say(words.ROLES[role])) for role in model.ROLES],
        names=language.NAMES,
        done=done.said(),
    ), status
