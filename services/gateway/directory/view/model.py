"""What a saved view is, and who may change it.

Invariants: of one person, one list and one name there is one view; who shares a view gives it to read, and it stays
theirs; what was removed can be brought back for a month.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from shared.kernel import errors

LEAD = "lead"


class TooManyViews(errors.Conflict):
    """There are {most} saved views already; delete one first."""

    code = "too-many-views"


class NoSuchView(errors.NotFound):
    """There is no such saved view."""

    code = "no-such-view"


class NameTaken(errors.Conflict):
    """There is a view of this name already."""

    code = "view-name-taken"


class NotYours(errors.Forbidden):
    """Only whoever shared this view may change it, or a lead of the unit."""

    code = "view-of-somebody-else"


@dataclass(frozen=True, slots=True)
class View:
    """A name for the filters in a list's address. `unit`: in which everybody sees it; None: its owner alone."""

    id: str
    owner: str
    list: str
    name: str
    query: str
    saved_at: datetime
    unit: str | None = None
    removed_at: datetime | None = None

    @property
    def shared(self) -> bool:
        """Whether others see it."""
        return self.unit is not None

    def seen_by(self, person: str, unit: str | None) -> bool:
        """Whether there is such a view for somebody of a unit."""
        return self.owner == person or (self.shared and unit is not None and self.unit == unit)

    def changed_by(self, person: str, unit: str | None, roles: Collection[str]) -> bool:
        """Whether somebody may rename, remove or bring it back: what is shared outlives whoever leaves."""
        return self.owner == person or (self.seen_by(person, unit) and LEAD in roles)
