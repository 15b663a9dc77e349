"""The triage: one request after the other, the oldest clock first, classified by a key and Enter.

Where somebody is stands in the address alone (`after`: behind what they skipped; `last`: what they classified just
now), so that several can work at once and a page may be loaded again. Of two who classify one request the second is
told who was first, and goes on with the next.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import flask

from services.gateway.clients import Problem
from services.gateway.front import calls, clocks, directory, forms, language, moments, signed, words
from services.gateway.pages import steps
from services.gateway.transport import Away

CHOSEN = ("request_type", "within", "at")
COUNTED = 1_000  # the service counts no further
COLLISION = (404, 409, 412)

BLUEPRINT = flask.Blueprint("triage", __name__, url_prefix="/support/triage")


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody is: behind which place of the queue, and what they did last."""

    after: str | None = None
    last: str | None = None

    @classmethod
    def asked(cls, given: Mapping[str, str]) -> Place:
        """As the address or the form has it."""
        return cls(given.get("after") or None, given.get("last") or None)

    def url(self, **more: str | None) -> str:
        """The page at this place."""
        known: dict[str, Any] = {"after": self.after, "last": self.last, **more}
        return flask.url_for("triage.shown", **known)


@BLUEPRINT.get("")
def shown() -> Any:
    """What waits next; or with `again` what was just classified, to be put right."""
    asked = flask.request.args
    place = Place.asked(asked)
    if id := asked.get("again"):
        ticket = _ticket(id)
        if "reclassify" not in ticket["possible"]:
            return _next(place, wanted=id) if "classify" in ticket["possible"] else _next(place, gone=_said(ticket))
        reason = language.say("Put right at the triage.")
        return _page(place, _queue(None, None), ticket, forms.blank(within="usual", reason=reason), again=True)
    return _next(place, wanted=asked.get("ticket"))


@BLUEPRINT.get("/waiting")
def badge() -> Any:
    """How many wait, as the navigation shows it."""
    queue = calls.service("support").get("triage").data
    return flask.render_template("support/triage_badge.html", waiting=_counted(queue["waiting"]), late=queue["late"])


@BLUEPRINT.post("/<id>")
def classify(id: str) -> Any:
    """Classify, and go on with the next."""
    form = forms.read(*CHOSEN, "verified", "after", "last")
    ticket = _ticket(id)
    body = steps.body("classify", form, _kinds(ticket["unit"]))
    return _step(ticket, "classify", form, body)


@BLUEPRINT.post("/<id>/again")
def again(id: str) -> Any:
    """Put the last classification right: another type; both clocks stay visible."""
    form = forms.read(*CHOSEN, "reason", "after", "last")
    ticket = _ticket(id)
    chosen = steps.body("classify", form, _kinds(ticket["unit"]))
    body = {name: chosen.get(name) for name in ("request_type", "promised_at")} | {"reason": form["reason"]}
    return _step(ticket, "reclassify", form, body)


def _step(ticket: Mapping[str, Any], verb: str, form: forms.Form, body: Mapping[str, Any]) -> Any:
    place, id = Place.asked(form.values), ticket["id"]
    flask.g.here = place.url()
    status = 422
    if not form.refused:
        try:
            calls.service("support").post("tickets", id, verb, body=body, key=form.key, version=form.version)
            return flask.redirect(place.url(last=id), 303)
        except forms.REFUSALS as error:
            ticket = _ticket(id)
            if getattr(error, "status", 0) in COLLISION and verb not in ticket["possible"]:
                return _collided(ticket, place, error.status)
            status = form.take(error, {"promised_at": "at"})
    queue, again = _queue(place.after, id), verb == "reclassify"
    here = place.url(again=id) if again else place.url(ticket=id)
    return _page(place, queue, ticket, form, again=again), status, {"HX-Replace-Url": here}


def _collided(ticket: Mapping[str, Any], place: Place, status: int) -> Any:
    """Somebody was faster: it is said who, and the next one is shown. One's own second press is no collision."""
    if ticket["handler"] == signed.person().caller.actor and ticket["request_type"]:
        return flask.redirect(place.url(last=ticket["id"]), 303)
    return _next(place, gone=_said(ticket)), status, {"HX-Replace-Url": place.url()}


