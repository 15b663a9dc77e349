"""Playing a plan: clients and staff do, moment by moment, what it says, through the services' own APIs.

Whoever acts looks at the request first, as a person would, and whoever may act does. What a service refuses is kept as
a finding; nothing is tried by force.
"""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from services.gateway import letters
from services.gateway.clients import Client, Clients, Problem
from services.gateway.directory.staff.model import Staff
from services.gateway.simulation.model import Visit
from services.gateway.simulation.pacing import Pace
from shared.envelope import cloudevent
from shared.kernel import ids, moment
from shared.web import tokens

SYSTEM = "simulation"
BY_PERSON = (4, 6)  # request types whose time a person promises
PROMISED = timedelta(hours=4)  # for those
LOOK_AGAIN = timedelta(minutes=2)  # when a mail or an event has not arrived yet
TRIES = 30  # of those looks
TOLD_EVERY = timedelta(hours=1)

Progress = Callable[[int, int, datetime], None]
"""Is told how many of how many requests have arrived, and the simulated moment."""


@dataclass
class Story:
    """What became of one visit."""

    visit: Visit
    ticket: str = ""
    refused: int = 0
    asked: int = 0  # looks at the mailbox so far


@dataclass
class Player:
    """One run. `staff` are the people of each unit; the lead comes first."""

    clients: Clients
    staff: Mapping[str, Sequence[Staff]]
    time: moment.Source
    pace: Pace
    progress: Progress = lambda done, of, at: None
    behind: timedelta = timedelta()
    """How late something happened, at most, because the system was busy."""
    stories: list[Story] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)
    _agenda: list[tuple[datetime, int, Callable[[Story], None], Story]] = field(default_factory=list)
    _order: itertools.count[int] = field(default_factory=itertools.count)

    def play(self, visits: Sequence[Visit], *, until: datetime) -> None:
        """All of it, up to a moment; what was to happen later does not happen."""
        for visit in visits:
            story = Story(visit)
            self.stories.append(story)
            self._later(visit.at, self._arrive, story)
        arrived, told = 0, self.time.now()
        while self._agenda and self._agenda[0][0] <= until:
            at, _, act, story = heapq.heappop(self._agenda)
            self.pace.until(at)
            self.behind = max(self.behind, self.time.now() - at)
            try:
                act(story)
            except Problem as problem:
                self._found(story, f"{act.__name__.strip('_')} was refused: {problem.status} {problem.code}")
            if act == self._arrive:
                arrived += 1
                if at >= told + TOLD_EVERY:
                    told = at
                    self.progress(arrived, len(visits), at)
        self.pace.quiet()
        self.pace.skip(until)

    # ---- what happens

    def _arrive(self, story: Story) -> None:
        {"form": self._by_form, "desk": self._by_desk, "system": self._by_system}[story.visit.way](story)
        self._after(story.visit.pace.classify, self._classify, story)

    def _by_form(self, story: Story) -> None:
        visit = story.visit
        anybody = self.clients.of("support", tokens.ANONYMOUS, visit.client.locale)
        body = {**_requester(visit), "unit": visit.unit, "topic": "question", "content": _content(visit)}
        self._count("form")
        anybody.post("public", "requests", body=body)

    def _by_desk(self, story: Story) -> None:
        visit = story.visit
        body = {"channel": "hotline", "content": visit.content, "requester": _requester(visit)}
        self._as(self._handler(story)).post("tickets", body={**body, "reference": visit.reference})
        self._count("record")

    def _by_system(self, story: Story) -> None:
        visit = story.visit
        data = {"unit": visit.unit, "channel": "chat", "content": visit.content, "requester": _requester(visit)}
        event = cloudevent.Event(
            id=ids.new(),
            source=f"/{SYSTEM}",
            type="request.submitted",
            subject=visit.reference,
            time=self.time.now(),
            data={**data, "reference": visit.reference},
        )
        who = tokens.Caller("system", SYSTEM, SYSTEM, scopes=("inbound",), unit=visit.unit)
        self.clients.of("support", who, "en").post_raw(
            "inbound", raw=cloudevent.write(event), kind=cloudevent.CONTENT_TYPE
        )
        self._count("event")

    def _classify(self, story: Story) -> None:
        if not story.ticket and not self._find(story):
            self._again(story, self._classify)
            return
        by_person = story.visit.kind in BY_PERSON
        promised = {"promised_at": moment.text(self.time.now() + PROMISED)} if by_person else {}
        self._do(story, "classify", {"request_type": story.visit.kind, **promised})
        self._after(story.visit.pace.handle, self._complete, story)

    def _complete(self, story: Story) -> None:
        result = f"{story.visit.reference}: {story.refused + 1}"
        self._do(story, "complete", {"method": "TOS", "result": result, "apology": True})
        self._after(story.visit.pace.hand_over, self._hand_over, story)

    def _hand_over(self, story: Story) -> None:
        self._do(story, "hand_over", {})
        if story.visit.ending != "silent":
            story.asked = 0
            self._after(story.visit.pace.answer, self._answer, story)

    def _answer(self, story: Story) -> None:
        """By the link in the newest mail that asks for it."""
        lead = self.staff[story.visit.unit][0]
        token = letters.answer_link(self.clients.of("notify", caller(lead), "en"), story.ticket)
        if token is None or (story.refused and token == letters.MASKED):
            self._again(story, self._answer)
            return
        client = self.clients.of("support", tokens.ANONYMOUS, story.visit.client.locale)
        if story.visit.ending == "refused" and not story.refused:
            story.refused = 1
            client.post("public", "links", token, "refuse", body={"reason": "?"})
            self._count("refuse")
            self._after(story.visit.pace.handle / 2, self._complete, story)
        else:
            client.post("public", "links", token, "confirm", body={"rating": story.visit.rating})
            self._count("confirm")
            self._after(story.visit.pace.log, self._log, story)

    def _log(self, story: Story) -> None:
        self._do(story, "log", {})

    # ---- how

    def _do(self, story: Story, verb: str, body: dict[str, Any]) -> None:
        """By the handler where the procedure lets them, else by the lead."""
        handler, lead = self._handler(story), self.staff[story.visit.unit][0]
        way = self._as(handler)
        if verb not in way.get("tickets", story.ticket).data["possible"]:
            way = self._as(lead)
        way.post("tickets", story.ticket, verb, body=body)
        self._count(verb)

    def _find(self, story: Story) -> bool:
        """Whether the request has arrived: by its reference, or by its words where a form gives none."""
        visit = story.visit
        for item in self._as(self._handler(story)).get("tickets", state="received", limit=100).data["items"]:
            if visit.reference == item["reference"] or visit.reference in item["content"]:
                story.ticket = item["id"]
                return True
        return False

    def _again(self, story: Story, act: Callable[[Story], None]) -> None:
        story.asked += 1
        if story.asked < TRIES:
            self._after(LOOK_AGAIN, act, story)
        else:
            self._found(story, f"nothing to {act.__name__.strip('_')} arrived")

    def _handler(self, story: Story) -> Staff:
        people = self.staff[story.visit.unit]
        return people[story.visit.number % len(people)]

    def _as(self, person: Staff) -> Client:
        return self.clients.of("support", caller(person), "en")

    def _after(self, length: timedelta, act: Callable[[Story], None], story: Story) -> None:
        self._later(self.time.now() + length, act, story)

    def _later(self, at: datetime, act: Callable[[Story], None], story: Story) -> None:
        heapq.heappush(self._agenda, (at, next(self._order), act, story))

    def _count(self, what: str) -> None:
        self.calls[what] += 1

    def _found(self, story: Story, what: str) -> None:
        self.findings.append(f"{story.visit.reference}: {what}")


def _requester(visit: Visit) -> dict[str, Any]:
    return {"name": visit.client.name, "locale": visit.client.locale, "mails": [visit.client.mail], "phones": []}


def _content(visit: Visit) -> str:
    return f"{visit.content} ({visit.reference})"


def caller(person: Staff) -> tokens.Caller:
    """The person, as the gateway would sign their calls."""
    return tokens.Caller("staff", person.id, person.name, roles=person.roles, unit=person.unit, locale=person.locale)
