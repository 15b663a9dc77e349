"""Taking a file in: piece by piece into the store, looked at before it is kept. No unit of work is open meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from services.support.attachment import content, model
from shared.files import port
from shared.kernel import filename
from shared.runtime import settings

SERVICE = "support"
MAX_DECLARED = 200  # characters of what a sender says the type is


@dataclass(frozen=True, slots=True)
class Received:
    """A file that is in the store, and not yet in any table."""

    name: str
    declared: str
    type: str
    stored: port.Stored

    @property
    def digest(self) -> bytes:
        """What stands for it where two requests are compared."""
        return f"{self.stored.hash} {self.type} {self.name}".encode()


def take(store: port.Store, stream: port.Reading, *, name: str, declared: str, limit: int) -> Received:
    """Keep a file of at most `limit` bytes under its cleaned name.

    Raises `errors.TooLarge`, `port.Away` and what `content.kind` raises; then nothing is kept.
    """
    found: list[tuple[str, str]] = []

    def look(file: BinaryIO) -> None:
        found.append(content.kind(file, filename.clean(name)))

    stored = store.put(stream, limit, check=look)
    type_, kept = found[0]
    said = "".join(c for c in declared if c.isascii() and c.isprintable())
    return Received(kept, said[:MAX_DECLARED], type_, stored)


def limits(given: settings.Settings) -> model.Limits:
    """How much the settings allow."""
    mega = 1024 * 1024
    return model.Limits(given.file_mb * mega, given.files_mb * mega, given.files_at_once)
