"""Mails that wait for a person: what was taken for no request, with the reason."""

from __future__ import annotations

from typing import Any

import flask

from services.gateway.front import calls, directory, forms, language, signed

FIELDS = ("name", "mail", "phone", "locale")
NAMES = {
    "requester.name": "name",
    "requester.locale": "locale",
    "requester.mails": "mail",
    "requester.phones": "phone",
}

BLUEPRINT = flask.Blueprint("mailbox", __name__)


@BLUEPRINT.get("/mail")
def listed() -> Any:
    """Mails of my units that wait, newest first."""
    page = calls.service("support").get("mail", "parked", cursor=flask.request.args.get("cursor")).data
    return flask.render_template(
        "support/mailbox.html",
        area="messages",
        page=page,
        units=_units(page["items"]),
        country=directory.country(signed.person().unit),
    )


@BLUEPRINT.get("/mail/<id>")
def shown(id: str) -> Any:
    """The whole of one mail, as text; where it waits, with the form that makes it a request."""
    mail = _mail(id)
    return _page(mail, forms.blank(name=mail["name"], mail=mail["sender"], locale=mail["locale"]))


@BLUEPRINT.post("/mail/<id>")
def opened(id: str) -> Any:
    """Make it a request of whoever asks in it."""
    form = forms.read(*FIELDS)
    requester = {
        "name": form["name"],
        "locale": form["locale"],
        "mails": [form["mail"]] if form["mail"] else [],
        "phones": [form["phone"]] if form["phone"] else [],
    }
    try:
        made = calls.service("support").post("mail", id, "open", body={"requester": requester}, key=form.key)
    except forms.REFUSALS as error:
        status = form.take(error, NAMES)
        flask.g.here = flask.url_for("mailbox.shown", id=id)
        return _page(_mail(id), form), status
    return flask.redirect(flask.url_for("ticket.shown", id=made.data["ticket"]), 303)


def _mail(id: str) -> dict[str, Any]:
    return calls.service("support").get("mail", id).data


def _page(mail: dict[str, Any], form: forms.Form) -> Any:
    return flask.render_template(
        "support/mail.html",
        area="messages",
        mail=mail,
        form=form,
        unit=_units([mail])[mail["unit"]],
        locales=language.NAMES,
        country=directory.country(signed.person().unit),
    )


def _units(mails: list[dict[str, Any]]) -> dict[str, str]:
    found = {code: directory.unit(code) for code in dict.fromkeys(each["unit"] for each in mails)}
    return {code: unit.title if unit else code for code, unit in found.items()}
