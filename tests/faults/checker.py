"""The one checker of the invariants: waits until all is quiet, then compares promises, databases, queues and mails.

I1  every event whose outbox row committed is in each subscriber's inbox, or parked there with a reason
I2  every effect once: tickets by mark, messages by event, rule and recipient, mails by Message-ID
I3  the events of one object without gaps and in order: in the outbox, in every inbox, and in their effects
I4  every answer 2xx is durable, and the same key gets the same answer again
I5  nothing waits, nothing is held: outbox, inbox, tasks, queues; connections and descriptors are the callers' (`held`)
"""

from __future__ import annotations

import email
import email.policy
import http.client
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from shared.kernel import errors
from shared.runtime import manifest
from shared.store import engine
from tests.faults import snapshot
from tests.faults.load import Ledger, Promise, Way
from tests.faults.running import Running
from tests.servers import Mail

QUIET_S = 60
POLL_S = 0.2
REPLAYS = 100  # promises that are asked for again; all tickets are looked up
ENDED = ("sent", "unknown", "bounced", "failed", "undeliverable", "cancelled", "folded")
EFFECT_OF = "ticket-received"  # the rule that gives one mail for each ticket


class Mails(Protocol):
    """Where mails arrive."""

    @property
    def mails(self) -> list[Mail]:
        """All that arrived so far."""
        ...


class Depths(Protocol):
    """A broker."""

    def depths(self) -> dict[str, int]:
        """Messages per queue."""
        ...


class Looked(Protocol):
    """What is checked: a `System`, or whatever else runs the services."""

    @property
    def services(self) -> tuple[str, ...]:
        """Those that are looked at."""
        ...

    @property
    def broker(self) -> Depths | None:
        """None where events are delivered inside the process."""
        ...

    @property
    def processes(self) -> Sequence[Running]:
        """Those whose last words help when it does not come to rest."""
        ...

    def database(self, service: str) -> engine.Database:
        """A reader of a service's database."""
        ...


@dataclass
class Report:
    """What was found. `parked` says of each piece of parked work what it was and why; `wrong` are sentences, one for
    each broken invariant and its first examples."""

    confirmed: int = 0
    delivered: int = 0
    effects: int = 0
    duplicates: int = 0
    lost: int = 0
    gaps: int = 0
    unknown: int = 0
    parked: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        names = ("confirmed", "delivered", "effects", "duplicates", "lost", "gaps", "unknown")
        return " ".join([*(f"{name}={getattr(self, name)}" for name in names), f"parked={len(self.parked)}"])

    def fail(self, rule: str, what: str, examples: Iterable[object]) -> int:
        """Note a broken invariant; returns how often it was broken."""
        found = list(examples)
        if found:
            self.wrong.append(f"{rule} {what}: {len(found)}, such as {', '.join(map(str, found[:3]))}")
        return len(found)


