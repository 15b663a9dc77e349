"""The clocks' view of the world: where an object is says its playbook, who holds a role says the directory's copy."""

from __future__ import annotations

import sqlalchemy as sa

from shared.clocks import commands, tables
from shared.clocks.calendar import Calendar
from shared.people import places, standing
from shared.playbook import shelf


def open_(known: places.Places) -> commands.Book:
    """The book of clocks of one process; `known` remembers its calendars."""

    def where(connection: sa.Connection, of: tables.Object) -> Calendar:
        spec = shelf.kept(connection, of.playbook, of.playbook_version).calendar
        return known.calendar(connection, of.unit, spec)

    return commands.Book(where, standing.holders)


def of(connection: sa.Connection) -> commands.Book:
    """The book for one transaction; calendars are remembered with the pooled connection, for as long as it lives."""
    return open_(connection.info.setdefault(_KEPT, places.Places()))


_KEPT = "steward.places"
