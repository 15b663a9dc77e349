"""Roles: what each is for, who holds it, and the roles that people hold in units beside their home."""

from __future__ import annotations

from typing import Any

import flask
import sqlalchemy as sa

from services.gateway.directory import callers
from services.gateway.directory.membership import commands, http, model
from services.gateway.directory.membership import tables as memberships
from services.gateway.directory.staff import model as staff_model
from services.gateway.directory.staff import tables as staff
from services.gateway.front import company, done, forms, gate, language, signed, words
from shared.web import site

FIELDS = ("person", "unit")
MOST = 1_000  # memberships of one company
EVERYBODYS = "staff"
"""Held by nearly all: counted, not listed."""
_s, _m = staff.staff.c, memberships.membership.c

BLUEPRINT = flask.Blueprint("roles", __name__, url_prefix="/settings/roles")


@BLUEPRINT.get("")
def listed() -> Any:
    """Each role with its people."""
    return _page(forms.blank(person="", unit=signed.person().company, roles=""))


@BLUEPRINT.post("")
@gate.only("admin")
def enter() -> Any:
    """Give somebody roles in another unit."""
    form, who = forms.read(*FIELDS), signed.person().caller
    form.values["roles"] = " ".join(
        role for role in flask.request.form.getlist("roles") if role in staff_model.ELSEWHERE
    )
    if not form["roles"]:
        form.wrong("roles", language.say("Please choose at least one role."))
        return _page(form, 422)
    try:
        facts = form.load(http.MembershipIn(), {**{n: form[n] for n in FIELDS}, "roles": form["roles"].split()})
        with site.current().database.work(actor=who.actor) as work:
            of = callers.administers(work.connection, who)
            commands.enter(work, company=of, **{**facts, "roles": tuple(facts["roles"])})
    except forms.REFUSALS as error:
        return _page(form, form.take(error))
    return flask.redirect(flask.url_for("roles.listed", done="membership-entered"), 303)


@BLUEPRINT.post("/<id>/end")
@gate.only("admin")
def end(id: str) -> Any:
    """No roles there any more; they can be given again at once."""
    form, who = forms.read(), signed.person().caller
    try:
        with site.current().database.work(actor=who.actor) as work:
            commands.end(work, id, company=callers.administers(work.connection, who), version=form.version)
    except forms.REFUSALS as error:
        blank = forms.blank(person="", unit=signed.person().company, roles="")
        return _page(blank, blank.take(error))
    return flask.redirect(flask.url_for("roles.listed", done="membership-ended", again=id), 303)


def _page(form: forms.Form, status: int = 200) -> Any:
    flask.g.here = flask.url_for("roles.listed")
    with site.current().database.reading() as connection:
        of = callers.reads(connection, signed.person().caller)
        people = connection.execute(
            sa.select(_s.id, _s.name, _s.unit, _s.roles)
            .where(_s.company == of, _s.state == "active")
            .order_by(*staff.BY_NAME)
        ).all()
        rows = connection.execute(
            sa.select(memberships.membership)
            .where(_m.company == of, _m.state == model.LIFECYCLE.initial)
            .order_by(_m.unit, _m.person)
            .limit(MOST)
        )
        elsewhere = [memberships.read(row) for row in rows]
        again = _ended(connection, of, flask.request.args.get("again"))
    titles, names = company.titles(), {person.id: person.name for person in people}
    elsewhere = [each for each in elsewhere if each.person in names]
    return flask.render_template(
        "settings/roles.html",
        area="settings",
        roles=[(role, words.ROLES[role], words.ROLES_ABOUT[role]) for role in staff_model.ROLES],
        holders={role: _holders(role, people, elsewhere, names, titles) for role in staff_model.ROLES},
        everybodys=EVERYBODYS,
        elsewhere=elsewhere,
        names=names,
        titles=titles,
        admin=company.administers(),
        people=company.people(),
        units=company.places(),
        choices=[(role, language.say(words.ROLES[role])) for role in staff_model.ELSEWHERE],
        form=form,
        again=again,
        done=done.said(),
    ), status


def _holders(
    role: str, people: Any, elsewhere: list[model.Membership], names: dict[str, str], titles: dict[str, str]
) -> list[tuple[str, str]]:
    """Who holds a role and where, by unit and name."""
    home: list[tuple[str, str]] = [
        (titles.get(person.unit, str(person.unit)), str(person.name)) for person in people if role in person.roles
    ]
    more = [(titles.get(each.unit, each.unit), names[each.person]) for each in elsewhere if role in each.roles]
    return sorted(home + more)


def _ended(connection: Any, of: str, id: str | None) -> model.Membership | None:
    if not id or not company.administers():
        return None
    try:
        found = memberships.load(connection, id, company=of)
    except memberships.NoSuchMembership:
        return None
    return None if found.active else found
