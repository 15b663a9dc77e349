"""Services on the other side of a real connection: one that works, and ones that do not."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from werkzeug import serving as serving_

ANSWER = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{"well":true}'


@contextlib.contextmanager
def serving(app: Any) -> Iterator[str]:
    """A WSGI app on a free port of this machine; its address."""
    server = serving_.make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()


def nobody() -> str:
    """An address where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


@dataclass
class Rude:
    """A server that hangs up on the first requests without a word, and then answers."""

    hang_ups: int
    heard: list[bytes] = field(default_factory=list)

    @contextlib.contextmanager
    def serving(self) -> Iterator[str]:
        """Its address."""
        with socket.create_server(("127.0.0.1", 0)) as listening:
            listening.settimeout(10)
            thread = threading.Thread(target=self._serve, args=(listening,), daemon=True)
            thread.start()
            try:
                yield f"http://127.0.0.1:{listening.getsockname()[1]}"
            finally:
                listening.shutdown(socket.SHUT_RDWR)  # closing alone would leave `accept` waiting
                thread.join(5)

    def _serve(self, listening: socket.socket) -> None:
        with contextlib.suppress(OSError):  # closed by the test, or nobody came
            while True:
                taken, _ = listening.accept()
                with taken:
                    taken.settimeout(5)
                    self.heard.append(taken.recv(65536))
                    if len(self.heard) > self.hang_ups:
                        taken.sendall(ANSWER)
