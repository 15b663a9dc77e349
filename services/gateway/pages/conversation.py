"""What staff say about a ticket on its page: to the client, among colleagues, and as advice."""

from __future__ import annotations

from typing import Any

import flask

from services.gateway.front import calls, enclosed, forms, language
from services.gateway.pages import macros, talk, ticket

FIELDS = {
    "reply": {"reply_text": "text"},
    "note": {"note_text": "text"},
    "consult": {"ask_text": "text", "ask_to": "to"},
    "advise": {"advice_text": "text"},
}
"""The fields of each form and what the service calls them; no two forms of the page have a field of one name."""
AMONG_US = tuple(verb for verb in FIELDS if verb != "reply")

BLUEPRINT = flask.Blueprint("conversation", __name__, url_prefix="/conversations")


@BLUEPRINT.post("/<id>/reply")
@enclosed.takes_files
def reply(id: str) -> Any:
    """Write to the client, with files; what is wrong with one of them costs neither the text nor the others."""
    form, kept, support = forms.read(*FIELDS["reply"]), [], calls.service("support")
    again = flask.request.form.getlist(talk.AGAIN)
    try:
        kept, status = enclosed.take(form, support, "uploads")
        if not form.refused:
            body = {"text": form["reply_text"], "attachments": [each.token for each in kept], "again": again}
            support.post("tickets", id, "reply", body=body, key=form.key)
            page = flask.url_for("ticket.shown", id=id, done="said-reply")
            return flask.redirect(f"{page}#conversation", 303)
    except forms.REFUSALS as error:
        status = form.take(error, {"text": "reply_text", enclosed.FIELD: enclosed.FIELD, talk.AGAIN: enclosed.FIELD})
        kept = enclosed.still(kept, error)
    flask.g.here = flask.url_for("ticket.shown", id=id)
    return ticket.shown_again(id, form, "reply", kept=kept), status


@BLUEPRINT.post(f"/<id>/<any({', '.join(AMONG_US)}):verb>")
def say(id: str, verb: str) -> Any:
    """Say something; sent twice, it is said once."""
    form = forms.read(*FIELDS[verb])
    body = {theirs: form[ours] for ours, theirs in FIELDS[verb].items()}
    return _said(id, form, verb, "tickets", id, verb, body=body)


@BLUEPRINT.post("/<id>/insert")
@enclosed.takes_files
def insert(id: str) -> Any:
    """Put a prepared text into the reply that is being written. Nothing is sent; nothing written or chosen is lost."""
    form, status, kept = forms.read("reply_text", "macro", "at"), 200, []
    found: dict[str, Any] | None = None
    try:
        kept, _ = enclosed.take(form, calls.service("support"), "uploads")
        found = macros.insert(id, form, into="reply_text", chosen="macro", at="at")
        if found is None:
            form.wrong("macro", language.say("Please choose a text."))
    except forms.REFUSALS as error:
        status = form.take(error)
    flask.g.here = flask.url_for("ticket.shown", id=id)
    return ticket.shown_again(id, form, "reply", inserted=found, kept=kept), status


@BLUEPRINT.post("/<id>/preview")
@enclosed.takes_files
def preview(id: str) -> Any:
    """The SMS as it will be sent, and in how many parts. Nothing is sent, and nothing written is lost."""
    form = forms.read("reply_text")
    flask.g.here = flask.url_for("ticket.shown", id=id)
    return ticket.shown_again(id, form, "reply")


@BLUEPRINT.post("/<id>/undo/<reply>")
def undo(id: str, reply: str) -> Any:
    """Take a reply back; its text is there again to be put right."""
    return _said(id, forms.read(), "undo", "replies", reply, "undo", body={}, again=reply)


def _said(id: str, form: forms.Form, verb: str, *path: str, body: dict[str, Any], again: str | None = None) -> Any:
    try:
        calls.service("support").post(*path, body=body, key=form.key)
    except forms.REFUSALS as error:
        names = {theirs: ours for ours, theirs in FIELDS.get(verb, {}).items()}
        status = form.take(error, names)
        flask.g.here = flask.url_for("ticket.shown", id=id)
        return ticket.shown_again(id, form, verb), status
    page = flask.url_for("ticket.shown", id=id, done=f"said-{verb}", again=again)
    return flask.redirect(f"{page}#conversation", 303)
