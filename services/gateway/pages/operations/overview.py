"""How every service is, at one look: what needs somebody first, then numbers, what failed, and what is under way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import flask

from services.gateway.clients import Problem
from services.gateway.front import calls, gate, language
from services.gateway.pages.operations import showing
from services.gateway.transport import Away

BLUEPRINT = flask.Blueprint("operations", __name__, url_prefix="/operations")

UNDER_WAY = 5  # sets shown of each service
COUNTED = 100  # messages that wait for their next attempt; more are not counted


@dataclass(frozen=True, slots=True)
class Service:
    """One service; `state` is None when it does not answer."""

    name: str
    state: Mapping[str, Any] | None
    causes: tuple[Mapping[str, Any], ...] = ()
    batches: tuple[Mapping[str, Any], ...] = ()

    @property
    def waiting(self) -> dict[str, Mapping[str, Any]]:
        """What waits in it, by name."""
        return {each["what"]: each for each in self.state["waiting"]} if self.state else {}

    @property
    def alarms(self) -> list[str]:
        """Why somebody should look, in sentences."""
        if self.state is None:
            return [language.say("It does not answer.")]
        found = [showing.word("MISSING", role) for role in self.state["missing"]]
        found += [showing.word("ALARMS", each["what"]) for each in self.state["waiting"] if each["alarm"]]
        for process in self.state["processes"]:
            for loop in process["loops"] if process["alive"] else ():
                if loop["stuck"]:
                    found.append(language.say("A loop stands still: {loop}", loop=showing.word("LOOPS", loop["name"])))
        found += [
            f"{each['name']}: {queue_alarm(each)}" for each in self.state["queues"] or () if each["alarm"] is not None
        ]
        if self.state["database"]["pending"]:
            found.append(language.say("Its database lacks migrations. Run: steward migrate"))
        return found


def queue_alarm(queue: Mapping[str, Any]) -> str:
    """What is wrong with a queue, or nothing."""
    if queue["alarm"] is None:
        return ""
    return showing.word("QUEUE_ALARMS", "missing" if queue["ready"] is None else "idle")


@BLUEPRINT.get("")
@gate.only(showing.ROLE)
def show() -> Any:
    """Every service, what failed in them, and what is under way."""
    found = [_asked(name) for name in showing.services()]
    return flask.render_template("operations/overview.html", found=found, again=_again(), **showing.facts())


@BLUEPRINT.get("/<service>")
@gate.only(showing.ROLE)
def one(service: str) -> Any:
    """One service, with its processes, loops, queues and database."""
    found = _asked(showing.known(service))
    given_up = (
        calls.service(service).get("operations", "causes", state="discarded").data["items"] if found.state else []
    )
    return flask.render_template(
        "operations/service.html", it=found, given_up=given_up, queue_alarm=queue_alarm, **showing.facts()
    )


def _again() -> str:
    """How many messages could not leave yet and wait for their next attempt; nothing where none does or nobody says."""
    try:
        page = calls.service("notify").get("messages", group="again", limit=COUNTED).data
    except (Away, Problem):
        return ""
    found = len(page["items"])
    return f"{found}+" if page["next"] else str(found or "")


def _asked(name: str) -> Service:
    """What a service tells; one that does not answer must not hide the others."""
    service = calls.service(name)
    try:
        state = service.get("operations").data
        causes = service.get("operations", "causes").data["items"]
        batches = service.get("operations", "batches", limit=UNDER_WAY).data
    except Away:
        return Service(name, None)
    except Problem as error:
        if error.status == 403:
            raise
        return Service(name, None)
    return Service(name, state, tuple(causes), tuple(batches))
