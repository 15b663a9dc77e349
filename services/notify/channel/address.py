"""Where the mail server is: an SMTP URL taken apart."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from shared.kernel import errors

PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}


class BadAddress(errors.Refused):
    """STEWARD_SMTP_URL cannot be used: {why}."""

    code = "bad-smtp-url"


@dataclass(frozen=True, slots=True)
class Address:
    """A mail server and how to speak to it. The password is shown nowhere."""

    scheme: str
    host: str
    port: int
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @property
    def encrypted(self) -> bool:
        """Whether nothing may go over the line in plain text."""
        return self.scheme != "smtp"


def read(url: str) -> Address:
    """The address in a URL. Raises `BadAddress` with what is wrong, without showing the URL."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BadAddress(why="it has no valid host and port") from error
    if parts.scheme not in PORTS or not parts.hostname:
        raise BadAddress(why="it is not smtp://, smtps:// or smtp+starttls:// with a host")
    user = unquote(parts.username) if parts.username else None
    password = unquote(parts.password) if parts.password else None
    if not (user or "").isascii() or not (password or "").isascii():
        raise BadAddress(why="SMTP carries only ASCII in a name and a password")
    found = Address(parts.scheme, parts.hostname, port or PORTS[parts.scheme], user, password)
    if user and not found.encrypted and not _loopback(found.host):
        raise BadAddress(why="the password would go over the network in plain text; use smtps:// or smtp+starttls://")
    return found


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
