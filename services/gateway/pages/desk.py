"""The desk: everything that waits for me, from every service that promises something, the one due first first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import flask

from services.gateway.clients import Problem
from services.gateway.front import calls, clocks, directory, done, language, moments, signed, words
from services.gateway.pages import neighbours, steps
from services.gateway.transport import Away
from shared.kernel import errors

SHOWN = 25  # on one page
COUNTED = 1_000  # services count no further
PAGES = {"support.ticket": "ticket.shown", "support.record_check": "record_checks.shown"}
"""Where an object of a kind is shown."""
CLIENTS = ("confirm", "refuse")
"""What only the client can do: the desk shows that it is waited for, without a button."""

BLUEPRINT = flask.Blueprint("desk", __name__)


@dataclass(frozen=True, slots=True)
class Duty:
    """One promise that waits: what is to be done next (`verb`, at `url`) with which object (at `page`), which
    begins with `content`."""

    number: str
    unit: str
    client: str
    page: str
    url: str
    verb: str
    clock: clocks.Shown
    content: str = ""


@BLUEPRINT.get("/desk")
def show() -> Any:
    """My desk, or with `show` another list of it."""
    asked = flask.request.args
    show = asked.get("show", "")
    show = show if show in words.DESK else "mine"
    items, following, away = _gathered(show, asked.get("cursor"))
    list_ = neighbours.name(neighbours.DESK, show=show, cursor=asked.get("cursor"))
    return flask.render_template(
        "desk.html",
        area="desk",
        duties=[_duty(service, item, list_) for service, item in items],
        show=show,
        lists=[
            (name, language.say(title), count)
            for (name, title), count in zip(words.DESK.items(), _counts(), strict=True)
        ],
        following=following,
        cursor=asked.get("cursor"),
        away=away,
        my_country=directory.country(signed.person().unit),
        done=done.said(),
    )


def _counts() -> list[str]:
    """How much there is on each list, over all services; nothing where one cannot say."""
    found = dict.fromkeys(words.DESK, 0)
    for name in calls.promising():
        try:
            counted = calls.service(name).get("desk", "counts").data
        except Away:
            return [""] * len(words.DESK)
        found = {each: count + counted[each] for each, count in found.items()}
    return [f"{COUNTED:,}+" if count > COUNTED else str(count) for count in found.values()]


def _gathered(show: str, cursor: str | None) -> tuple[list[tuple[str, Mapping[str, Any]]], str | None, bool]:
    """What is due next over all services, the cursor of what follows, and whether a service could not be asked.

    Every service orders by due moment and id, so that one cursor is the place in all of them.
    """
    found: list[tuple[str, Mapping[str, Any]]] = []
    more = away = False
    for name in calls.promising():
        try:
            page = calls.service(name).get("desk", show=show, limit=SHOWN, cursor=cursor).data
        except Away:
            away = True
            continue
        except Problem as problem:
            if problem.code == "bad-cursor":
                raise errors.Malformed(why="its cursor is not one of ours") from problem
            raise
        found += [(name, item) for item in page["items"]]
        more = more or page["next"] is not None
    found.sort(key=lambda each: (each[1]["due_at"], each[1]["id"]))
    shown = found[:SHOWN]
    if not more and len(found) == len(shown):
        return shown, None, away
    last = shown[-1][1]
    return shown, f"{last['due_at']} {last['id']}", away


def _duty(service: str, item: Mapping[str, Any], list_: str) -> Duty:
    of, shown = item["of"], PAGES.get(item["of"]["kind"])
    verb = next((each for each in item["verbs"] if each not in CLIENTS), "")
    place: dict[str, Any] = (
        {"list": list_, "at": neighbours.place_of_duty(item)} if of["kind"] == neighbours.KIND else {}
    )
    page = flask.url_for(shown, id=of["id"], **place) if shown else ""
    return Duty(
        called(of),
        of["unit"],
        item["client"] or ("" if of["kind"] == "support.ticket" else _unit(of["unit"])),
        page,
        _where(verb, of, page) if item["mine"] and verb and page else "",
        verb and steps.title(verb),
        clocks.Shown.of(item, service, _procedure(item)),
        item.get("content") or "",
    )


def called(of: Mapping[str, Any]) -> str:
    """What people call an object: a check of the record by its day, everything else by its number."""
    if of["kind"] == "support.record_check":
        return moments.day(of["number"][-len("2026-11-24") :], language.current())
    return of["number"]


def _unit(code: str) -> str:
    known = directory.unit(code)
    return known.title if known else code


def _where(verb: str, of: Mapping[str, Any], page: str) -> str:
    """Where the next thing is done: what waits to be classified, in the triage."""
    if (of["kind"], verb) == ("support.ticket", "classify"):
        return flask.url_for("triage.shown", ticket=of["id"])
    return f"{page}#step-{verb}"


def _procedure(item: Mapping[str, Any]) -> dict[str, Any]:
    """What the service says of the clock's procedure, as a playbook's body has it."""
    return {
        "clocks": {item["name"]: {"title": item["title"]}},
        "roles": {item["owes"]: item["owes_title"]} if item["owes_title"] else {},
        "pauses": {item["paused_for"]: item["paused_why"]} if item["paused_why"] else {},
    }
