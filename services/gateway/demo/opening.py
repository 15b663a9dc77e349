"""The demo at the start of the embedded mode: on an empty home, unless STEWARD_DEMO=no."""

from __future__ import annotations

import structlog

from services.gateway import clients
from services.gateway.demo import commands, filling
from services.gateway.directory.unit import queries as units
from shared.kernel import errors
from shared.runtime import process

log = structlog.get_logger(__name__)

PATIENCE_S = 15  # a start waits no longer for what takes effect in other services


def open_(running: process.Process) -> list[str]:
    """Fill an empty system; say where the demo is in one that has it."""
    given = running.settings
    if not given.demo:
        return []
    address = f"{given.public_url}/sign-in"
    with running.databases["gateway"].reading() as connection:
        empty, members = not units.companies(connection), commands.members(connection)
    if empty:
        return _fill(running, address)
    if not members:
        return []
    known = f'{members[0].mail} and {len(members) - 1} more ("steward staff list")'
    return [f'Demo accounts: {known}; forgot their password? "steward demo --new-password"']


def _fill(running: process.Process, address: str) -> list[str]:
    """The demo is a courtesy: what goes wrong with it keeps nobody from working."""
    try:
        return filling.lines(filling.fill(running, running.clients, patience_s=PATIENCE_S), address)
    except (errors.StewardError, clients.Problem) as error:
        log.warning("demo_not_filled", error=repr(error))
        return [f'The demo company is not complete ({error}). "steward demo" goes on with it.']


OPENINGS = (open_,)
