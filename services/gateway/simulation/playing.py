"""Playing a plan: clients and staff do, moment by moment, what it says, through the services' own APIs.

Whoever acts looks at the request first, as a person would, and whoever may act does. What a service refuses is kept as
a finding; nothing is tried by force.
"""

from __future__ import annotations

import dataclasses
import heapq
import itertools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from services.gateway import letters, transport
from services.gateway.clients import Client, Clients, Problem
from services.gateway.directory.staff.model import Staff
from services.gateway.simulation import detours
from services.gateway.simulation.model import LEAD_SITS, Visit, midnight
from services.gateway.simulation.pacing import Pace
from shared.envelope import cloudevent
from shared.kernel import ids, moment
from shared.web import tokens

SYSTEM = "simulation"
BY_PERSON = (4, 6)  # request types whose time a person promises
PROMISED = timedelta(hours=4)  # for those
LOOK_AGAIN = timedelta(minutes=2)  # when a mail or an event has not arrived yet; each time so much longer than before
TRIES = 40  # of those looks: more than a day, because a client answers when the mail is there, however late that is
TOLD_EVERY = timedelta(hours=1)
NIGHT = timedelta(hours=3)  # in which nobody does anything is skipped

Progress = Callable[[int, int, datetime], None]
"""Is told how many of how many requests have arrived, and the simulated moment."""


