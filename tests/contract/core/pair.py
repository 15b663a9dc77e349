"""Two services and the bus between them, moved by hand, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shared.bus import embedded, port, rabbit, receiver, topology
from shared.inbox import receive, worker
from shared.kernel import errors, moment
from shared.outbox import relay
from shared.store import engine
from tests.contract.core import ground, stranger

QUIET_S = 0.1  # nothing more is on its way from the broker when nothing came for so long
PLAN = topology.plan({"left": ([], []), "right": ([ground.NOTED.name], [ground.OFFERED])}, with_tasks=["left"])


class Pair:
    """`left` and `right` with direct delivery. `right_away` makes the inbox of `right` fail as if its database were."""

    def __init__(self, left: engine.Database, right: engine.Database, time: moment.ManualTime) -> None:
        self.left, self.right, self.time = left, right, time
        self.reactor = ground.Reactor()
        self.worker = worker.Worker(right, self.reactor.reactions())
        self.relay = relay.Relay(left, self.transport())
        self.right_away = False
        self.batches: list[list[port.Message]] = []

    def transport(self) -> port.Transport:
        """A transport for one more relay."""
        return Watched(embedded.Embedded({ground.NOTED.name: [self.store]}, wake_tasks=lambda: None), self)

    def store(self, deliveries: Sequence[port.Delivery]) -> None:
        """Where what was sent arrives."""
        if self.right_away:
            raise errors.DatabaseAway
        receive.store(self.right, deliveries)

    def arrive(self, *deliveries: port.Delivery, **properties: Any) -> None:
        """Somebody sends these, and they are taken in."""
        self.store(deliveries)

    def send(self) -> None:
        """Let the relay work until there is nothing to do."""
        while self.relay.step():
            pass

    def take(self) -> None:
        """Take in what has arrived."""

    def work(self) -> None:
        """Let the reactions run until there is nothing to do."""
        while self.worker.step():
            pass

    def settle(self) -> None:
        """Everything that can happen now happens."""
        self.send()
        self.take()
        self.work()

    def close(self) -> None:
        """Let go of everything."""
        self.relay.close()
        self.worker.close()


class OverRabbit(Pair):
    """The same over a broker."""

    def __init__(self, left: engine.Database, right: engine.Database, time: moment.ManualTime, url: str) -> None:
        self.url = url
        with stranger.Stranger(url) as somebody:
            for queue in (*PLAN.queues, *PLAN.task_queues):
                somebody.channel.queue_purge(queue.name)
        super().__init__(left, right, time)
        self.receiver = receiver.Receiver(url, "steward.right", name="right", store=self.store, ready=self._ready)

    def _ready(self) -> None:
        if self.right_away:
            raise errors.DatabaseAway

    def transport(self) -> port.Transport:
        """See `Pair`."""
        return Watched(rabbit.Publisher(self.url, self.url, name="left"), self)

    def arrive(self, *deliveries: port.Delivery, **properties: Any) -> None:
        """See `Pair`; `properties` are the message's."""
        with stranger.Stranger(self.url) as somebody:
            for each in deliveries:
                somebody.publish(each, **properties)
        self.take()

    def take(self) -> None:
        """See `Pair`."""
        while self.receiver.step(QUIET_S):
            pass

    def close(self) -> None:
        """See `Pair`."""
        super().close()
        self.receiver.close()


class Watched:
    """A transport that remembers the batches it was given."""

    def __init__(self, inner: port.Transport, seen: Pair) -> None:
        self._inner, self._seen = inner, seen

    def publish(self, messages: Sequence[port.Message]) -> dict[int, port.Outcome]:
        """See `port.Transport`."""
        self._seen.batches.append(list(messages))
        return self._inner.publish(messages)

    def tick(self) -> None:
        """See `port.Transport`."""
        self._inner.tick()

    def close(self) -> None:
        """See `port.Transport`."""
        self._inner.close()
