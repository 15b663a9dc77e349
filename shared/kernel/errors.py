"""Errors are facts with a sentence and a stable code.

The docstring of a class is its message in English; `{names}` in it are filled from the facts given to the
constructor. The web edge shows the same sentence in the caller's language, so a message must stay a complete
sentence without its facts' context. `status` is the HTTP status that the fact has at the edge.

Two base classes decide the fate of work in the background: a `Transient` waits without using up attempts, a
`Refused` can never succeed by trying again and is parked at once. Anything else is retried a few times.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, ClassVar


class StewardError(Exception):
    """Something went wrong in Steward."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500

    def __init__(self, message: str | None = None, /, **facts: Any) -> None:
        self.template = message or " ".join(inspect.cleandoc(type(self).__doc__ or self.code).split("\n\n")[0].split())
        self.facts = facts
        super().__init__(fill(self.template, facts))


def fill(template: str, facts: Mapping[str, Any]) -> str:
    """Put the facts into the braces of a message; a fact that is missing stays visible as its name."""
    return template.format_map(_Facts(facts)) if "{" in template else template


class Spoken(dict[str, str]):
    """A fact that its author wrote in every language, by locale; English where nobody says which."""

    def __str__(self) -> str:
        return self["en"]


class _Facts(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


class Transient(StewardError):
    """Something that we depend on is away for the moment."""

    code = "unavailable"
    status = 503
    retry_after_seconds: int = 5
    needs_a_person: bool = False
    """Waiting does not mend it: the health check tells of it."""


class Refused(StewardError):
    """This cannot be done, however often it is tried."""

    code = "refused"
    status = 409


class Malformed(Refused):
    """The request could not be read: {why}."""

    code = "malformed"
    status = 400


class Unauthenticated(Refused):
    """Sign in first, or send a valid token."""

    code = "unauthenticated"
    status = 401


class Forbidden(Refused):
    """You may not do this: {missing}."""

    code = "forbidden"
    status = 403


class NotFound(Refused):
    """There is nothing here, or nothing that you may know of."""

    code = "not-found"
    status = 404


class Conflict(Refused):
    """This contradicts what is already there."""

    code = "conflict"
    status = 409


class WrongState(Conflict):
    """This cannot be done while the state is "{state}"; possible now: {possible}."""

    code = "wrong-state"


class Gone(Refused):
    """This is no longer available."""

    code = "gone"
    status = 410


class Stale(Refused):
    """Somebody changed this in the meantime; load it again."""

    code = "stale"
    status = 412


class TooLarge(Refused):
    """This is too large; at most {limit} are taken."""

    code = "too-large"
    status = 413


class WrongContentType(Refused):
    """Send this as {expected}."""

    code = "wrong-content-type"
    status = 415


class Invalid(Refused):
    """Some of what was sent is not valid."""

    code = "invalid"
    status = 422

    def __init__(self, message: str | None = None, /, *, fields: Mapping[str, Any] | None = None, **facts: Any) -> None:
        super().__init__(message, **facts)
        self.fields: Mapping[str, Any] = fields or {}


class TooMany(Refused):
    """Too many attempts; wait {seconds} seconds and try again."""

    code = "too-many"
    status = 429


class DatabaseAway(Transient):
    """The database does not answer at the moment; nothing was changed."""

    code = "database-away"


class BrokerAway(Transient):
    """The message broker does not answer at the moment."""

    code = "broker-away"
