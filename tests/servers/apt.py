"""Servers from Debian's packages, for a machine (such as a CI runner) that has none. Only as root, only on Debian.

While packages are installed, `policy-rc.d` refuses every service start: a database or broker that listens on all
addresses because a test run wanted its binaries would be a poor guest.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.servers.errors import Unavailable

POLICY = Path("/usr/sbin/policy-rc.d")
TIMEOUT_S = 600


def possible() -> bool:
    """Whether this is Debian (or a child of it) and we are root."""
    return os.geteuid() == 0 and Path("/etc/debian_version").exists() and shutil.which("apt-get") is not None


def install(*packages: str) -> None:
    """Install the packages without starting any service. Raises `Unavailable` with apt's own last words."""
    with _one_at_a_time(), _no_service_starts():
        words = _apt("install", "-y", "--no-install-recommends", *packages)
        if words is not None:  # the package lists may be missing or old
            _apt("update")
            words = _apt("install", "-y", "--no-install-recommends", *packages)
        if words is not None:
            raise Unavailable(f"apt-get install {' '.join(packages)} failed: {words}")


def _apt(*arguments: str) -> str | None:
    """Nothing when apt succeeded, else the end of what it said."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    try:
        done = subprocess.run(
            ["apt-get", "-q", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment,
            timeout=TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"no answer within {TIMEOUT_S} s"
    return None if done.returncode == 0 else " | ".join(done.stdout.strip().splitlines()[-3:])


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    with open(os.path.join(tempfile.gettempdir(), "steward-tests-apt.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def _no_service_starts() -> Iterator[None]:
    if POLICY.exists():  # the machine has its own policy, as container images do
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink(missing_ok=True)
