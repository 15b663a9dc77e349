"""A list as a file: what `Accept: text/csv` or XLSX makes of a list's route, with the same filters as on screen.

The file is made whole before the first byte leaves, in a temporary file, so that whatever goes wrong is still told as a
problem; then it is sent piece by piece.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from typing import IO, Any
from urllib.parse import quote

import flask

from shared.kernel import errors
from shared.sheets import csv_file, print_file, xlsx_file
from shared.sheets.sheet import MOST_ROWS, Sheet

JSON = "application/json"
PAGE = 500  # rows read at once
IN_MEMORY = 1024 * 1024  # bytes; a larger file is kept on the disk while it is sent
PIECE = 64 * 1024  # bytes

WRITERS: dict[str, tuple[str, Callable[[Sheet, IO[bytes]], None]]] = {
    csv_file.CONTENT_TYPE: ("csv", csv_file.write),
    xlsx_file.CONTENT_TYPE: ("xlsx", xlsx_file.write),
    print_file.CONTENT_TYPE: ("html", print_file.write),
}
"""By content type: how the file's name ends, and what writes it."""
SHEETS = (csv_file.CONTENT_TYPE, xlsx_file.CONTENT_TYPE)
"""What every list is exported as; a page to print is for lists that are a form."""


def doc(*more: str) -> dict[str, Any]:
    """What the description of a list's route says of the files: `@blp.doc(**export.doc())`."""
    kinds = {
        csv_file.CONTENT_TYPE: {"schema": {"type": "string"}},
        xlsx_file.CONTENT_TYPE: {"schema": {"type": "string", "format": "binary"}},
        **{kind: {"schema": {"type": "string"}} for kind in more},
    }
    return {"responses": {200: {"content": kinds}}}  # a number, as smorest has it: beside its own answer


class TooManyRows(errors.Invalid):
    """This would be more than {most} rows; narrow it down, for example to a month."""

    code = "too-many-rows"


def wanted(*more: str) -> str | None:
    """The kind of file that the caller asks for, a sheet or `more`; None for JSON, as for whatever we do not make."""
    best = flask.request.accept_mimetypes.best_match([JSON, *SHEETS, *more])
    return None if best == JSON else best


def respond(sheet: Sheet, kind: str) -> flask.Response:
    """The sheet as a file of this kind, to be saved under its name. Raises `TooManyRows`."""
    ending, write = WRITERS[kind]
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed when it was sent
    try:
        write(sheet, file)  # type: ignore[arg-type] - a spooled file is one
        size = file.tell()
        file.seek(0)
    except BaseException:
        file.close()
        raise
    response = flask.Response(
        _pieces(file), content_type=kind + ("; charset=utf-8" if kind.startswith("text/") else "")
    )
    response.content_length = size
    how, name = "inline" if ending == "html" else "attachment", quote(f"{sheet.name}.{ending}")
    response.headers["Content-Disposition"] = f"{how}; filename=\"export.{ending}\"; filename*=UTF-8''{name}"
    response.headers["Vary"] = "Accept"
    response.call_on_close(file.close)
    return response


def pages(page: Callable[[str | None], tuple[list[Any], str | None]]) -> Iterator[list[Any]]:
    """Every page of a list, one after the other; `page` takes a cursor and gives the items and the next cursor.

    Raises `TooManyRows` as soon as there are more than `MOST_ROWS`.
    """
    cursor: str | None = None
    seen = 0
    while True:
        items, cursor = page(cursor)
        seen += len(items)
        if seen > MOST_ROWS:
            raise TooManyRows(most=MOST_ROWS)
        yield items
        if cursor is None:
            return


def query(name: str) -> str | None:
    """A parameter of the address, for a view that reads its body before its arguments are parsed."""
    return flask.request.args.get(name) or None


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    try:
        while piece := file.read(PIECE):
            yield piece
    finally:
        file.close()
