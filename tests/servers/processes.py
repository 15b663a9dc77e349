"""Processes that tests start: their families, signals and end. Everything goes by process id, never by name."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tests.servers import ports

CHILD = Path(__file__).with_name("child.py")


def spawn(
    command: Sequence[str],
    *,
    log: Path,
    dies_with: signal.Signals,
    user: str | None = None,
    env: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a server in a session of its own; its output goes to `log`; it gets `dies_with` if the test run dies."""
    with log.open("ab") as out:
        return subprocess.Popen(
            [sys.executable, "-I", str(CHILD), dies_with.name, user or "-", *command],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            cwd="/",
            env=dict(env) if env is not None else None,
            start_new_session=True,
        )


def alive(pid: int) -> bool:
    """Whether the process exists and is not merely waiting to be collected."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    stat = Path(f"/proc/{pid}/stat")
    with contextlib.suppress(OSError):
        return stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return True


def descendants(pid: int) -> list[int]:
    """The process's children, grandchildren and so on, oldest first."""
    children: dict[int, list[int]] = {}
    for child, parent in _parents():
        children.setdefault(parent, []).append(child)
    found: list[int] = []
    queue = [pid]
    while queue:
        mine = children.get(queue.pop(0), [])
        found += mine
        queue += mine
    return found


def send(pids: Iterable[int], number: signal.Signals) -> None:
    """Send a signal to each process that still exists."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def end(process: subprocess.Popen[bytes], number: signal.Signals, *, timeout_s: float) -> None:
    """Ask the process to end, and end it and its family by force when it does not in time."""
    family = [process.pid, *descendants(process.pid)]
    if process.poll() is None:
        process.send_signal(number)
        try:
            process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            family = [process.pid, *descendants(process.pid)]
    gone(process, family)


def gone(process: subprocess.Popen[bytes], family: Sequence[int]) -> None:
    """Kill what is left of a family and return when none of it exists any more."""
    send([pid for pid in family if alive(pid)], signal.SIGKILL)
    process.wait(10)
    ports.until(
        lambda: not any(alive(pid) for pid in family), timeout_s=10, what=f"the end of processes {list(family)}"
    )


def _parents() -> list[tuple[int, int]]:
    """(pid, parent) of every process."""
    if Path("/proc/self/stat").exists():
        pairs: list[tuple[int, int]] = []
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                with contextlib.suppress(OSError):
                    stat = Path(f"/proc/{entry}/stat").read_text()
                    pairs.append((int(entry), int(stat.rsplit(")", 1)[1].split()[1])))
        return pairs
    listing = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    return [(int(pid), int(parent)) for pid, parent in (line.split() for line in listing.splitlines())]
