"""Mail servers for tests: a sink that takes everything, and a peer that misbehaves at a chosen step.

Both listen on the loopback, each in threads of its own, and both record what they *took*: a message counts as taken
once the final dot has arrived, whatever was or was not answered after it.
"""

from __future__ import annotations

import contextlib
import email
import email.message
import email.policy
import enum
import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.servers import ports

WAIT_S = 60
IDLE_S = 180  # a peer that nobody closes gives up; a test is over long before


@dataclass(frozen=True)
class Mail:
    """A message as the server took it: the envelope and the bytes."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes

    @property
    def parsed(self) -> email.message.EmailMessage:
        """The message, decoded."""
        parsed = email.message_from_bytes(self.raw, policy=email.policy.default)
        assert isinstance(parsed, email.message.EmailMessage)
        return parsed


@dataclass
class _Box:
    """Mails taken so far; threads put in, tests wait."""

    mails: list[Mail] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def put(self, mail: Mail) -> None:
        with self.changed:
            self.mails.append(mail)
            self.changed.notify_all()

    def wait_for(self, count: int, timeout_s: float) -> list[Mail]:
        with self.changed:
            if not self.changed.wait_for(lambda: len(self.mails) >= count, timeout_s):
                raise AssertionError(f"{len(self.mails)} of {count} mails arrived within {timeout_s:g} s")
            return list(self.mails)


class SmtpSink:
    """An SMTP server that keeps every message it is given. A context manager; `host` and `port` are its address."""

    def __init__(self, *, host: str = ports.LOOPBACK) -> None:
        self.host, self.port = host, ports.free()
        self._box = _Box()
        # UTF-8 in addresses and bodies as any server of today; the limit is the one of most of them.
        self._controller = Controller(
            self, hostname=self.host, port=self.port, enable_SMTPUTF8=True, data_size_limit=25 * 1024 * 1024
        )

    def __enter__(self) -> SmtpSink:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    @property
    def mails(self) -> list[Mail]:
        """What was taken so far, in order of arrival."""
        with self._box.changed:
            return list(self._box.mails)

    def wait_for(self, count: int, timeout_s: float = WAIT_S) -> list[Mail]:
        """All mails, as soon as there are `count`. Raises `AssertionError` when they do not come in time."""
        return self._box.wait_for(count, timeout_s)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd's name)
        """Called by aiosmtpd for each message."""
        raw = envelope.original_content or b""
        self._box.put(Mail(envelope.mail_from or "", tuple(envelope.rcpt_tos), raw))
        return "250 2.0.0 taken"


class Turn(enum.Enum):
    """What a `ScriptedPeer` does with one message. The value is the answer, where there is one."""

    TAKE = "250 2.0.0 taken"
    RCPT_421 = "421 4.3.2 closing"  # and it does close
    RCPT_451 = "451 4.7.1 try again later"
    RCPT_452 = "452 4.2.2 mailbox full"
    RCPT_550 = "550 5.1.1 no such user"
    DATA_451 = "451 4.3.0 try again later"
    DATA_552 = "552 5.3.4 message too big"
    DATA_554 = "554 5.7.1 refused"
    DROP_BEFORE_DATA = "drop before data"  # the connection breaks instead of the answer to DATA: not taken
    DROP_IN_DATA = "drop in data"  # it breaks while the body arrives: not taken
    DROP_AFTER_DOT = "drop after dot"  # it breaks after the final dot, *having taken* the mail: unknown to the sender
    HANG_AT_RCPT = "hang at rcpt"  # no answer, connection open: not taken
    HANG_AFTER_DOT = "hang after dot"  # no answer, connection open, having taken the mail


RCPT_TURNS = {Turn.RCPT_421, Turn.RCPT_451, Turn.RCPT_452, Turn.RCPT_550}


class ScriptedPeer:
    """An SMTP server that does one `Turn` per message, in the order given; the last one stays. A context manager.

    Turns are counted by MAIL FROM over all connections, so that a kept-open connection and a new one read the same
    script. `connections` counts how often somebody connected.
    """

    def __init__(self, *turns: Turn) -> None:
        self._turns: Sequence[Turn] = turns or (Turn.TAKE,)
        self._begun = 0
        self._box = _Box()
        self._guard = threading.Lock()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self.connections = 0
        self._listener = socket.create_server((ports.LOOPBACK, 0))
        self.host, self.port = self._listener.getsockname()[:2]

    def __enter__(self) -> ScriptedPeer:
        self._run(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):  # wakes the thread that waits in accept
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._guard:
            still_open = list(self._open)
        for peer in still_open:
            with contextlib.suppress(OSError):
                peer.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    @property
    def mails(self) -> list[Mail]:
        """What was taken, whether or not the sender was told."""
        with self._box.changed:
            return list(self._box.mails)

    @property
    def hangs(self) -> bool:
        """Whether it is meant to say nothing at some step."""
        return any(turn in (Turn.HANG_AT_RCPT, Turn.HANG_AFTER_DOT) for turn in self._turns)

    @property
    def begun(self) -> int:
        """How many messages were begun (MAIL FROM), taken or not."""
        with self._guard:
            return self._begun

    def wait_for(self, count: int, timeout_s: float = WAIT_S) -> list[Mail]:
        """All mails, as soon as there are `count`. Raises `AssertionError` when they do not come in time."""
        return self._box.wait_for(count, timeout_s)

    def _run(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            with self._guard:
                self.connections += 1
                self._open.add(peer)
            self._run(self._serve, peer)

    def _serve(self, peer: socket.socket) -> None:
        peer.settimeout(IDLE_S)
        try:
            with peer, peer.makefile("rb") as lines, contextlib.suppress(OSError):
                _Talk(self, peer, lines).hold()
        finally:
            with self._guard:
                self._open.discard(peer)

    def _next_turn(self) -> Turn:
        with self._guard:
            turn = self._turns[min(self._begun, len(self._turns) - 1)]
            self._begun += 1
            return turn


class _Talk:
    """One connection's conversation."""

    def __init__(self, peer: ScriptedPeer, connection: socket.socket, lines: object) -> None:
        self._peer, self._connection, self._lines = peer, connection, lines
        self._turn = Turn.TAKE
        self._sender = ""
        self._recipients: list[str] = []

    def hold(self) -> None:
        """Answer until the other side leaves or the turn says to break off."""
        self._say("220 scripted.test ESMTP")
        while line := self._read():
            verb, _, rest = line.decode("utf-8", "surrogateescape").strip().partition(" ")
            if not self._answer(verb.upper(), rest):
                return

    def _answer(self, verb: str, rest: str) -> bool:
        """Whether the conversation goes on."""
        if verb == "EHLO":
            self._say("250-scripted.test\r\n250-8BITMIME\r\n250-PIPELINING\r\n250 SMTPUTF8")
        elif verb == "MAIL":
            self._turn, self._sender, self._recipients = self._peer._next_turn(), _address(rest), []
            self._say("250 2.1.0 ok")
        elif verb == "RCPT":
            return self._answer_recipient(rest)
        elif verb == "DATA":
            return self._answer_data()
        elif verb == "QUIT":
            self._say("221 2.0.0 bye")
            return False
        else:  # HELO, RSET, NOOP
            self._say("250 2.0.0 ok")
        return True

    def _answer_recipient(self, rest: str) -> bool:
        if self._turn is Turn.HANG_AT_RCPT:
            return self._hang()
        if self._turn in RCPT_TURNS:
            self._say(self._turn.value)
            return self._turn is not Turn.RCPT_421
        self._recipients.append(_address(rest))
        self._say("250 2.1.5 ok")
        return True

    def _answer_data(self) -> bool:
        if not self._recipients:
            self._say("503 5.5.1 no valid recipients")
            return True
        if self._turn is Turn.DROP_BEFORE_DATA:
            return False
        self._say("354 go ahead")
        if self._turn is Turn.DROP_IN_DATA:
            self._read()
            return False
        body: list[bytes] = []
        while (line := self._read()) != b".\r\n":
            if not line:
                return False
            body.append(line[1:] if line.startswith(b".") else line)
        if self._turn in {Turn.TAKE, Turn.DROP_AFTER_DOT, Turn.HANG_AFTER_DOT}:
            self._peer._box.put(Mail(self._sender, tuple(self._recipients), b"".join(body)))
        if self._turn is Turn.DROP_AFTER_DOT:
            return False
        if self._turn is Turn.HANG_AFTER_DOT:
            return self._hang()
        self._say(self._turn.value)
        return True

    def _hang(self) -> bool:
        while self._read():  # whatever comes, there is no answer
            pass
        return False

    def _say(self, words: str) -> None:
        self._connection.sendall(words.encode() + b"\r\n")

    def _read(self) -> bytes:
        return self._lines.readline()  # type: ignore[attr-defined]


def _address(rest: str) -> str:
    """What stands between the angle brackets of MAIL FROM and RCPT TO."""
    return rest[rest.find("<") + 1 : rest.find(">")]
