"""Styles, scripts and pictures: a few files from memory, compressed once; their address changes with their bytes."""

from __future__ import annotations

import functools
import gzip
import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path

import flask

from services.gateway.front import gate

OWN = Path(__file__).parents[1] / "static"
JAVASCRIPT = "text/javascript; charset=utf-8"
KEPT = "public, max-age=31536000, immutable"

BLUEPRINT = flask.Blueprint("assets", __name__)


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is served."""

    content_type: str
    body: bytes
    compressed: bytes
    digest: str


def _carried(package: str, *folders: str) -> Path:
    """A folder of files that an installed package carries, without importing it."""
    found = importlib.util.find_spec(package)
    assert found is not None, package
    assert found.submodule_search_locations
    return Path(found.submodule_search_locations[0], *folders)


@functools.cache
def named(name: str) -> Asset | None:
    """The file, read once a process; None when we serve no such file."""
    path, content_type = {
        "bootstrap.css": (
            _carried("flask_bootstrap", "static", "bootstrap5", "css") / "bootstrap.min.css",
            "text/css; charset=utf-8",
        ),
        "htmx.js": (_carried("django_htmx", "static", "django_htmx") / "htmx-2.min.js", JAVASCRIPT),
        "steward.js": (OWN / "steward.js", JAVASCRIPT),
        "lists.js": (OWN / "lists.js", JAVASCRIPT),
        "lists.css": (OWN / "lists.css", "text/css; charset=utf-8"),
        "ticketpage.js": (OWN / "ticketpage.js", JAVASCRIPT),
        "ticketpage.css": (OWN / "ticketpage.css", "text/css; charset=utf-8"),
        "steward.css": (OWN / "steward.css", "text/css; charset=utf-8"),
        "steward.svg": (OWN / "steward.svg", "image/svg+xml"),
    }.get(name, (None, ""))
    if path is None:
        return None
    body = path.read_bytes()
    digest = hashlib.sha256(body).hexdigest()[:12]
    return Asset(content_type, body, gzip.compress(body, compresslevel=9, mtime=0), digest)


def url(name: str) -> str:
    """The address of a file, for templates."""
    found = named(name)
    assert found is not None, name
    return flask.url_for("assets.serve", name=name, v=found.digest)


@BLUEPRINT.get("/static/<name>")
@gate.everybody
def serve(name: str) -> flask.Response:
    """One file; for ever in the browser's cache when asked for by its digest."""
    found = named(name)
    if found is None:
        flask.abort(404)
    zipped = "gzip" in flask.request.accept_encodings
    response = flask.Response(found.compressed if zipped else found.body, content_type=found.content_type)
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = KEPT if flask.request.args.get("v") == found.digest else "no-cache"
    if zipped:
        response.headers["Content-Encoding"] = "gzip"
    return response
