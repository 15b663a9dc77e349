"""The form by which a client asks for something: `/r/<unit>`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import flask

from services.gateway.directory.unit import model, queries
from services.gateway.front import calls, enclosed, forms, gate, language, words
from services.gateway.public.rate import commands as rate
from services.gateway.public.rate import model as windows
from shared.web import site

FIELDS = ("name", "mail", "phone", "topic", "content")
NAMES = {"mails": "mail", "phones": "phone", "requester": "mail", enclosed.FIELD: enclosed.FIELD}

BLUEPRINT = flask.Blueprint("request", __name__)


@BLUEPRINT.get("/r/<unit>")
@gate.everybody
def show(unit: str) -> Any:
    """The empty form."""
    return _page(_unit(unit), forms.blank(topic="question"))


@BLUEPRINT.post("/r/<unit>")
@gate.everybody
@enclosed.takes_files
def send(unit: str) -> Any:
    """Take the request, and go on to the page that follows it. Sent twice, it is still one request."""
    to, form, kept, support = _unit(unit), forms.read(*FIELDS), [], calls.public("support")
    facts = {
        "unit": to.code,
        "name": form["name"],
        "locale": language.current(),
        "mails": [form["mail"]] if form["mail"] else [],
        "phones": [form["phone"]] if form["phone"] else [],
        "topic": form["topic"] or "other",
        "content": form["content"],
    }
    try:
        count(windows.POSTS)
        kept, status = enclosed.take(form, support, "public", "uploads")
        if form.refused:
            return _page(to, form, status, kept)
        facts["attachments"] = [each.token for each in kept]
        answer = support.post("public", "requests", body=facts, key=form.key)
    except forms.REFUSALS as error:
        return _page(to, form, form.take(error, NAMES), enclosed.still(kept, error))
    return flask.redirect(flask.url_for("link.show", token=answer.data["follow"], new="1"), 303)


def count(window: windows.Window) -> None:
    """Count one from where this request comes. Raises `errors.TooMany`."""
    with site.current().database.work(actor="system:gateway") as work:
        rate.take(work, window, flask.request.remote_addr or "")


def _unit(code: str) -> model.Unit:
    with site.current().database.reading() as connection:
        return queries.open_(connection, code)


def _page(unit: model.Unit, form: forms.Form, status: int = 200, kept: Sequence[enclosed.Kept] = ()) -> Any:
    topics = [(code, language.say(title)) for code, title in words.TOPICS.items()]
    return flask.render_template("client/request.html", unit=unit, form=form, topics=topics, kept=kept), status
