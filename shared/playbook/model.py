"""What a playbook says, as frozen values."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from shared.clocks import span
from shared.kernel.lifecycle import Lifecycle

EVERY_UNIT = "*"
BY_TYPE = "by_type"
"""A clock's `within` that is read from the request type."""

Text = Mapping[str, str]
"""One text in vi, zh and en."""


@dataclass(frozen=True, slots=True)
class Tell:
    """What the code can tell when an event of a flow happens: to whom, with which text, over which channels."""

    on: str
    to: str
    template: str
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Flow:
    """What the code of a flow offers a playbook: a table at the bottom of the slice's `flow.py`.

    `steps` maps each step that RACI speaks of to the lifecycle's verbs in it; `by_authority` are the verbs that need a
    row of the authority table for the request type; `events` are the types that a clock may start and stop with, each
    with the verb that causes it; `grants` are verbs that only one role has, whatever the letters say.
    """

    name: str
    lifecycle: Lifecycle
    steps: Mapping[str, tuple[str, ...]]
    events: Mapping[str, str]
    by_authority: tuple[str, ...] = ()
    grants: Mapping[str, str] = field(default_factory=dict)
    clients: tuple[str, ...] = ()
    """Verbs that only the client has, by a link."""
    everybody: tuple[str, ...] = ()
    """Verbs that every employee has: receiving a request is everybody's duty."""
    client_names: Callable[[Any, Collection[str]], Mapping[str, str]] | None = None
    """Whom objects are for, by id, from the flow's own table: looked up with a desk, never kept beside a clock, so that
    an erasure finds a name in one place."""
    contents: Callable[[Any, Collection[str]], Mapping[str, str]] | None = None
    """How the text of objects begins, by id; looked up with a desk for the same reason."""
    tells: tuple[Tell, ...] = ()
    """What another service tells about it; a playbook may switch each off or choose its channels."""

    def step_of(self, verb: str) -> str | None:
        """The step that a verb belongs to."""
        return next((step for step, verbs in self.steps.items() if verb in verbs), None)


@dataclass(frozen=True, slots=True)
class Hours:
    """Weekly hours from a date on: per weekday (0 is Monday) the intervals worked."""

    since: date
    days: tuple[tuple[tuple[time, time], ...], ...]


@dataclass(frozen=True, slots=True)
class CalendarSpec:
    """Which country's holidays and which hours."""

    country: str
    hours: tuple[Hours, ...]


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of a ladder: at which part of the allowance (basis points), whom it tells, whether it escalates."""

    at: int
    tell: tuple[str, ...]
    escalate: bool


@dataclass(frozen=True, slots=True)
class ClockSpec:
    """One promise: from which event until which, how long, on which time, who owes it, what happens on the way."""

    name: str
    starts: tuple[str, ...]
    ends: tuple[str, ...]
    within: span.Span | None
    """None: by the request type."""
    working: bool
    owes: str
    ladder: tuple[Rung, ...]
    title: Text = field(default_factory=dict)
    """What people call the step that is owed; empty: general words are used."""
    todo: Text = field(default_factory=dict)
    """What whoever hears of it is asked to do."""


@dataclass(frozen=True, slots=True)
class RequestType:
    """One kind of request; a `within` by person means that somebody must set the time."""

    code: int
    title: Text
    within: span.Span
    script: Text
    criteria: Text
    always: tuple[str, ...]
    feeds: tuple[str, ...] = ()
    """Who may use what was recorded of such requests: `care` gets clients' suggestions."""
    suggest: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Words per language (and topics, under `topics`) by which a rule suggests this type."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is told to whom when, over which channels: in place of what the code tells by itself; no channel, nothing.

    An event that a playbook's messages do not name is told of as the code says.
    """

    on: str
    to: str
    template: str
    by: tuple[str, ...]
    after: span.Span | None


@dataclass(frozen=True, slots=True)
class Playbook:
    """One procedure of one company, in one version."""

    id: str
    version: str
    title: Text
    flow: str
    units: tuple[str, ...]
    calendar: CalendarSpec
    roles: Mapping[str, Text]
    raci: Mapping[str, Mapping[str, str]]
    clocks: Mapping[str, ClockSpec]
    request_types: tuple[RequestType, ...]
    authority: Mapping[int, tuple[str, ...]]
    pauses: Mapping[str, Text]
    messages: tuple[Message, ...]
    forms: Mapping[str, tuple[Mapping[str, Any], ...]]
    body: Mapping[str, Any]
    """The file's content, as it is kept and compared."""

    def serves(self, unit: str) -> bool:
        """Whether this playbook is meant for a unit."""
        return EVERY_UNIT in self.units or unit in self.units

    def named(self, code: int) -> RequestType | None:
        """The request type with this code."""
        return next((kind for kind in self.request_types if kind.code == code), None)

    def holders(self, step: str, letter: str) -> tuple[str, ...]:
        """The roles that have a RACI letter in a step."""
        return tuple(role for role, letters in self.raci.get(step, {}).items() if letter in letters)

    @property
    def without_authority(self) -> tuple[int, ...]:
        """The request types that lack a row of the authority table: with any, the playbook cannot be switched on."""
        return tuple(kind.code for kind in self.request_types if not self.authority.get(kind.code))