@dataclass
class Story:
    """What became of one visit."""

    visit: Visit
    ticket: str = ""
    did: Counter[str] = field(default_factory=Counter)
    """How often each thing was done with it, by its verb; `arrive` is how it began."""
    asked: int = 0  # looks at the mailbox so far
    used: str = ""  # the link by which the client refused: the next mail brings another

    @property
    def refused(self) -> int:
        """How often the client refused a result."""
        return self.did["refuse"]


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
    away: int = 0
    """How often a service did not answer, and was asked again later."""
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
            self._come_to(at)
            self.behind = max(self.behind, self.time.now() - at)
            try:
                act(story)
            except transport.Away:  # a person would come back to it, too; nothing was changed
                self.away += 1
                self._later(self.time.now() + LOOK_AGAIN, act, story)
                continue
            except Problem as problem:
                self._found(story, f"{act.__name__.strip('_')} was refused: {problem.status} {problem.code}")
            if act == self._arrive:
                arrived += 1
                if at >= told + TOLD_EVERY:
                    told = at
                    self.progress(arrived, len(visits), at)
        self.pace.quiet()
        self.pace.skip(until)

    def _come_to(self, at: datetime) -> None:
        """The next moment at which somebody does something; a night is not waited for."""
        if at - self.time.now() > NIGHT:
            self.pace.skip(at - NIGHT / 2)
        self.pace.until(at)

    # ---- what happens

    def _arrive(self, story: Story) -> None:
        {"form": self._by_form, "desk": self._by_desk, "system": self._by_system}[story.visit.way](story)
        story.did["arrive"] += 1
        at_once = story.visit.ending == "withdrawn" and not story.visit.detour
        self.after(story.visit.pace.classify, self._withdraw if at_once else self._classify, story)

    def _by_form(self, story: Story) -> None:
        visit = story.visit
        anybody = self.clients.of("support", tokens.ANONYMOUS, visit.client.locale)
        body = {**_requester(visit), "unit": visit.unit, "topic": "question", "content": _content(visit)}
        self._count("form")
        anybody.post("public", "requests", body=body)

    def _by_desk(self, story: Story) -> None:
        visit = story.visit
        body = {"channel": "hotline", "content": visit.content, "requester": _requester(visit)}
        self._as(self.handler(story)).post("tickets", body={**body, "reference": visit.reference})
        self._count("record")

    def take_down_again(self, story: Story) -> Story:
        """The same request by phone: a story of its own, which ends with a withdrawal."""
        visit = dataclasses.replace(story.visit, reference=f"{story.visit.reference}-again", ending="withdrawn")
        body = {"channel": "hotline", "content": visit.content, "requester": _requester(visit)}
        made = self._as(self.handler(story)).post("tickets", body={**body, "reference": visit.reference})
        again = Story(visit, ticket=made.data["id"], did=Counter({"arrive": 1}))
        self.stories.append(again)
        self._count("record")
        return again

    def _by_system(self, story: Story) -> None:
        visit = story.visit
        data = {"unit": visit.unit, "channel": "chat", "content": visit.content, "requester": _requester(visit)}
        self.tell(story, "request.submitted", {**data, "reference": visit.reference}, visit.reference)

    def _classify(self, story: Story) -> None:
        if not story.ticket and not self._find(story):
            self._again(story, self._classify)
            return
        visit, checked = story.visit, story.visit.detour != "verify"
        kind = detours.mistaken(visit.kind) if visit.detour == "reclassify" else visit.kind
        self.do(story, "classify", {"request_type": kind, "verified": checked, **self.promised(kind)})
        if visit.detour in detours.BEFORE_RESULT:
            self.after(visit.pace.handle * detours.BEGINS, self._detour, story)
        else:
            self.after(visit.pace.handle, self._settle, story)

    def _detour(self, story: Story) -> None:
        left = 1 - detours.BEGINS
        if back := detours.begin(self, story):
            left -= detours.LASTS
            self.after(story.visit.pace.handle * detours.LASTS, back, story)
        self.after(story.visit.pace.handle * left, self._settle, story)

    def _settle(self, story: Story) -> None:
        """Complete it, unless the client needs it no more."""
        if story.visit.ending == "withdrawn":
            self._withdraw(story)
            return
        result = f"{story.visit.reference}: {story.did['complete'] + 1}"
        self.do(story, "complete", {"method": "TOS", "result": result, "apology": True})
        self.after(story.visit.pace.hand_over, self._hand_over, story)

    def _hand_over(self, story: Story) -> None:
        if story.visit.detour == "send_back" and not story.did["send_back"]:
            self.do(story, "send_back", {"reason": "?"})
            self.after(story.visit.pace.handle / 2, self._settle, story)
            return
        self.do(story, "hand_over", {})
        if story.visit.ending == "unanswered":
            self._later(midnight(story.visit.at) + LEAD_SITS, self._close, story)
        elif story.visit.ending != "silent":
            story.asked = 0
            self.after(story.visit.pace.answer, self._answer, story)

    def _answer(self, story: Story) -> None:
        """By the link in the newest mail that asks for it."""
        token = letters.answer_link(self._mail(story), story.ticket)
        if token is None or (story.refused and token in (letters.MASKED, story.used)):
            self._again(story, self._answer)
        elif story.visit.ending == "refused" and not story.refused:
            self._by_link(story, token, "refuse", {"reason": "?"})
            story.used = token
            self.after(story.visit.pace.handle / 2, self._settle, story)
        else:
            self._by_link(story, token, "confirm", {"rating": story.visit.rating})
            self.after(story.visit.pace.log, self._log, story)

    def _withdraw(self, story: Story) -> None:
        """By the link that follows the request."""
        found = story.ticket or self._find(story)
        token = letters.follow_link(self._mail(story), story.ticket) if found else None
        if token is None:
            self._again(story, self._withdraw)
        else:
            self._by_link(story, token, "withdraw", {})

    def _log(self, story: Story) -> None:
        self.do(story, "log", {})

    def _close(self, story: Story) -> None:
        self.do(story, "log_unanswered", {"reason": "?"})

    # ---- how

    def do(self, story: Story, verb: str, body: dict[str, Any]) -> None:
        """By the handler where the procedure lets them, else by the lead."""
        way = self._as(self.handler(story))
        if verb not in way.get("tickets", story.ticket).data["possible"]:
            way = self._as(self.lead(story))
        way.post("tickets", story.ticket, verb, body=body)
        self._done(story, verb)

    def _by_link(self, story: Story, token: str, verb: str, body: dict[str, Any]) -> None:
        client = self.clients.of("support", tokens.ANONYMOUS, story.visit.client.locale)
        client.post("public", "links", token, verb, body=body)
        self._done(story, verb)

    def tell(self, story: Story, type_: str, data: dict[str, Any], subject: str) -> None:
        """Another system says something to support."""
        event = cloudevent.Event(
            id=ids.new(), source=f"/{SYSTEM}", type=type_, subject=subject, time=self.time.now(), data=data
        )
        who = tokens.Caller("system", SYSTEM, SYSTEM, scopes=("inbound",), unit=story.visit.unit)
        self.clients.of("support", who, "en").post_raw(
            "inbound", raw=cloudevent.write(event), kind=cloudevent.CONTENT_TYPE
        )
        self._count(type_)

    def promised(self, kind: int) -> dict[str, str]:
        """The time that a person promises, for a type that has none of its own."""
        return {"promised_at": moment.text(self.time.now() + PROMISED)} if kind in BY_PERSON else {}

    def _find(self, story: Story) -> bool:
        """Whether the request has arrived: by its reference, or by its words where a form gives none."""
        visit, way, cursor = story.visit, self._as(self.handler(story)), None
        while True:
            page = way.get("tickets", state="received", limit=100, cursor=cursor).data
            for item in page["items"]:
                if visit.reference == item["reference"] or item["content"].endswith(_mark(visit)):
                    story.ticket = item["id"]
                    return True
            if (cursor := page["next"]) is None:
                return False

    def _again(self, story: Story, act: Callable[[Story], None]) -> None:
        story.asked += 1
        if story.asked < TRIES:
            self.after(LOOK_AGAIN * story.asked, act, story)
        else:
            self._found(story, f"nothing to {act.__name__.strip('_')} arrived")

    def handler(self, story: Story) -> Staff:
        """Who of the unit has to do with the request."""
        people = self.staff[story.visit.unit]
        return people[story.visit.number % len(people)]

    def lead(self, story: Story) -> Staff:
        """The lead of the unit."""
        return self.staff[story.visit.unit][0]

    def _mail(self, story: Story) -> Client:
        """Messages, as the client's mailbox would have them."""
        return self.clients.of("notify", caller(self.lead(story)), "en")

    def _as(self, person: Staff) -> Client:
        return self.clients.of("support", caller(person), "en")

    def after(self, length: timedelta, act: Callable[[Story], None], story: Story) -> None:
        """Do it that long from now."""
        self._later(self.time.now() + length, act, story)

    def _later(self, at: datetime, act: Callable[[Story], None], story: Story) -> None:
        heapq.heappush(self._agenda, (at, next(self._order), act, story))

    def _done(self, story: Story, verb: str) -> None:
        story.did[verb] += 1
        self._count(verb)

    def _count(self, what: str) -> None:
        self.calls[what] += 1

    def _found(self, story: Story, what: str) -> None:
        self.findings.append(f"{story.visit.reference}: {what}")


def _requester(visit: Visit) -> dict[str, Any]:
    return {"name": visit.client.name, "locale": visit.client.locale, "mails": [visit.client.mail], "phones": []}


def _content(visit: Visit) -> str:
    return f"{visit.content} {_mark(visit)}"


def _mark(visit: Visit) -> str:
    """What a form's request is known by: whole, for sim-1-3 begins sim-1-30."""
    return f"({visit.reference})"


def caller(person: Staff) -> tokens.Caller:
    """The person, as the gateway would sign their calls."""
    return tokens.Caller("staff", person.id, person.name, roles=person.roles, unit=person.unit, locale=person.locale)
