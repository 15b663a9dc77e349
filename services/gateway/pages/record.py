"""The tracking record: on screen, as a file, and as the form on paper."""

from __future__ import annotations

from typing import Any

import flask

from services.gateway.clients import Problem
from services.gateway.front import calls, directory, files, forms, language, signed, words

FILTERS = ("from", "to", "unit", "request_type", "state", "handler", "requester", "content", "rating", "sort")
PRINTED = 500  # lines on paper; a file has them all
AT_ONCE = 100  # lines in one question

BLUEPRINT = flask.Blueprint("record", __name__, url_prefix="/support/record")


@BLUEPRINT.get("")
def listed() -> Any:
    """The record as the filter in the address shows it."""
    asked, form = _asked(), _form()
    page: dict[str, Any] = {"items": [], "next": None}
    totals: list[dict[str, Any]] = []
    status = 200
    try:
        page = calls.service("support").get("record", cursor=flask.request.args.get("cursor"), **asked).data
        totals = calls.service("support").get("record", "totals", **_counted(asked)).data["units"]
    except Problem as problem:
        status = form.take(problem)
    return flask.render_template(
        "support/record.html",
        area="record",
        form=form,
        page=page,
        asked=asked,
        totals=_summed(totals),
        titles=_titles(totals),
        kinds=_kinds(),
        states=[("", language.say("All")), *((code, language.say(said)) for code, said in words.TICKET_STATES.items())],
        ratings=[("", language.say("All")), *((str(code), language.say(said)) for code, said in words.RATINGS.items())],
    ), status


@BLUEPRINT.get("/<any(csv, xlsx):ending>")
def exported(ending: str) -> Any:
    """Everything that the filter shows, as a file."""
    return files.hand_on(calls.service("support").file("record", kind=files.KINDS[ending], **_asked()))


@BLUEPRINT.get("/print")
def printed() -> Any:
    """The form, to be printed."""
    asked = _asked()
    lines: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = calls.service("support").get("record", limit=AT_ONCE, cursor=cursor, **asked).data
        lines += page["items"]
        cursor = page["next"]
        if cursor is None or len(lines) >= PRINTED:
            break
    unit = directory.unit(asked.get("unit") or signed.person().unit or "")
    return flask.render_template(
        "support/record_print.html", area="record", lines=lines, more=cursor is not None, unit=unit, asked=asked
    )


def _asked() -> dict[str, str]:
    """The filters of the address, without those that are empty."""
    given = {name: flask.request.args.get(name, "").strip() for name in FILTERS}
    return {name: value for name, value in given.items() if value}


def _form() -> forms.Form:
    return forms.blank(**{name: flask.request.args.get(name, "").strip() for name in FILTERS})


def _counted(asked: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in asked.items() if name != "sort"}


def _summed(totals: list[dict[str, Any]]) -> dict[str, int]:
    """The counts of all units together."""
    names = ("requests", "logged", "without_answer", "withdrawn", "duplicates", "open")
    return {name: sum(each[name] for each in totals) for name in names}


def _titles(totals: list[dict[str, Any]]) -> dict[str, str]:
    """What the units that one may read are called."""
    found = {each["unit"]: directory.unit(each["unit"]) for each in totals}
    return {code: unit.title if unit else code for code, unit in found.items()}


def _kinds() -> list[tuple[str, str]]:
    kinds = calls.service("support").get("types").data
    named = [(str(kind["code"]), f"{kind['code']} – {kind['title'][language.current()]}") for kind in kinds]
    return [("", language.say("All")), *named]
