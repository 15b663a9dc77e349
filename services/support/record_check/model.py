"""What a check of the record is, and what is to be said of a line of the record.

Invariants: a unit has one check a working day; no check is closed before its day has begun; a check that was closed
stays as it was; a demand is open until the record that it is about is written.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from shared.kernel import errors
from shared.kernel.lifecycle import Lifecycle, Move

MAX_TEXT = 5_000  # characters of remarks and reasons
ENDED = ("logged", "withdrawn", "duplicate")
GONE = ("withdrawn", "duplicate")
"""States of a request in which its record needs nothing more."""

LIFECYCLE = Lifecycle(
    name="support.record_check",
    initial="unchecked",
    moves=(Move("check", ("unchecked",), "checked"),),
)


class NothingToDemand(errors.Conflict):
    """This record is complete; there is nothing to demand."""

    code = "nothing-to-demand"


class DayNotCome(errors.Conflict):
    """The day of this check has not come yet; it can be closed once that day has begun."""

    code = "day-not-come"


@dataclass(frozen=True, slots=True)
class Check:
    """The check of one unit's record: of what came in since the end of the working day before, up to the end of this
    one, so that no evening and no day off is left out. What was found is kept when it is closed."""

    id: str
    version: int
    unit: str
    since: datetime
    day: date
    state: str
    opened_at: datetime
    due_at: datetime
    playbook: str
    playbook_version: str
    lines: int | None = None
    faulty: int | None = None
    remarks: str | None = None
    checked_by: str | None = None
    checked_at: datetime | None = None

    @property
    def number(self) -> str:
        """What people call it: `HS-hai-phong-2026-11-24`."""
        return f"HS-{self.unit}-{self.day.isoformat()}"

    @property
    def possible(self) -> tuple[str, ...]:
        """What may be done with it now."""
        return LIFECYCLE.possible(self.state)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about a line: columns that are empty, or a promise that was not kept (`of`: the clock's name)."""

    what: str
    of: tuple[str, ...] = ()


def check(held: Check, *, remarks: str | None, lines: int, faulty: int, by: str, now: datetime, today: date) -> Check:
    """The lead has looked at it. Raises `DayNotCome`: nobody has checked what is still to come in."""
    state = LIFECYCLE.after(held.state, "check")
    if today < held.day:
        raise DayNotCome
    return dataclasses.replace(
        held, state=state, remarks=remarks or None, lines=lines, faulty=faulty, checked_by=by, checked_at=now
    )


DUE = {
    "classified_at": ("handler", "request_type", "processing_hours"),
    "completed_at": ("method",),
    "answered_at": ("rating",),
}
"""Which columns are due once a moment has passed (catalogue, ambiguity 36): the others come later."""


def findings(ticket: Any, missing: Iterable[str], late: Iterable[str]) -> list[Finding]:
    """What is wrong with a line: due columns that are empty, a result without a method, promises kept late or not."""
    due = {"content", "received_at", "requester"}
    for moment_, columns in DUE.items():
        if getattr(ticket, moment_) is not None:
            due.update(columns)
    found = []
    if ticket.state not in GONE and (empty := tuple(each for each in missing if each in due)):
        found.append(Finding("empty", empty))
    if names := tuple(late):
        found.append(Finding("late", names))
    return found
