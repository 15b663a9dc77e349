"""The loop that keeps the inbound addresses as the settings say, and reads the mailboxes."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

from services.support.attachment import receiving
from services.support.mailbox import enclosures, imap
from services.support.return_address import tables as returns
from shared.files import place
from shared.people import standing
from shared.runtime.mailboxes import Mailbox
from shared.runtime.settings import Settings
from shared.store import engine


@dataclass(frozen=True, slots=True)
class Loop:
    """One more loop of the service: its name, how often it looks, and its step."""

    name: str
    poll_s: float
    step: Callable[[Settings, engine.Database], bool]


def step(given: Settings, database: engine.Database) -> bool:
    """Look into every mailbox once. One that cannot be read keeps the others from nothing; it is said afterwards."""
    _keep_addresses(given.mailboxes, database)
    store = place.of(given, database.service, time=database.time)
    enclose = functools.partial(enclosures.take_in, store, limits=receiving.limits(given))
    away: list[imap.MailboxAway] = []
    more = False
    for box in given.mailboxes:
        if box.host:
            try:
                more |= imap.poll(database, box, enclose) >= imap.AT_ONCE
            except imap.MailboxAway as error:
                away.append(error)
    if away:
        raise away[0]
    return more


def _keep_addresses(boxes: tuple[Mailbox, ...], database: engine.Database) -> None:
    """A mailbox serves its unit and those below it, unless they have a nearer one."""
    with database.reading() as connection:
        lines = {box.name: len(standing.line(connection, box.unit)) for box in boxes}
        addresses = {
            unit: box.address
            for box in sorted(boxes, key=lambda each: lines[each.name])
            for unit in standing.below(connection, {box.unit})
        }
        if returns.known(connection) == addresses:
            return
    with database.work(actor="system:mail") as work:
        returns.keep(work, addresses)


LOOPS = (Loop("mail", 30.0, step),)
