"""A worker process ends when its parent is gone: else it would keep the port and go on answering with old code."""

from __future__ import annotations

import os
import signal
import threading

import structlog

LOOK_S = 1.0  # how often it looks whose child it is

log = structlog.get_logger(__name__)


def end_with_parent() -> None:
    """From now on, be asked to stop (SIGTERM) as soon as the parent has died, killed or not."""
    parent = os.getppid()
    threading.Thread(target=_watch, args=(parent,), name="parent", daemon=True).start()


def _watch(parent: int) -> None:
    never = threading.Event()
    while os.getppid() == parent:
        never.wait(LOOK_S)
    log.warning("parent_gone", parent=parent)
    os.kill(os.getpid(), signal.SIGTERM)
