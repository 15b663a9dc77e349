"""An SMS provider for tests: it records what it *took* and does one `SmsTurn` per request, the last one for ever."""

from __future__ import annotations

import enum
import http.server
import json
import threading
from dataclasses import dataclass
from typing import Any

from tests.servers import ports


class SmsTurn(enum.Enum):
    """What becomes of one request. The value is the status that is answered, where there is one."""

    TAKE = 202
    REFUSE = 422
    TOO_MANY = 429
    NOT_LET_IN = 401
    ELSEWHERE = 302
    AWAY = 503
    LOST_BEHIND = 504  # somebody in front of it waited in vain
    DROP = 0  # the line breaks instead of an answer, *having taken* the message
    HANG = -1  # no answer, the line open, having taken the message


TAKEN = {SmsTurn.TAKE, SmsTurn.DROP, SmsTurn.HANG}


@dataclass(frozen=True)
class Sms:
    """A message as the provider took it."""

    secret: str
    key: str
    body: dict[str, Any]


class SmsProvider:
    """A context manager; `url` is where it listens."""

    def __init__(self, *turns: SmsTurn) -> None:
        self._turns = list(turns or (SmsTurn.TAKE,))
        self._guard, self._over = threading.Lock(), threading.Event()
        self.asked = 0
        self.taken: list[Sms] = []
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                provider._answer(self)

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing: tests read what was taken."""

        self._server = http.server.ThreadingHTTPServer((ports.LOOPBACK, 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://{ports.LOOPBACK}:{self._server.server_port}/sms"

    def __enter__(self) -> SmsProvider:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def texts(self) -> list[str]:
        """The texts that were taken, in order of arrival."""
        return [each.body["text"] for each in self.taken]

    def _answer(self, request: http.server.BaseHTTPRequestHandler) -> None:
        raw = request.rfile.read(int(request.headers["Content-Length"]))
        with self._guard:
            turn = self._turns.pop(0) if len(self._turns) > 1 else self._turns[0]
            self.asked += 1
            if turn in TAKEN:
                secret = request.headers.get("Authorization", "")
                self.taken.append(Sms(secret, request.headers.get("Idempotency-Key", ""), json.loads(raw)))
        request.close_connection = True
        if turn is SmsTurn.HANG:
            self._over.wait(20)
        elif turn is not SmsTurn.DROP:
            said = json.dumps({"id": f"sms-{self.asked}", "status": turn.name.lower()}).encode()
            request.send_response(turn.value)
            request.send_header("Content-Type", "application/json")
            request.send_header("Content-Length", str(len(said)))
            request.end_headers()
            request.wfile.write(said)
