"""What somebody is informed of: promises of steps in which a role of theirs has the letter I."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from shared.clocks.queries import Watch
from shared.people import sight
from shared.playbook import shelf
from shared.playbook.model import Flow, Playbook
from shared.web.tokens import Caller

LETTER = "I"


def watches(connection: sa.Connection, who: Caller, now: datetime, flows: Iterable[Flow]) -> list[Watch]:
    """The promises of each unit that the caller hears of, also in somebody's stead."""
    roles = sight.roles(connection, who, now)
    found: list[Watch] = []
    for flow in flows:
        for unit, playbook in shelf.of_units(connection, flow.name, roles).items():
            if names := heard_of(playbook, flow, roles[unit]):
                found.append(Watch(unit, frozenset(names), roles[unit]))
    return found


def heard_of(playbook: Playbook, flow: Flow, roles: Iterable[str]) -> set[str]:
    """The clocks that end with a step of which these roles are informed."""
    held = set(roles)
    steps = {step for step in flow.steps if held & set(playbook.holders(step, LETTER))}
    return {
        spec.name
        for spec in playbook.clocks.values()
        if any(flow.step_of(flow.events[event]) in steps for event in spec.ends if event in flow.events)
    }
