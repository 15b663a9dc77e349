"""A row of a unit's own authority table: the regulation of the enterprise, with its dates.

Invariants: it names at least one role; it ends after it begins; for a unit, flow and type one row holds on any day:
the one that began last.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import date, datetime

from shared.kernel import errors
from shared.kernel.lifecycle import Lifecycle, Move

LIFECYCLE = Lifecycle(
    name="directory.authority", initial="active", moves=(Move("take_back", ("active",), "taken_back"),)
)


class WrongDates(errors.Invalid):
    """The last day may not be before the first."""

    code = "wrong-dates"


@dataclass(frozen=True, slots=True)
class Row:
    """One row."""

    id: str
    version: int
    company: str
    unit: str
    flow: str
    request_type: int
    roles: tuple[str, ...]
    since: date
    until: date | None
    state: str
    entered_at: datetime
    entered_by: str

    @property
    def active(self) -> bool:
        """Whether it counts."""
        return self.state == "active"


def check(since: date, until: date | None) -> None:
    """Raises `WrongDates`."""
    if until is not None and until < since:
        raise WrongDates(fields={"until": ["The last day may not be before the first."]})


def take_back(row: Row) -> Row:
    """The playbook's table holds again."""
    return dataclasses.replace(row, state=LIFECYCLE.after(row.state, "take_back"))
