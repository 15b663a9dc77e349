"""Views of the list of tickets: those that everybody has, one's own and those shared in the unit, each with its count.

A view is the query of the list's address. What was removed can be brought back for a month.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import flask
import marshmallow as ma

from services.gateway.clients import Problem
from services.gateway.directory.view import commands, model, queries, tables
from services.gateway.front import calls, directory, done, forms, language, signed
from services.gateway.pages import listed
from services.gateway.transport import Away
from shared.envelope.fields import Text
from shared.kernel import errors
from shared.web import site

LIST = "support.tickets"
BOUND = "99+"
COUNTED = 60  # views that are counted
BUILT_IN: tuple[tuple[str, listed.Asked], ...] = (
    ("I am responsible", listed.Asked(state=listed.OPEN, one={"owner": listed.ME})),
    ("Unclassified", listed.Asked(state=("received",), sort="received")),
    ("Late", listed.Asked(one={"clock": "late"}, sort="promised")),
    ("Waiting for the client", listed.Asked(state=("waiting",), one={"waits_for": "client"}, sort="changed")),
    ("Handed over, unanswered", listed.Asked(state=("handed_over",), sort="changed")),
)
SAID = {"rename": "view-renamed", "remove": "view-removed", "restore": "view-restored"}

BLUEPRINT = flask.Blueprint("list_views", __name__, url_prefix="/tickets/views")


@dataclass(frozen=True, slots=True)
class Shown:
    """One view beside the list. `count` is empty where it could not be had."""

    name: str
    query: str
    count: str
    chosen: bool
    shared: bool = False


def beside(asked: listed.Asked, country: str) -> list[Shown]:
    """Every view that the reader has, with its count."""
    saved = _saved()
    views = [(language.say(name), view, False) for name, view in BUILT_IN]
    views += [(each.name, listed.of_query(each.query), each.shared) for each in saved]
    counts = _counts([view for _, view, _ in views[:COUNTED]], country)
    counts += [""] * (len(views) - len(counts))
    return [
        Shown(name, view.query(), count, view.pairs() == asked.pairs(), shared)
        for (name, view, shared), count in zip(views, counts, strict=True)
    ]


def _saved() -> list[model.View]:
    with site.current().database.reading() as connection:
        return queries.of(connection, signed.person().caller, list=LIST)


def _counts(views: list[listed.Asked], country: str) -> list[str]:
    """A number for each, in words; none where support is away: the list says so itself."""
    asked = [{name: each for name, each in view.api(country).items() if each not in (None, "")} for view in views]
    query = [urlencode({name: each for name, each in one.items() if name != "sort"}, doseq=True) for one in asked]
    try:
        found = calls.service("support").get("tickets", "counts", view=query).data["items"]
    except (Away, Problem):
        return []
    return ["" if each["count"] is None else BOUND if each["more"] else str(each["count"]) for each in found]


@BLUEPRINT.get("")
def managed() -> Any:
    """My views and those of the unit: to be renamed, removed and brought back."""
    return _page(forms.blank())


@BLUEPRINT.post("")
def save() -> Any:
    """Save the filters of the list that is shown, and go back to it."""
    form = forms.read("view_name", "view_query", "view_shared")
    view = listed.of_query(form["view_query"])
    try:
        name = _checked(form, "view_name")
        with site.current().database.work(actor=signed.person().caller.actor) as work:
            commands.save(
                work,
                signed.person().caller,
                list=LIST,
                name=name,
                query=view.query()[: tables.MAX_QUERY],
                shared=form["view_shared"] == "yes",
            )
    except forms.REFUSALS as error:
        return _page(form, form.take(error))
    return flask.redirect(f"{flask.url_for('tickets.listed')}?{view.query(done='view-saved')}", 303)


@BLUEPRINT.post("/<id>/<any(rename, remove, restore):verb>")
def step(id: str, verb: str) -> Any:
    """Rename it, remove it, or bring it back."""
    form, who = forms.read("name"), signed.person().caller
    form.values["id"] = id
    try:
        name = _checked(form, "name") if verb == "rename" else ""
        with site.current().database.work(actor=who.actor) as work:
            if verb == "rename":
                commands.rename(work, who, id, name=name)
            else:
                act = commands.remove if verb == "remove" else commands.restore
                act(work, who, id)
    except forms.REFUSALS as error:
        return _page(form, form.take(error))
    removed = id if verb == "remove" else None
    return flask.redirect(flask.url_for("list_views.managed", done=SAID[verb], removed=removed), 303)


class _Named(ma.Schema):
    name = Text(most=tables.MAX_NAME, required=True)


_NAMED = _Named()


def _checked(form: forms.Form, field: str) -> str:
    """The name that was typed. Raises `errors.Invalid`."""
    try:
        return form.load(_NAMED, {"name": form[field]})["name"]
    except errors.Invalid as error:
        raise errors.Invalid(fields={field: error.fields["name"]}) from error


def _page(form: forms.Form, status: int = 200) -> Any:
    flask.g.here = flask.url_for("list_views.managed")
    who = signed.person().caller
    with site.current().database.reading() as connection:
        views = queries.of(connection, who, list=LIST)
        removed = queries.of(connection, who, list=LIST, removed=True)
    country = directory.country(signed.person().unit)
    counts = _counts([listed.of_query(each.query) for each in views[:COUNTED]], country)
    return flask.render_template(
        "support/list_views.html",
        area="tickets",
        form=form,
        views=views,
        counts=dict(zip((each.id for each in views), counts, strict=False)),
        removed=removed,
        undone=next((each for each in removed if each.id == flask.request.args.get("removed")), None),
        owners=directory.actors([f"staff:{each.owner}" for each in views]),
        who_may=who,
        changes=lambda view: queries.changes(who, view),
        most=tables.MAX_NAME,
        done=done.said(),
    ), status
