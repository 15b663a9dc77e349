"""Bringing the demo's requests to where they are to be, through the services' own APIs, as people would.

Safe to run again: a request is found by its reference and only ever moved forward, so that what somebody did with it in
the meantime stays.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from services.gateway import letters
from services.gateway.clients import Client, Clients, Problem
from services.gateway.demo import people
from services.gateway.demo.requests import BY_PERSON, COMPLAINT, REQUESTS, Request
from services.gateway.directory.staff import model as staff_model
from shared.kernel import moment
from shared.web import tokens

PAUSE_S = 0.05  # between two looks at what takes effect in another service
PAGES = 20  # of a unit's tickets that are searched for a reference
FORWARD = ("received", "classified", "completed", "handed_over")
"""The states that staff lead a request through; what follows is the client's answer."""
ROUTES = {
    "received": FORWARD[:1],
    "classified": FORWARD[:2],
    "assigned": ("received", "classified", "assigned"),
    "waiting": ("received", "classified", "assigned", "waiting"),
    "completed": FORWARD[:3],
}
"""The way to a state, where it is not the whole one."""
VERBS = {
    "classified": "classify",
    "assigned": "assign",
    "waiting": "pause",
    "completed": "complete",
    "handed_over": "hand_over",
}
"""What leads to each state."""


@dataclass
class Driver:
    """One run. `staff` are the demo's people by the box of their mail address; `patience_s` bounds all waiting."""

    clients: Clients
    staff: Mapping[str, staff_model.Staff]
    time: moment.Source
    patience_s: float
    _known: dict[str, dict[str, Any]] = field(default_factory=dict)
    _until: float = 0.0

    def run(self) -> int:
        """Returns how many requests are where they are to be, or further."""
        self._until = time.monotonic() + self.patience_s
        wanted = [request for request in REQUESTS if request.handler in self.staff]
        for unit in dict.fromkeys(request.unit for request in wanted):
            self._known |= self._tickets(next(r for r in wanted if r.unit == unit))
        for request in sorted(
            wanted, key=lambda each: each.state in (*FORWARD, *ROUTES)
        ):  # the mails that we wait for first
            self._lead(request)
        return sum(self._answer(request) for request in wanted)

    def _tickets(self, request: Request) -> dict[str, dict[str, Any]]:
        """The unit's tickets that are the demo's, by reference."""
        found: dict[str, dict[str, Any]] = {}
        cursor = None
        for _ in range(PAGES):
            page = self._support(request).get("tickets", limit=100, cursor=cursor).data
            found |= {each["reference"]: each for each in page["items"] if each["reference"]}
            cursor = page["next"]
            if cursor is None:
                break
        return found

    def _lead(self, request: Request) -> None:
        """To the state that it is to have, or as far as staff can bring it; each step by whoever may do it."""
        ticket = self._known.get(request.reference) or self._record(request)
        route = ROUTES.get(request.state, FORWARD)
        while ticket and ticket["state"] in route[:-1]:
            verb = VERBS[route[route.index(ticket["state"]) + 1]]
            try:
                way, body = self._may(request, ticket["id"], verb), self._body(request, verb)
                ticket = way.post("tickets", ticket["id"], verb, body=body).data
            except Problem as problem:  # support hears of the demo's people a moment after they were added
                if problem.code != "not-there" or not self._wait():
                    raise
        if ticket:
            self._known[request.reference] = ticket

    def _may(self, request: Request, ticket_id: str, verb: str) -> Client:
        """The handler where the procedure lets them, else the lead of the unit."""
        own = self._support(request)
        if verb in own.get("tickets", ticket_id).data["possible"]:
            return own
        leads = (box for box, each in self.staff.items() if each.unit == request.unit and "lead" in each.roles)
        return self._support(request, next(leads, request.handler))

    def _record(self, request: Request) -> dict[str, Any] | None:
        """Take it down, once the unit is known to support; None when that takes too long."""
        who = request.client
        body = {
            "channel": request.channel,
            "topic": request.topic,
            "content": request.content,
            "reference": request.reference,
            "requester": {
                "name": who.name,
                "locale": who.locale,
                "mails": [who.mail] if who.mail else [],
                "phones": [who.phone] if who.phone else [],
            },
        }
        while True:
            try:
                return self._support(request).post("tickets", body=body).data
            except Problem as problem:
                if problem.code != "unknown-unit":
                    raise
                if not self._wait():
                    return None

    def _body(self, request: Request, verb: str) -> dict[str, Any]:
        if verb == "classify":
            promised = self.time.now() + timedelta(minutes=request.promised_minutes)
            given = {"promised_at": moment.text(promised)} if request.kind in BY_PERSON else {}
            return {"request_type": request.kind, **given}
        if verb == "assign":
            return {"to": self.staff[request.handler].id}
        if verb == "pause":
            return {"reason": "client", "evidence": request.reason}
        if verb == "complete":
            return {"method": request.method, "result": request.result, "apology": request.kind == COMPLAINT}
        return {}

    def _answer(self, request: Request) -> bool:
        """What the client answers by the link in the mail, where mails can be read; then the record."""
        ticket = self._known.get(request.reference)
        if ticket is None:
            return False
        if request.state in (*FORWARD, *ROUTES) or ticket["state"] not in ("handed_over", "confirmed"):
            return True
        if ticket["state"] == "handed_over":
            token = self._link(request, ticket["id"])
            if not token:
                return token == letters.MASKED
            self._reply(request, token)
        if request.state == "logged":
            self._may(request, ticket["id"], "log").post("tickets", ticket["id"], "log")
        return True

    def _reply(self, request: Request, token: str) -> None:
        public = self.clients.of("support", tokens.ANONYMOUS, request.client.locale)
        if request.state == "reopened":
            public.post("public", "links", token, "refuse", body={"reason": request.reason})
        else:
            answer = {"rating": request.rating, "comment": request.comment or None}
            public.post("public", "links", token, "confirm", body=answer)

    def _link(self, request: Request, ticket_id: str) -> str | None:
        """The link in the mail that asks the client to confirm; None when there is no mail in time."""
        notify = self.clients.of("notify", self._caller(request), "en")
        while True:
            token = letters.answer_link(notify, ticket_id)
            if token is not None or not self._wait():
                return token

    def _wait(self) -> bool:
        if time.monotonic() > self._until:
            return False
        time.sleep(PAUSE_S)
        return True

    def _support(self, request: Request, box: str | None = None) -> Client:
        return self.clients.of("support", self._caller(request, box), "en")

    def _caller(self, request: Request, box: str | None = None) -> tokens.Caller:
        person = self.staff[box or request.handler]
        return tokens.Caller(
            "staff", person.id, person.name, roles=person.roles, unit=person.unit, locale=person.locale
        )


def by_box(members: list[staff_model.Staff]) -> dict[str, staff_model.Staff]:
    """The demo's active people who still work where its requests are."""
    homes = {each.mail: (each.box, each.unit) for each in people.PEOPLE}
    found = {}
    for person in members:
        box, unit = homes[person.mail]
        if person.active and person.unit == unit:
            found[box] = person
    return found
