"""Who may open which page. Closed unless a view says otherwise; tests walk over every route."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import flask

from services.gateway.front import csrf, signed
from shared.kernel import errors

SAFE = ("GET", "HEAD", "OPTIONS")
SIGN_IN = "account.sign_in"

View = TypeVar("View", bound=Callable[..., Any])


class SignedOut(errors.Unauthenticated):
    """You have been signed out, because nothing was done for 30 minutes or the day is over. Nothing was changed."""

    code = "signed-out"


def everybody(view: View) -> View:
    """A page for people without an account."""
    view.open_to_everybody = True  # type: ignore[attr-defined]
    return view


def checks_itself(view: View) -> View:
    """The view decides who calls and whether it is forged: the way in for APIs."""
    view.checks_itself = True  # type: ignore[attr-defined]
    return everybody(view)


def only(*roles: str) -> Callable[[View], View]:
    """A page for people with one of these roles."""

    def marked(view: View) -> View:
        view.roles = roles  # type: ignore[attr-defined]
        return view

    return marked


def guard() -> Any:
    """Runs before every view. Sends strangers to the sign-in, and refuses forms that are not ours."""
    view = flask.current_app.view_functions.get(flask.request.endpoint or "")
    if view is None or getattr(view, "checks_itself", False):
        return None
    if not getattr(view, "open_to_everybody", False):
        who = signed.current()
        if who is None:
            if flask.request.method not in SAFE:
                raise SignedOut
            return _to_sign_in()
        roles = getattr(view, "roles", ())
        if roles and not set(roles) & set(who.roles):
            raise errors.Forbidden(missing=f"the role {' / '.join(roles)}")
    if flask.request.method not in SAFE:
        csrf.check()
    return None


def _to_sign_in() -> flask.Response:
    """A part of a page is no place to sign in: htmx is told to leave the page that it stands on, and to come back."""
    if "HX-Request" not in flask.request.headers:
        return flask.make_response(
            flask.redirect(flask.url_for(SIGN_IN, next=flask.request.full_path.rstrip("?")), 303)
        )
    stood_on = urlsplit(flask.request.headers.get("HX-Current-URL", ""))
    here = local(urlunsplit(("", "", stood_on.path, stood_on.query, "")), "/")
    return flask.Response(status=401, headers={"HX-Redirect": flask.url_for(SIGN_IN, next=here)})


def local(target: str | None, default: str) -> str:
    """Where to go next: a path of our own, never another site, whatever the address bar was made to say."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return default
    if any(ord(c) < 0x21 or c == "\\" for c in target):
        return default
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc else default
