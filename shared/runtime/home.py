"""The home of an embedded process: a folder with the databases, keys and mails. It belongs to one process at a time."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from shared.kernel import errors

LEAST_FREE_BYTES = (
    64 * 1024 * 1024
)  # below this a start is refused: SQLite would fail in the middle of the first writes
FOLDERS = ("data", "keys", "mail")
LOCK = "steward.lock"
RESTORING = ".restoring"  # is there while, and only while, a restore is not finished
MODE = 0o700  # keys, letters and databases are nobody else's business


class HomeInUse(errors.Refused):
    """The home {home} is in use by another Steward process{who}. Stop it first, or choose another STEWARD_HOME."""

    code = "home-in-use"


class HomeNotWritable(errors.Refused):
    """The home {home} cannot be written ({why}). Choose another STEWARD_HOME or mend its permissions."""

    code = "home-not-writable"


class HomeFull(errors.Refused):
    """The disk of the home {home} has {free} MiB left; at least {least} MiB are needed. Nothing was started."""

    code = "home-full"


class HomeHalfRestored(errors.Refused):
    """A restore into {home} was cut off. Run "steward restore" again; it begins anew."""

    code = "home-half-restored"


@contextlib.contextmanager
def opened(path: Path, *, least_free_bytes: int = LEAST_FREE_BYTES) -> Iterator[None]:
    """Holds the home for as long as the block runs, its folders made and writable.

    Raises `HomeInUse`, `HomeNotWritable`, `HomeFull`, `HomeHalfRestored`.
    """
    with claimed(path):
        if (path / RESTORING).exists():
            raise HomeHalfRestored(home=path)
        with facts_of_disk(path):
            for name in FOLDERS:
                (path / name).mkdir(exist_ok=True, mode=MODE)
            probe = path / "data" / f".probe-{os.getpid()}"  # says now what would fail in the middle of something
            probe.write_bytes(b"\0" * 4096)
            probe.unlink()
        if shutil.disk_usage(path).free < least_free_bytes:
            raise full(path, least_free_bytes)
        yield


@contextlib.contextmanager
def claimed(path: Path) -> Iterator[None]:
    """Holds the lock that says whose the home is; its file names the holder for people.

    Raises `HomeInUse`, `HomeNotWritable`, `HomeFull`.
    """
    with facts_of_disk(path):
        path.mkdir(parents=True, exist_ok=True, mode=MODE)
        handle = os.open(path / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock(path, handle)
        yield
    finally:
        os.close(handle)


def _lock(path: Path, handle: int) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.read(handle, 32).decode(errors="replace").strip()
        raise HomeInUse(home=path, who=f" (process {holder})" if holder else "") from error
    with facts_of_disk(path):
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)


@contextlib.contextmanager
def facts_of_disk(path: Path) -> Iterator[None]:
    """What the disk refuses in the block becomes a sentence. Raises `HomeNotWritable`, `HomeFull`."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise full(path) from error
        raise HomeNotWritable(home=path, why=error.strerror or str(error)) from error


def full(path: Path, least_free_bytes: int = LEAST_FREE_BYTES) -> HomeFull:
    """The sentence for a disk without room."""
    mebi = 1024 * 1024
    return HomeFull(home=path, free=shutil.disk_usage(path).free // mebi, least=least_free_bytes // mebi)
