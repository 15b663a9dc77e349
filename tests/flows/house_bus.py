"""Publishing as another system does: ten lines of AMQP."""

from __future__ import annotations

from typing import Any

import kombu

CLOUDEVENTS = "application/cloudevents+json"


def publish(
    url: str, body: bytes, *, exchange: str, routing_key: str, kind: str | None = CLOUDEVENTS, **properties: Any
) -> None:
    """Publish these bytes, persistent, and wait for the broker's confirm."""
    with kombu.Connection(url, transport_options={"confirm_publish": True}) as connection:
        channel: Any = connection.default_channel
        message = channel.prepare_message(
            body, content_type=kind, content_encoding="utf-8", properties={"delivery_mode": 2, **properties}
        )
        channel.basic_publish_confirm(message, exchange=exchange, routing_key=routing_key, mandatory=True)
