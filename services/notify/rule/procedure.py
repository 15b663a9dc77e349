"""The procedure that an event's object follows: notify has a copy of every playbook, and no copy of any object."""

from __future__ import annotations

import sqlalchemy as sa

from shared.playbook import shelf
from shared.playbook.model import Playbook


def of(connection: sa.Connection, flow: str, unit: str, id: str | None, version: str | None) -> Playbook | None:
    """The playbook that the event names; one that this service never had, or does not name: the unit's present one.

    None where there is neither: then messages are told as the code says, in general words.
    """
    try:
        if id and version:
            return shelf.kept(connection, id, version)
    except shelf.NotInstalled:
        pass
    try:
        return shelf.active(connection, flow, unit)
    except shelf.NoPlaybook:
        return None


def wanted(playbook: Playbook | None, type_: str, to: str) -> dict[str, tuple[str, ...]]:
    """What the playbook says of an event's messages to somebody: by template, the channels."""
    said = playbook.messages if playbook else ()
    return {each.template: each.by for each in said if (each.on, each.to) == (type_, to)}
