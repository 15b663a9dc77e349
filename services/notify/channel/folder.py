"""Mail as files: one `.eml` per message in `<home>/mail`, for a house without a mail server; an SMS is an `.sms`.

Writing is idempotent (the same message gives the same file), so a letter is never in doubt here and `transmitting` is
never called: whatever was interrupted is simply written again.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from services.notify.channel import mail, port

MODE = 0o600  # letters are personal data


class Folder:
    """The channel."""

    name = "folder"

    def __init__(self, path: Path, *, sms: bool = False) -> None:
        self._path, self._sms = path, sms

    @contextlib.contextmanager
    def session(self) -> Iterator[Folder]:
        """Ready when the folder is there and can be written to. Raises `port.Unreachable`."""
        try:
            self._path.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise port.Unreachable(_why(self._path, error)) from error
        yield self

    def send(self, letter: port.Letter, *, transmitting: Callable[[], Any]) -> port.Outcome:
        """Write the file: whole or not at all. Deferred when the disk does not take it."""
        body = f"To: {letter.recipient}\n\n{letter.text}".encode() if self._sms else mail.build(letter)
        target = self._path / f"{letter.id}.{'sms' if self._sms else 'eml'}"
        fresh = self._path / f".{letter.id}.part"  # what a killed process left is overwritten, not heaped up
        try:
            with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, MODE), "wb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(target)
            _sync(self._path)
        except OSError as error:
            with contextlib.suppress(OSError):
                fresh.unlink(missing_ok=True)
            return port.Outcome(port.DEFERRED, _why(self._path, error))
        return port.Outcome(port.SENT, f"written to mail/{target.name}")

    def close(self) -> None:
        """Nothing is kept open."""


def _why(path: Path, error: OSError) -> str:
    return f"the folder {path} cannot be written to ({error.strerror or error})"


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
