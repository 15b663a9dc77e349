"""Ids: UUID version 7 (RFC 9562), so that rows made together lie together in an index."""

from __future__ import annotations

import os
import secrets
import time
import uuid

_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"  # without characters that are misread


def new() -> str:
    """A new id. Never taken from injected time: two runs of the same minute in a test must not share ids."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & ((1 << 48) - 1)) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value))


def is_id(text: str) -> bool:
    """Whether the text is a UUID in its canonical form."""
    try:
        return str(uuid.UUID(text)) == text
    except (ValueError, AttributeError, TypeError):
        return False


def secret(length: int = 22) -> str:
    """A secret that a person can carry in a link: 22 characters are 127 bits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
