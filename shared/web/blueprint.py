"""Blueprints of our APIs: flask-smorest's, with JSON and query parameters read as strictly as everything else.

webargs would read JSON with the standard library's rules (NaN, duplicate keys, any depth) and ignore a query parameter
that it does not know, so that a misspelt filter shows everything.
"""

from __future__ import annotations

from typing import Any, ClassVar

import flask
import flask_smorest
import marshmallow as ma
from webargs import core, flaskparser


class Parser(flaskparser.FlaskParser):
    """Reads a request's arguments. An empty body is no body, whatever its content type says."""

    DEFAULT_UNKNOWN_BY_LOCATION: ClassVar[dict[str, str | None]] = {  # type: ignore[misc] - declared without ClassVar there
        **flaskparser.FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "query": ma.RAISE,
        "querystring": ma.RAISE,
    }

    def _raw_load_json(self, req: flask.Request) -> Any:
        body = req.get_data(cache=True)
        return flask.current_app.json.loads(body) if body else core.missing


class Blueprint(flask_smorest.Blueprint):
    """A group of routes of one service's API."""

    ARGUMENTS_PARSER = Parser()

    def arguments(self, schema: Any, **options: Any) -> Any:
        """flask-smorest's, with the schema made once: webargs would make one of a class at every request."""
        return super().arguments(schema() if isinstance(schema, type) else schema, **options)
