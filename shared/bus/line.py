"""One line to the broker: a connection with one confirm-mode channel, and what became of every message sent on it.

Invariants:
- A message counts as sent only when the broker confirmed *its* delivery tag; a nack or a return is a refusal.
- After an error nobody knows: the connection is dropped, and the next batch begins with a single message, so that a
  broker which takes and does not answer is not filled with copies.
- While the broker says that it is blocked, the connection stays and nothing more is sent; what was sent before is
  waited for, and not sent again.
- The wait for confirms is bounded by one deadline under half the heartbeat (heartbeats restart a socket's own timeout).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import amqp
import structlog
from amqp import spec

from shared.bus import connection, port, timing
from shared.kernel import errors

CONTENT_TYPES = {"event": "application/cloudevents+json", "task": "application/json"}
LOOK_EVERY = 100  # messages sent before it is seen whether the broker wants no more
PUBLISH, PUBLISH_FORM = spec.Basic.Publish, "Bssbb"  # ticket, exchange, routing key, mandatory, immediate
MOST_REFUSED = 3  # messages that one batch may find forbidden one by one: more of them are the line's fault, not theirs

_Message: Any = amqp.Message  # said to hold text; bytes go out as they are

log = structlog.get_logger(__name__)


class Line:
    """Publishes to one exchange. Not thread-safe. `opens` gives an open `connection.Connection`."""

    def __init__(self, opens: Callable[[], Any], *, exchange: str, name: str) -> None:
        self._opens, self._exchange, self._name = opens, exchange, name
        self._connection: Any = None
        self._channel: Any = None
        self._waiting: dict[int, port.Message] = {}  # delivery tag -> message, in the order sent
        self._outcomes: dict[int, port.Outcome] = {}
        self._ids: dict[str, int] = {}  # message id -> seq, to find what was returned
        self._tag = 0
        self._careful = False

    def publish(self, messages: Sequence[port.Message]) -> dict[int, port.Outcome]:
        """See `port.Transport`."""
        self._outcomes = {}
        try:
            if self._careful:
                self._exchange_batch(messages[:1])
                self._careful = False
            self._exchange_batch(messages)
        except amqp.ChannelError as error:  # the broker closed the channel because of one of them: which one?
            self._interrupted(error)
            self._find_refused([message for message in messages if message.seq not in self._outcomes])
        except (*connection.LOST, errors.BrokerAway) as error:
            self._unknown(error)
        return {m.seq: self._outcomes[m.seq] for m in messages if m.seq in self._outcomes}

    def _find_refused(self, messages: Sequence[port.Message]) -> None:
        refused = 0
        for message in messages:
            try:
                self._exchange_batch([message])
            except amqp.NotFound as error:  # the exchange itself is missing: no message's fault
                return self._unknown(error)
            except amqp.ChannelError as error:
                self._interrupted(error)
                self._outcomes[message.seq] = port.Outcome(False, connection.words(error))
                refused += 1
                if refused == MOST_REFUSED:
                    return None
            except (*connection.LOST, errors.BrokerAway) as error:
                return self._unknown(error)
        return None

    def _unknown(self, error: Exception) -> None:
        """Nobody knows what became of the rest. Raises `errors.BrokerAway` when that is all of them."""
        if not isinstance(error, connection.BrokerBlocked):
            self._interrupted(error)
        if not self._outcomes:
            raise connection.fact(error) from error

    def _interrupted(self, error: Exception) -> None:
        log.warning("publish_interrupted", line=self._name, error=repr(error), unknown=len(self._waiting))
        self._careful = True
        self.drop()

    def _exchange_batch(self, messages: Sequence[port.Message]) -> None:
        """Send what is neither on its way nor settled, and wait until all is settled."""
        self._open()
        if self._connection.blocked:
            self._connection.breathe()
        on_their_way = {message.seq for message in self._waiting.values()}
        for number, message in enumerate(messages, 1):
            if self._connection.blocked:
                break
            if message.seq not in self._outcomes and message.seq not in on_their_way:
                self._send(message)
            if number % LOOK_EVERY == 0:
                self._connection.breathe()
        self._await_confirms()
        if any(message.seq not in self._outcomes for message in messages):
            raise connection.BrokerBlocked

    def _open(self) -> None:
        if self._channel is not None:
            return
        self._connection = self._opens()
        channel = self._connection.default_channel
        channel.events["basic_ack"].add(self._on_ack)
        channel.events["basic_nack"].add(self._on_nack)
        channel.events["basic_return"].add(self._on_return)
        channel.confirm_select()
        self._channel = channel
        self._tag, self._waiting, self._ids = 0, {}, {}

    def _send(self, message: port.Message) -> None:
        self._tag += 1
        self._waiting[self._tag] = message
        self._ids[message.message_id] = message.seq
        content = _Message(
            message.body,
            content_type=CONTENT_TYPES[message.kind],
            content_encoding="utf-8",
            message_id=message.message_id,
            delivery_mode=2,
        )
        # As `basic_publish` does it, which looks for "blocked" before each single message: a third of the time.
        self._channel.send_method(PUBLISH, PUBLISH_FORM, (0, self._exchange, message.routing_key, True, False), content)

    def _await_confirms(self) -> None:
        deadline = time.monotonic() + timing.CONFIRM_TIMEOUT_S
        while self._waiting and not self._connection.blocked:
            self._connection.drain_events(timeout=max(deadline - time.monotonic(), 0.001))

    def _settle(self, tag: int, multiple: bool, outcome: port.Outcome) -> None:
        tags = [t for t in self._waiting if t <= tag] if multiple else [tag]
        for each in tags:
            if (message := self._waiting.pop(each, None)) is not None:
                self._ids.pop(message.message_id, None)
                self._outcomes.setdefault(message.seq, outcome)  # a return came first and stands

    def _on_ack(self, tag: int, multiple: bool) -> None:
        self._settle(tag, multiple, port.CONFIRMED)

    def _on_nack(self, tag: int, multiple: bool, *_: Any) -> None:
        self._settle(tag, multiple, port.Outcome(False, "the broker refused the message (queue full)"))

    def _on_return(self, error: Exception, exchange: str, routing_key: str, message: Any) -> None:
        seq = self._ids.get(message.properties.get("message_id", ""))
        if seq is not None:
            where = exchange or "the default exchange"
            self._outcomes[seq] = port.Outcome(False, f"no queue takes {routing_key} from {where}")

    def tick(self) -> None:
        """Keep the connection alive while there is nothing to send."""
        if self._connection is None:
            return
        try:
            self._connection.breathe()
        except connection.LOST as error:
            log.warning("connection_lost", line=self._name, error=repr(error))
            self.drop()

    def drop(self) -> None:
        """Let go of a connection that cannot be trusted any more, without a word."""
        made, self._connection, self._channel = self._connection, None, None
        self._waiting, self._ids = {}, {}
        if made is not None:
            made.drop()

    def close(self) -> None:
        """Let go of the connection in good order, or after a second without it."""
        made, self._connection, self._channel = self._connection, None, None
        if made is not None:
            made.close()
