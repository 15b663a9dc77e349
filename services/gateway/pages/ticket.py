"""One ticket: its facts, its promises, what is possible now and why the rest is not, and what happened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import flask

from services.gateway.clients import Answer, Problem
from services.gateway.front import calls, clocks, directory, done, enclosed, forms, language, moments, signed, words
from services.gateway.pages import duplicates, macros, neighbours, sms, steps, talk, timeline
from services.gateway.transport import Away
from shared.web import site

STALE = 412
CHANGED_MEANWHILE = (409, STALE)
CHANGED = "Somebody changed this request meanwhile; your step was not taken. Look at what changed, and press again."
PROCEDURES = 64  # that a process remembers; a version of a procedure never changes

BLUEPRINT = flask.Blueprint("ticket", __name__, url_prefix="/tickets")


@BLUEPRINT.get("/<id>")
def shown(id: str) -> Any:
    """One ticket."""
    ticket = _ticket(id)
    page = _shown(ticket, forms.blank(within="usual", **steps.known(ticket.data)))
    return timeline.Asked.read().remember(flask.make_response(page))


@BLUEPRINT.get("/<id>/timeline")
def what_happened(id: str) -> Any:
    """Only what happened, as the page has it: for a script that need not load the rest again."""
    ticket = _ticket(id).data
    asked = timeline.Asked.read()
    sources = timeline.Sources.ask(id, asked, all_=False)
    page = flask.render_template("support/timeline.html", ticket=ticket, **_past(ticket, asked, sources))
    return asked.remember(flask.make_response(page))


@BLUEPRINT.post(f"/<id>/<any({', '.join(steps.FIELDS)}):verb>")
def step(id: str, verb: str) -> Any:
    """Take one step with the ticket, as it was when the form was made."""
    form = forms.read(*steps.FIELDS[verb])
    kinds = _kinds(_ticket(id).data["unit"]) if verb in ("classify", "reclassify") else []
    body = steps.body(verb, form, kinds)
    status, seen = 422, form.version
    if not form.refused:
        try:
            calls.service("support").post("tickets", id, verb, body=body, key=form.key, version=seen)
            return flask.redirect(flask.url_for("ticket.shown", id=id, done=verb), 303)
        except forms.REFUSALS as error:
            status = form.take(error, steps.names(verb))
            if status == STALE:
                form.said = [language.say(CHANGED)]
    flask.g.here = flask.url_for("ticket.shown", id=id)
    return _shown(_ticket(id), form, verb, seen=seen if status in CHANGED_MEANWHILE else None), status


def shown_again(
    id: str,
    form: forms.Form,
    refused: str,
    *,
    kept: Sequence[enclosed.Kept] = (),
    inserted: dict[str, Any] | None = None,
) -> Any:
    """The page with a form of one of its parts, as it was filled in, the files that it need not be given again, and the
    prepared text that was put into it."""
    return _shown(_ticket(id), form, refused, kept=kept, inserted=inserted)


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


def _shown(
    ticket: Answer,
    form: forms.Form,
    verb: str | None = None,
    *,
    kept: Sequence[enclosed.Kept] = (),
    inserted: dict[str, Any] | None = None,
    seen: int | None = None,
) -> Any:
    """`verb` is what was refused; `seen` the version that whoever tried it had before them."""
    data = ticket.data
    kinds, playbook = _kinds(data["unit"]), _playbook(data)
    asked = timeline.Asked.read()
    sources = timeline.Sources.ask(data["id"], asked, all_=True)
    form.values = {**steps.known(data), **form.values, forms.VERSION: str(ticket.version or data["version"])}
    verbs = steps.of(data)
    past = _past(data, asked, sources)
    meanwhile = timeline.since(sources, seen, past["types_then"]) if seen is not None else []
    return flask.render_template(
        "support/ticket.html",
        area="tickets",
        ticket=data,
        form=form,
        refused=verb,
        meanwhile=meanwhile,
        typed=steps.typed(verb, form) if verb and verb in steps.FIELDS and verb not in data["possible"] else [],
        steps=verbs,
        rare=steps.RARE,
        next=steps.next_(data, verbs, signed.person().staff_id),
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
        files=sources.items("files") if sources.found["files"] else None,
        kept=kept,
        inserted=inserted,
        **neighbours.part(data["id"]),
        **duplicates.part(data["id"]),
        **talk.part(data, sources.found["said"], form),
        sms=sms.of(data, playbook, reply=form["reply_text"]),
        **macros.part(data["id"]),
        clocks=[clocks.Shown.of(each, "support", playbook) for each in data["clocks"]],
        **past,
        received_by=directory.actor(data["received_by"]),
        handler=directory.actor(data["handler"]),
        owner=directory.actor(f"staff:{data['owner']}") if data["owner"] else "",
        done=done.said(),
        written=flask.request.args.get("done", "").startswith("said-"),
        now=site.current().database.time.now(),
        my_zone=moments.ZONE_NAMES[directory.country(signed.person().unit)],
        input_zone=moments.ZONE_NAMES[directory.country(signed.person().unit)],
    )


def _past(data: dict[str, Any], asked: timeline.Asked, sources: timeline.Sources) -> dict[str, Any]:
    """What the part of the page about what happened needs."""
    kinds = _playbook(data).get("request_types", [])
    types = {kind["code"]: kind["title"][language.current()] for kind in kinds}
    mine = directory.country(signed.person().unit)
    return {
        "country": directory.country(data["unit"]),
        "my_country": mine,
        "hour": moments.hour,
        "types_then": types,
        **timeline.part(data, asked, sources, country=mine, types=types),
    }


def _people(data: dict[str, Any]) -> dict[str, Any]:
    """Whom it can be given to, where that is possible: those who handle requests here, and the competent level."""
    me = signed.person().staff_id
    offered: dict[str, Any] = {
        "colleagues": [],
        "competent": [],
        "mine": data["owner"] == me and data["state"] == "assigned",
        "untaken": data["owner"] == me and data["state"] != "assigned" and "take" in data["possible"],
    }
    if "assign" in data["possible"]:
        offered["colleagues"] = directory.colleagues(data["unit"], roles=("staff", "lead"))
    if "escalate" in data["possible"]:
        found = directory.colleagues(data["unit"], roles=("lead", "executive"), everywhere=True)
        offered["competent"] = [each for each in found if each[0] != me]
    return offered


def _playbook(data: dict[str, Any]) -> dict[str, Any]:
    """What the ticket's procedure says; empty when that cannot be had, which hides its reasons and titles only.

    Remembered by unit: who may read one of its tickets may read how it is handled.
    """
    known: dict[tuple[str, str, str], dict[str, Any]] = site.current().extras.setdefault("ticket.procedures", {})
    key = (data["unit"], data["playbook"], data["playbook_version"])
    if key not in known:
        found = _asked("support", "playbooks", data["playbook"], version=data["playbook_version"])
        if not found:
            return {}
        if len(known) >= PROCEDURES:
            known.clear()
        known[key] = found["body"]
    return known[key]


def _asked(service: str, *path: str, **query: Any) -> Any:
    """What the page is worth showing without: None when it cannot be had."""
    try:
        return calls.service(service).get(*path, **query).data
    except (Away, Problem):
        return None
