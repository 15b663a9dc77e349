"""A file as a request brings it: the body itself with its name in `Content-Disposition`, or the part `file` of a form.

It is read piece by piece by whoever takes it; a form's part lies in a temporary file meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass

import flask
from werkzeug.http import parse_options_header

from shared.files import port
from shared.kernel import errors

PART = "file"
FORM = "multipart/form-data"
MAX_FORM_BYTES = (
    64 * 1024 * 1024
)  # of a form with files, read to its end so that what was typed beside them is not lost
AROUND = 64 * 1024  # bytes of a form around its file
UNNAMED = "file"


class NoFile(errors.Invalid):
    """Send one file: as the body, or as the part "file" of a form."""

    code = "no-file"


@dataclass(frozen=True, slots=True)
class Sent:
    """What the sender says of it, and where to read it."""

    name: str
    declared: str
    stream: port.Reading


def one(limit: int) -> Sent:
    """The file of this request, which may have `limit` bytes. Raises `errors.TooLarge` before reading, `NoFile`."""
    here = flask.request
    here.max_content_length = limit + AROUND
    if (here.content_length or 0) > limit + AROUND:
        raise errors.TooLarge(limit=port.megabytes(limit))
    if here.mimetype == FORM:
        found = here.files.getlist(PART)
        if len(found) != 1 or len(here.files) != 1:
            raise NoFile(fields={PART: ["Send one file."]})
        return Sent(found[0].filename or UNNAMED, found[0].mimetype, found[0].stream)
    return Sent(_named(here.headers.get("Content-Disposition", "")), here.mimetype, here.stream)


def _named(disposition: str) -> str:
    """The name of RFC 6266, also where a sender writes UTF-8 without saying so."""
    name = parse_options_header(disposition)[1].get("filename") or UNNAMED
    try:
        return name.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return name