class Checker:
    """Checks one system. `way` is asked again for what it promised; None when no web role runs."""

    def __init__(self, system: Looked, ledger: Ledger, sink: Mails, *, way: Way | None = None) -> None:
        self._system, self._ledger, self._sink, self._way = system, ledger, sink, way

    def settled(self, fault: str, *, timeout_s: float = QUIET_S) -> Report:
        """Wait for quiet, check everything, print the one line. Raises `AssertionError` with every broken invariant."""
        seen = self._quiet(timeout_s)
        report = Report(confirmed=len(self._ledger))
        self._delivery(seen, report)
        self._effects(seen, report)
        self._order(seen, report)
        self._promises(seen, report)
        print(f"fault {fault}: {report}")
        assert not report.wrong, f"fault {fault}: {report}\n" + "\n".join(report.wrong)
        return report

    # ---- quiet (I5)

    def _quiet(self, timeout_s: float) -> dict[str, snapshot.Snapshot]:
        """What is seen while nothing moves. Work may be on its way from a database to the broker or back while one of
        them is looked at, so the databases are looked at before and after the broker, and again after the snapshot.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            moving = self._moving() or self._held_by_broker() or self._moving()
            if not moving:
                seen = {name: snapshot.read(self._system.database(name)) for name in self._system.services}
                missing = missing_of(seen)
                moving = [f"{len(missing)} events not delivered"] if missing else self._moving()
                if not moving:
                    return seen
            if time.monotonic() > deadline:
                raise AssertionError(f"not quiet within {timeout_s:g} s: {'; '.join(moving)}\n{self._last_words()}")
            time.sleep(POLL_S)

    def _moving(self) -> list[str]:
        try:
            return [text for name in self._system.services for text in snapshot.open_work(self._system.database(name))]
        except errors.DatabaseAway:
            return ["a database is away"]

    def _held_by_broker(self) -> list[str]:
        if self._system.broker is None:
            return []
        return [f"{depth} messages in {name}" for name, depth in self._system.broker.depths().items() if depth]

    def _last_words(self) -> str:
        return "\n\n".join(f"{p.name} ({p.code}):\n{p.last_words(12)}" for p in self._system.processes)

    # ---- I1

    def _delivery(self, seen: dict[str, snapshot.Snapshot], report: Report) -> None:
        report.delivered = sum(len(each.inbox) for each in seen.values())
        report.lost += report.fail("I1", "events missing in a subscriber's inbox", sorted(missing_of(seen)))
        for name, each in seen.items():
            report.parked += each.failures.values()
            silent = [row.event_id for row in each.inbox if row.state == "parked" and str(row.seq) not in each.failures]
            report.lost += report.fail("I1", f"events parked in {name} without a reason", silent)

    # ---- I2

    def _effects(self, seen: dict[str, snapshot.Snapshot], report: Report) -> None:
        tickets, messages = seen["support"].tickets, seen["notify"].messages
        report.effects = len(tickets) + len(messages)
        by_mark = Counter(ticket.mark for ticket in tickets)
        report.duplicates += report.fail("I2", "requests with two tickets", _twice(by_mark))
        by_event = Counter((m.event_id, m.rule, m.recipient) for m in messages)
        report.duplicates += report.fail("I2", "events with two messages to one recipient", _twice(by_event))
        first = Counter(m.recipient for m in messages if m.rule == EFFECT_OF)
        report.duplicates += report.fail("I2", f"clients with two messages {EFFECT_OF}", _twice(first))
        self._reactions(seen, report)
        self._mails(messages, seen["notify"].parked_messages, report)

    def _reactions(self, seen: dict[str, snapshot.Snapshot], report: Report) -> None:
        """Every event that notify says it is done with, and of which a client is told, has its message."""
        from services.notify.rule import model as rules

        told = {message.event_id for message in seen["notify"].messages}
        heard = set(rules.heard(rules.CLIENT))
        done = [row.event_id for row in seen["notify"].inbox if row.state == "done" and row.type in heard]
        report.lost += report.fail("I2", "events done without their effect", [id for id in done if id not in told])
        recorded = {ticket.reference for ticket in seen["support"].tickets}
        taken = [r for r in seen["support"].inbox if r.state == "done" and r.type == "request.submitted"]
        report.lost += report.fail(
            "I2", "requests done without a ticket", [r.subject for r in taken if r.subject not in recorded]
        )

    def _mails(self, messages: list[snapshot.Message], parked: set[str], report: Report) -> None:
        arrived = Counter(_message_id(mail.raw) for mail in self._sink.mails)
        by_id = {message.message_id: message for message in messages if message.message_id}
        report.unknown = sum(message.state == "unknown" for message in messages)
        report.duplicates += report.fail("I2", "mails that arrived twice", _twice(arrived))
        stray = [id for id in arrived if id not in by_id or by_id[id].state not in ("sent", "unknown")]
        report.duplicates += report.fail("I2", "mails that nobody says were sent", stray)
        unsent = [m.id for m in messages if m.state == "sent" and arrived[m.message_id or ""] == 0]
        report.lost += report.fail("I2", "messages said to be sent that did not arrive", unsent)
        left = [m.id for m in messages if m.state not in ENDED and m.id not in parked]
        report.lost += report.fail("I2", "messages left half way", left)

    # ---- I3

    def _order(self, seen: dict[str, snapshot.Snapshot], report: Report) -> None:
        place: dict[str, int] = {}
        for name, each in seen.items():
            streams: dict[str, list[int]] = defaultdict(list)
            for event in each.outbox:
                streams[event.subject].append(event.sequence)
                place[event.id] = event.sequence
            gaps = [s for s, found in streams.items() if found != list(range(1, len(found) + 1))]
            report.gaps += report.fail("I3", f"objects of {name} whose events have gaps or are out of order", gaps)
        for name, each in seen.items():
            arrivals = ((row.subject, place[row.event_id]) for row in each.inbox if row.event_id in place)
            report.gaps += report.fail("I3", f"objects whose events reached {name} out of order", _disordered(arrivals))
        late = {row.event_id for row in seen["notify"].inbox if str(row.seq) in seen["notify"].replayed}
        told = [m for m in seen["notify"].messages if m.event_id in place and m.event_id not in late]
        effects = ((m.related, place[m.event_id]) for m in told)
        report.gaps += report.fail("I3", "objects whose messages were made out of order", _disordered(effects))

    # ---- I4

    def _promises(self, seen: dict[str, snapshot.Snapshot], report: Report) -> None:
        made = {ticket.mark for ticket in seen["support"].tickets}
        parked = {row.subject for row in seen["support"].inbox if row.state == "parked"}
        missing = [p.mark for p in self._ledger.promises if p.mark not in made and p.mark not in parked]
        report.lost += report.fail("I4", "promised requests without a ticket", sorted(set(missing)))
        if self._way is not None:
            again = [p for p in self._ledger.promises if p.kind != "published"]
            changed = [p.key for p in _some(again, REPLAYS) if not _same(self._way, p)]
            report.lost += report.fail("I4", "promises whose answer is another when asked again", changed)


def missing_of(seen: dict[str, snapshot.Snapshot]) -> set[str]:
    """Published events that a subscriber has neither in its inbox nor among its failures: `service id`."""
    missing: set[str] = set()
    subscriptions = manifest.subscriptions(tuple(seen))
    for name, (types, _) in subscriptions.items():
        wanted = {event.id for each in seen.values() for event in each.outbox if event.type in types}
        there = {row.event_id for row in seen[name].inbox} | seen[name].parked_raw
        missing |= {f"{name} {id}" for id in wanted - there}
    return missing


def _twice(counted: Counter[str] | Counter[tuple[str, ...]]) -> list[object]:
    return [what for what, count in counted.items() if count > 1]


def _disordered(pairs: Iterable[tuple[str, int]]) -> list[str]:
    last: dict[str, int] = {}
    found: list[str] = []
    for subject, sequence in pairs:
        if sequence < last.get(subject, 0):
            found.append(f"{subject} ({sequence} after {last[subject]})")
        last[subject] = max(sequence, last.get(subject, 0))
    return found


def _some(promises: list[Promise], most: int) -> list[Promise]:
    """Evenly over the whole time: what was promised right before a kill must be among them."""
    step = max(1, len(promises) // most)
    return promises[::step]


def _same(way: Way, promise: Promise) -> bool:
    content_type = "application/cloudevents+json" if promise.kind == "inbound" else "application/json"
    deadline = time.monotonic() + 10
    while True:
        try:
            status, answer = way.post(promise.path, promise.key, promise.body, content_type=content_type)
        except (OSError, http.client.HTTPException):
            status, answer = 0, b""
        if status not in (0, 502, 503) or time.monotonic() > deadline:
            return (status, answer) == (promise.status, promise.answer)
        time.sleep(POLL_S)


def _message_id(raw: bytes) -> str:
    return str(email.message_from_bytes(raw, policy=email.policy.default)["Message-ID"]).strip()


def until(holds: Callable[[], bool], *, timeout_s: float, what: str) -> None:
    """Wait, bounded, for a condition of the running system. Raises `AssertionError` naming it."""
    deadline = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < deadline, f"not within {timeout_s:g} s: {what}"
        time.sleep(0.05)
