"""A closure: a unit works not at all on whole days, both ends included, until it is taken back.

Invariants: it ends after it begins and lasts at most a year; taken back, it never comes back.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from shared.kernel import errors
from shared.kernel.lifecycle import Lifecycle, Move

MOST = timedelta(days=366)
MAX_REASON = 200  # characters

LIFECYCLE = Lifecycle(name="directory.closure", initial="active", moves=(Move("take_back", ("active",), "taken_back"),))


class WrongDates(errors.Invalid):
    """The last day may not be before the first, at most a year later."""

    code = "wrong-dates"


@dataclass(frozen=True, slots=True)
class Closure:
    """One closure."""

    id: str
    version: int
    company: str
    unit: str
    since: date
    until: date
    reason: str
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
        raise WrongDates(fields={"until": ["The last day may not be before the first, at most a year later."]})


def take_back(closure: Closure) -> Closure:
    """The unit works after all."""
    return dataclasses.replace(closure, state=LIFECYCLE.after(closure.state, "take_back"))
