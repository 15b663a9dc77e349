"""One running promise: what, owed by whom, due when, on which time, paused why.

A clock counts the time used. While it runs, a *stretch* is open; a pause, a reprice or the stop closes it and keeps its
counted intervals as they were, so that a calendar that changes later never rewrites what was already counted.

Invariants: `used` is the sum of the closed stretches' intervals; a ladder step fires once, in order; `late_at`, once
set, is never taken back; a stopped clock never changes again.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.clocks.calendar import Interval, Timekeeping
from shared.kernel import errors
from shared.kernel.lifecycle import Lifecycle, Move

LIFECYCLE = Lifecycle(
    name="clock",
    initial="running",
    moves=(
        Move("pause", ("running",), "paused"),
        Move("resume", ("paused",), "running"),
        Move("stop", ("running", "paused"), "stopped"),
        Move("cancel", ("running", "paused"), "cancelled"),
        Move("reprice", ("running",), "running"),
        Move("reprice", ("paused",), "paused"),
    ),
)
OPEN = ("running", "paused")
UNANSWERED = "without_answer"
"""Why a promise that waits for an outsider's word was closed: none came. It was neither kept nor broken by us."""
COUNTED = ("on_time", "late", "unanswered")
WHOLE = 10_000  # basis points: a step `at: 50%` stands at 5,000


class ReasonMissing(errors.Invalid):
    """A clock is paused only with a reason and evidence: say why, and name what proves it."""

    code = "pause-reason-missing"


@dataclass(frozen=True, slots=True)
class Step:
    """One rung of the ladder: at which part of the allowance (basis points), whom it tells, whether it escalates."""

    at: int
    tell: tuple[str, ...] = ()
    escalate: bool = False

    @property
    def due(self) -> bool:
        """Whether this is the rung at which the promise is broken."""
        return self.at == WHOLE


@dataclass(frozen=True, slots=True)
class Stretch:
    """One closed stretch: its counted intervals, and why it ended (`paused`, `repriced`, `stopped`, `cancelled`)."""

    start: datetime
    end: datetime
    intervals: tuple[Interval, ...]
    ended: str
    reason: str | None = None
    evidence: str | None = None

    @property
    def counted(self) -> timedelta:
        """How much of it counts."""
        return sum((until - begin for begin, until in self.intervals), timedelta())


@dataclass(frozen=True, slots=True)
class Clock:
    """One promise. `fired` counts the ladder's steps that have fired; `next_at` is when the next one is due."""

    name: str
    state: str
    started_at: datetime
    allowance: timedelta
    used: timedelta
    since: datetime | None
    """When the open stretch began; None while paused or ended."""
    due_at: datetime
    first_due_at: datetime
    ladder: tuple[Step, ...]
    fired: int
    next_at: datetime | None
    late_at: datetime | None = None
    paused_at: datetime | None = None
    paused_for: str | None = None
    evidence: str | None = None
    ended_at: datetime | None = None
    provisional: bool = False

    @property
    def on_time(self) -> bool:
        """Whether it never became late."""
        return self.late_at is None

    @property
    def open(self) -> bool:
        """Whether it still runs or is paused."""
        return self.state in OPEN


@dataclass(frozen=True, slots=True)
class Fired:
    """A step that has just fired, and the moment that it was due (not when it was noticed)."""

    step: Step
    number: int
    at: datetime


