"""The line to a mail server: the library's client, with an end to its patience.

`smtplib` bounds each read. A server that says a byte every few seconds, or a line for ever, would hold a worker as long
as it likes; here a reply as a whole has a time and a size.
"""

from __future__ import annotations

import io
import smtplib
import socket
import time
from typing import Any

REPLY_BYTES = 65_536  # of all lines of one reply; real ones have a few hundred


class Talk(smtplib.SMTP):
    """A conversation in plain text, until `starttls`. `within` starts the time of the next reply."""

    def __init__(self, host: str, port: int, *, within_s: float, **more: Any) -> None:
        self.until = time.monotonic() + within_s
        super().__init__(host, port, timeout=within_s, **more)

    def within(self, seconds: float) -> None:
        """The next command must leave, and its reply be whole, within this time."""
        self.until = time.monotonic() + seconds
        if self.sock is not None:
            self.sock.settimeout(seconds)

    def getreply(self) -> tuple[int, bytes]:
        """See `smtplib`; raises `SMTPServerDisconnected` when the reply does not end in time."""
        if self.file is None and self.sock is not None:  # at the beginning, and again after STARTTLS
            self.file = io.BufferedReader(_Replies(self.sock, self))
        if self.file is not None:
            self.file.raw.room = REPLY_BYTES
        return super().getreply()


class TalkOverTls(Talk, smtplib.SMTP_SSL):
    """A conversation that is encrypted from its first byte."""


class _Replies(io.RawIOBase):
    """What the server sends, read no longer than the talk allows."""

    def __init__(self, line: socket.socket, talk: Talk) -> None:
        self._line, self._talk = line, talk
        self.room = REPLY_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self._talk.until - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self._line.settimeout(left)
        count = self._line.recv_into(buffer)
        self.room -= count
        if self.room < 0:
            raise OSError("the reply has no end")
        return count
