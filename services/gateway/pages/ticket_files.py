"""The files of a ticket: added from its page, and given out to be saved."""

from __future__ import annotations

from typing import Any

import flask

from services.gateway.front import calls, enclosed, forms, language
from services.gateway.pages import ticket

PASSED = ("content-type", "content-disposition", "content-length")

BLUEPRINT = flask.Blueprint("ticket_files", __name__, url_prefix="/tickets")


@BLUEPRINT.post("/<id>/files")
@enclosed.takes_files
def add(id: str) -> Any:
    """Add files to the ticket."""
    form, kept, support = forms.read(), [], calls.service("support")
    try:
        kept, status = enclosed.take(form, support, "uploads")
        if not kept and not form.refused:
            form.wrong(enclosed.FIELD, language.say("Choose at least one file."))
        if not form.refused:
            body = {"attachments": [each.token for each in kept]}
            support.post("tickets", id, "attach", body=body, key=form.key)
            return flask.redirect(flask.url_for("ticket.shown", id=id, done="files", _anchor="files"), 303)
    except forms.REFUSALS as error:
        status = form.take(error, {enclosed.FIELD: enclosed.FIELD})
        kept = enclosed.still(kept, error)
    flask.g.here = flask.url_for("ticket.shown", id=id)
    return ticket.shown_again(id, form, "files", kept=kept), status


@BLUEPRINT.get("/<id>/files/<file>")
def content(id: str, file: str) -> Any:
    """One file, to be saved and never shown by the browser."""
    reply = calls.service("support").open("attachments", file, "content")
    headers = [(name, value) for name, value in reply.headers if name.lower() in PASSED]
    response = flask.Response(reply.chunks, headers=headers)
    response.call_on_close(reply.close)
    return response
