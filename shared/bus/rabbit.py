"""The transport over RabbitMQ: events to their exchange, task hints straight to their queues.

Two lines, because task queues may live in another virtual host; each has its own fate.
"""

from __future__ import annotations

from collections.abc import Sequence

from shared.bus import port
from shared.bus.connection import LOST, Connection, connected
from shared.bus.line import Line
from shared.kernel import errors

__all__ = ["LOST", "Publisher", "connected"]


class Publisher:
    """The relay's transport over RabbitMQ. Not thread-safe: one relay, one publisher."""

    def __init__(self, url: str, tasks_url: str, *, name: str) -> None:
        self._events = Line(lambda: Connection(url, f"{name} relay"), exchange=port.EVENTS, name=f"{name} events")
        self._tasks = Line(lambda: Connection(tasks_url, f"{name} relay tasks"), exchange="", name=f"{name} tasks")

    def publish(self, messages: Sequence[port.Message]) -> dict[int, port.Outcome]:
        """See `port.Transport`."""
        outcomes: dict[int, port.Outcome] = {}
        away: errors.BrokerAway | None = None
        for line, kind in ((self._events, "event"), (self._tasks, "task")):
            batch = [message for message in messages if message.kind == kind]
            if batch:
                try:
                    outcomes |= line.publish(batch)
                except errors.BrokerAway as error:
                    away = error
        if away is not None and not outcomes:
            raise away
        return outcomes

    def tick(self) -> None:
        """See `port.Transport`."""
        self._events.tick()
        self._tasks.tick()

    def close(self) -> None:
        """See `port.Transport`."""
        self._events.close()
        self._tasks.close()
