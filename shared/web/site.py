"""What an app of a process knows: its service, database, settings, keys and the loops whose health it reports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import flask

from shared.runtime import manifest, settings
from shared.store import engine
from shared.web import tokens


@dataclass(slots=True)
class Site:
    """One service as one process serves it. `checks` are named functions that raise when something is not ready."""

    service: manifest.Service
    database: engine.Database
    settings: settings.Settings
    keys: tokens.Verifier
    checks: dict[str, Callable[[], None]] = field(default_factory=dict)
    extras: dict[str, Any] = field(default_factory=dict)


def current() -> Site:
    """The site of the app that serves this request."""
    return flask.current_app.extensions["steward"]
