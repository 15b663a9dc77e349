"""Choosing a password by a mailed link: the one link that people of the house get."""

from __future__ import annotations

from typing import Any

import flask

from services.gateway.directory.staff import commands, model, reset_link
from services.gateway.front import forms, language
from shared.kernel import errors
from shared.web import links, site

GONE = (links.Unknown, errors.Gone)


def show(token: str) -> Any:
    """The form. Raises `links.Unknown`, `errors.Gone`."""
    return _page(token, _owner(token), forms.blank())


def choose(token: str) -> Any:
    """Keep the password, and go on to the sign-in. Raises `links.Unknown`, `errors.Gone`."""
    owner, form = _owner(token), forms.Form()
    given, again = flask.request.form.get("password", ""), flask.request.form.get("again", "")
    if given != again:
        form.wrong("again", language.say("The two passwords are not the same."))
        return _page(token, owner, form, 422)
    form.values = {"password": "", "again": ""}
    try:
        commands.reset(site.current().database, token, password=given)
    except GONE:
        raise
    except forms.REFUSALS as error:
        return _page(token, owner, form, form.take(error))
    return flask.redirect(flask.url_for("account.sign_in", done="password"), 303)


def _owner(token: str) -> model.Staff:
    database = site.current().database
    with database.reading() as connection:
        return reset_link.owner(connection, token, now=database.time.now())


def _page(token: str, owner: model.Staff, form: forms.Form, status: int = 200) -> Any:
    language.prefer(owner.locale)
    flask.g.here = flask.url_for("link.show", token=token)
    return flask.render_template("account/choose.html", token=token, owner=owner, form=form), status
