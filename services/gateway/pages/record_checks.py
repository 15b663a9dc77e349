"""The lead's daily check of the record: what each day's check lists, closing it, and demanding what is missing."""

from __future__ import annotations

from typing import Any

import flask

from services.gateway.clients import Answer
from services.gateway.front import calls, clocks, directory, done, forms, language, signed, words

BLUEPRINT = flask.Blueprint("record_checks", __name__, url_prefix="/support/record-checks")


@BLUEPRINT.get("")
def listed() -> Any:
    """The checks of my units, the newest day first, and what was demanded and is still open."""
    state = flask.request.args.get("state") if flask.request.args.get("state") in words.CHECK_STATES else None
    support = calls.service("support")
    page = support.get("record-checks", state=state, cursor=flask.request.args.get("cursor")).data
    demands = support.get("record-checks", "demands").data["items"]
    people = {id for demand in demands for id in demand["demanded_of"]}
    return flask.render_template(
        "support/record_checks.html",
        area="record",
        page=page,
        state=state,
        demands=demands,
        names=directory.actors([f"staff:{id}" for id in people]),
        units=_units(page["items"]),
        checked_by=directory.actors([each["checked_by"] for each in page["items"]]),
        country=directory.country(signed.person().unit),
    )


@BLUEPRINT.get("/<id>")
def shown(id: str) -> Any:
    """One check."""
    return _shown(_check(id), forms.blank())


@BLUEPRINT.post("/<id>/<any(check, demand):verb>")
def step(id: str, verb: str) -> Any:
    """Close the check, or demand that a record be completed."""
    form = forms.read("remarks", "ticket_id", "reason")
    names = ("remarks",) if verb == "check" else ("ticket_id", "reason")
    body = {name: form[name] or None for name in names} if verb == "check" else {name: form[name] for name in names}
    version = form.version if verb == "check" else None
    try:
        calls.service("support").post("record-checks", id, verb, body=body, key=form.key, version=version)
    except forms.REFUSALS as error:
        flask.g.here = flask.url_for("record_checks.shown", id=id)
        status = form.take(error)
        return _shown(_check(id), form), status
    return flask.redirect(flask.url_for("record_checks.shown", id=id, done=verb), 303)


def _check(id: str) -> Answer:
    return calls.service("support").get("record-checks", id)


def _units(checks: list[dict[str, Any]]) -> dict[str, str]:
    found = {each["unit"]: directory.unit(each["unit"]) for each in checks}
    return {code: unit.title if unit else code for code, unit in found.items()}


def _shown(answer: Answer, form: forms.Form) -> Any:
    check = answer.data
    form.values[forms.VERSION] = str(answer.version or check["version"])
    unit = directory.unit(check["unit"])
    lines = [{**line, "said": [_said(each) for each in line["findings"]]} for line in check["tickets"]]
    return flask.render_template(
        "support/record_check.html",
        area="record",
        check=check,
        lines=lines,
        faulty=[line for line in lines if line["findings"] or any(each["open"] for each in line["demands"])],
        form=form,
        unit_title=unit.title if unit else check["unit"],
        checked_by=directory.actor(check["checked_by"]),
        lead="lead" in signed.person().roles,
        done=done.said(),
        country=directory.country(check["unit"]),
    )


def _said(finding: dict[str, Any]) -> str:
    """What is wrong with a line, in words."""
    if finding["what"] == "empty":
        columns = language.listed(language.say(words.RECORD[column]) for column in finding["of"])
        return language.say("Still empty: {columns}", columns=columns)
    return language.say("Late: {promises}", promises=language.listed(clocks.title(name) for name in finding["of"]))
