"""Whether the system still waits for its company."""

from __future__ import annotations

import sqlalchemy as sa

from services.gateway.directory.unit import queries as units


def open_(connection: sa.Connection) -> bool:
    """Whether no real company exists yet, so that one may be set up."""
    return not units.companies(connection, demo=False)
