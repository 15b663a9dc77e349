"""Clients and other systems that ask for things, and the ledger of every promise they were given.

A client here does what a good one does: it repeats a request that got no answer, or was told to come back, with the
same Idempotency-Key (the same event id) until it is answered. What is answered 2xx is written down; nothing else counts
as promised.
"""

from __future__ import annotations

import hashlib
import http.client
import itertools
import json
import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.bus import port
from shared.envelope import cloudevent
from shared.kernel import ids
from tests.faults.broker import AWAY, Broker

UNIT = "hai-phong"
TIMEOUT_S = 30  # a request may wait its turn at the database
AGAIN_S = 0.1  # before a repetition
WORDS = ("Hỏi về thời gian hàng đến cảng Hải Phòng", "我的货物什么时候到港?", "When does my cargo arrive?")
LOCALES = ("vi", "zh", "en")


@dataclass(frozen=True)
class Promise:
    """A request that was answered 2xx. `mark` stands in the content of the one ticket that it led to."""

    kind: str  # form | ticket | verb | inbound | published
    mark: str
    path: str
    key: str
    body: bytes
    status: int
    answer: bytes


@dataclass
class Ledger:
    """What was promised, and what else became of requests."""

    promises: list[Promise] = field(default_factory=list)
    refused: Counter[int] = field(default_factory=Counter)
    unanswered: int = 0
    asked: int = 0
    guard: threading.Lock = field(default_factory=threading.Lock)

    def __len__(self) -> int:
        with self.guard:
            return len(self.promises)


