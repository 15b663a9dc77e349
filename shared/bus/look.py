"""Looking at the broker's queues without touching a message, and without its management plugin."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import amqp

from shared.bus import connection


@dataclass(frozen=True, slots=True)
class Seen:
    """What the broker says of a queue: messages ready for delivery (those in a consumer's hands are not counted)."""

    name: str
    ready: int
    consumers: int


def queues(url: str, names: Iterable[str]) -> dict[str, Seen | None]:
    """Each queue as it is now; None for one that does not exist. Raises `errors.BrokerAway`."""
    with connection.connected(url, "steward queues") as here:
        return {name: _seen(here, name) for name in names}


def _seen(here: connection.Connection, name: str) -> Seen | None:
    with here.channel() as channel:  # a channel each: the broker closes it for a queue that does not exist
        try:
            declared = channel.queue_declare(name, passive=True)
        except amqp.NotFound:
            return None
        return Seen(name, declared.message_count, declared.consumer_count)