def ladder(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The steps in order, with the rung at 100 % that every promise has."""
    found = steps if any(step.due for step in steps) else (*steps, Step(WHOLE))
    return tuple(sorted(found, key=lambda step: step.at))


def start(name: str, *, at: datetime, allowance: timedelta, steps: tuple[Step, ...], time: Timekeeping) -> Clock:
    """A promise begins."""
    due = time.add(at, allowance)
    new = Clock(
        name=name,
        state=LIFECYCLE.initial,
        started_at=at,
        allowance=allowance,
        used=timedelta(),
        since=at,
        due_at=due,
        first_due_at=due,
        ladder=ladder(steps),
        fired=0,
        next_at=None,
        provisional=time.provisional(at, due),
    )
    return _aim(new, time)


def used(clock: Clock, now: datetime, time: Timekeeping) -> timedelta:
    """How much of the allowance was used until `now`."""
    return clock.used + (time.between(clock.since, now) if clock.since is not None else timedelta())


def left(clock: Clock, now: datetime, time: Timekeeping) -> timedelta:
    """How much is left; negative when late, in the clock's own kind of time."""
    return clock.allowance - used(clock, now, time)


def fire(clock: Clock, now: datetime, time: Timekeeping) -> tuple[Clock, list[Fired]]:
    """Fire every step that is due by `now`, each once and in order."""
    found: list[Fired] = []
    while clock.state == "running" and clock.next_at is not None and clock.next_at <= now:
        step = clock.ladder[clock.fired]
        found.append(Fired(step, clock.fired, clock.next_at))
        late = clock.late_at or (clock.next_at if step.due else None)
        clock = _aim(dataclasses.replace(clock, fired=clock.fired + 1, late_at=late), time)
    return clock, found


def pause(clock: Clock, *, at: datetime, reason: str, evidence: str, time: Timekeeping) -> tuple[Clock, Stretch]:
    """Stop counting while somebody else is waited for. Raises `ReasonMissing`, `errors.WrongState`."""
    state = LIFECYCLE.after(clock.state, "pause")
    if not reason.strip() or not evidence.strip():
        missing = {
            name: ["Required."] for name, value in (("reason", reason), ("evidence", evidence)) if not value.strip()
        }
        raise ReasonMissing(fields=missing)
    stretch = _close(clock, at, time, "paused", reason.strip(), evidence.strip())
    paused = dataclasses.replace(
        clock,
        state=state,
        used=clock.used + stretch.counted,
        since=None,
        next_at=None,
        paused_at=at,
        paused_for=stretch.reason,
        evidence=stretch.evidence,
    )
    return paused, stretch


def resume(clock: Clock, *, at: datetime, time: Timekeeping) -> Clock:
    """Count again; the due moment moves by what was paused. Raises `errors.WrongState` when it is not paused."""
    state = LIFECYCLE.after(clock.state, "resume")
    due = clock.due_at if clock.used > clock.allowance else time.add(at, clock.allowance - clock.used)
    resumed = dataclasses.replace(
        clock,
        state=state,
        since=at,
        due_at=due,
        paused_at=None,
        paused_for=None,
        evidence=None,
        provisional=time.provisional(clock.started_at, due),
    )
    return _aim(resumed, time)


def stop(clock: Clock, *, at: datetime, time: Timekeeping, verb: str = "stop") -> tuple[Clock, Stretch | None]:
    """The promise was kept, or (`cancel`) is owed no more. Fire what was due before it first."""
    state = LIFECYCLE.after(clock.state, verb)
    stretch = _close(clock, at, time, state) if clock.since is not None else None
    counted = stretch.counted if stretch is not None else timedelta()
    ended = dataclasses.replace(
        clock, state=state, used=clock.used + counted, since=None, next_at=None, ended_at=at, paused_at=None
    )
    return ended, stretch


def counted(clock: Clock, why: str | None) -> str | None:
    """As what an ended promise counts (one of `COUNTED`); None when it was owed no more before it was due.

    One that was late counts as late however it ended, but for silence that somebody closed.
    """
    if clock.state == "cancelled" and why == UNANSWERED:
        return "unanswered"
    if not clock.on_time:
        return "late"
    return "on_time" if clock.state == "stopped" else None


def reprice(
    clock: Clock,
    *,
    at: datetime,
    allowance: timedelta,
    before: Timekeeping,
    after: Timekeeping,
    steps: tuple[Step, ...] | None = None,
) -> tuple[Clock, Stretch | None]:
    """A changed policy or calendar: the time used so far is kept, the rest is counted anew. Raises `errors.WrongState`.

    `before` is the time that it ran on, `after` the one that it runs on now. A step that fired does not fire again; a
    promise that was late stays late, whatever the new due moment is.
    """
    state = LIFECYCLE.after(clock.state, "reprice")
    stretch = _close(clock, at, before, "repriced") if clock.since is not None else None
    counted = clock.used + (stretch.counted if stretch is not None else timedelta())
    rest = allowance - counted
    due = after.add(at, rest) if rest > timedelta() else (clock.late_at or at)
    rungs = clock.ladder if steps is None else ladder(steps)
    priced = dataclasses.replace(
        clock,
        state=state,
        allowance=allowance,
        used=counted,
        since=at if clock.since is not None else None,
        due_at=due,
        ladder=rungs,
        fired=_already(clock, rungs),
        provisional=after.provisional(clock.started_at, due),
    )
    return (_aim(priced, after) if state == "running" else priced), stretch


def explain(
    clock: Clock, closed: tuple[Stretch, ...], now: datetime, time: Timekeeping
) -> tuple[tuple[Interval, ...], timedelta]:
    """The counted intervals up to `now`, and their sum: to the second, the time used."""
    intervals = [interval for stretch in closed for interval in stretch.intervals]
    if clock.since is not None:
        intervals += time.intervals(clock.since, now)
    total = sum((until - begin for begin, until in intervals), timedelta())
    return tuple(intervals), total


def _close(
    clock: Clock, at: datetime, time: Timekeeping, ended: str, reason: str | None = None, evidence: str | None = None
) -> Stretch:
    assert clock.since is not None
    until = max(at, clock.since)  # business time may have been set back; time used is never taken back
    return Stretch(clock.since, until, tuple(time.intervals(clock.since, until)), ended, reason, evidence)


def _aim(clock: Clock, time: Timekeeping) -> Clock:
    """Set `next_at` to when the next step is due."""
    if clock.fired >= len(clock.ladder) or clock.since is None:
        return dataclasses.replace(clock, next_at=None)
    rest = clock.allowance * clock.ladder[clock.fired].at // WHOLE - clock.used
    return dataclasses.replace(clock, next_at=time.add(clock.since, rest) if rest > timedelta() else clock.since)


def _already(clock: Clock, rungs: tuple[Step, ...]) -> int:
    """How many rungs of a changed ladder count as fired: those not above the highest rung that has fired."""
    if clock.fired == 0:
        return 0
    reached = clock.ladder[clock.fired - 1].at
    return sum(1 for step in rungs if step.at <= reached)
