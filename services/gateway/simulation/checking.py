"""After the day: is every request where its story says, every clock explained, every client told once?

Read through the services' own APIs, as somebody of the company would.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from services.gateway.clients import Client
from services.gateway.simulation.playing import Player, Story, caller
from shared.runtime import backlog, process

SECOND = 1.0  # seconds: explained to the second
ENDS = {
    "confirmed": "logged",
    "refused": "logged",
    "silent": "handed_over",
    "unanswered": "logged",
    "withdrawn": "withdrawn",
}
TOLD = {  # which message each thing that was done brings the client
    "arrive": "ticket-received",
    "classify": "ticket-promised",
    "promise": "ticket-deadline",
    "reclassify": "ticket-deadline",
    "escalate": "ticket-deadline",
    "progress": "ticket-progress",
    "complete": "ticket-result",
    "hand_over": "ticket-confirm",
    "refuse": "ticket-reopened",
    "confirm": "ticket-thanks",
    "withdraw": "ticket-withdrawn",
    "close_duplicate": "ticket-duplicate",
    "reopen_duplicate": "ticket-taken-up",
}
UNANSWERED = ("silent", "unanswered")  # these are reminded of their result, once
MOVED = "repriced"  # what a clock calls its moved promise, after which it may be late within what it allows now


@dataclass
class Verdict:
    """What was looked at, and what was found."""

    requests: int = 0
    verbs: Counter[str] = field(default_factory=Counter)
    """How often each was used."""
    clocks: int = 0
    late: int = 0
    messages: int = 0
    findings: list[str] = field(default_factory=list)


def check(player: Player, running: process.Process) -> Verdict:
    """Look at everything that was played."""
    verdict = Verdict(requests=len(player.stories), findings=list(player.findings))
    for story in player.stories:
        verdict.verbs += story.did
        lead = caller(player.staff[story.visit.unit][0])
        support, notify = player.clients.of("support", lead, "en"), player.clients.of("notify", lead, "en")
        if not story.ticket:
            verdict.findings.append(f"{story.visit.reference}: no ticket")
            continue
        found = [*_state(story, support), *_clocks(story, support, verdict), *_messages(story, notify, verdict)]
        verdict.findings += [f"{story.visit.reference}: {what}" for what in found]
    verdict.findings += _left(running)
    return verdict


def _state(story: Story, support: Client) -> Iterator[str]:
    state, expected = support.get("tickets", story.ticket).data["state"], ENDS[story.visit.ending]
    if state != expected:
        yield f"is {state}, was to be {expected}"


def _clocks(story: Story, support: Client, verdict: Verdict) -> Iterator[str]:
    """Every clock of the ticket: the intervals add up to what was used, and it is late if and only if they say so."""
    for each in support.get("tickets", story.ticket).data["clocks"]:
        told = support.get("clocks", each["id"], "explain").data
        verdict.clocks += 1
        verdict.late += told["late"]
        counted = sum(part["seconds"] for part in told["intervals"])
        closed = all(part["from"] <= part["until"] for part in told["intervals"])
        if (
            abs(counted - told["counted_seconds"]) > SECOND
            or abs(counted - told["used_seconds"]) > SECOND
            or not closed
        ):
            yield f"clock {told['name']} is not explained: {counted} s of {told['used_seconds']} s"
        over = counted > told["allowance_seconds"]
        was_late = told["late_at"] is not None and any(change["what"] == MOVED for change in told["changes"])
        if told["late"] != (over or was_late):
            yield f"clock {told['name']} says late={told['late']} after {counted} s of {told['allowance_seconds']} s"
        if told["state"] in ("running", "paused") and story.visit.ending != "silent":
            yield f"clock {told['name']} still runs"


def _expected(story: Story) -> Counter[str]:
    """What the client was to read, by what was done."""
    told = Counter[str]()
    for verb, times in story.did.items():
        if verb in TOLD:
            told[TOLD[verb]] += times
    if story.visit.ending in UNANSWERED:
        told["ticket-reminder"] += 1
    return told


def _messages(story: Story, notify: Client, verdict: Verdict) -> Iterator[str]:
    listed: list[dict[str, Any]] = notify.get("messages", subject=story.ticket, limit=100).data["items"]
    mine = [each for each in listed if each["recipient"] == story.visit.client.mail]
    verdict.messages += len(listed)
    told = Counter(each["template"] for each in mine)
    expected = _expected(story)
    for template in sorted(told.keys() | expected.keys()):
        if told[template] != expected[template]:
            yield f"{template} came {told[template]} times, not {expected[template]}"
    for each in mine:
        if each["state"] != "sent":
            yield f"{each['template']} is {each['state']}"


def _left(running: process.Process) -> Iterator[str]:
    """What nobody has dealt with."""
    for database in running.databases.values():
        for each in backlog.look(database):
            if each.rows:
                yield f"{each.rows} rows in {each.what} of {each.service}"
