"""Times of the connections to the broker: they belong together, so they stand together and are checked at start."""

from __future__ import annotations

import socket

HEARTBEAT_S = 30  # given explicitly: kombu's own default is none at all, and a dead peer would never be noticed
CONFIRM_TIMEOUT_S = 12  # of one batch; heartbeats arrive every half heartbeat and would restart a longer wait
SOCKET_TIMEOUT_S = 10  # of one read or write; without it a close hangs for ever during a memory alarm
CONNECT_TIMEOUT_S = 5
CLOSE_TIMEOUT_S = 1.0  # of a good-bye
# py-amqp's own limit for bytes that the peer's machine has not acknowledged is a second: a busy network needs more.
SOCKET_OPTIONS = {socket.TCP_USER_TIMEOUT: SOCKET_TIMEOUT_S * 1000} if hasattr(socket, "TCP_USER_TIMEOUT") else {}


def fault() -> str | None:
    """What is wrong with the numbers, if anything."""
    if CONFIRM_TIMEOUT_S * 2 >= HEARTBEAT_S:
        return "the confirm timeout must stay under half the heartbeat"
    if SOCKET_TIMEOUT_S >= HEARTBEAT_S:
        return "the socket timeout must stay under the heartbeat"
    return None
