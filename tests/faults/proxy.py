"""A TCP proxy that can lose what the server says, or hang up: for answers that never arrive."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType

from tests.servers import ports

CHUNK = 64 * 1024
CONNECT_S = 5


class Proxy:
    """Stands before a port of the loopback. A context manager; clients use `port`.

    `swallow()` lets the client's bytes through and drops the server's, with the connection open; `cut()` hangs up on
    everybody; `heal()` lets everything through again. `swallowed` counts the bytes that were dropped.
    """

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server((ports.LOOPBACK, 0))
        self.port: int = self._listener.getsockname()[1]
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._threads: list[threading.Thread] = []
        self._guard = threading.Lock()
        self._swallowing = False
        self.swallowed = 0

    def __enter__(self) -> Proxy:
        self._run(self._accept)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None):
        with contextlib.suppress(OSError):  # wakes the thread that waits in accept
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        for thread in self._threads:
            thread.join(5)

    def swallow(self) -> None:
        """Drop every byte that the server sends from now on."""
        self._swallowing = True

    def heal(self) -> None:
        """Let everything through again. A connection that lost bytes is of no use any more: `cut` it first."""
        self._swallowing = False

    def cut(self) -> None:
        """Hang up on every connection, both ways; new ones may be made."""
        with self._guard:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for end in pair:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        with self._guard:
            return len(self._pairs)

    def _run(self, target: object, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)  # type: ignore[arg-type]
        with self._guard:
            self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection((ports.LOOPBACK, self._target), timeout=CONNECT_S)
            except OSError:  # the server is down: so is the proxy
                client.close()
                continue
            server.settimeout(None)
            pair = (client, server)
            with self._guard:
                self._pairs.append(pair)
            self._run(self._carry, pair, client, server, False)
            self._run(self._carry, pair, server, client, True)

    def _carry(
        self, pair: tuple[socket.socket, socket.socket], source: socket.socket, sink: socket.socket, answers: bool
    ) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(CHUNK):
                if answers and self._swallowing:
                    self.swallowed += len(data)
                else:
                    sink.sendall(data)
        for end in pair:  # one side is gone: the other hears of it, and the other thread closes both
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        with self._guard:
            first = pair in self._pairs
            if first:
                self._pairs.remove(pair)
        if not first:
            for end in pair:
                end.close()
