"""Tickets: the list, and writing down a request that came by phone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import flask

from services.gateway.front import (
    calls,
    directory,
    done,
    enclosed,
    files,
    forms,
    language,
    moments,
    reach,
    signed,
    words,
)
from services.gateway.pages import bulk, list_rows, list_views, neighbours
from services.gateway.pages import listed as lists
from shared.kernel import moment
from shared.web import site

NAMES = {
    "requester.name": "name",
    "requester.mails": "mail",
    "requester.phones": "phone",
    "requester.locale": "locale",
    "requester": "mail",
    enclosed.FIELD: enclosed.FIELD,
}
NEW = ("channel", "name", "mail", "phone", "locale", "topic", "content", "reference", "asked_at")
BLUEPRINT = flask.Blueprint("tickets", __name__)


@BLUEPRINT.get("/tickets")
def listed() -> Any:
    """The tickets that the address asks for, and every view beside."""
    who, cursor = signed.person(), flask.request.args.get("cursor")
    country = directory.country(who.unit)
    asked = lists.read(flask.request.args)
    if not all(flask.request.args.values()):  # what a form sent empty makes no address that one would keep
        return flask.redirect(lists.address(asked, flask.request.args), 303)
    page = calls.service("support").get("tickets", cursor=cursor, **asked.api(country)).data
    types = list_rows.types()
    units = reach.seen(who)
    people = reach.colleagues(units)
    names = {
        "owner": {**people, lists.ME: language.say("Me"), lists.NOBODY: language.say("Nobody yet")},
        "unit": units,
        "request_type": {str(code): title for code, title in types.items()},
        "waits_for": {"client": language.say("The client")},
    }
    if asked["owner"] and asked["owner"] not in names["owner"]:
        names["owner"][asked["owner"]] = directory.actor(f"staff:{asked['owner']}")
    return flask.render_template(
        "support/tickets.html",
        area="tickets",
        asked=asked,
        here=neighbours.of_tickets(asked, cursor),
        rows=list_rows.of(page["items"], types),
        page=page,
        first=not cursor,
        lists=lists,
        names=names,
        people=people,
        units=units,
        chips=lists.chips(asked, names),
        views=list_views.beside(asked, country),
        verbs=bulk.offered(page["items"]),
        most_at_once=bulk.MOST,
        done=done.said(),
        **_time(),
    )


@BLUEPRINT.get("/tickets/export/<any(csv, xlsx):ending>")
def exported(ending: str) -> Any:
    """Everything that the list shows, on all its pages, as a file; or the tickets that are named."""
    asked = lists.read(flask.request.args).file(directory.country(signed.person().unit))
    chosen = flask.request.args.getlist("ticket")[: bulk.PAGE]
    return files.hand_on(calls.service("support").file("tickets", kind=files.KINDS[ending], id=chosen, **asked))


@BLUEPRINT.get("/tickets/new")
def fresh() -> Any:
    """The form for a request that somebody tells us."""
    return _fresh(forms.blank(channel="hotline", topic="question", locale=signed.person().locale))


@BLUEPRINT.post("/tickets/new")
@enclosed.takes_files
def create() -> Any:
    """Write it down. Sent twice, it is still one request."""
    form = forms.read(*NEW)
    requester = {
        "name": form["name"],
        "locale": form["locale"],
        "mails": [form["mail"]] if form["mail"] else [],
        "phones": [form["phone"]] if form["phone"] else [],
    }
    body: dict[str, Any] = {
        "channel": form["channel"],
        "topic": form["topic"],
        "content": form["content"],
        "requester": requester,
    }
    body["reference"] = form["reference"] or None
    body["asked_at"] = _asked(form)
    kept: list[enclosed.Kept] = []
    try:
        kept, status = enclosed.take(form, calls.service("support"), "uploads")
        if form.refused:
            return _fresh(form, status, kept)
        body["attachments"] = [each.token for each in kept]
        made = calls.service("support").post("tickets", body=body, key=form.key)
    except forms.REFUSALS as error:
        return _fresh(form, form.take(error, NAMES), enclosed.still(kept, error))
    return flask.redirect(flask.url_for("ticket.shown", id=made.data["id"], done="ticket"), 303)


def _asked(form: forms.Form) -> str | None:
    """When the client asked; None where that is now."""
    if not form["asked_at"]:
        return None
    try:
        return moment.text(moments.typed(form["asked_at"], directory.country(signed.person().unit)))
    except ValueError:
        form.wrong("asked_at", language.say("Please give date and time."))
        return None


def _time() -> dict[str, Any]:
    """What templates need to show moments: now, and the zone of the reader's unit."""
    now: datetime = site.current().database.time.now()
    return {"now": now, "country": directory.country(signed.person().unit)}


def _fresh(form: forms.Form, status: int = 200, kept: Sequence[enclosed.Kept] = ()) -> Any:
    return flask.render_template(
        "support/new.html",
        area="tickets",
        form=form,
        kept=kept,
        channels=[(code, language.say(words.CHANNELS[code])) for code in words.TAKEN_DOWN],
        topics=[(code, language.say(title)) for code, title in words.TOPICS.items()],
        names=language.NAMES,
        input_zone=moments.ZONE_NAMES[directory.country(signed.person().unit)],
    ), status
