"""Which exchanges, queues and bindings there are: a pure function of the services' manifests, and its application.

Invariants: quorum queues only, each with an explicit delivery limit (RabbitMQ 4 would drop messages after 20
deliveries) and at-least-once dead-lettering; the arguments of a queue never change under its name. Works on RabbitMQ
3.10 to 4.x.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import amqp

from shared.bus import connection, port
from shared.kernel import errors

DELIVERY_LIMIT = 100  # of a service's queue: receivers only store, so only a crash loop ever gets there
NEVER = 1_000_000_000  # a delivery limit for queues that nothing may fall out of (looking at them counts as a delivery)
UNROUTED_LENGTH = 10_000  # of the queue of what nobody subscribed to; the oldest fall out
TASK_DELIVERY_LIMIT = 5  # a hint that killed five workers is dropped; its row is found and judged by the sweeper
SPENT_HINTS = 1_000  # dropped hints kept to be looked at; they say nothing that the rows do not say


class ArgumentsDiffer(errors.Refused):
    """The broker has {name} with other arguments, which never change under a name: {why}.
    Empty and delete it, or give Steward a virtual host of its own."""

    code = "arguments-differ"


@dataclass(frozen=True, slots=True)
class Queue:
    """A durable queue with its arguments."""

    name: str
    arguments: tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Binding:
    """One routing key of an exchange that leads to a queue."""

    exchange: str
    queue: str
    routing_key: str


@dataclass(frozen=True, slots=True)
class Topology:
    """What the broker should hold. Task queues may live in another vhost, so they stand apart."""

    queues: tuple[Queue, ...]
    bindings: tuple[Binding, ...]
    task_queues: tuple[Queue, ...]


def queue_name(service: str) -> str:
    """The queue of a service's events."""
    return f"steward.{service}"


def task_queue_name(service: str) -> str:
    """The queue of a service's task hints."""
    return f"steward.{service}.tasks"


def plan(subscriptions: dict[str, tuple[Iterable[str], Iterable[str]]], *, with_tasks: Iterable[str]) -> Topology:
    """The topology for `{service: (event types, inbound types)}` and the services that have tasks."""
    queues: list[Queue] = [
        _quorum(port.UNROUTED, {"x-delivery-limit": NEVER, "x-max-length": UNROUTED_LENGTH, "x-overflow": "drop-head"})
    ]
    bindings: list[Binding] = []
    for service, (types, inbound) in sorted(subscriptions.items()):
        name = queue_name(service)
        dead = f"{name}.dead"
        queues.append(_quorum(dead, {"x-delivery-limit": NEVER}))
        queues.append(_quorum(name, {
            "x-single-active-consumer": True,
            "x-delivery-limit": DELIVERY_LIMIT,
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": dead,
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
        }))  # fmt: skip
        bindings += [Binding(port.EVENTS, name, type_) for type_ in sorted(set(types))]
        bindings += [Binding(port.INBOUND, name, f"*.{type_}") for type_ in sorted(set(inbound))]
    tasks = [queue for service in sorted(set(with_tasks)) for queue in task_queues(service)]
    return Topology(tuple(queues), tuple(bindings), tuple(tasks))


def task_queues(service: str) -> tuple[Queue, Queue, Queue]:
    """The three queues that the task runner expects: hints, delayed (never used: delays are clocks), spent."""
    name = task_queue_name(service)
    limits = {
        "x-delivery-limit": TASK_DELIVERY_LIMIT,
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": f"{name}.XQ",
    }
    spent = {"x-delivery-limit": NEVER, "x-max-length": SPENT_HINTS, "x-overflow": "drop-head"}
    return _quorum(name, limits), _quorum(f"{name}.DQ", limits), _quorum(f"{name}.XQ", spent)


def _quorum(name: str, arguments: dict[str, Any]) -> Queue:
    return Queue(name, tuple(sorted({"x-queue-type": "quorum", **arguments}.items())))


def apply(topology: Topology, url: str, tasks_url: str, *, gone: Iterable[Binding] = ()) -> None:
    """Declare everything and unbind what is gone. Safe to run again.

    Raises `errors.BrokerAway`, and `ArgumentsDiffer` when something is there under its name with other arguments.
    """
    with connection.connected(url, "steward topology") as there:
        channel = there.default_channel
        with _same(port.UNROUTED):
            channel.exchange_declare(port.UNROUTED, "fanout", durable=True, auto_delete=False)
        for name in (port.EVENTS, port.INBOUND):
            with _same(name):
                channel.exchange_declare(
                    name, "topic", durable=True, auto_delete=False, arguments={"alternate-exchange": port.UNROUTED}
                )
        _declare(channel, topology.queues)
        channel.queue_bind(port.UNROUTED, port.UNROUTED, "")
        for binding in topology.bindings:
            channel.queue_bind(binding.queue, binding.exchange, binding.routing_key)
        for old in set(gone) - set(topology.bindings):
            channel.queue_unbind(old.queue, old.exchange, old.routing_key)
    if topology.task_queues:
        with connection.connected(tasks_url, "steward topology") as there:
            _declare(there.default_channel, topology.task_queues)


def _declare(channel: Any, queues: Iterable[Queue]) -> None:
    for queue in queues:
        with _same(queue.name):
            channel.queue_declare(queue.name, durable=True, auto_delete=False, arguments=dict(queue.arguments))


@contextlib.contextmanager
def _same(name: str) -> Iterator[None]:
    try:
        yield
    except amqp.PreconditionFailed as error:
        raise ArgumentsDiffer(name=name, why=connection.words(error)) from error
