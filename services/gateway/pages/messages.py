"""Messages: what clients were told, what became of it, and sending it again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import flask

from services.gateway.clients import Answer
from services.gateway.front import calls, directory, done, forms, signed, words
from shared.web import site

BLUEPRINT = flask.Blueprint("messages", __name__)


@BLUEPRINT.get("/messages")
def listed() -> Any:
    """Messages of my unit, newest first."""
    asked = flask.request.args
    state, group = _one_of(words.MESSAGE_STATES, "state", ""), _one_of(words.MESSAGE_GROUPS, "group", "")
    to = _one_of(words.MESSAGES_TO, "to", "client")
    number, recipient = asked.get("number", "").strip(), asked.get("recipient", "").strip()
    view = {"group": group, "state": state, "to": to, "number": number, "recipient": recipient}
    page = calls.service("notify").get("messages", **view, cursor=asked.get("cursor")).data
    return flask.render_template(
        "notify/messages.html",
        area="messages",
        page=page,
        view=view,
        kept={name: each for name, each in view.items() if each or name == "to"},
        searched=bool(state or number or recipient or to != "client"),
        country=directory.country(signed.person().unit),
    )


def _one_of(known: Mapping[str, str], name: str, default: str) -> str:
    given = flask.request.args.get(name, default)
    return given if given in known else default


@BLUEPRINT.get("/messages/<id>")
def shown(id: str) -> Any:
    """One message as the client reads it, and each attempt to deliver it."""
    return _shown(_message(id), forms.Form())


@BLUEPRINT.post("/messages/<id>/resend")
def resend(id: str) -> Any:
    """Send the same text once more, perhaps to another address."""
    form = forms.read("reason", "recipient")
    body = {"reason": form["reason"], "recipient": form["recipient"] or None}
    try:
        made = calls.service("notify").post("messages", id, "resend", body=body, key=form.key, version=form.version)
    except forms.REFUSALS as error:
        return _refused(id, form, form.take(error))
    return flask.redirect(flask.url_for("messages.shown", id=made.data["id"], done="resend"), 303)


@BLUEPRINT.post("/messages/<id>/cancel")
def cancel(id: str) -> Any:
    """Keep it from being sent."""
    form = forms.read("why")
    try:
        body = {"reason": form["why"] or None}
        calls.service("notify").post("messages", id, "cancel", body=body, key=form.key, version=form.version)
    except forms.REFUSALS as error:
        return _refused(id, form, form.take(error, {"reason": "why"}))
    return flask.redirect(flask.url_for("messages.shown", id=id, done="cancel"), 303)


def _message(id: str) -> Answer:
    return calls.service("notify").get("messages", id)


def _refused(id: str, form: forms.Form, status: int) -> Any:
    flask.g.here = flask.url_for("messages.shown", id=id)
    return _shown(_message(id), form), status


def _detail(message: Mapping[str, Any]) -> str:
    """What is known beside the reason: what a server said, or whoever kept it from being sent, by name."""
    said = message["detail"] or ""
    if message["state"] != "cancelled":
        return said
    actor, _, why = said.partition(": ")
    return ": ".join(each for each in (directory.actor(actor), why) if each)


def _shown(message: Answer, form: forms.Form) -> Any:
    data = message.data
    form.values[forms.VERSION] = str(message.version or data["version"])
    return flask.render_template(
        "notify/message.html",
        area="messages",
        message=data,
        form=form,
        created_by=directory.actor(data["created_by"]),
        detail=_detail(data),
        mail_server=site.current().settings.smtp_url is not None,
        country=directory.country(data["unit"]),
        done=done.said(),
    )
