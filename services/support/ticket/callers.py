"""Who may ask support anything at all."""

from __future__ import annotations

from shared import web
from shared.kernel import errors
from shared.web import tokens

SCOPE = "tickets"
"""What a system's token must name."""


def reader() -> tokens.Caller:
    """The caller. Raises `errors.Forbidden`, which says what is missing."""
    who = web.scoped(SCOPE)
    if who.unit is None:
        raise errors.Forbidden(missing="a unit: your account belongs to no company or branch")
    return who
