"""What a client does behind a link in a mail: `/p/<token>`. Looking never acts; answering acts once."""

from __future__ import annotations

import re
from typing import Any

import flask

from services.gateway.clients import Answer, Problem
from services.gateway.front import calls, directory, forms, gate, language
from services.gateway.public import password, thread
from services.gateway.public.rate import commands as rate
from services.gateway.public.rate import model as windows
from services.gateway.public.request import count
from shared.kernel import errors
from shared.web import links, site

TOKEN = re.compile(r"[a-z][0-9A-Za-z]{16,40}")
SUPPORT, GATEWAY = "s", "g"  # the first letter names the service that gave the link out
ANSWERS = ("confirmed", "refused")
LETTER = "letter"
"""The argument that carries the language of the mail, which the answer's page cannot look up behind a used link."""
BEFORE = "before"
"""The argument that asks for what was said before the page that one comes from."""
ENDS = ("link-used", "link-expired", "link-revoked", "link-unknown")

BLUEPRINT = flask.Blueprint("link", __name__)


@BLUEPRINT.get("/p/<token>")
@gate.everybody
def show(token: str) -> Any:
    """What the link is for, and how things stand."""
    try:
        _check(token, SUPPORT, GATEWAY)
        if token[0] == GATEWAY:
            return password.show(token)
        answer = _look(token)
    except (Problem, errors.Refused) as error:
        return _ended(error, token)
    return _page(answer, token, forms.blank())


@BLUEPRINT.post("/p/<token>/confirm")
@gate.everybody
def confirm(token: str) -> Any:
    """The client agrees, and rates the support."""
    _as_the_letter()
    form = forms.read("rating", "comment")
    rating = int(form["rating"]) if form["rating"].isascii() and form["rating"].isdecimal() else None
    if rating is None:
        form.wrong("rating", language.say("Please choose one of the five."))
    body = {"rating": rating, "comment": form["comment"] or None}
    return _answer(token, form, "confirm", body, "confirmed")


@BLUEPRINT.post("/p/<token>/refuse")
@gate.everybody
def refuse(token: str) -> Any:
    """The client says what is not solved yet."""
    _as_the_letter()
    form = forms.read("reason")
    if not form["reason"]:
        form.wrong("reason", language.say("Please tell us what is not solved yet."))
    return _answer(token, form, "refuse", {"reason": form["reason"]}, "refused")


@BLUEPRINT.post("/p/<token>/withdraw")
@gate.everybody
def withdraw(token: str) -> Any:
    """The client needs it no more; the page that follows the request says so from now on."""
    _as_the_letter()
    form = forms.read("withdrawal")
    return _answer(token, form, "withdraw", {"comment": form["withdrawal"] or None}, "withdrawn")


@BLUEPRINT.post("/p/<token>/password")
@gate.everybody
def choose(token: str) -> Any:
    """A person of the house chooses a password."""
    try:
        _check(token, GATEWAY)
        return password.choose(token)
    except (links.Unknown, errors.Gone) as error:
        return _ended(error, token)


def _answer(token: str, form: forms.Form, verb: str, body: dict[str, Any], answered: str) -> Any:
    flask.g.here = flask.url_for("link.show", token=token)
    status = 422
    try:
        _check(token, SUPPORT)
        if not form.refused:
            try:
                count(windows.POSTS)
                calls.public("support").post("public", "links", token, verb, body=body, key=form.key)
                here = {"answered": answered, LETTER: flask.request.args.get(LETTER)}
                return flask.redirect(flask.url_for("link.show", token=token, **here), 303)
            except forms.REFUSALS as error:
                if getattr(error, "code", None) in ENDS:
                    raise
                status = form.take(error)
        return _page(_look(token), token, form, status)
    except (Problem, errors.Refused) as error:
        return _ended(error, token)


def _as_the_letter() -> None:
    language.prefer(flask.request.args.get(LETTER, ""))


def _check(token: str, *letters: str) -> None:
    """Raises `links.Unknown` for what cannot be a token of these, `errors.TooMany` for whoever tries many."""
    if not TOKEN.fullmatch(token) or token[0] not in letters:
        raise links.Unknown
    database = site.current().database
    address, now = flask.request.remote_addr or "", database.time.now()
    with database.reading() as connection:
        if rate.full(connection, windows.MISSES, address, now=now):
            raise errors.TooMany(seconds=windows.MISSES.left(now))


def _look(token: str) -> Answer:
    return calls.public("support").get("public", "links", token)


def _page(answer: Answer, token: str, form: forms.Form, status: int = 200) -> Any:
    data = answer.data
    language.prefer(data["locale"])
    template = "client/answer.html" if data["usable"] else "client/follow.html"
    unit = directory.unit(data["unit"])
    before = flask.request.args.get(BEFORE) if not data["usable"] else None
    passed = calls.public("support").get("public", "links", token, "conversation", cursor=before).data
    said = thread.of(data, passed["items"], whole=not before, beside=data["usable"])
    new = flask.request.args.get("new") == "1" and data["state"] == "received"
    address = site.current().settings.public_url + flask.url_for("link.show", token=token)
    facts = {"link": data, "token": token, "address": address, "unit": unit, "new": new}
    paged = {"said": said, "earlier": passed["next"], "before": before}
    return flask.render_template(template, form=form, **facts, **paged), status


def _ended(error: Problem | errors.Refused, token: str) -> Any:
    """A link that does nothing any more (or never did) says why, and what to do next."""
    if error.code not in ENDS:
        raise error
    if error.code == "link-unknown":
        count(windows.MISSES)
    about = _about(error.code, token)
    if about:
        language.prefer(about["locale"])
    _as_the_letter()
    answered = flask.request.args.get("answered")
    thanked = error.code == "link-used" and answered in ANSWERS
    facts = {
        "code": error.code,
        "answered": answered if thanked else None,
        "staff": token[0] == GATEWAY,
        "number": about["number"] if about else None,
        "unit": directory.unit(about["unit"]) if about else None,
    }
    return flask.render_template("client/ended.html", **facts), 200 if thanked else error.status


def _about(code: str, token: str) -> Any:
    """Which request a link was for that does nothing any more; None for what never was one."""
    if code == "link-unknown" or token[0] != SUPPORT:
        return None
    try:
        return calls.public("support").get("public", "links", token, "request").data
    except (Problem, errors.Transient):
        return None  # the page says the same without it
