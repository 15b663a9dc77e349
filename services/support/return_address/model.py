"""The form of a return address: `support+<token>@example.com`.

Invariants: a token belongs to one ticket, is as hard to guess as a link, and is written in small letters, because some
mail programs lower the case of what stands before the @. Whoever has it may add an answer to the ticket, no more.
"""

from __future__ import annotations

import base64
import re
import secrets

TOKEN = re.compile(r"[a-z2-7]{26}")
BYTES = 16  # of chance in a token: 26 letters, so that an address stays under 64 characters before its @


def new_token() -> str:
    """A token that nobody has."""
    return base64.b32encode(secrets.token_bytes(BYTES)).decode("ascii").rstrip("=").lower()


def with_token(address: str, token: str) -> str:
    """The address with the token in it."""
    local, _, domain = address.rpartition("@")
    return f"{local}+{token}@{domain}"


def token_in(address: str) -> str | None:
    """The token in an address that came back to us, if it has one."""
    tag = address.rpartition("@")[0].rpartition("+")[2].lower()
    return tag if TOKEN.fullmatch(tag) else None


def token_in_message_id(message_id: str) -> str | None:
    """The token in a Message-ID of ours: `<0193f1c2-….token@example.com>`."""
    tag = message_id.strip().strip("<>").rpartition("@")[0].rpartition(".")[2].lower()
    return tag if TOKEN.fullmatch(tag) else None
