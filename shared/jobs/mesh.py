"""The mesh: dramatiq workers on the services' task queues. One worker may serve several services.

Our rows decide about retries, crashes and limits, so dramatiq brings transport and processes only. Its defaults that
lose work are replaced: confirms are on, queues are the quorum queues of the topology (its own have no delivery limit),
no retries and no delays of its own (a delayed message waits in a worker's memory), shutdown within our grace period.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import dramatiq
import pika
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from dramatiq.middleware import AgeLimit, ShutdownNotifications, TimeLimit

from shared.bus import timing, topology
from shared.jobs import rows

SHUTDOWN_S = 20  # how long a worker may finish what is in hand; under the grace period of 45 s
TIME_LIMIT_MARGIN_S = 5  # a run over its limit is stopped hard after this much more
HEARTBEAT_S = timing.HEARTBEAT_S
SOCKET_TIMEOUT_S = timing.SOCKET_TIMEOUT_S


class MeshBroker(RabbitmqBroker):
    """dramatiq's broker on the topology's queues."""

    def _declare_queue(self, queue_name: str) -> object:
        return self._declare(queue_name, 0)

    def _declare_dq_queue(self, queue_name: str) -> object:
        return self._declare(queue_name, 1)

    def _declare_xq_queue(self, queue_name: str) -> object:
        return self._declare(queue_name, 2)

    def _declare(self, queue_name: str, which: int) -> object:
        service = queue_name.removeprefix("steward.").removesuffix(".tasks")
        queue = topology.task_queues(service)[which]
        return self.channel.queue_declare(queue=queue.name, durable=True, arguments=dict(queue.arguments))


def broker(url: str) -> MeshBroker:
    """A broker with explicit middleware. Opens no connection yet (workers fork or spawn first)."""
    parameters = pika.URLParameters(url)
    parameters.heartbeat = HEARTBEAT_S
    parameters.blocked_connection_timeout = HEARTBEAT_S
    parameters.socket_timeout = SOCKET_TIMEOUT_S
    parameters.client_properties = {"connection_name": "steward tasks"}
    made = MeshBroker(
        confirm_delivery=True, middleware=[AgeLimit(), TimeLimit(), ShutdownNotifications()], parameters=[{}]
    )
    made.parameters = parameters
    return made


def bind(made: MeshBroker, runs: dict[str, Callable[[str], object]]) -> list[str]:
    """Declare one actor per service that runs a task by its id. Returns the queues to work on."""
    limit_ms = (rows.TIME_LIMIT_S + TIME_LIMIT_MARGIN_S) * 1000
    for service, run in runs.items():
        name, queue = f"run_{service}", rows.queue(service)
        dramatiq.actor(broker=made, actor_name=name, queue_name=queue, time_limit=limit_ms)(_told(run))
    return [rows.queue(service) for service in runs]


def _told(run: Callable[[str], object]) -> Callable[[str], None]:
    """What a hint does; dramatiq would keep a result and say that it has nowhere to put it."""

    def told(id: str) -> None:
        run(id)

    return told


def worker(made: MeshBroker, queues: Iterable[str], *, threads: int) -> dramatiq.Worker:
    """A worker on the queues; `start()` it, and `stop(timeout=SHUTDOWN_S * 1000)` it on SIGTERM."""
    made.emit_after("process_boot")
    return dramatiq.Worker(made, queues=set(queues), worker_threads=threads)
