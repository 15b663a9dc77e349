"""Where a server of ours keeps its files: in memory when nobody asks it to survive and there is room, else on disk."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
ROOM = 4 * 1024**3  # what all workers' servers need stays far below it; containers often have 64 MiB there


def folder(name: str, *, durable: bool) -> Path:
    """A fresh folder. `durable`: the server will be killed, or its fsync counts."""
    room = not durable and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ROOM
    return Path(tempfile.mkdtemp(prefix=f"steward-{name}-", dir=MEMORY if room else None))
