"""The desk: everything that waits for me, from every service that promises something, the one due first first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import flask

from services.gateway.clients import Problem
from services.gateway.front import calls, clocks, directory, done, signed
from services.gateway.pages import steps
from services.gateway.transport import Away
from shared.kernel import errors
from shared.runtime import manifest

SHOWN = 25  # on one page
PAGES = {"support.ticket": "ticket.shown", "support.record_check": "record_checks.shown"}
"""Where an object of a kind is shown."""
CLIENTS = ("confirm", "refuse")
"""What only the client can do: the desk shows that it is waited for, without a button."""

BLUEPRINT = flask.Blueprint("desk", __name__)


@dataclass(frozen=True, slots=True)
class Duty:
    """One promise that waits: what is to be done next with which object."""

    number: str
    unit: str
    client: str
    url: str
    verb: str
    clock: clocks.Shown


@BLUEPRINT.get("/desk")
def show() -> Any:
    """My desk, or with `show=team` all that is open in my units."""
    asked = flask.request.args
    show = "team" if asked.get("show") == "team" else "mine"
    items, following, away = _gathered(show, asked.get("cursor"))
    return flask.render_template(
        "desk.html",
        area="desk",
        duties=[_duty(service, item) for service, item in items],
        show=show,
        following=following,
        first=not asked.get("cursor"),
        away=away,
        my_country=directory.country(signed.person().unit),
        done=done.said(),
    )


def _gathered(show: str, cursor: str | None) -> tuple[list[tuple[str, Mapping[str, Any]]], str | None, bool]:
    """What is due next over all services, the cursor of what follows, and whether a service could not be asked.

    Every service orders by due moment and id, so that one cursor is the place in all of them.
    """
    found: list[tuple[str, Mapping[str, Any]]] = []
    more = away = False
    for name in promising():
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


def promising() -> list[str]:
    """The services that have a flow, and so a desk."""
    return [name for name in manifest.existing() if manifest.flows(manifest.load(name))]


def _duty(service: str, item: Mapping[str, Any]) -> Duty:
    of, page = item["of"], PAGES.get(item["of"]["kind"])
    verb = next((each for each in item["verbs"] if each not in CLIENTS), "")
    anchor = f"step-{verb}" if verb else None
    url = flask.url_for(page, id=of["id"], _anchor=anchor) if page else ""
    return Duty(
        of["number"],
        of["unit"],
        item["client"] or "",
        url,
        verb and steps.title(verb),
        clocks.Shown.of(item, service, {}),
    )
