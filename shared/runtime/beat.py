"""The beat: a small file by which a process without HTTP says every few seconds which of its loops still turn.

The check (`steward health`) trusts neither the file alone nor the process alone: a file that is no longer written is a
process that is gone or hangs, a loop named in it has not finished a step for a minute.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import structlog

from shared.kernel import errors
from shared.runtime import settings

EVERY_S = 5
OLD_S = 30  # six beats missed; a container's check should fail three times before it acts

log = structlog.get_logger(__name__)


class NoBeat(errors.Transient):
    """The role {role} has not said that it is alive for {age}: it is not running here, or it hangs."""

    code = "no-beat"


class Stuck(errors.Transient):
    """The role {role} is alive, but stuck: {loops}."""

    code = "stuck"


def path(given: settings.Settings, role: str, names: Iterable[str]) -> Path:
    """Where a role with these services beats."""
    return given.run / f"{'-'.join((role, *sorted(names)))}.alive"


def newest(given: settings.Settings, role: str) -> Path:
    """Where a role beat last, whatever its services."""
    beats = sorted(given.run.glob(f"{role}*.alive"), key=lambda file: file.stat().st_mtime)
    return beats[-1] if beats else path(given, role, ())


def until(
    stopping: threading.Event, file: Path, stuck: Callable[[], Iterable[str]], *, every_s: float = EVERY_S
) -> None:
    """Beat until asked to stop. `stuck` names what hangs. The file is removed at the end."""
    said: tuple[str, ...] = ()
    while True:
        hang = list(stuck())
        wrong = write(file, hang)
        now = (*hang, *([wrong] if wrong else []))
        if now and now != said:  # once, not at every beat
            log.error("beat_troubled", path=str(file), stuck=hang, not_written=wrong)
        said = now
        if stopping.wait(every_s):
            break
    with contextlib.suppress(OSError):
        file.unlink()


def write(file: Path, stuck: list[str]) -> str | None:
    """One beat, whole or not at all; `stuck` names what hangs. Returns why it could not be written, if so.

    A full disk must not stop the work; the check will say that nothing is heard.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_name(f".{file.name}-{os.getpid()}")
        fresh.write_text(json.dumps({"pid": os.getpid(), "stuck": stuck}), encoding="utf-8")
        fresh.replace(file)
    except OSError as error:
        return error.strerror or str(error)
    return None


def check(file: Path, role: str) -> None:
    """Raises `NoBeat` or `Stuck`."""
    try:
        age = time.time() - file.stat().st_mtime
        told = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise NoBeat(role=role, age="a while") from None
    if age > OLD_S:
        raise NoBeat(role=role, age=f"{age:.0f} s")
    if told["stuck"]:
        raise Stuck(role=role, loops="; ".join(told["stuck"]))
