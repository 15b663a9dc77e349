"""The topology is a pure function of what the services subscribe to."""

from __future__ import annotations

import pytest

from shared.bus import port, timing, topology

SUBSCRIPTIONS = {
    "notify": (["support.ticket.classified", "support.ticket.received"], []),
    "support": (["directory.unit.changed"], ["request.submitted"]),
}


def plan() -> topology.Topology:
    return topology.plan(SUBSCRIPTIONS, with_tasks=["notify"])


def test_the_same_services_make_the_same_topology_in_whatever_order_they_are_named() -> None:
    shuffled = {name: (types[::-1] * 2, inbound) for name, (types, inbound) in reversed(SUBSCRIPTIONS.items())}
    assert topology.plan(shuffled, with_tasks=["notify", "notify"]) == plan()


def test_a_queue_is_bound_to_exactly_what_its_service_handles() -> None:
    bound = {(b.exchange, b.routing_key) for b in plan().bindings if b.queue == "steward.support"}
    assert bound == {(port.EVENTS, "directory.unit.changed"), (port.INBOUND, "*.request.submitted")}


def test_every_queue_is_a_quorum_queue_with_a_limit_of_its_own() -> None:
    """RabbitMQ 4 would drop a message after twenty deliveries; without a limit, 3.10 would deliver one for ever."""
    made = plan()
    for queue in (*made.queues, *made.task_queues):
        arguments = dict(queue.arguments)
        assert arguments["x-queue-type"] == "quorum"
        assert arguments["x-delivery-limit"] > 0


def test_a_services_queue_hands_on_what_it_gives_up_and_loses_nothing_of_it() -> None:
    queues = {queue.name: dict(queue.arguments) for queue in plan().queues}
    assert queues["steward.support"] == {
        "x-queue-type": "quorum",
        "x-single-active-consumer": True,
        "x-delivery-limit": topology.DELIVERY_LIMIT,
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": "steward.support.dead",
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }
    assert queues["steward.support.dead"] == {"x-queue-type": "quorum", "x-delivery-limit": topology.NEVER}


def test_what_nobody_takes_is_kept_up_to_a_length() -> None:
    unrouted = {queue.name: dict(queue.arguments) for queue in plan().queues}[port.UNROUTED]
    assert (unrouted["x-max-length"], unrouted["x-overflow"]) == (10_000, "drop-head")


def test_task_queues_stand_apart_and_only_where_there_are_tasks() -> None:
    made = plan()
    names = [queue.name for queue in made.task_queues]
    assert names == ["steward.notify.tasks", "steward.notify.tasks.DQ", "steward.notify.tasks.XQ"]
    assert not {binding.queue for binding in made.bindings} & set(names)


def test_the_times_of_the_connections_belong_together(monkeypatch: pytest.MonkeyPatch) -> None:
    assert timing.fault() is None
    monkeypatch.setattr(timing, "CONFIRM_TIMEOUT_S", timing.HEARTBEAT_S / 2)
    assert timing.fault() == "the confirm timeout must stay under half the heartbeat"
    monkeypatch.undo()
    monkeypatch.setattr(timing, "SOCKET_TIMEOUT_S", timing.HEARTBEAT_S)
    assert timing.fault() == "the socket timeout must stay under the heartbeat"
