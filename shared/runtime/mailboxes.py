"""Mailboxes as the settings name them: whose they are, their address, and how they are read.

    [hai-phong]                              # a name of one's own
    unit = "hai-phong"
    address = "support@example.com"          # answers come to support+<token>@example.com
    imap = "imaps://support%40example.com@imap.example.com/INBOX"
    secret_file = "/run/secrets/hai-phong"   # or secret_env = "HAI_PHONG_SECRET"

Without `imap` the mail of the address is handed in over HTTP. Secrets stand in no setting: only where they are found.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import email_validator

PORTS = {"imap": 143, "imaps": 993}
KNOWN = {"unit", "address", "imap", "secret_file", "secret_env"}


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One mailbox. Its secret is shown nowhere; without a host it is not read."""

    name: str
    unit: str
    address: str
    host: str = ""
    port: int = 0
    tls: bool = True
    user: str = ""
    folder: str = "INBOX"
    secret: str = field(default="", repr=False)


def read(text: str | None, environment: Mapping[str, str]) -> tuple[tuple[Mailbox, ...], list[str]]:
    """The mailboxes, and what is wrong with them, each fault as a sentence's beginning."""
    if not text:
        return (), []
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return (), [f"STEWARD_MAILBOXES: is not TOML ({error})"]
    found: list[Mailbox] = []
    faults: list[str] = []
    for name, body in given.items():
        try:
            found.append(_one(name, body, environment))
        except ValueError as error:
            faults.append(": ".join(("STEWARD_MAILBOXES", name, str(error))))
    return tuple(found), faults


def _one(name: str, body: Any, environment: Mapping[str, str]) -> Mailbox:
    if not isinstance(body, dict) or not all(isinstance(value, str) for value in body.values()):
        raise ValueError("is not a table of texts")
    if unknown := body.keys() - KNOWN:
        raise ValueError(f"{', '.join(sorted(unknown))} is not known here")
    if missing := {"unit", "address"} - body.keys():
        raise ValueError(f"{', '.join(sorted(missing))} is missing")
    plain = Mailbox(name, body["unit"], _address(body["address"]))
    return _by_imap(plain, body, environment) if "imap" in body else plain


def _address(text: str) -> str:
    try:
        known = email_validator.validate_email(text, check_deliverability=False, test_environment=True)
    except email_validator.EmailNotValidError as error:
        raise ValueError("the address is not a mail address") from error
    if "+" in known.local_part or len(known.local_part) > 32:
        raise ValueError("the address must leave room for a token behind a +")
    return known.normalized.lower()


def _by_imap(plain: Mailbox, body: Mapping[str, str], environment: Mapping[str, str]) -> Mailbox:
    parts = urlsplit(body["imap"])
    if parts.scheme not in PORTS or not parts.hostname or not parts.username or parts.password:
        raise ValueError("imap is not imaps://user@host/folder, without a password in it")
    if parts.scheme == "imap" and not _loopback(parts.hostname):
        raise ValueError("the password would go over the network in plain text; use imaps://")
    folder = unquote(parts.path.lstrip("/")) or "INBOX"
    if not folder.isascii() or '"' in folder or "\\" in folder:
        raise ValueError("the folder must be named in ASCII, as the server names it")
    return Mailbox(
        name=plain.name,
        unit=plain.unit,
        address=plain.address,
        host=parts.hostname,
        port=parts.port or PORTS[parts.scheme],
        tls=parts.scheme == "imaps",
        user=unquote(parts.username),
        folder=folder,
        secret=_secret(body, environment),
    )


def _secret(body: Mapping[str, str], environment: Mapping[str, str]) -> str:
    if ("secret_file" in body) == ("secret_env" in body):
        raise ValueError("give secret_file or secret_env")
    if "secret_env" in body:
        if not environment.get(body["secret_env"]):
            raise ValueError(f"{body['secret_env']} is not set")
        return environment[body["secret_env"]]
    try:
        return Path(body["secret_file"]).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(
            f"the secret's file cannot be read ({getattr(error, 'strerror', None) or 'not text'})"
        ) from error


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