@dataclass(frozen=True)
class Way:
    """The way in: an address, what stands before a service's own path, and who calls. Each client of the public form
    comes from an address of its own."""

    host: str
    port: int
    prefix: str
    authorize: Callable[[str], str]
    """The token for a path."""
    handles: bool
    """Whether the caller is a person, who may take a ticket to its handover; a system only records it."""

    def post(self, path: str, key: str, body: bytes, *, content_type: str = "application/json") -> tuple[int, bytes]:
        """One request on a connection of its own. Raises OSError or `http.client.HTTPException` without an answer."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=TIMEOUT_S)
        headers = {"Content-Type": content_type, "Idempotency-Key": key, "Connection": "close"}
        if path.startswith("/v1/public/"):
            headers["X-Forwarded-For"] = ".".join(map(str, (10, *hashlib.sha256(key.encode()).digest()[:3])))
        else:
            headers["Authorization"] = f"Bearer {self.authorize(path)}"
        try:
            connection.request("POST", self.prefix + path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


class Stopped(Exception):
    """The load was ended while a request was still without an answer."""


class Load:
    """Threads that ask until they are stopped. A context manager.

    `kinds` are drawn at random: `form` (the public form), `journey` (a ticket, taken to its handover by a person),
    `inbound` (another system's event over HTTP), `published` (the same over AMQP).
    """

    def __init__(
        self,
        way: Way,
        ledger: Ledger,
        *,
        kinds: Sequence[str] = ("form", "journey", "inbound"),
        threads: int = 3,
        pause_s: float = 0.02,
        seed: int = 1,
        broker: Broker | None = None,
        most: int | None = None,
    ) -> None:
        self._way, self._ledger, self._kinds, self._pause_s, self._broker = way, ledger, kinds, pause_s, broker
        self._stop = threading.Event()
        self._left = itertools.count() if most is None else iter(range(most))
        self._threads = [
            threading.Thread(target=self._run, args=(random.Random(f"{seed} {number}"),), name=f"load {number}")
            for number in range(threads)
        ]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End, after the answer that is being waited for; what has none by then stays unanswered."""
        self._stop.set()
        self.finish()

    def finish(self) -> None:
        """Wait until everything that was to be asked (`most`) has been answered."""
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()

    def _run(self, draw: random.Random) -> None:
        asks = {"form": self._form, "journey": self._journey, "inbound": self._inbound, "published": self._publish}
        while not self._stop.is_set() and next(self._left, None) is not None:
            try:
                asks[draw.choice(self._kinds)](draw, f"mark-{ids.new()}")
            except Stopped:
                with self._ledger.guard:
                    self._ledger.unanswered += 1
            self._stop.wait(self._pause_s * draw.uniform(0.5, 1.5))

    # ---- what they ask for

    def _form(self, draw: random.Random, mark: str) -> None:
        self._post(
            "form", mark, "/v1/public/requests", {"unit": UNIT, "content": content(draw, mark), **who(draw, mark)}
        )

    def _journey(self, draw: random.Random, mark: str) -> None:
        given = {"content": content(draw, mark), "requester": who(draw, mark)}
        ticket = self._post("ticket", mark, "/v1/tickets", given)
        if ticket is None or not self._way.handles:
            return
        promised = (datetime.now(UTC) + timedelta(days=2)).isoformat()
        for verb, body in (
            ("classify", {"request_type": draw.randint(1, 6), "promised_at": promised}),
            ("complete", {"method": "Truy cập TOS", "result": "Hàng đến ngày 26.", "apology": True}),
            ("hand_over", {}),
        ):
            if self._post("verb", mark, f"/v1/tickets/{ticket['id']}/{verb}", body) is None:
                return

    def _inbound(self, draw: random.Random, mark: str) -> None:
        self._ask("inbound", mark, "/v1/inbound", mark, submitted(draw, mark), cloudevent.CONTENT_TYPE)

    def _publish(self, draw: random.Random, mark: str) -> None:
        assert self._broker is not None
        body = submitted(draw, mark)
        while True:
            try:
                self._broker.publish(port.INBOUND, "tos.request.submitted", [body])
            except AWAY:
                if self._stop.wait(AGAIN_S):
                    raise Stopped from None
                continue
            self._promised(Promise("published", mark, "", mark, body, 0, b""))
            return

    # ---- asking until answered

    def _post(self, kind: str, mark: str, path: str, given: dict[str, Any]) -> dict[str, Any] | None:
        body = json.dumps(given, ensure_ascii=False).encode()
        answer = self._ask(kind, mark, path, f"{mark} {path.rpartition('/')[2]}", body)
        return None if answer is None else json.loads(answer)

    def _ask(
        self, kind: str, mark: str, path: str, key: str, body: bytes, content_type: str = "application/json"
    ) -> bytes | None:
        with self._ledger.guard:
            self._ledger.asked += 1
        while True:
            try:
                status, answer = self._way.post(path, key, body, content_type=content_type)
            except (OSError, http.client.HTTPException):
                status, answer = 0, b""
            if 200 <= status < 300:
                self._promised(Promise(kind, mark, path, key, body, status, answer))
                return answer
            if status:
                with self._ledger.guard:
                    self._ledger.refused[status] += 1
            if status not in (0, 502, 503):
                return None
            if self._stop.wait(AGAIN_S):
                raise Stopped

    def _promised(self, promise: Promise) -> None:
        with self._ledger.guard:
            self._ledger.promises.append(promise)


def content(draw: random.Random, mark: str) -> str:
    """A request in one of the three languages, with its mark."""
    return f"{draw.choice(WORDS)} {mark}"


def who(draw: random.Random, mark: str) -> dict[str, Any]:
    """A client whose mail address nobody else has."""
    return {"name": "Nguyễn Thị Hường", "locale": draw.choice(LOCALES), "mails": [f"{mark}@example.com"]}


def submitted(draw: random.Random, mark: str, *, id: str | None = None) -> bytes:
    """`request.submitted` of the system TOS; its id and reference are the mark."""
    event = cloudevent.Event(
        id=id or mark,
        source="/tos",
        type="request.submitted",
        subject=mark,
        time=datetime.now(UTC),
        data={"unit": UNIT, "content": content(draw, mark), "requester": who(draw, mark), "reference": mark},
    )
    return cloudevent.write(event)
