"""Reading the house's mails as a mail program would: from the folder of `.eml` files, or from an SMTP server."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from tests import servers

_LINK = re.compile(r"https?://\S+/p/([0-9A-Za-z]+)")


@dataclass(frozen=True)
class Letter:
    """One mail, decoded."""

    raw: bytes
    message: EmailMessage

    @staticmethod
    def read(raw: bytes) -> Letter:
        """From its bytes."""
        message = email.message_from_bytes(raw, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        return Letter(raw, message)

    @property
    def to(self) -> str:
        """The one address it goes to."""
        (address,) = self.message["To"].addresses
        return address.addr_spec

    @property
    def to_name(self) -> str:
        """What the header calls the reader."""
        return self.message["To"].addresses[0].display_name

    @property
    def subject(self) -> str:
        """The subject, decoded."""
        return str(self.message["Subject"])

    @property
    def language(self) -> str:
        """Which language it says it is in."""
        return str(self.message["Content-Language"])

    @property
    def text(self) -> str:
        """The plain part."""
        return self._part("plain")

    @property
    def html(self) -> str:
        """The HTML part."""
        return self._part("html")

    @property
    def link(self) -> str:
        """The token of the one public link in it."""
        (token,) = set(_LINK.findall(self.text))
        return token

    def _part(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        assert part is not None, f"no {kind} part in {self.subject!r}"
        return part.get_content().replace("\r\n", "\n")


def in_folder(folder: Path) -> list[Letter]:
    """What the folder holds, oldest first (message ids count up with time)."""
    return [Letter.read(path.read_bytes()) for path in sorted(folder.glob("*.eml"))]


def in_sink(sink: servers.SmtpSink) -> list[Letter]:
    """What the server took, in order of arrival."""
    return [Letter.read(mail.raw) for mail in sink.mails]
