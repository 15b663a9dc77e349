"""Watching events go by: a temporary queue of its own, which the broker deletes when the watcher leaves.

It takes nothing away from anybody, and a watcher that falls behind loses the oldest instead of filling the broker.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shared.bus import connection, port

LENGTH = 10_000  # events kept for a slow watcher
WAIT_S = 1.0


def watch(
    url: str, patterns: tuple[str, ...], *, exchanges: tuple[str, ...] = (port.EVENTS,)
) -> Iterator[bytes | None]:
    """The bodies of events whose routing key fits one of the topic patterns (`support.#`), as they pass.

    Yields None about once a second while nothing passes. Raises `errors.BrokerAway`.
    """
    with connection.connected(url, "steward events") as here:
        taken: list[bytes] = []
        _consume(here, patterns, exchanges, taken)
        while True:
            try:
                here.drain_events(timeout=WAIT_S)
            except TimeoutError:
                here.heartbeat_check()
            yield from taken or (None,)
            taken.clear()


def _consume(
    here: connection.Connection, patterns: tuple[str, ...], exchanges: tuple[str, ...], taken: list[bytes]
) -> None:
    channel: Any = here.default_channel
    limits = {"x-max-length": LENGTH, "x-overflow": "drop-head"}
    name = channel.queue_declare("", exclusive=True, auto_delete=True, durable=False, arguments=limits).queue
    for exchange in exchanges:
        for pattern in patterns:
            channel.queue_bind(name, exchange, pattern)

    def take(message: Any) -> None:
        body = message.body
        taken.append(body if isinstance(body, bytes) else str(body).encode())

    channel.basic_consume(name, no_ack=True, callback=take)
