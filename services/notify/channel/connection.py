"""One kept-open SMTP connection: it offers letters one after the other and says what became of each.

What is known after a drop: before the server asked for the message (354) it has nothing, so the letter may be offered
again; from then on until its answer nobody can say, and `unknown` is the honest outcome.
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from services.notify.channel import address, mail, port, talk
from services.notify.template.model import one_line

REPLY_CHARS = 500  # of a server's answer; more has never helped anybody
# These say that we are not let in, which is no fault of the letter (RFC 4954): it waits until that is mended.
NOT_LET_IN = (530, 534, 535, 538)
_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a server may take, in seconds. `total_s` of one session stays under the 20 s that a task has."""

    connect_s: float = 5.0
    noop_s: float = 2.0
    reply_s: float = 10.0
    total_s: float = 18.0
    final_s: float = 6.0  # left at least for the answer to the final dot; with less, the message is not begun


class Connection:
    """A conversation with the server. Not thread-safe: the pool lends it to one session at a time.

    Nothing that it does outlasts `deadline`, which each session sets anew.
    """

    def __init__(
        self, where: address.Address, patience: Patience, *, deadline: float, helo: str, tls: ssl.SSLContext | None
    ) -> None:
        self._patience = patience
        self.deadline = deadline
        self.used = 0
        self.usable = True
        self.idle_since = time.monotonic()
        try:
            self._talk = self._connected(where, helo, tls)
        except (OSError, smtplib.SMTPException) as error:
            raise port.Unreachable(f"the mail server {where.host}:{where.port} {why(error)}") from error

    def _connected(self, where: address.Address, helo: str, tls: ssl.SSLContext | None) -> talk.Talk:
        within_s = max(0.1, min(self._patience.connect_s, self._left()))
        if where.scheme == "smtps":
            made = talk.TalkOverTls(where.host, where.port, within_s=within_s, local_hostname=helo, context=tls)
        else:
            made = talk.Talk(where.host, where.port, within_s=within_s, local_hostname=helo)
        self._talk = made
        try:
            self._arm()
            made.ehlo_or_helo_if_needed()
            if where.scheme == "smtp+starttls":
                self._secure(where, tls)
            if where.user:
                self._arm()
                made.login(where.user, where.password or "")
        except BaseException:
            made.close()
            raise
        return made

    def _secure(self, where: address.Address, tls: ssl.SSLContext | None) -> None:
        """STARTTLS or nothing: a server (or somebody before it) that does not offer it gets no letter."""
        if not self._talk.has_extn("starttls"):
            raise port.Unreachable(
                f"the mail server {where.host}:{where.port} offers no STARTTLS, and plain is not allowed"
            )
        self._arm()
        self._talk.starttls(context=tls)
        self._arm()
        self._talk.ehlo()

    def alive(self) -> bool:
        """Whether the server still answers on this connection."""
        try:
            self._arm(self._patience.noop_s)
            return self._talk.noop()[0] == 250
        except (OSError, smtplib.SMTPException):
            return False

    def send(self, letter: port.Letter, *, transmitting: Callable[[], Any]) -> port.Outcome:
        """Offer one letter (see `port.Session`)."""
        body = _LEADING_DOT.sub(b"..", mail.build(letter))
        self.used += 1
        refusal = self._address(mail.wire(letter.envelope), mail.wire(letter.recipient))
        if refusal is not None:
            return refusal
        try:
            transmitting()
        except BaseException:
            self._reset()
            raise
        return self._transmit(body)

    def _address(self, sender: str, recipient: str) -> port.Outcome | None:
        """Say from whom and to whom. What the server has against it; None when it waits for the message."""
        try:
            for verb, who in ((self._talk.mail, sender), (self._talk.rcpt, recipient)):
                self._arm()
                code, reply = verb(who)
                if not 200 <= code < 300:
                    return self._refused(code, reply)
        except (OSError, smtplib.SMTPException) as error:
            return self._broken(port.DEFERRED, error)
        if self._left() < self._patience.final_s:
            self.usable = False
            return port.Outcome(port.DEFERRED, "the mail server was too slow; the message was not begun")
        return None

    def _transmit(self, body: bytes) -> port.Outcome:
        """Send the message itself, and hear what becomes of it."""
        begun = False
        try:
            self._arm()
            code, reply = self._talk.docmd("DATA")
            if code != 354:
                return self._refused(code, reply)
            begun = True
            self._arm(self._left())
            self._talk.send(body + b".\r\n")
            self._arm(self._left())
            code, reply = self._talk.getreply()
        except (OSError, smtplib.SMTPException) as error:
            return self._broken(port.UNKNOWN if begun else port.DEFERRED, error)
        if 200 <= code < 300:
            return port.Outcome(port.SENT, _words(code, reply), code)
        if code < 400:
            self.usable = False
            return port.Outcome(port.UNKNOWN, f"the answer to the message made no sense: {_words(code, reply)}")
        return self._refused(code, reply)

    def _broken(self, kind: str, error: Exception) -> port.Outcome:
        self.usable = False
        when = "after" if kind == port.UNKNOWN else "before"
        return port.Outcome(kind, f"the mail server {why(error)} {when} the message was begun")

    def _refused(self, code: int, reply: bytes) -> port.Outcome:
        """A refusal of one letter leaves the connection good, but for 421: then the server is closing it."""
        for_good = code >= 500 and code not in NOT_LET_IN
        if code == 421 or code in NOT_LET_IN or code < 400:
            self.usable = False
        else:
            self._reset()
        # What is neither a success nor 5xx is for trying again; a server that answers nonsense (-1) as well.
        return port.Outcome(
            port.REFUSED if for_good else port.DEFERRED, _words(code, reply), code if code > 0 else None
        )

    def _reset(self) -> None:
        try:
            self._arm(self._patience.noop_s)
            if self._talk.rset()[0] != 250:
                self.usable = False
        except (OSError, smtplib.SMTPException):
            self.usable = False

    def _left(self) -> float:
        return self.deadline - time.monotonic()

    def _arm(self, most_s: float | None = None) -> None:
        """The next answer must come within its time and within the session's."""
        self._talk.within(max(0.1, min(most_s or self._patience.reply_s, self._left())))

    def close(self) -> None:
        """Say goodbye if that takes no time, and hang up."""
        with contextlib.suppress(OSError, smtplib.SMTPException):
            if self.usable and self._talk.sock is not None:
                self._talk.within(1.0)
                self._talk.quit()
        self._talk.close()


def why(error: Exception) -> str:
    """What a driver's error means, as the end of a sentence that begins with the server."""
    if isinstance(error, TimeoutError) or "timed out" in str(error):
        return "did not answer in time"
    if isinstance(error, ssl.SSLError):
        return f"could not be trusted ({getattr(error, 'verify_message', '') or error.reason or 'TLS failed'})"
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"refused our name and password ({error.smtp_code})"
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return "closed the connection"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"answered {_words(error.smtp_code, error.smtp_error)}"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "offers no way to sign in"
    if isinstance(error, OSError):
        return f"cannot be reached ({error.strerror or error})"
    return f"failed ({type(error).__name__})"


def _words(code: int, reply: bytes | str) -> str:
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return one_line(f"{code} {text}" if code > 0 else text)[:REPLY_CHARS]
