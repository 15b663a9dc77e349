"""An absence: somebody is away on whole days, both ends included, until it is taken back.

Invariants: it ends after it begins and lasts at most two years; taken back, it never comes back: a new one is entered.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from shared.kernel import errors
from shared.kernel.lifecycle import Lifecycle, Move

MOST = timedelta(days=730)
MAX_REASON = 200  # characters

LIFECYCLE = Lifecycle(name="directory.absence", initial="active", moves=(Move("take_back", ("active",), "taken_back"),))


class WrongDates(errors.Invalid):
    """The last day may not be before the first, at most two years later."""

    code = "wrong-dates"


@dataclass(frozen=True, slots=True)
class Absence:
    """One absence. `reason` is for the company's own people and leaves the directory never."""

    id: str
    version: int
    company: str
    person: str
    since: date
    until: date
    reason: str | None
    state: str
    entered_at: datetime
    entered_by: str

    @property
    def active(self) -> bool:
        """Whether it counts."""
        return self.state == "active"


def check(since: date, until: date) -> None:
    """Raises `WrongDates`."""
    if not since <= until <= since + MOST:
        raise WrongDates(fields={"until": ["The last day may not be before the first, at most two years later."]})


def take_back(absence: Absence) -> Absence:
    """It was a mistake, or the person is back earlier."""
    return dataclasses.replace(absence, state=LIFECYCLE.after(absence.state, "take_back"))
