"""Files that a service makes, handed on as they come."""

from __future__ import annotations

import flask

from services.gateway.transport import Reply

PASSED_ON = ("content-type", "content-disposition", "content-length")

KINDS = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""What a list is exported as, by how the file's name ends."""


def hand_on(reply: Reply) -> flask.Response:
    """The file, to be saved; it is closed when it was sent or the reader has gone."""
    response = flask.Response(reply.chunks, status=reply.status)
    for name, value in reply.headers:
        if name.lower() in PASSED_ON:
            response.headers[name] = value
    response.call_on_close(reply.close)
    return response
