"""Free ports on the loopback, and waiting until something answers there.

Ports are taken below the range that Linux hands to outgoing connections, so that a server that is stopped finds its
port still free when it is started again.
"""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Callable

LOOPBACK = "127.0.0.1"
FIRST, LAST = 20_000, 31_900
POLL_S = 0.05

_taken: set[int] = set()


def free() -> int:
    """A port on which nothing listens and that this process has not handed out before."""
    choice = random.SystemRandom()
    for _ in range(200):
        port = choice.randrange(FIRST, LAST)
        if port in _taken:
            continue
        with socket.socket() as probe:
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
        _taken.add(port)
        return port
    raise OSError(f"no free port between {FIRST} and {LAST} on {LOOPBACK}")


def until(ready: Callable[[], bool], *, timeout_s: float, what: str, alive: Callable[[], bool] = lambda: True) -> None:
    """Return when `ready()` holds. Raises `TimeoutError` naming `what`, at once when `alive()` no longer holds."""
    deadline = time.monotonic() + timeout_s
    while not ready():
        if not alive():
            raise TimeoutError(f"{what}: the process ended before that")
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {timeout_s:g} s")
        time.sleep(POLL_S)


def listening(port: int) -> bool:
    """Whether something accepts connections on the port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0


def speaks_amqp(port: int) -> bool:
    """Whether a broker answers AMQP's greeting with its `connection.start`; a port that is merely open is not ready."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=2) as peer:
            peer.sendall(b"AMQP\x00\x00\x09\x01")
            return peer.recv(1) == b"\x01"
    except OSError:
        return False
