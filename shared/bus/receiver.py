"""The receiver: takes deliveries from a service's queue, has them stored once, and only then acknowledges.

Nothing is decoded or judged here, and no reaction runs here: a delivery is acknowledged because it is on disk.
While the database is away the deliveries are held unacknowledged, none is taken anew (each giving back counts as a
delivery, and their number is limited), and the connection is kept alive.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import structlog

from shared.bus import connection, port
from shared.bus.connection import Connection

PREFETCH = 500  # deliveries in hand at most
BATCH = 200  # stored in one transaction
BATCH_BYTES = 8 * 1024 * 1024  # the same, in bytes: what the broker sends beyond waits in the socket, not in memory
LINGER_S = 0.002  # how long a batch waits for its next delivery
HOLD_S = 600  # how long deliveries are held while the database is away; RabbitMQ takes them back after 30 minutes

log = structlog.get_logger(__name__)


class Receiver:
    """Consumes one queue. `store` writes a batch and returns when it is committed; it raises when it was not.

    `ready` raises while nothing could be stored; it is asked before the first delivery is taken.
    """

    def __init__(
        self,
        url: str,
        queue: str,
        *,
        name: str,
        store: Callable[[Sequence[port.Delivery]], None],
        ready: Callable[[], None] = lambda: None,
    ) -> None:
        self._url, self._queue, self._name, self._store, self._ready = url, queue, name, store, ready
        self._connection: Connection | None = None
        self._channel: Any = None
        self._batch: list[port.Delivery] = []
        self._bytes = 0
        self._last_tag = 0
        self._held_since: float | None = None

    def step(self, wait_s: float = 1.0) -> bool:
        """Wait up to `wait_s` for deliveries, store what came, acknowledge. True when something was stored.

        Raises `errors.BrokerAway` or what `store` raised; call it again after a pause.
        """
        if self._connection is None:
            self._ready()
            self._open()
        if not self._batch:
            with self._bus() as here:
                self._drain(here, wait_s)
                if not self._batch:
                    here.breathe(most=1)
        if not self._batch:
            return False
        self._settle()
        return True

    def _open(self) -> None:
        self._batch, self._bytes, self._last_tag, self._held_since = [], 0, 0, None
        self._connection = Connection(self._url, f"{self._name} receiver")
        with self._bus() as here:
            self._channel = here.default_channel
            self._channel.basic_qos(0, PREFETCH, False)
            self._channel.basic_consume(self._queue, callback=self._take, on_cancel=self._cancelled)

    @contextlib.contextmanager
    def _bus(self) -> Iterator[Connection]:
        """Whatever goes wrong on the connection ends it: nobody knows what of the stream was read."""
        assert self._connection is not None
        try:
            yield self._connection
        except Exception as error:
            lost = isinstance(error, connection.LOST)
            if not lost:
                log.exception("connection_misread", queue=self._queue)
            self._drop()
            if lost:
                raise connection.fact(error) from error
            raise

    def _take(self, message: Any) -> None:
        info, properties = message.delivery_info, message.properties
        body = message.body if isinstance(message.body, bytes) else str(message.body).encode()
        self._batch.append(
            port.Delivery(
                body=body,
                content_type=properties.get("content_type"),
                exchange=info["exchange"],
                routing_key=info["routing_key"],
                headers=properties.get("application_headers") or {},
                message_id=properties.get("message_id"),
            )
        )
        self._bytes += len(body)
        self._last_tag = info["delivery_tag"]

    def _cancelled(self, _tag: str) -> None:
        raise ConnectionResetError(f"the broker ended the consumer of {self._queue}")

    def _drain(self, here: Connection, wait_s: float) -> None:
        timeout = wait_s
        while len(self._batch) < BATCH and self._bytes < BATCH_BYTES:
            try:
                here.drain_events(timeout=timeout)
            except TimeoutError:
                return
            timeout = LINGER_S

    def _settle(self) -> None:
        try:
            self._store(self._batch)
        except Exception:
            self._hold()
            raise
        with self._bus():
            self._channel.basic_ack(self._last_tag, multiple=True)
        self._batch, self._bytes, self._held_since = [], 0, None

    def _hold(self) -> None:
        """Nothing was stored: keep what is in hand for the next step, unless that has been tried for too long."""
        self._held_since = self._held_since or time.monotonic()
        if time.monotonic() - self._held_since > HOLD_S:
            log.warning("deliveries_given_back", queue=self._queue, held_s=HOLD_S, deliveries=len(self._batch))
            self.close()
            return
        with self._bus() as here:
            here.breathe(most=1)  # what arrives meanwhile joins the batch

    def _drop(self) -> None:
        made, self._connection, self._channel = self._connection, None, None
        self._batch = []
        if made is not None:
            made.drop()

    def close(self) -> None:
        """Stop consuming; what is not acknowledged goes back to the queue."""
        made, self._connection, self._channel = self._connection, None, None
        self._batch = []
        if made is not None:
            made.close()
