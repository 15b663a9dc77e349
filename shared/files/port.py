"""The port: what every store of files promises. One contract suite holds each adapter to it.

Invariants: what `put` returned survives the loss of power; nothing half written is ever found under a hash; what `open`
returns is what was put, or it raises; a file is deleted only if nobody put it again since.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol

from shared.kernel import errors

CHUNK = 256 * 1024  # bytes read and written at a time; no file is ever whole in memory


class Reading(Protocol):
    """What a file is taken from: a request, a spooled form, a mail's part."""

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes, at most so many; none at the end."""
        ...


@dataclass(frozen=True, slots=True)
class Stored:
    """What was kept: `hash` is SHA-256 in hexadecimal, `size` in bytes."""

    hash: str
    size: int


class NotKept(errors.NotFound):
    """This file is no longer there."""

    code = "file-not-kept"


class Damaged(errors.StewardError):
    """A file on the disk is not what was kept; it is not given out. Please tell whoever operates the system."""

    code = "file-damaged"


class Away(errors.Transient):
    """Files cannot be kept at the moment; nothing was changed."""

    code = "files-away"


Check = Callable[[BinaryIO], None]
"""Looks at the whole file before it is kept; what it raises, `put` raises, and nothing is kept."""


class Store(Protocol):
    """The port."""

    def put(self, stream: Reading, limit: int, *, check: Check | None = None) -> Stored:
        """Keep what the stream gives, at most `limit` bytes. Raises `errors.TooLarge`, `Away`, what `check` raises."""
        ...

    def open(self, hash: str) -> BinaryIO:
        """The file, checked, at its beginning; the caller closes it. Raises `NotKept`, `Damaged`."""
        ...

    def delete(self, hash: str, *, before: datetime) -> bool:
        """Forget a file that was last put before this moment; False when it was put since, or is not there."""
        ...

    def older(self, before: datetime) -> Iterator[str]:
        """The hashes of what was last put before this moment; what crashes left half written is cleared on the way."""
        ...


def megabytes(size: int) -> str:
    """A limit in words: `10 MB`."""
    return f"{size // (1024 * 1024)} MB"
