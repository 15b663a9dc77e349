"""The forgery check: every form carries a token that only our own page can have put there.

For somebody signed in it hangs on their session; for a visitor on a cookie that is given out with the first form.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

import flask

from services.gateway.front import cookies, signed
from shared.kernel import errors
from shared.web import site

FIELD = "csrf_token"
HEADER = "X-CSRF-Token"
COOKIE = "visitor"


class NotOurForm(errors.Malformed):
    """This page was open for too long, or you signed in meanwhile. Nothing was changed; please send it again."""

    code = "not-our-form"


def token() -> str:
    """What a form of this page must carry."""
    who = signed.current()
    if who is not None:
        return who.csrf
    if "visitor" not in flask.g:
        flask.g.visitor = cookies.get(COOKIE) or secrets.token_urlsafe(24)
    return _of(flask.g.visitor)


def check() -> None:
    """Raises `NotOurForm` unless the request carries the right token, as a field or as a header."""
    given = flask.request.headers.get(HEADER) or flask.request.form.get(FIELD, "")
    if not carries(given):
        raise NotOurForm


def carries(given: str) -> bool:
    """Whether this is the right token."""
    who = signed.current()
    visitor = cookies.get(COOKIE)
    expected = who.csrf if who is not None else _of(visitor) if visitor else None
    return expected is not None and hmac.compare_digest(given.encode(), expected.encode())


def same_origin() -> bool:
    """Whether the browser itself says that a page of ours sent this. False when it says nothing."""
    fetched = flask.request.headers.get("Sec-Fetch-Site")
    if fetched is not None:
        return fetched == "same-origin"
    return flask.request.headers.get("Origin") in (
        flask.request.host_url.rstrip("/"),
        site.current().settings.public_url,
    )


def leave(response: flask.Response) -> flask.Response:
    """Give the visitor the cookie that the forms of this page hang on."""
    visitor = flask.g.get("visitor")
    if visitor is not None and visitor != cookies.get(COOKIE):
        cookies.put(response, COOKIE, visitor)
    return response


def _of(visitor: str) -> str:
    return hmac.new(visitor.encode(), b"steward visitor form", hashlib.sha256).hexdigest()
