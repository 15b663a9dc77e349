"""Logs: one event a line on stderr, as JSON for machines or coloured for a terminal, redacted in one place.

An event has a constant name and its facts as keywords; what belongs to a request or a loop (`request`, `trace`,
`service`, `loop`) is bound at the edge and joins every line below it. A log that cannot be written never stops the
work it tells of.
"""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import structlog

from shared.runtime import redaction, settings

LIBRARIES = logging.WARNING  # what the libraries' own loggers must reach to be heard

_KEPT = frozenset(("event", "level", "timestamp", "logger"))  # ours, never personal


class Lines:
    """Writes finished lines to stderr, one at a time."""

    def __init__(self, name: str = "") -> None:
        self.name = name

    def msg(self, line: str) -> None:
        """Write a line; a full disk or a closed pipe is not the caller's problem."""
        with contextlib.suppress(OSError, ValueError), _writing:
            sys.stderr.write(f"{line}\n")
            sys.stderr.flush()

    debug = info = warning = error = critical = fatal = exception = msg


_writing = threading.Lock()


def configure(given: settings.Settings, *, quiet: bool = False) -> None:
    """Set up logging for this process. `quiet`: warnings and worse only, for commands that answer and end."""
    form = given.log_format
    if form == "auto":
        form = "console" if sys.stderr.isatty() else "json"
    level = logging.WARNING if quiet else _level(given.log_level, form)
    chain = [
        _hush,
        structlog.contextvars.merge_contextvars,
        _name,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    render = _renderer(form)
    structlog.configure(
        processors=[*chain, render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=Lines,
        cache_logger_on_first_use=True,
    )
    handler = _Foreign(chain, render)
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(LIBRARIES)


@contextlib.contextmanager
def hushed() -> Iterator[None]:
    """In the block nothing below a warning is logged, in any thread: for what a start does to itself."""
    global _hushed
    _hushed = True
    try:
        yield
    finally:
        _hushed = False


_hushed = False


def _hush(_logger: Any, method: str, event: Any) -> Any:
    if _hushed and method in ("debug", "info"):
        raise structlog.DropEvent
    return event


class _Foreign(logging.Handler):
    """What libraries log, in our shape and through the same redaction."""

    def __init__(self, chain: list[Any], render: Callable[..., Any]) -> None:
        super().__init__()
        self._chain, self._render, self._lines = chain, render, Lines()

    def emit(self, record: logging.LogRecord) -> None:
        """Render one record; a record that cannot be rendered is dropped, as logging does."""
        try:
            event: Any = {"event": record.getMessage(), "logger": record.name}
            if record.exc_info:
                event["exc_info"] = record.exc_info
            for step in self._chain:
                event = step(self._lines, record.levelname.lower(), event)
            self._lines.msg(self._render(self._lines, record.levelname.lower(), event))
        except structlog.DropEvent:
            return
        except Exception:  # noqa: BLE001 - logging must not break what it observes
            self.handleError(record)


def _level(given: str, form: str) -> int:
    """What is said unasked: everything to machines; to a person what is wrong, so that the greeting stays in sight."""
    if given == "auto":
        given = "warning" if form == "console" else "info"
    return logging.getLevelNamesMapping()[given.upper()]


def _renderer(form: str) -> Callable[..., Any]:
    if form == "console":
        return structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback, pad_event_to=24
        )
    return structlog.processors.JSONRenderer(ensure_ascii=False, default=str)


def _name(logger: Any, _method: str, event: Any) -> Any:
    if name := getattr(logger, "name", ""):
        event.setdefault("logger", name)
    return event


def redact(_logger: Any, _method: str, event: Any) -> Any:
    """Mask secrets and personal data, the traceback's text included."""
    return {
        key: redaction.text(str(value)) if key in _KEPT else redaction.value(value, key=key)
        for key, value in event.items()
    }