def _next(place: Place, *, wanted: str | None = None, gone: Mapping[str, Any] | None = None) -> str:
    """What waits at this place, or from the `wanted` ticket on; at the end of the queue, from its beginning."""
    queue, around = _queue(place.after, wanted), False
    if wanted and not queue["items"]:
        queue = _queue(place.after, None)
    if not queue["items"] and queue["waiting"]:
        queue, around, place = _queue(None, None), True, Place(None, place.last)
    found = queue["items"][0] if queue["items"] else None
    if wanted and (found is None or found["id"] != wanted):
        gone = _seen(wanted)
    return _page(place, queue, found, forms.blank(within="usual"), gone=gone, around=around)


def _page(
    place: Place,
    queue: Mapping[str, Any],
    ticket: Mapping[str, Any] | None,
    form: forms.Form,
    *,
    gone: Mapping[str, Any] | None = None,
    around: bool = False,
    again: bool = False,
) -> str:
    if ticket:
        form.values[forms.VERSION] = str(ticket["version"])
    country = directory.country(signed.person().unit)
    return flask.render_template(
        "support/triage.html",
        area="triage",
        place=place,
        ticket=ticket,
        form=form,
        again=again,
        around=around,
        by_itself=signed.BY_ITSELF in flask.request.headers,  # then nobody's focus is moved
        gone=gone,
        may=queue["may"],
        waiting=queue["waiting"],
        counted=_counted,
        late=queue["late"],
        following=queue["next"],
        last=None if again or gone else _seen(place.last),
        my_country=country,
        input_zone=moments.ZONE_NAMES[country],
        **(_facts(ticket) if ticket else {}),
    )


def _facts(ticket: Mapping[str, Any]) -> dict[str, Any]:
    """What is shown of the request, and what there is to choose from."""
    letter = language.current()
    kinds = _kinds(ticket["unit"])
    running = sorted((each for each in ticket["clocks"] if not each["ended_at"]), key=lambda each: each["due_at"])
    return {
        "clock": clocks.Shown.of(running[0], "support", {}) if running else None,
        "suggestion": _asked("tickets", ticket["id"], "suggestion"),
        "kinds": kinds,
        "usual": steps.usual,
        "letter": letter,
        "types": {kind["code"]: kind["title"][letter] for kind in kinds},
        "within": [each for each in steps.within() if each[0] != "at"],
        "role": lambda code: clocks.role(code, {}),
        "files": (_asked("tickets", ticket["id"], "attachments") or {}).get("items", []),
        "unit_title": _unit(ticket["unit"]),
        "received_by": directory.actor(ticket["received_by"]),
    }


def _unit(code: str) -> str:
    found = directory.unit(code)
    return found.title if found else code


def _seen(id: str | None) -> dict[str, Any] | None:
    """What became of a request that was classified, if it can still be seen."""
    ticket = _asked("tickets", id) if id else None
    return _said(ticket) if ticket else None


def _said(ticket: Mapping[str, Any]) -> dict[str, Any]:
    kinds = {kind["code"]: kind["title"][language.current()] for kind in _kinds(ticket["unit"])}
    code = ticket["request_type"]
    return {
        "id": ticket["id"],
        "number": ticket["number"],
        "state": language.say(words.TICKET_STATES[ticket["state"]]),
        "type": kinds.get(code, code),
        "by": directory.actor(ticket["handler"]),
        "promised_at": ticket["promised_at"],
        "owned": ticket["owner"] is not None,
        "undoable": "reclassify" in ticket["possible"],
    }


def _counted(number: int) -> str:
    return f"{COUNTED:,}+" if number > COUNTED else str(number)


def _ticket(id: str) -> dict[str, Any]:
    return calls.service("support").get("tickets", id).data


def _queue(after: str | None, ticket: str | None) -> dict[str, Any]:
    return calls.service("support").get("triage", cursor=after if ticket is None else None, ticket=ticket).data


def _kinds(unit: str) -> list[dict[str, Any]]:
    """The types of a unit; of a request that was handed to us from elsewhere, our own unit's."""
    support = calls.service("support")
    try:
        return support.get("types", unit=unit).data
    except Problem as problem:
        if problem.status != 404:
            raise
        return support.get("types").data


def _asked(*path: str) -> Any:
    """What the page is worth showing without."""
    try:
        return calls.service("support").get(*path).data
    except (Away, Problem):
        return None
