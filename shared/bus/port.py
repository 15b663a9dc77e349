"""What the relay asks of a transport, and what a receiver hands to an inbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

EVENTS = "steward.events"
INBOUND = "steward.inbound"
UNROUTED = "steward.unrouted"


@dataclass(frozen=True, slots=True)
class Message:
    """One outbox row on its way out. `kind` is `event` or `task`."""

    seq: int
    kind: str
    message_id: str
    routing_key: str
    subject: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message: taken for good, or refused with a reason. No outcome means: nobody knows."""

    confirmed: bool
    reason: str = ""


CONFIRMED = Outcome(True)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message as it arrived, before anybody has tried to read it."""

    body: bytes
    content_type: str | None
    exchange: str
    routing_key: str
    headers: Mapping[str, Any] = field(default_factory=dict)
    message_id: str | None = None


class Transport(Protocol):
    """Takes messages away. After a message without an outcome, it may or may not have been delivered: send it again."""

    def publish(self, messages: Sequence[Message]) -> dict[int, Outcome]:
        """Send a batch and wait for what becomes of it; keyed by `seq`.

        Raises `errors.BrokerAway` when nothing is known of any.
        """
        ...

    def tick(self) -> None:
        """Called about once a second while there is nothing to send: keeps a connection alive."""
        ...

    def close(self) -> None:
        """Let go of every connection, without waiting for a broker that does not answer."""
        ...
