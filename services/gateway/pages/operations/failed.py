"""Failed work: a cause with everything that failed of it, one failure whole, and what is decided about them."""

from __future__ import annotations

from typing import Any

import flask

from services.gateway.front import calls, done, forms, gate, language
from services.gateway.pages.operations import showing, words

BLUEPRINT = flask.Blueprint("failed", __name__, url_prefix="/operations/<service>")

FIELDS = {
    "replay": "replay_reason",
    "discard": "discard_reason",
    "restore": "restore_reason",
    "reveal": "reveal_reason",
}
"""The field of the reason, one of its own for each form of a page."""
STATES = ("parked", "replayed", "discarded", "resolved")


# ---- a cause


@BLUEPRINT.get("/causes/<id>")
@gate.only(showing.ROLE)
def cause(service: str, id: str) -> Any:
    """What failed for one cause, with the notes about it, and the forms that decide about all of it."""
    return _cause(showing.known(service), id, forms.blank(rate="5", stop_on_failure="yes"))


@BLUEPRINT.post("/causes/<id>/note")
@gate.only(showing.ROLE)
def note(service: str, id: str) -> Any:
    """Write down what is known about it."""
    form = forms.read("text")
    try:
        path = ("operations", "causes", id, "note")
        calls.service(showing.known(service)).post(*path, body={"text": form["text"]}, key=form.key)
    except forms.REFUSALS as error:
        return _refused_cause(service, id, form, form.take(error))
    return flask.redirect(flask.url_for("failed.cause", service=service, id=id, done="cause-noted"), 303)


@BLUEPRINT.post("/causes/<id>/<act>")
@gate.only(showing.ROLE)
def decide(service: str, id: str, act: str) -> Any:
    """Freeze what failed for this cause, as it was seen, and have it worked off."""
    if act not in words.ACTS:
        flask.abort(404)
    form = forms.read(FIELDS[act], "seen_at", "rate", "stop_on_failure")
    body: dict[str, Any] = {"act": act, "cause": id, "reason": form[FIELDS[act]]}
    if form["seen_at"]:
        body["seen_at"] = form["seen_at"]
    if act == "replay":
        body |= {"rate": _rate(form["rate"]), "stop_on_failure": form["stop_on_failure"] == "yes"}
    try:
        made = calls.service(showing.known(service)).post("operations", "batches", body=body, key=form.key)
    except forms.REFUSALS as error:
        return _refused_cause(service, id, form, form.take(error, {"reason": FIELDS[act]}))
    return flask.redirect(flask.url_for("failed.batch", service=service, id=made.data["id"], done="batch-begun"), 303)


def _rate(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text  # the service says what is wrong with it


def _refused_cause(service: str, id: str, form: forms.Form, status: int) -> Any:
    flask.g.here = flask.url_for("failed.cause", service=service, id=id)
    return _cause(service, id, form), status


def _cause(service: str, id: str, form: forms.Form) -> Any:
    asked = flask.request.args
    at = calls.service(service)
    known = at.get("operations", "causes", id).data
    states = [state for state in STATES if state in known["by_state"]]
    state = asked.get("state") if asked.get("state") in states else (states or ["parked"])[0]
    page = at.get("operations", "failures", cause=id, state=state, cursor=asked.get("cursor")).data
    batches = at.get("operations", "batches", cause=id, limit=5).data
    form.values |= {"seen_at": known["as_of"], "rate": form["rate"] or "5"}
    return flask.render_template(
        "operations/cause.html",
        service=service,
        known=known,
        states=states,
        state=state,
        page=page,
        batches_of=batches,
        rates=[(code, language.say(text)) for code, text in words.RATES.items()],
        form=form,
        done=done.said(),
        **showing.facts(),
    )


# ---- one of them


@BLUEPRINT.get("/failures/<id>")
@gate.only(showing.ROLE)
def shown(service: str, id: str) -> Any:
    """One failure, whole, with personal data masked."""
    return _shown(service, calls.service(showing.known(service)).get("operations", "failures", id).data, forms.Form())


@BLUEPRINT.post("/failures/<id>/reveal")
@gate.only(showing.ROLE)
def reveal(service: str, id: str) -> Any:
    """The same with its personal data: shown once, and written down."""
    form = forms.read(FIELDS["reveal"])
    at = calls.service(showing.known(service))
    try:
        known = at.post("operations", "failures", id, "reveal", body={"reason": form[FIELDS["reveal"]]}).data
    except forms.REFUSALS as error:
        return _refused(service, id, form, form.take(error, {"reason": FIELDS["reveal"]}))
    flask.g.here = flask.url_for("failed.shown", service=service, id=id)
    return _shown(service, known, forms.Form())


@BLUEPRINT.post("/failures/<id>/<act>")
@gate.only(showing.ROLE)
def decide_one(service: str, id: str, act: str) -> Any:
    """Try it again, give it up, or take it up again."""
    if act not in words.ACTS:
        flask.abort(404)
    form = forms.read(FIELDS[act])
    try:
        path = ("operations", "failures", id, act)
        calls.service(showing.known(service)).post(*path, body={"reason": form[FIELDS[act]]}, key=form.key)
    except forms.REFUSALS as error:
        return _refused(service, id, form, form.take(error, {"reason": FIELDS[act]}))
    return flask.redirect(flask.url_for("failed.shown", service=service, id=id, done=f"failure-{act}"), 303)


def _refused(service: str, id: str, form: forms.Form, status: int) -> Any:
    flask.g.here = flask.url_for("failed.shown", service=service, id=id)
    return _shown(service, calls.service(service).get("operations", "failures", id).data, form), status


def _shown(service: str, known: dict[str, Any], form: forms.Form) -> Any:
    return flask.render_template(
        "operations/failure.html", service=service, known=known, form=form, done=done.said(), **showing.facts()
    )


# ---- a set


@BLUEPRINT.get("/batches/<id>")
@gate.only(showing.ROLE)
def batch(service: str, id: str) -> Any:
    """How far a set is."""
    return _batch(showing.known(service), id, forms.Form())


@BLUEPRINT.post("/batches/<id>/stop")
@gate.only(showing.ROLE)
def stop(service: str, id: str) -> Any:
    """Stop it: what was not reached stays as it is."""
    form = forms.read("reason")
    try:
        path = ("operations", "batches", id, "stop")
        calls.service(showing.known(service)).post(*path, body={"reason": form["reason"]}, key=form.key)
    except forms.REFUSALS as error:
        status = form.take(error)
        flask.g.here = flask.url_for("failed.batch", service=service, id=id)
        return _batch(service, id, form), status
    return flask.redirect(flask.url_for("failed.batch", service=service, id=id, done="batch-stopped"), 303)


def _batch(service: str, id: str, form: forms.Form) -> Any:
    known = calls.service(service).get("operations", "batches", id).data
    return flask.render_template(
        "operations/batch.html", service=service, known=known, form=form, done=done.said(), **showing.facts()
    )
