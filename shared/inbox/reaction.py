"""What a slice does when somebody else's event arrives: rows of the table REACTIONS in its `reactions.py`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import marshmallow as ma

from shared.envelope import cloudevent
from shared.store import work

OVERTAKEN = "overtaken"
"""Returned by a reaction for an event whose effect newer events have already replaced."""

React = Callable[[work.Work, cloudevent.Event], str | None]


@dataclass(frozen=True, slots=True)
class Reaction:
    """One event type that a slice reacts to.

    `schema` reads what the reaction needs (tolerant: unknown fields are ignored); `version` is the newest schema
    version it understands. `inbound` events come from outside systems on `steward.inbound`. `alone` runs it in a
    transaction of its own: for reactions that take a number from a series.
    """

    type: str
    react: React
    schema: type[ma.Schema]
    version: int = 1
    inbound: bool = False
    alone: bool = False
