"""What a test does at the broker beside the product: publish as another system, listen in, look at depths.

Depths come from the broker itself (ready and unacknowledged together), never by taking messages and giving them back:
that counts as a delivery.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pika
import pika.exceptions

from shared.bus import port
from shared.envelope import cloudevent
from tests.servers import RabbitMQ, rabbitmq

TAP = "tap"
logging.getLogger("pika").setLevel(logging.CRITICAL)  # a broker that is away is what these tests are about
AWAY = (pika.exceptions.AMQPError, OSError)
"""What a broker that is away looks like from here."""


@dataclass(frozen=True)
class Heard:
    """One message as it passed the exchange of events."""

    id: str
    type: str
    subject: str
    sequence: int


class Broker:
    """One virtual host of a real broker."""

    def __init__(self, server: RabbitMQ) -> None:
        self.server = server
        self.url = server.vhost()
        self.vhost = self.url.rpartition("/")[2]
        self._heard: list[Heard] = []

    def connect(self, name: str = "tests") -> pika.BlockingConnection:
        """A connection of our own; the caller closes it."""
        parameters = pika.URLParameters(self.url)
        parameters.client_properties = {"connection_name": name}
        parameters.socket_timeout = 5
        parameters.blocked_connection_timeout = 5
        return pika.BlockingConnection(parameters)

    def listen_in(self) -> None:
        """From now on, keep a copy of every event that is published (a queue of the test's own)."""
        with self.connect() as connection:
            channel = connection.channel()
            channel.queue_declare(TAP, durable=True, arguments={"x-queue-type": "quorum"})
            channel.queue_bind(TAP, port.EVENTS, "#")

    def heard(self) -> list[Heard]:
        """Everything heard so far, in order; what was published twice stands here twice."""
        with self.connect() as connection:
            channel = connection.channel()
            while True:
                method, _, body = channel.basic_get(TAP)
                if method is None or body is None:
                    return list(self._heard)
                event = json.loads(body)
                self._heard.append(Heard(event["id"], event["type"], event["subject"], int(event["sequence"])))
                channel.basic_ack(method.delivery_tag)

    def publish(self, exchange: str, key: str, bodies: Iterable[bytes], *, content_type: str | None = None) -> int:
        """Publish with confirms and return how many were taken. Raises what `AWAY` lists."""
        properties = pika.BasicProperties(content_type=content_type or cloudevent.CONTENT_TYPE, delivery_mode=2)
        taken = 0
        with self.connect("another system") as connection:
            channel = connection.channel()
            channel.confirm_delivery()
            for body in bodies:
                channel.basic_publish(exchange, key, body, properties, mandatory=True)
                taken += 1
        return taken

    def queue(self, name: str, *bindings: tuple[str, str]) -> None:
        """A further quorum queue, bound to (exchange, key) pairs."""
        with self.connect() as connection:
            channel = connection.channel()
            channel.queue_declare(name, durable=True, arguments={"x-queue-type": "quorum"})
            for exchange, key in bindings:
                channel.queue_bind(name, exchange, key)

    def depths(self) -> dict[str, int]:
        """Messages per queue that wait or are in somebody's hand; the test's own queue and what is there to be kept
        (unrouted events, spent hints) left out."""
        kept = (TAP, port.UNROUTED)
        found = [q for q in self._queues() if q["name"] not in kept and not q["name"].endswith(".XQ")]
        # A management API that has not looked at a new queue yet says nothing of it: that is not empty.
        return {q["name"]: q.get("messages", 1) for q in found}

    def _queues(self) -> list[dict[str, Any]]:
        if isinstance(self.server, rabbitmq.Given):
            return self.server.told(f"/api/queues/{self.vhost}")
        return json.loads(self.server.ctl("-p", self.vhost, "list_queues", "name", "messages", "--formatter", "json"))

    def connections(self) -> list[str]:
        """The names of the product's connections to this virtual host."""
        told = self.server.ctl("list_connections", "vhost", "client_properties", "--formatter", "json")
        found: list[dict[str, Any]] = json.loads(told)
        return sorted(_name(each) for each in found if each["vhost"] == self.vhost)

    def settle(self) -> None:
        """See `RabbitMQ.settle`."""
        self.server.settle()


def _name(connection: dict[str, Any]) -> str:
    properties = connection.get("client_properties") or []
    for name, *rest in properties:
        if name == "connection_name":
            return str(rest[-1])
    return "?"
