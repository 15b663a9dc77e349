"""Who works here.

Invariants: a mail address names one person of the installation, whatever its spelling; a person has one home unit, in
the same company for ever, and at least one role. `epoch` counts what must end every session: a new password, other
roles, another unit, deactivation.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from shared.kernel import errors
from shared.kernel.lifecycle import Lifecycle, Move

ELSEWHERE = ("staff", "lead", "executive", "admin", "on-call")
"""Roles that may also be held in another unit than one's own."""
ROLES = (*ELSEWHERE, "market-development")
ADMIN = "admin"
MAX_NAME = 200  # characters
MAX_MAIL = 254  # characters, RFC 5321

LIFECYCLE = Lifecycle(
    name="directory.staff",
    initial="active",
    moves=(
        Move("change", ("active",), "active"),
        Move("invite", ("active",), "active"),
        Move("deactivate", ("active",), "inactive"),
        Move("reactivate", ("inactive",), "active"),
    ),
)


class WrongRoles(errors.Invalid):
    """At least one role is needed, of these: staff, lead, executive, admin, on-call."""

    code = "wrong-roles"


@dataclass(frozen=True, slots=True)
class Staff:
    """One person. `unit` is the code of the home unit, `company` that of the root above it."""

    id: str
    version: int
    name: str
    mail: str
    locale: str
    unit: str
    company: str
    roles: tuple[str, ...]
    state: str
    epoch: int
    added_at: datetime
    added_by: str
    deactivated_at: datetime | None = None

    @property
    def active(self) -> bool:
        """Whether the person may sign in."""
        return self.state == "active"

    @property
    def mail_key(self) -> str:
        """What two spellings of the mail address have in common."""
        return key(self.mail)

    @property
    def possible(self) -> tuple[str, ...]:
        """The verbs that the state allows."""
        return LIFECYCLE.possible(self.state)


def key(mail: str) -> str:
    """What two spellings of one mail address have in common. Whatever was typed can be asked for in any database."""
    plain = mail[: MAX_MAIL + 1].strip().casefold()
    return plain.replace("\x00", "\ufffd").encode(errors="replace").decode()


def roles(wanted: Iterable[str]) -> tuple[str, ...]:
    """The roles, each once and in their order. Raises `WrongRoles`."""
    asked = set(wanted)
    if not asked or not asked <= set(ROLES):
        raise WrongRoles(fields={"roles": ["Must be one of: staff, lead, executive, admin, on-call."]})
    return tuple(role for role in ROLES if role in asked)


def change(
    person: Staff,
    *,
    name: str | None = None,
    mail: str | None = None,
    locale: str | None = None,
    unit: str | None = None,
    wanted_roles: Iterable[str] | None = None,
) -> Staff:
    """Change what is given. Other roles or another unit end the sessions. Raises `WrongRoles`, `errors.WrongState`."""
    state = LIFECYCLE.after(person.state, "change")
    changed = dataclasses.replace(
        person,
        state=state,
        name=name or person.name,
        mail=mail or person.mail,
        locale=locale or person.locale,
        unit=unit or person.unit,
        roles=person.roles if wanted_roles is None else roles(wanted_roles),
    )
    moved = (changed.roles, changed.unit) != (person.roles, person.unit)
    return end_sessions(changed) if moved else changed


def deactivate(person: Staff, *, now: datetime) -> Staff:
    """The person leaves: no sign-in, no sessions."""
    state = LIFECYCLE.after(person.state, "deactivate")
    return end_sessions(dataclasses.replace(person, state=state, deactivated_at=now))


def reactivate(person: Staff) -> Staff:
    """The person is back."""
    return dataclasses.replace(person, state=LIFECYCLE.after(person.state, "reactivate"), deactivated_at=None)


def end_sessions(person: Staff) -> Staff:
    """Whoever is signed in as this person no longer is."""
    return dataclasses.replace(person, epoch=person.epoch + 1)
