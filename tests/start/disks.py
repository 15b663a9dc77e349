"""Disks that refuse: read-only and small ones. Where nothing can be mounted, something that refuses in the same way."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

UNWRITABLE = Path("/sys/kernel")  # where not even root can make a folder
MEBI = 1024 * 1024


def _mount(*arguments: str) -> bool:
    return subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode == 0


@contextlib.contextmanager
def small(at: Path, *, mebi: int) -> Iterator[bool]:
    """A memory disk of this size at the folder; False where this machine lets us mount nothing."""
    at.mkdir(exist_ok=True)
    if not _mount("-t", "tmpfs", "-o", f"size={mebi}m", "tmpfs", str(at)):
        yield False
        return
    try:
        yield True
    finally:
        subprocess.run(["umount", "--lazy", str(at)], check=True)


@contextlib.contextmanager
def read_only(at: Path, *, holding: Path | None = None) -> Iterator[Path]:
    """A folder in which nothing can be written, as a copy of `holding` where it is given."""
    with small(at, mebi=64) as mounted:
        if holding is not None:
            shutil.copytree(holding, at, dirs_exist_ok=True)
        if mounted and _mount("-o", "remount,ro", str(at)):
            yield at
        elif os.geteuid() == 0:
            yield UNWRITABLE / "steward"
        else:
            for folder in (at, *(path for path in at.rglob("*") if path.is_dir())):
                folder.chmod(0o500)
            yield at
            at.chmod(0o700)


@contextlib.contextmanager
def filled(at: Path, *, leave: int = 0) -> Iterator[None]:
    """The disk of the folder has no more than `leave` bytes of room left while the block runs. Small disks only."""
    ballast = at / "ballast"
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"\0" * MEBI)
    with ballast.open("ab", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"\0" * 4096)
    if leave:
        os.truncate(ballast, max(ballast.stat().st_size - leave, 0))
    try:
        yield
    finally:
        ballast.unlink()
