"""First-run set-up: the real company and its administrator, with the code that was printed at the start."""

from __future__ import annotations

from typing import Any

import flask
import marshmallow as ma
from marshmallow import fields, validate

from services.gateway.directory.session import commands as sessions
from services.gateway.directory.setup import commands, model, queries
from services.gateway.directory.staff import model as people
from services.gateway.directory.unit import model as units
from services.gateway.front import forms, gate, language, signed, words
from shared.envelope.fields import Locale, Mail, Text
from shared.web import site

FIELDS = ("code", "title", "unit_code", "country", "name", "mail", "locale")

BLUEPRINT = flask.Blueprint("setup", __name__)


class CompanyIn(ma.Schema):
    """What is asked of the company."""

    title = Text(most=units.MAX_TITLE, required=True)
    unit_code = Text(most=units.MAX_CODE, required=True)
    country = fields.String(required=True, validate=validate.OneOf(units.COUNTRIES))
    name = Text(most=people.MAX_NAME, required=True)
    mail = Mail(required=True)
    locale = Locale(required=True)


@BLUEPRINT.get("/setup")
@gate.everybody
def show() -> Any:
    """The form, or the news that there is nothing left to set up."""
    country = "CN" if language.current() == "zh" else "VN"
    return _page(forms.blank(country=country, locale=language.current()))


@BLUEPRINT.post("/setup")
@gate.everybody
def send() -> Any:
    """Open the company, and sign its administrator in."""
    form, database = forms.read(*FIELDS), site.current().database
    try:
        facts = form.load(CompanyIn(), {name: form[name] for name in FIELDS if name != "code"})
        _, person = commands.set_up(
            database,
            form["code"],
            company=commands.Company(code=facts["unit_code"], title=facts["title"], country=facts["country"]),
            admin=commands.Administrator(
                name=facts["name"],
                mail=facts["mail"],
                locale=facts["locale"],
                password=flask.request.form.get("password", ""),
            ),
        )
        with database.work(actor=f"staff:{person.id}") as work:
            _, secret = sessions.open_(work, person, address=flask.request.remote_addr)
    except forms.REFUSALS as error:
        # a code is the set-up's unless the directory says what is wrong with the company's own
        names = {"code": "code" if isinstance(error, model.WrongCode) else "unit_code", "password": "password"}
        return _page(form, form.take(error, names))
    response = flask.redirect(flask.url_for("tickets.listed", done="setup"), 303)
    signed.start(response, secret)
    return response


def _page(form: forms.Form, status: int = 200) -> Any:
    with site.current().database.reading() as connection:
        waits = queries.open_(connection)
    return flask.render_template(
        "account/setup.html",
        form=form,
        waits=waits,
        names=language.NAMES,
        countries=[(code, language.say(title)) for code, title in words.COUNTRIES.items()],
    ), status
