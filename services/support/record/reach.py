"""Whose record a caller may read."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from shared.people import sight
from shared.web.tokens import Caller

KEEPER = "market-development"
"""The role that keeps the record of the whole company (S004-165)."""


def units(connection: sa.Connection, who: Caller, now: datetime, wanted: str | None) -> set[str]:
    """The units whose record the caller may read, narrowed to the one that is asked for."""
    seen = sight.company_of(connection, who, now, KEEPER) | sight.units(connection, who, now)
    return seen if wanted is None else seen & {wanted}
