"""What stands around every view: one unit of work for what changes something, one reading connection for what shows."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import flask
from werkzeug import exceptions

from shared.kernel import errors
from shared.web import blueprint, idempotency, problem, request, site

View = Callable[..., Any]
JSON = "application/json"


def writes(view: View) -> View:
    """Run the view in one unit of work (`web.work()`); honours `Idempotency-Key`. Stands right below the route."""

    @functools.wraps(view)
    def wrapped(*args: Any, **kwargs: Any) -> flask.Response:
        return _written(lambda: view(*args, **kwargs))

    return wrapped


def streams(read: Callable[[], Any]) -> Callable[[View], View]:
    """The view takes a body of any size and type, which `read` takes in piece by piece before the unit of work begins,
    so that a slow sender holds no transaction. The view is handed what it returned, whose `digest` stands for the body
    where a repeated request is compared. Stands right below the route, instead of `writes`."""

    def marked(view: View) -> View:
        @functools.wraps(view)
        def wrapped(*args: Any, **kwargs: Any) -> flask.Response:
            taken_in = read()
            return _written(lambda: view(taken_in, *args, **kwargs), body=taken_in.digest)

        wrapped.streams = True  # type: ignore[attr-defined]  # read where a request arrives
        return wrapped

    return marked


def _written(view: Callable[[], Any], *, body: bytes | None = None) -> flask.Response:
    ask = idempotency.asked(body)
    try:
        with site.current().database.work(actor=request.caller().actor, trace=flask.g.trace) as unit:
            flask.g.work = unit
            if ask is not None and (known := idempotency.begin(unit, ask)) is not None:
                return known
            response = _response(view())
            if ask is not None:
                idempotency.finish(unit, ask, response)
        return response
    except idempotency.KeyReused as error:
        return problem.respond(error)
    except (errors.Refused, exceptions.HTTPException) as error:
        response = problem.respond(error)
        return response if ask is None else idempotency.keep(ask, response)
    finally:
        flask.g.pop("work", None)
        flask.g.pop("keep_instead", None)


def reads(view: View) -> View:
    """Run the view on one reading connection (`web.reader()`). Stands right below the route."""

    @functools.wraps(view)
    def wrapped(*args: Any, **kwargs: Any) -> flask.Response:
        with site.current().database.reading() as connection:
            flask.g.reader = connection
            try:
                return _response(view(*args, **kwargs))
            finally:
                flask.g.pop("reader", None)

    return wrapped


def takes(content_type: str) -> Callable[[View], View]:
    """The view takes a body of this type instead of JSON, by `request.body()`. Stands right below `writes`."""

    def marked(view: View) -> View:
        view.takes = content_type  # type: ignore[attr-defined]  # read where a request arrives
        return view

    return marked


def taken(view: View | None) -> str:
    """The type of body that a view takes."""
    return getattr(view, "takes", JSON)


def streamed(view: View | None) -> bool:
    """Whether a view takes its body in by itself."""
    return getattr(view, "streams", False)


def tag(version: int) -> None:
    """Say the version of what this view answers with, so that the next change can say which one it saw (`ETag`)."""
    flask.g.version = version


class Versioned(Protocol):
    """What carries a version."""

    @property
    def version(self) -> int: ...


class Known(Versioned, Protocol):
    """What has an id beside it."""

    @property
    def id(self) -> str: ...


A = TypeVar("A", bound=Versioned)
B = TypeVar("B", bound=Known)


def tagged(shown: A) -> A:
    """What a view answers with, its version said (`ETag`)."""
    tag(shown.version)
    return shown


def made(at: blueprint.Blueprint, new: B) -> B:
    """What a view has made, with the place where it is found and its version."""
    locate(f"{at.url_prefix}/{new.id}")
    return tagged(new)


def keep_instead(body: Any) -> None:
    """Have a repeated request answered with this body: the view's own holds a secret, which is shown once."""
    flask.g.keep_instead = body


def locate(path: str) -> None:
    """Say where what this view made is found (`Location`); the gateway's way in puts its own path before it."""
    flask.g.location = path


def _response(result: Any) -> flask.Response:
    response = flask.make_response(result)
    if (version := flask.g.pop("version", None)) is not None:
        response.headers["ETag"] = f'"{version}"'
    if (path := flask.g.pop("location", None)) is not None:
        response.headers["Location"] = path
    if response.status_code == 204:  # flask-smorest answers with JSON's null
        response.set_data(b"")
        response.headers.pop("Content-Type", None)
    return response
