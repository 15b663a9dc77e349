"""What a system's token is.

Invariants: only the hash is stored; a token speaks for one system in one unit and for its scopes only; what was revoked
never comes back.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.kernel import errors, ids
from shared.kernel.lifecycle import Lifecycle, Move

SCOPES = ("inbound", "tickets", "mail", "directory", "operations")
TOUCH = timedelta(minutes=1)  # `last_used_at` is written at most this often
MAX_SYSTEM = 40  # characters
SYSTEM = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
RESERVED = ("steward",)  # what our own services call themselves as a source of events
PREFIX = "steward_"  # so that scanners for leaked secrets know one when they see it

LIFECYCLE = Lifecycle(name="directory.access", initial="valid", moves=(Move("revoke", ("valid",), "revoked"),))


class BadSystem(errors.Invalid):
    """A system's name is 2 to 40 small letters, digits and hyphens, starts with a letter, and is not "steward"."""

    code = "bad-system"


class WrongScopes(errors.Invalid):
    """At least one scope is needed, of these: inbound, tickets, mail, directory, operations."""

    code = "wrong-scopes"


@dataclass(frozen=True, slots=True)
class Access:
    """One token of one system, as it may be shown: `hint` is its last four characters."""

    id: str
    version: int
    system: str
    unit: str
    company: str
    scopes: tuple[str, ...]
    hint: str
    state: str
    issued_at: datetime
    issued_by: str
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None

    @property
    def possible(self) -> tuple[str, ...]:
        """The verbs that its state allows."""
        return LIFECYCLE.possible(self.state)

    def touch_due(self, now: datetime) -> bool:
        """Whether its use is to be written down."""
        return self.last_used_at is None or now - self.last_used_at >= TOUCH


def check(system: str, scopes: Iterable[str]) -> tuple[str, ...]:
    """The scopes, each once and in their order. Raises `BadSystem`, `WrongScopes`."""
    if not (2 <= len(system) <= MAX_SYSTEM and SYSTEM.fullmatch(system)) or system in RESERVED:
        raise BadSystem(fields={"system": [" ".join((BadSystem.__doc__ or "").split())]})
    asked = set(scopes)
    if not asked or not asked <= set(SCOPES):
        raise WrongScopes(fields={"scopes": ["Must be one of: inbound, tickets, mail, directory, operations."]})
    return tuple(scope for scope in SCOPES if scope in asked)


def revoke(access: Access, *, now: datetime) -> Access:
    """It works no longer."""
    return dataclasses.replace(access, state=LIFECYCLE.after(access.state, "revoke"), revoked_at=now)


def new_token() -> str:
    """What the system sends: 185 random bits behind a prefix."""
    return PREFIX + ids.secret(32)


def digest(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
