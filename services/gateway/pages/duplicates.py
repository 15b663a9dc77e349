"""The part of a ticket's page that shows what may be the same request, and what is linked to it."""

from __future__ import annotations

from typing import Any

import flask

from services.gateway.clients import Problem
from services.gateway.front import calls, directory, forms
from services.gateway.transport import Away

FIELDS = {
    "link": ("to", "as", "link_reason"),
    "unlink": ("to",),
    "close_duplicate": ("to",),
    "reopen_duplicate": (),
}
NAMES = {"reason": "link_reason"}

BLUEPRINT = flask.Blueprint("duplicates", __name__, url_prefix="/tickets")


def part(id: str) -> dict[str, Any]:
    """What the template needs; the page is worth showing without."""
    try:
        found = calls.service("support").get("tickets", id, "duplicates").data
    except (Away, Problem):
        return {"duplicates": None}
    for each in found["links"]:
        each["by"] = directory.actor(each["linked_by"])
    return {"duplicates": found}


@BLUEPRINT.post("/<id>/<any(link, unlink, close_duplicate, reopen_duplicate):verb>")
def change(id: str, verb: str) -> Any:
    """Link two tickets, close one as a duplicate, or take that back; what is refused is said on the ticket's page."""
    form = forms.read(*FIELDS[verb])
    body: dict[str, Any] = {name: form[name] for name in FIELDS[verb] if name == "to"}
    if verb == "link":
        body |= {"as": form["as"], "reason": form["link_reason"] or None}
    try:
        calls.service("support").post("tickets", id, verb, body=body, key=form.key)
    except forms.REFUSALS as error:
        from services.gateway.pages import ticket

        status = form.take(error, NAMES)
        flask.g.here = flask.url_for("ticket.shown", id=id)
        return ticket.shown_again(id, form, verb), status
    return flask.redirect(flask.url_for("ticket.shown", id=id, done=verb), 303)
