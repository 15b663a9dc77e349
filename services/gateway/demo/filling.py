"""Filling a system with the demo: the company, its people, and some requests in different states."""

from __future__ import annotations

from dataclasses import dataclass

from services.gateway.clients import Clients
from services.gateway.demo import commands, driving, people
from services.gateway.demo.requests import REQUESTS
from shared.runtime import process

PATIENCE_S = 20  # how long to wait for what takes effect in other services


@dataclass(frozen=True, slots=True)
class Filled:
    """What there is now. `password` was made here and is to be shown once; None when it is known otherwise."""

    new: bool
    password: str | None
    requests: int


def fill(running: process.Process, clients: Clients, *, again: bool = False, patience_s: float = PATIENCE_S) -> Filled:
    """Fill the system, or go on where an earlier run ended. `again` gives everybody of the demo another password.

    `running` is the process. The password is that of the settings, else one is made where one is needed.
    Raises `commands.NameTaken`, `transport.Away`.
    """
    given = running.settings.demo_password
    made = None if given else commands.new_password()
    database = running.databases["gateway"]
    new = commands.make(database, given or made or "")
    changed = not new and (again or given is not None)
    if changed:
        commands.give_password(database, given or made or "")
    with database.reading() as connection:
        members = list(commands.members(connection))
    done = driving.Driver(clients, driving.by_box(members), running.time, patience_s).run()
    return Filled(new=new, password=made if new or changed else None, requests=done)


def lines(filled: Filled, address: str) -> list[str]:
    """What the person at the terminal needs to know."""
    title = people.PLACES[0].title
    said = [f"Demo company {title}: sign in at {address} as one of"]
    width = max(len(each.mail) for each in people.PEOPLE)
    said += [f"  {each.mail:{width}}  {each.name}, {each.unit}: {', '.join(each.roles)}" for each in people.PEOPLE]
    if filled.password:
        said.append(f"with the password {filled.password} (shown once).")
    else:
        said.append("with the password in STEWARD_DEMO_PASSWORD." if filled.new else "with the password that you know.")
    if filled.requests < len(REQUESTS):
        missing = len(REQUESTS) - filled.requests
        said.append(f'{missing} of {len(REQUESTS)} requests are not there yet; "steward demo" goes on with them.')
    return said
