"""What a view may ask about the request it serves."""

from __future__ import annotations

import flask
import sqlalchemy as sa
from werkzeug import exceptions

from shared import locale as languages
from shared.kernel import errors
from shared.store.work import Work
from shared.web import tokens


def caller() -> tokens.Caller:
    """Who calls; a client without an account on the public routes."""
    return flask.g.get("caller", tokens.ANONYMOUS)


def scoped(scope: str) -> tokens.Caller:
    """The caller; a system must have been given this scope. Raises `errors.Forbidden`, which says so."""
    who = caller()
    if who.kind == "system" and scope not in who.scopes:
        raise errors.Forbidden(missing=f"a system token with the scope {scope}")
    return who


def locale() -> str:
    """The language to answer in: the first of ours that the caller asks for, else what the caller's account says.

    `zh-TW` and `vi_VN` are understood; `*` (which some programs send by themselves) asks for nothing.
    """
    if not flask.has_request_context():
        return languages.DEFAULT
    return languages.first(flask.request.accept_languages) or caller().locale


def body() -> bytes:
    """The whole body. Raises `RequestEntityTooLarge`, also for one that comes in chunks and never says how long it is:
    those Werkzeug cuts off at the limit without a word.
    """
    here = flask.request
    data = here.get_data(cache=True)
    if here.content_length is None and len(data) == here.max_content_length and here.environ["wsgi.input"].read(1):
        raise exceptions.RequestEntityTooLarge
    return data


def work() -> Work:
    """The unit of work of this request; the view must be marked with `writes`."""
    return flask.g.work


def reader() -> sa.Connection:
    """The reading connection of this request; the view must be marked with `reads`."""
    return flask.g.reader


def expected_version() -> int | None:
    """The version of `If-Match`, or None when the caller did not say. Raises `errors.Malformed`."""
    tag = flask.request.headers.get("If-Match")
    if tag is None or tag.strip() == "*":
        return None
    version = tag.strip().strip('"')
    if not (version.isascii() and version.isdecimal() and len(version) < 10):
        raise errors.Malformed(why='If-Match must be a version in quotes, such as "3"')
    return int(version)
