"""SMS by HTTP: one POST of JSON to a provider, or to the small bridge that speaks a provider's own language.

    POST <STEWARD_SMS_URL>     Authorization: Bearer <STEWARD_SMS_TOKEN>     Idempotency-Key: <id of the message>
    {"to": "+84912345678", "from": "...", "text": "...", "reference": "<id>", "alphabet": "ucs2", "parts": 2}

The message's id stays the same over all attempts, so that a provider can tell a repetition. What is known after a
fault: without a connection nothing was sent and it may be offered again; once the request is on its way and no answer
comes, nobody can say, and `unknown` is the honest outcome. A connection is used once: one that the other side closed
meanwhile would make a doubt out of nothing.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import httpx

from services.notify.channel import port, segments
from services.notify.template.model import one_line
from shared.kernel import errors

REPLY_CHARS = 500  # of a provider's answer
REPLY_BYTES = 64 * 1024
# We are not let in, or call at a wrong address: no fault of the message, which waits until that is mended.
NOT_LET_IN = (401, 402, 403, 404, 405, 407)
# The provider says that it did not take it now. A 409 is about the key: the first attempt is still being looked at.
LATER = (408, 409, 425, 429, 500, 501, 503)
# What has not reached anybody yet.
NOT_BEGUN = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)


class BadSmsUrl(errors.Refused):
    """STEWARD_SMS_URL cannot be used: the secret would go over the network in plain text; use https://."""

    code = "bad-sms-url"


class NoSmsToken(errors.Refused):
    """STEWARD_SMS_URL is given without STEWARD_SMS_TOKEN, or the token holds what no HTTP header may."""

    code = "no-sms-token"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a provider may take, in seconds; together under the 20 s that a task has."""

    connect_s: float = 5.0
    answer_s: float = 8.0
    total_s: float = 12.0


class Sms:
    """The channel. Thread-safe. Raises `BadSmsUrl`, `NoSmsToken`."""

    name = "sms"

    def __init__(
        self, url: str, token: str | None, *, sender: str | None = None, patience: Patience | None = None
    ) -> None:
        check(url, token)
        self._url, self._sender = url, sender
        self._patience = patience or Patience()
        limits = httpx.Limits(max_keepalive_connections=0)
        times = httpx.Timeout(self._patience.answer_s, connect=self._patience.connect_s)
        self._client = httpx.Client(
            headers={"Authorization": f"Bearer {token}", "User-Agent": "steward"},
            limits=limits,
            timeout=times,
            trust_env=False,
        )

    @contextlib.contextmanager
    def session(self) -> Iterator[Sms]:
        """Ready: there is nothing to be opened beforehand."""
        yield self

    def send(self, letter: port.Letter, *, transmitting: Callable[[], Any]) -> port.Outcome:
        """Offer one message (see `port.Session`)."""
        counted = segments.count(letter.text)
        said = {
            "to": letter.recipient,
            **({"from": self._sender} if self._sender else {}),
            "text": letter.text,
            "reference": letter.id,
            "alphabet": counted.alphabet,
            "parts": counted.parts,
        }
        request = self._client.build_request("POST", self._url, json=said, headers={"Idempotency-Key": letter.id})
        transmitting()
        try:
            with contextlib.closing(self._client.send(request, stream=True)) as answer:
                return _outcome(answer.status_code, self._read(answer))
        except NOT_BEGUN as error:
            return port.Outcome(port.DEFERRED, f"the SMS provider {_why(error)} before the message was sent")
        except httpx.HTTPError as error:
            return port.Outcome(port.UNKNOWN, f"the SMS provider {_why(error)} after the message was sent")

    def _read(self, answer: httpx.Response) -> str:
        """What the provider says, as far as that is of use; its status is the answer, whatever comes of the rest."""
        until, raw = time.monotonic() + self._patience.total_s, b""
        with contextlib.suppress(httpx.HTTPError):
            for piece in answer.iter_bytes():
                raw += piece
                if len(raw) > REPLY_BYTES or time.monotonic() > until:
                    break
        return one_line(raw.decode("utf-8", "replace"))[:REPLY_CHARS]

    def close(self) -> None:
        """Let go of every connection."""
        self._client.close()


def check(url: str, token: str | None) -> None:
    """Raises `BadSmsUrl`, `NoSmsToken`."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not _loopback(parts.hostname or ""):
        raise BadSmsUrl
    if not token or not token.isascii() or not token.isprintable():
        raise NoSmsToken


def _outcome(status: int, reply: str) -> port.Outcome:
    said = f"{status} {reply}".strip()
    if 200 <= status < 300:
        return port.Outcome(port.SENT, said, status)
    if status < 400 or status in (*NOT_LET_IN, *LATER):
        return port.Outcome(port.DEFERRED, said, status)
    if status >= 500:  # somebody in front of the provider answers for it, and does not know either
        return port.Outcome(port.UNKNOWN, said, status)
    return port.Outcome(port.REFUSED, said, status)


def _why(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "did not answer in time"
    if isinstance(error, httpx.ConnectError):
        return f"cannot be reached ({one_line(str(error))[:200]})"
    return "closed the connection"


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
