"""The chain itself: how an entry becomes bytes, and bytes a hash."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from typing import Any

START = bytes(32)
"""What the first entry of every chain follows."""


def encode(body: Mapping[str, Any]) -> bytes:
    """The canonical bytes of an entry: sorted keys, NFC, UTF-8, no blanks."""
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return unicodedata.normalize("NFC", text).encode()


def decode(body: bytes) -> dict[str, Any]:
    """The entry in stored bytes."""
    return json.loads(body)


def link(before: bytes, body: bytes) -> bytes:
    """The hash of an entry that follows `before`."""
    return hashlib.sha256(before + body).digest()


def digest(data: bytes) -> str:
    """What the chain says of bytes that stand beside it."""
    return hashlib.sha256(data).hexdigest()
