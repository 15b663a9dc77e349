"""Connections to RabbitMQ: opened within limits of time, never reopened behind our back, let go without waiting.

kombu reads the URL and makes the connection. What it would do on top is not used: it reconnects inside `drain_events`
(and a consumer waits for ever on a connection that consumes nothing), retries without end, and hangs while it closes
during a memory alarm, when the broker does not read any more.
"""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator
from typing import Any

import amqp
import kombu
import structlog
from kombu import exceptions

from shared.bus import frames, timing
from shared.kernel import errors

LOST = (OSError, amqp.AMQPError, exceptions.KombuError, AttributeError, AssertionError)
"""What a lost connection can look like: py-amqp raises AttributeError when it is closed under its feet."""

log = structlog.get_logger(__name__)


class BrokerRefuses(errors.BrokerAway):
    """The message broker refuses this: {why}."""

    code = "broker-refuses"


class BrokerBlocked(errors.BrokerAway):
    """The message broker takes no messages at the moment: it is short of memory or disk."""

    code = "broker-blocked"


class TopologyMissing(errors.BrokerAway):
    """The message broker lacks something: {why}. Run "steward topology" first."""

    code = "topology-missing"


def fact(error: BaseException) -> errors.BrokerAway:
    """What an error of the connection means for whoever waits."""
    if isinstance(error, errors.BrokerAway):
        return error
    if isinstance(error, amqp.NotFound):
        return TopologyMissing(why=words(error))
    if isinstance(error, amqp.AccessRefused | amqp.NotAllowed | amqp.PreconditionFailed):
        return BrokerRefuses(why=words(error))
    return errors.BrokerAway()


def words(error: BaseException) -> str:
    """What the broker said, without py-amqp's frame numbers around it."""
    return str(getattr(error, "reply_text", None) or error)


class Connection:
    """An open connection. Whoever loses it opens another. Not thread-safe.

    Raises `errors.BrokerAway` when it cannot be opened; everything else raises one of `LOST`.
    """

    def __init__(self, url: str, name: str) -> None:
        self.name = name
        self.blocked = False
        """Whether the broker said that it does not read what we publish."""
        parts = kombu.Connection(
            url,
            heartbeat=timing.HEARTBEAT_S,
            connect_timeout=timing.CONNECT_TIMEOUT_S,
            transport_options={
                "read_timeout": timing.SOCKET_TIMEOUT_S,
                "write_timeout": timing.SOCKET_TIMEOUT_S,
                "socket_settings": timing.SOCKET_OPTIONS,
                "client_properties": {"connection_name": name},
                "frame_handler": frames.handler,
                "on_blocked": self._on_blocked,
                "on_unblocked": self._on_unblocked,
            },
        )
        if parts.transport_cls == "amqps":  # py-amqp checks the certificate by itself, but not whose it is
            parts.ssl = {"cert_reqs": ssl.CERT_REQUIRED, "server_hostname": parts.hostname}
        try:
            self._raw: Any = parts.transport.establish_connection()
        except LOST as error:
            raise fact(error) from error
        self._channel: Any = None

    @property
    def default_channel(self) -> Any:
        """The first channel, opened when it is asked for."""
        if self._channel is None:
            self._channel = self.channel()
        return self._channel

    def channel(self) -> Any:
        """One more channel."""
        made = self._open().channel()
        made.auto_decode = False  # bodies stay the bytes that came
        return made

    def drain_events(self, *, timeout: float) -> None:
        """Wait for one event. Raises TimeoutError when none came within `timeout` seconds."""
        self._open().drain_events(timeout=timeout)

    def heartbeat_check(self) -> None:
        """To be called about once a second; raises when the broker was silent for two heartbeats."""
        self._open().heartbeat_tick()

    def _open(self) -> Any:
        """py-amqp, too, connects again by itself when it is asked for something after its end."""
        if not self._raw.connected:
            raise ConnectionResetError("the connection is closed")
        return self._raw

    def breathe(self, *, most: int = 1_000) -> None:
        """Take what has come, at most so many events, and show that we are alive."""
        with contextlib.suppress(TimeoutError):
            for _ in range(most):
                self.drain_events(timeout=0)
        self.heartbeat_check()

    def close(self) -> None:
        """Say good-bye, and wait for an answer a second at most: the broker may not be reading."""
        if self._raw.connected:
            with contextlib.suppress(*LOST):
                self._raw.transport.sock.settimeout(timing.CLOSE_TIMEOUT_S)
                self._raw.close()
        self.drop()

    def drop(self) -> None:
        """Close the socket without a word."""
        with contextlib.suppress(*LOST):
            self._raw.collect()

    def _on_blocked(self, reason: str) -> None:
        log.warning("broker_blocked", connection=self.name, reason=reason)
        self.blocked = True

    def _on_unblocked(self) -> None:
        log.info("broker_unblocked", connection=self.name)
        self.blocked = False


@contextlib.contextmanager
def connected(url: str, name: str) -> Iterator[Connection]:
    """An open connection for the block. Raises `errors.BrokerAway` for everything that the broker or network does."""
    made = Connection(url, name)
    try:
        yield made
    except LOST as error:
        made.drop()
        raise fact(error) from error
    finally:
        made.close()
