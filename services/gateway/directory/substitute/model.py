"""A substitution: somebody acts in another's roles on whole days, both ends included, until it is taken back.

Invariants: nobody stands in for themselves; on any day one person has at most one substitute; taken back, it never
comes back. What a substitute does carries both names.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from shared.kernel import errors
from shared.kernel.lifecycle import Lifecycle, Move

MOST = timedelta(days=730)

LIFECYCLE = Lifecycle(
    name="directory.substitution", initial="active", moves=(Move("take_back", ("active",), "taken_back"),)
)


class WrongDates(errors.Invalid):
    """The last day may not be before the first, at most two years later."""

    code = "wrong-dates"


class OwnSubstitute(errors.Invalid):
    """Nobody stands in for themselves."""

    code = "own-substitute"


class Overlaps(errors.Conflict):
    """There is a substitute from {since} to {until} already: {name}. Take that back first, or choose other days."""

    code = "substitute-overlaps"


@dataclass(frozen=True, slots=True)
class Substitution:
    """One substitution."""

    id: str
    version: int
    company: str
    absent: str
    substitute: str
    since: date
    until: date
    state: str
    entered_at: datetime
    entered_by: str

    @property
    def active(self) -> bool:
        """Whether it counts."""
        return self.state == "active"


def check(absent: str, substitute: str, since: date, until: date) -> None:
    """Raises `WrongDates`, `OwnSubstitute`."""
    if absent == substitute:
        raise OwnSubstitute(fields={"substitute": ["Nobody stands in for themselves."]})
    if not since <= until <= since + MOST:
        raise WrongDates(fields={"until": ["The last day may not be before the first, at most two years later."]})


def take_back(substitution: Substitution) -> Substitution:
    """It was a mistake, or the other is back earlier."""
    return dataclasses.replace(substitution, state=LIFECYCLE.after(substitution.state, "take_back"))
