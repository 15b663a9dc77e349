"""One ticket: its facts, its promises, what is possible now and why the rest is not, and what happened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import flask

from services.gateway.clients import Answer, Problem
from services.gateway.front import calls, clocks, directory, done, enclosed, forms, language, moments, signed, words
from services.gateway.pages import duplicates, macros, steps, talk
from services.gateway.transport import Away
from shared.web import site

MESSAGES = 10  # about one ticket, shown on its page
ENTRIES = 150  # of what happened, the newest

BLUEPRINT = flask.Blueprint("ticket", __name__, url_prefix="/tickets")


@BLUEPRINT.get("/<id>")
def shown(id: str) -> Any:
    """One ticket."""
    ticket = _ticket(id)
    return _shown(ticket, forms.blank(within="usual", **steps.known(ticket.data)))


@BLUEPRINT.post(f"/<id>/<any({', '.join(steps.FIELDS)}):verb>")
def step(id: str, verb: str) -> Any:
    """Take one step with the ticket, as it was when the form was made."""
    form = forms.read(*steps.FIELDS[verb])
    kinds = _kinds(_ticket(id).data["unit"]) if verb in ("classify", "reclassify") else []
    body = steps.body(verb, form, kinds)
    status = 422
    if not form.refused:
        try:
            calls.service("support").post("tickets", id, verb, body=body, key=form.key, version=form.version)
            return flask.redirect(flask.url_for("ticket.shown", id=id, done=verb), 303)
        except forms.REFUSALS as error:
            status = form.take(error, steps.names(verb))
    flask.g.here = flask.url_for("ticket.shown", id=id)
    return _shown(_ticket(id), form, verb), status


def shown_again(id: str, form: forms.Form, refused: str, *, kept: Sequence[enclosed.Kept] = ()) -> Any:
    """The page with a form of one of its parts, as it was filled in, and the files that it need not be given again."""
    return _shown(_ticket(id), form, refused, kept=kept)


def _ticket(id: str) -> Answer:
    return calls.service("support").get("tickets", id)


def _kinds(unit: str) -> list[dict[str, Any]]:
    """The types of the ticket's unit; who helps out from elsewhere sees their own unit's."""
    support = calls.service("support")
    try:
        return support.get("types", unit=unit).data
    except Problem as problem:
        if problem.status != 404:
            raise
        return support.get("types").data


def _shown(ticket: Answer, form: forms.Form, verb: str | None = None, *, kept: Sequence[enclosed.Kept] = ()) -> Any:
    data = ticket.data
    kinds, playbook = _kinds(data["unit"]), _playbook(data)
    history = _asked("support", "tickets", data["id"], "trail")
    entries = clocks.trail(history["entries"][-ENTRIES:]) if history else None
    messages = _asked("notify", "messages", subject=data["id"], limit=MESSAGES)
    form.values[forms.VERSION] = str(ticket.version or data["version"])
    country = directory.country(data["unit"])
    return flask.render_template(
        "support/ticket.html",
        area="tickets",
        ticket=data,
        form=form,
        refused=verb,
        steps=steps.of(data),
        onward=steps.ONWARD,
        letter=language.current(),
        suggestion=_asked("support", "tickets", data["id"], "suggestion") if "classify" in data["possible"] else None,
        topics=[(code, language.say(title)) for code, title in words.TOPICS.items()],
        locales=language.NAMES,
        apology=any("apology" in kind["always"] for kind in kinds if kind["code"] == data["request_type"]),
        verified_by=directory.actor(data["verified_by"]) if data["verified_by"] else "",
        title_of=steps.title,
        line=steps.line(data["state"]),
        kinds=kinds,
        usual=steps.usual,
        types={kind["code"]: kind["title"][language.current()] for kind in kinds},
        within=steps.within(),
        pauses=[(code, text[language.current()]) for code, text in playbook.get("pauses", {}).items()],
        **_people(data),
        files=enclosed.of_ticket(calls.service("support"), data["id"]),
        kept=kept,
        **duplicates.part(data["id"]),
        **talk.part(data),
        **macros.part(data["id"], form),
        messages=messages["items"] if messages else None,
        clocks=[clocks.Shown.of(each, "support", playbook) for each in data["clocks"]],
        entries=entries,
        whole=history["whole"] if history else True,
        earlier=len(history["entries"]) - len(entries) if history and entries is not None else 0,
        received_by=directory.actor(data["received_by"]),
        handler=directory.actor(data["handler"]),
        owner=directory.actor(f"staff:{data['owner']}") if data["owner"] else "",
        done=done.said(),
        now=site.current().database.time.now(),
        country=country,
        my_country=directory.country(signed.person().unit),
        input_zone=moments.ZONE_NAMES[directory.country(signed.person().unit)],
    )


def _people(data: dict[str, Any]) -> dict[str, Any]:
    """Whom it can be given to, where that is possible: those who handle requests here, and the competent level."""
    me = signed.person().staff_id
    offered: dict[str, Any] = {
        "colleagues": [],
        "competent": [],
        "mine": data["owner"] == me and data["state"] == "assigned",
    }
    if "assign" in data["possible"]:
        offered["colleagues"] = directory.colleagues(data["unit"], roles=("staff", "lead"))
    if "escalate" in data["possible"]:
        found = directory.colleagues(data["unit"], roles=("lead", "executive"), everywhere=True)
        offered["competent"] = [each for each in found if each[0] != me]
    return offered


def _playbook(data: dict[str, Any]) -> dict[str, Any]:
    """What the ticket's procedure says; empty when that cannot be had, which hides its reasons and titles only."""
    found = _asked("support", "playbooks", data["playbook"], version=data["playbook_version"])
    return found["body"] if found else {}


def _asked(service: str, *path: str, **query: Any) -> Any:
    """What the page is worth showing without: None when it cannot be had."""
    try:
        return calls.service(service).get(*path, **query).data
    except (Away, Problem):
        return None
