"""The loops that take from the broker: a service's events, what the broker gave up on, what nobody subscribed to."""

from __future__ import annotations

from collections.abc import Sequence

from shared.bus import port, receiver, topology
from shared.inbox import receive
from shared.runtime import manifest, process


def add(running: process.Process, name: str, *, reacts: bool) -> None:
    """The receivers of one service, as loops of the process. The gateway's process also counts what is unrouted."""
    url, database = running.settings.amqp_url, running.databases[name]
    assert url is not None
    if reacts:
        queue = topology.queue_name(name)
        taking = receiver.Receiver(
            url,
            queue,
            name=f"steward {name}",
            store=lambda some: receive.store(database, some),
            ready=database.ping,
        )
        running.add_loop(name, "receiver", taking.step, taking.close, poll_s=0)
        draining = receiver.Receiver(
            url,
            f"{queue}.dead",
            name=f"steward {name} dead",
            store=lambda some: receive.store_dead(database, some),
            ready=database.ping,
        )
        running.add_loop(name, "dead", draining.step, draining.close, poll_s=0)
    if name == "gateway":
        counting = receiver.Receiver(url, port.UNROUTED, name="steward unrouted", store=_count_unrouted)
        running.add_loop(name, "unrouted", counting.step, counting.close, poll_s=0)


def _count_unrouted(deliveries: Sequence[port.Delivery]) -> None:
    subscribed = {type_ for types, _ in manifest.subscriptions(manifest.existing()).values() for type_ in types}
    receive.count_unrouted(deliveries, subscribed)
