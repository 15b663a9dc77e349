"""Files on a disk: `<root>/ab/cdef…`, named by their hash.

A file is written beside its place, forced to the disk, and renamed; then its folder is forced to the disk, too. With a
second place the same is done there first, so that what is acknowledged is in both. Whoever puts and whoever deletes
hold the lock of the folder: a file that is put again at the very moment when it is swept stays.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import structlog

from shared.files import port
from shared.kernel import errors, moment

MODE, FILE_MODE = 0o700, 0o600  # what clients sent is nobody else's business
HASH = re.compile(r"[0-9a-f]{64}")
HALF = ".half-"  # a file that is being written; a backup leaves out what begins with a dot

log = structlog.get_logger(__name__)


class Local:
    """See the module. Thread-safe, and safe beside other processes on the same disk."""

    def __init__(self, root: Path, *, second: Path | None = None, time: moment.Source) -> None:
        self._places = (root,) if second is None else (second, root)  # the second place is written first
        self._time = time

    def put(self, stream: port.Reading, limit: int, *, check: port.Check | None = None) -> port.Stored:
        """See `port.Store`."""
        with contextlib.ExitStack() as halves:
            drafts = [halves.enter_context(_half(place)) for place in self._places]
            stored = _copy(stream, [file for file, _ in drafts], limit)
            if check is not None:
                drafts[0][0].seek(0)
                check(drafts[0][0])
            for place, (file, path) in zip(self._places, drafts, strict=True):
                with _disk():
                    self._settle(file, path, place, stored.hash)
        return stored

    def _settle(self, file: BinaryIO, path: Path, place: Path, hash: str) -> None:
        at = self._time.now().timestamp()
        os.utime(file.fileno(), (at, at))  # when it was last put, by the same clock that sweeps
        os.fsync(file.fileno())
        target = _path(place, hash)
        if not target.parent.exists():
            target.parent.mkdir(mode=MODE, exist_ok=True)
            _sync(place)
        with _locked(target.parent) as folder:
            path.replace(target)
            os.fsync(folder)

    def open(self, hash: str) -> BinaryIO:
        """See `port.Store`. A copy that is damaged or missing is made good by the other place's."""
        if not HASH.fullmatch(hash):
            raise port.NotKept
        damaged = False
        for place in reversed(self._places):
            try:
                file = _path(place, hash).open("rb")
            except FileNotFoundError:
                continue
            except OSError as error:
                raise port.Away from error
            if hashlib.file_digest(file, "sha256").hexdigest() == hash:
                file.seek(0)
                return file
            file.close()
            damaged = True
            log.error("file_damaged", hash=hash, place=str(place))
        raise port.Damaged if damaged else port.NotKept

    def delete(self, hash: str, *, before: datetime) -> bool:
        """See `port.Store`."""
        gone = False
        for place in reversed(self._places):
            path = _path(place, hash)
            with _disk(), contextlib.suppress(FileNotFoundError), _locked(path.parent):
                if path.stat().st_mtime < before.timestamp():
                    path.unlink()
                    gone = True
        return gone

    def older(self, before: datetime) -> Iterator[str]:
        """See `port.Store`."""
        limit = before.timestamp()
        for place in self._places:
            for path in place.glob(f"{HALF}*"):
                with contextlib.suppress(FileNotFoundError):
                    if path.stat().st_mtime < limit:
                        path.unlink()
            for folder in sorted(place.glob("[0-9a-f][0-9a-f]")):
                for entry in os.scandir(folder):
                    with contextlib.suppress(FileNotFoundError):
                        if entry.stat().st_mtime < limit:
                            yield folder.name + entry.name


def _path(place: Path, hash: str) -> Path:
    return place / hash[:2] / hash[2:]


@contextlib.contextmanager
def _half(place: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """A file that is gone at the end, unless it was renamed."""
    path = place / f"{HALF}{secrets.token_hex(8)}"
    with _disk():
        place.mkdir(parents=True, exist_ok=True, mode=MODE)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, FILE_MODE)
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file, path
    finally:
        path.unlink(missing_ok=True)


def _copy(stream: port.Reading, files: list[BinaryIO], limit: int) -> port.Stored:
    digest, size = hashlib.sha256(), 0
    while part := stream.read(min(port.CHUNK, limit - size + 1)):
        size += len(part)
        if size > limit:
            raise errors.TooLarge(limit=port.megabytes(limit))
        digest.update(part)
        with _disk():
            for file in files:
                file.write(part)
    with _disk():
        for file in files:
            file.flush()
    return port.Stored(digest.hexdigest(), size)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[int]:
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle
    finally:
        os.close(handle)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def _disk() -> Iterator[None]:
    """What the disk refuses is our fact, and waits. Raises `port.Away`."""
    try:
        yield
    except OSError as error:
        log.error("files_away", error=repr(error))
        raise port.Away from error
