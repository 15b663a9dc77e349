"""A membership: the roles that a person holds in one unit beside the home.

Invariants: it names at least one role; a person has at most one open membership in a unit; ended, it never comes back.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import datetime

from shared.kernel import errors
from shared.kernel.lifecycle import Lifecycle, Move

LIFECYCLE = Lifecycle(
    name="directory.membership",
    initial="active",
    moves=(Move("change", ("active",), "active"), Move("end", ("active",), "ended")),
)


class AlreadyMember(errors.Conflict):
    """This person has roles in {unit} already; change those."""

    code = "already-member"


@dataclass(frozen=True, slots=True)
class Membership:
    """One person's roles in one unit."""

    id: str
    version: int
    company: str
    person: str
    unit: str
    roles: tuple[str, ...]
    state: str
    entered_at: datetime
    entered_by: str

    @property
    def active(self) -> bool:
        """Whether the roles are held."""
        return self.state == "active"


def change(membership: Membership, roles: tuple[str, ...]) -> Membership:
    """Other roles there."""
    return dataclasses.replace(membership, state=LIFECYCLE.after(membership.state, "change"), roles=roles)


def end(membership: Membership) -> Membership:
    """No roles there any more."""
    return dataclasses.replace(membership, state=LIFECYCLE.after(membership.state, "end"))
