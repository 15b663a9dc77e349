"""Who is signed in: looked up once a request, and only when the browser sent a session."""

from __future__ import annotations

import flask
import structlog
from werkzeug.wrappers import Response

from services.gateway.directory.session import commands, queries
from services.gateway.front import cookies
from shared.kernel import errors
from shared.web import site, tokens

COOKIE = "session"
BY_ITSELF = "X-By-Itself"
"""The header of what a page asks for without its reader: it does not keep a session alive."""

log = structlog.get_logger(__name__)


def current() -> queries.Signed | None:
    """The signed-in person, or None. Raises `errors.DatabaseAway`."""
    if "signed" not in flask.g:
        flask.g.signed = None
        if presented := secret():
            database = site.current().database
            with database.reading() as connection:
                flask.g.signed = queries.current(connection, presented, database.time.now())
    return flask.g.signed


def secret() -> str | None:
    """The secret of the session that the browser sent, whatever it is worth."""
    return cookies.get(COOKIE)


def person() -> queries.Signed:
    """The signed-in person. Raises `errors.Unauthenticated`."""
    who = current()
    if who is None:
        raise errors.Unauthenticated
    return who


def who() -> tokens.Caller:
    """For whom services are called: the signed-in person, or somebody without an account."""
    found = current()
    return found.caller if found else tokens.ANONYMOUS


def start(response: Response, session_secret: str) -> None:
    """The browser is signed in from now on."""
    cookies.put(response, COOKIE, session_secret)


def end(response: Response) -> None:
    """The browser is signed out."""
    cookies.drop(response, COOKIE)


def touch(response: flask.Response) -> flask.Response:
    """Write down that the person was here, at most once a minute. A page that was served is not lost for it."""
    found = flask.g.get("signed")
    if found is not None and found.touch_due and BY_ITSELF not in flask.request.headers:
        try:
            with site.current().database.work(actor=found.caller.actor) as work:
                commands.touch(work, found.session_id)
        except errors.DatabaseAway:
            log.warning("session_not_touched")
    return response
