"""Signing in and out, one's own password and language, and getting back in after forgetting."""

from __future__ import annotations

from typing import Any

import flask

from services.gateway.directory.session import commands as sessions
from services.gateway.directory.session import queries
from services.gateway.directory.staff import commands as staff
from services.gateway.front import cookies, done, faults, forms, gate, language, signed
from services.gateway.pages import again
from shared import locale as languages
from shared.kernel import errors
from shared.web import site

BLUEPRINT = flask.Blueprint("account", __name__)


@BLUEPRINT.get("/sign-in")
@gate.everybody
def sign_in() -> Any:
    """Mail address and password; who is signed in already goes on."""
    target = gate.local(flask.request.args.get("next"), "")
    if signed.current() is not None:
        return flask.redirect(target or flask.url_for("desk.show"), 303)
    return _sign_in(forms.blank(next=target))


@BLUEPRINT.post("/sign-in")
@gate.everybody
def signing_in() -> Any:
    """Check them, and open a session under a new secret."""
    form = forms.read("mail", "next", "pending_to", "pending")
    try:
        _, secret = sessions.sign_in(
            site.current().database,
            mail=form["mail"],
            password=flask.request.form.get("password", ""),
            address=flask.request.remote_addr,
            agent=flask.request.headers.get("User-Agent"),
            replaces=signed.secret(),
        )
    except sessions.WrongCredentials as error:
        form.said.append(faults.sentence(error))
        return _sign_in(form, 401)
    except (errors.TooMany, errors.Transient) as error:
        return _sign_in(form, form.take(error))
    begin(secret)
    pending = again.read(form["pending_to"], form["pending"]) if form["pending_to"] else None
    if pending is not None:
        response = again.page(pending, language.say("You are signed in again. This was not sent yet:"))
    else:
        response = flask.redirect(gate.local(form["next"], flask.url_for("desk.show")), 303)
    signed.start(response, secret)
    return response


@BLUEPRINT.post("/sign-out")
def sign_out() -> Any:
    """End the session; the next person at this computer gets their own language."""
    with site.current().database.work(actor=signed.who().actor) as work:
        sessions.sign_out(work, signed.secret() or "")
    response = flask.redirect(flask.url_for("account.sign_in", done="signed-out"), 303)
    signed.end(response)
    cookies.drop(response, language.COOKIE)
    return response


@BLUEPRINT.get("/account")
def show() -> Any:
    """Who I am here, my language, my password."""
    return _account(forms.Form())


@BLUEPRINT.post("/account/language")
def change_language() -> Any:
    """Keep my language with my account."""
    who, form = signed.person(), forms.read("locale")
    if form["locale"] not in languages.LOCALES:
        form.wrong("locale", language.say("Please choose a language."))
        return _account(form, 422)
    with site.current().database.work(actor=who.caller.actor) as work:
        staff.change(work, who.staff_id, locale=form["locale"])
    response = flask.redirect(flask.url_for("account.show", done="language"), 303)
    cookies.drop(response, language.COOKIE)
    return response


@BLUEPRINT.post("/account/password")
def change_password() -> Any:
    """Take another password; every other browser is signed out."""
    given = flask.request.form
    form = forms.Form(values={"old": "", "new": "", "again": ""})
    if given.get("new", "") != given.get("again", ""):
        form.wrong("again", language.say("The two passwords are not the same."))
        return _account(form, 422)
    try:
        _, secret = sessions.change_password(
            site.current().database,
            signed.secret() or "",
            old=given.get("old", ""),
            new=given.get("new", ""),
            address=flask.request.remote_addr,
        )
    except forms.REFUSALS as error:
        return _account(form, form.take(error))
    response = flask.redirect(flask.url_for("account.show", done="password"), 303)
    signed.start(response, secret)
    return response


@BLUEPRINT.get("/forgotten")
@gate.everybody
def forgotten() -> Any:
    """Which account."""
    return flask.render_template("account/forgotten.html", form=forms.Form(), asked=False)


@BLUEPRINT.post("/forgotten")
@gate.everybody
def ask_reset() -> Any:
    """Have a link mailed. The page says the same whether anybody has the address or not."""
    form = forms.read("mail")
    status = 200
    if "@" not in form["mail"]:
        form.wrong("mail", language.say("Please give your mail address."))
        status = 422
    else:
        try:
            with site.current().database.work(actor="system:gateway") as work:
                staff.ask_reset(work, mail=form["mail"], address=flask.request.remote_addr)
        except (errors.TooMany, errors.Transient) as error:
            status = form.take(error)
    return flask.render_template("account/forgotten.html", form=form, asked=not form.refused), status


def signed_out(error: errors.StewardError) -> Any:
    """The answer to a page that needs somebody signed in: the sign-in, which keeps the form that was sent."""
    form = forms.blank(next="")
    pending = again.sent()
    if pending is not None:
        form.values |= {"pending_to": pending.to, "pending": pending.written()}
    form.said.append(faults.sentence(error))
    return _sign_in(form, 401)


def begin(secret: str) -> None:
    """From here on this request is that of the person who has just signed in."""
    database = site.current().database
    with database.reading() as connection:
        flask.g.signed = queries.current(connection, secret, database.time.now())
    flask.g.pop("language", None)


def _sign_in(form: forms.Form, status: int = 200) -> Any:
    flask.g.here = flask.url_for("account.sign_in")
    return flask.make_response(flask.render_template("account/sign_in.html", form=form, done=done.said()), status)


def _account(form: forms.Form, status: int = 200) -> Any:
    flask.g.here = flask.url_for("account.show")
    facts = {"me": signed.person(), "names": language.NAMES, "area": "account", "done": done.said()}
    return flask.render_template("account/show.html", form=form, **facts), status
