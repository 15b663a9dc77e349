"""Direct delivery for the embedded mode: an outbox row goes straight into the subscribers' inboxes.

The same contract as RabbitMQ: at least once, in order per object, absorbed by the inbox when it comes twice. The
relay holds no write lock while this runs (two services delivering to each other would lock each other out).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import structlog

from shared.bus import port
from shared.kernel import errors

log = structlog.get_logger(__name__)

Store = Callable[[Sequence[port.Delivery]], None]

CONTENT_TYPE = "application/cloudevents+json"


class Embedded:
    """A transport that stores into inboxes. `routes` names, per event type, the stores of its subscribers."""

    def __init__(self, routes: Mapping[str, Sequence[Store]], *, wake_tasks: Callable[[], None]) -> None:
        self._routes, self._wake_tasks = routes, wake_tasks

    def publish(self, messages: Sequence[port.Message]) -> dict[int, port.Outcome]:
        """See `port.Transport`. A message is confirmed when every subscriber's inbox has committed it."""
        by_store: dict[Store, list[port.Message]] = {}
        outcomes = {message.seq: port.CONFIRMED for message in messages}
        for message in messages:
            for store in self._routes.get(message.routing_key, ()) if message.kind == "event" else ():
                by_store.setdefault(store, []).append(message)
        for store, batch in by_store.items():
            try:
                store([port.Delivery(m.body, CONTENT_TYPE, port.EVENTS, m.routing_key) for m in batch])
            except errors.Transient as error:
                log.warning("delivery_interrupted", error=str(error), messages=len(batch))
                for message in batch:
                    outcomes.pop(message.seq, None)  # unknown: sent again, absorbed where it already is
        if not outcomes:
            raise errors.BrokerAway("The inboxes of the subscribers cannot be written at the moment.")
        if any(message.kind == "task" for message in messages):
            self._wake_tasks()  # the rows themselves are the hints
        return outcomes

    def tick(self) -> None:
        """Nothing to keep alive."""

    def close(self) -> None:
        """Nothing to close."""
