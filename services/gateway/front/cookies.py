"""Our cookies: HttpOnly, SameSite=Lax, for this host only; with https Secure and named `__Host-`, so that no
neighbouring site of the same domain can plant one."""

from __future__ import annotations

import flask
from werkzeug.wrappers import Response

from shared.web import site


def secure() -> bool:
    """Whether people reach us by https."""
    return site.current().settings.public_url.startswith("https://")


def name(of: str) -> str:
    """The cookie's full name."""
    return f"__Host-steward-{of}" if secure() else f"steward-{of}"


def get(of: str) -> str | None:
    """The cookie's value, if the browser sent one."""
    return flask.request.cookies.get(name(of)) or None


def put(response: Response, of: str, value: str, *, max_age_s: int | None = None) -> None:
    """Have the browser keep it; without an age until it is closed."""
    response.set_cookie(name(of), value, max_age=max_age_s, path="/", secure=secure(), httponly=True, samesite="Lax")


def drop(response: Response, of: str) -> None:
    """Have the browser forget it."""
    response.delete_cookie(name(of), path="/", secure=secure(), httponly=True, samesite="Lax")
