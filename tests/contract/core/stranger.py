"""Somebody else on the broker: publishes whatever bytes, under whatever name, with whatever properties."""

from __future__ import annotations

import urllib.parse
from types import TracebackType
from typing import Any

import amqp

from shared.bus import port

_Message: Any = amqp.Message  # annotated as taking text only; bytes go out as they are


class Stranger:
    """A confirm-mode connection of an outside system."""

    def __init__(self, url: str) -> None:
        parts = urllib.parse.urlsplit(url)
        self._connection = amqp.Connection(
            f"{parts.hostname}:{parts.port}",
            userid=parts.username or "",
            password=parts.password or "",
            virtual_host=parts.path[1:],
            confirm_publish=True,
        )

    def __enter__(self) -> Stranger:
        self._connection.connect()
        self.channel: Any = self._connection.channel()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None):
        self._connection.close()

    def publish(self, delivery: port.Delivery, *, routing_key: str | bytes | None = None, **properties: Any) -> None:
        """Publish it and wait for the confirm. Names and properties given as bytes go out as they are."""
        told = {"content_type": delivery.content_type, "message_id": delivery.message_id, "delivery_mode": 2}
        known = {name: value for name, value in {**told, **properties}.items() if value is not None}
        self.channel.basic_publish(
            _Message(delivery.body, **known),
            exchange=delivery.exchange,
            routing_key=delivery.routing_key if routing_key is None else routing_key,
            mandatory=True,
        )

    def depth(self, queue: str) -> int:
        """Messages ready in a queue."""
        return self.channel.queue_declare(queue, passive=True).message_count
