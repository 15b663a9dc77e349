"""What an event does to an object's clocks, as its playbook says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.clocks import commands, tables
from shared.clocks import model as clocks
from shared.clocks.calendar import RUNNING, Calendar
from shared.kernel import errors
from shared.playbook import model
from shared.store.work import Work


class MomentMissing(errors.Invalid):
    """This kind of request has no fixed time: a person must set the moment."""

    code = "moment-missing"


@dataclass(frozen=True, slots=True)
class Happened:
    """An event of the object (or, with `foreign`, of another service about it), and the promise that a person made."""

    type: str
    at: datetime
    id: str
    promised_at: datetime | None = None
    foreign: bool = False
    since: datetime | None = None
    """When what begins with it began, where that was before anybody knew of it."""


Owners = Callable[[str], str | None]
"""By a clock's name, the person whom its promise is assigned to, if any."""


def observe(
    work: Work,
    book: commands.Book,
    playbook: model.Playbook,
    of: tables.Object,
    event: Happened,
    owners: Owners,
    allowed: tuple[str, ...] = (),
) -> None:
    """Stop the clocks that end with the event, then start those that begin with it. Raises `MomentMissing`.

    `allowed` are the roles that may handle the kind of request here and now.
    """
    for spec in playbook.clocks.values():
        if event.type in spec.ends:
            book.stop(work, of.id, spec.name, at=event.at, event=event.id, foreign=event.foreign)
    for spec in playbook.clocks.values():
        if event.type in spec.starts:
            calendar = book.places(work.connection, of)
            promise = make(
                playbook, spec, calendar, request_type=of.request_type, event=event, owners=owners, allowed=allowed
            )
            book.start(work, of, promise, at=event.since or event.at, event=event.id)


def make(
    playbook: model.Playbook,
    spec: model.ClockSpec,
    calendar: Calendar,
    *,
    request_type: str | None,
    event: Happened,
    owners: Owners,
    allowed: tuple[str, ...] = (),
) -> commands.Promise:
    """The promise of a clock for one object."""
    basis, allowance = _allowance(playbook, spec, calendar, request_type, event)
    owes = _owes(spec, allowed)
    return commands.Promise(
        name=spec.name, allowance=allowance, steps=steps(spec), basis=basis, owes=owes, owner=owners(spec.name)
    )


def _owes(spec: model.ClockSpec, allowed: tuple[str, ...]) -> str:
    """The role that owes it; where the regulation gives the kind of request to others, the first of those."""
    return spec.owes if spec.within is not None or spec.owes in allowed or not allowed else allowed[0]


def steps(spec: model.ClockSpec) -> tuple[clocks.Step, ...]:
    """The ladder as the engine runs it."""
    return tuple(clocks.Step(rung.at, rung.tell, rung.escalate) for rung in spec.ladder)


def due(
    playbook: model.Playbook, spec: model.ClockSpec, calendar: Calendar, *, request_type: str, at: datetime
) -> datetime | None:
    """When a promise that begins at `at` would be due; None when a person must say."""
    if span_of(playbook, spec, request_type).by_person:
        return None
    happened = Happened(spec.starts[0], at, "")
    basis, allowance = _allowance(playbook, spec, calendar, request_type, happened)
    return (calendar if basis == commands.WORKING else RUNNING).add(at, allowance)


def span_of(playbook: model.Playbook, spec: model.ClockSpec, request_type: str | None) -> model.span.Span:
    """How long a promise may take; a kind of request that the playbook does not know is a person's to set."""
    if spec.within is not None:
        return spec.within
    kind = playbook.named(int(request_type)) if request_type else None
    return kind.within if kind is not None else model.span.BY_PERSON


def _allowance(
    playbook: model.Playbook, spec: model.ClockSpec, calendar: Calendar, request_type: str | None, event: Happened
) -> tuple[str, timedelta]:
    """On which time, and how much of it. Whole working days always count working time."""
    span, begun = span_of(playbook, spec, request_type), event.since or event.at
    if span.working_days is not None:
        return commands.WORKING, calendar.between(begun, calendar.after_days(begun, span.working_days))
    basis = commands.WORKING if spec.working else "running"
    time = calendar if spec.working else RUNNING
    if event.promised_at is not None and spec.within is None:
        return basis, time.between(begun, event.promised_at)  # a person may promise more or less than usual
    if span.length is None:
        if event.promised_at is None:
            raise MomentMissing(fields={"promised_at": ["Required for this kind of request."]})
        return basis, time.between(begun, event.promised_at)
    return basis, span.length
