"""Mails that wait for a person: what was taken for no request, with the reason."""

from __future__ import annotations

from typing import Any

import flask

from services.gateway.front import calls, directory, signed

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


def _units(mails: list[dict[str, Any]]) -> dict[str, str]:
    found = {code: directory.unit(code) for code in dict.fromkeys(each["unit"] for each in mails)}
    return {code: unit.title if unit else code for code, unit in found.items()}
