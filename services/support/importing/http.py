"""Imports of a record over HTTP: upload, columns and dry run, run, undo, and the file of bad lines."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from services.support.importing import commands, queries, schemas, tables
from services.support.ticket import callers
from shared import locale as languages
from shared import web
from shared.kernel import errors
from shared.people import sight
from shared.sheets import reading
from shared.sheets.sheet import Column, Sheet
from shared.web import export, sent_file
from shared.web.site import current

MOST_BYTES = 20 * 1024 * 1024  # of one file
BODY = {"required": True, "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}

blp = web.Blueprint(
    "record-imports", __name__, url_prefix="/v1/record-imports", description="Taking in a record kept elsewhere"
)


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that was read, before any transaction began."""

    name: str
    table: reading.Table
    digest: bytes


def _taken() -> Taken:
    """Reads the body. Raises `errors.TooLarge`, `reading.Unreadable`."""
    callers.reader()
    sent = sent_file.one(MOST_BYTES)
    data = sent.stream.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise errors.TooLarge(limit="20 MB")
    asked = export.query("encoding")
    return Taken(sent.name, reading.read(data, encoding=asked), hashlib.sha256(data).digest())


@blp.post("")
@web.streams(_taken)
@blp.doc(requestBody=BODY)
@blp.arguments(schemas.UploadIn, location="query")
@blp.response(201, schemas.ImportOut)
def upload(taken: Taken, _query: dict[str, Any]) -> dict[str, Any]:
    """Send a CSV or XLSX file: as the body, or as the part `file` of a form. Nothing is imported yet."""
    held = commands.upload(web.work(), callers.reader(), taken.table, name=taken.name)
    web.locate(f"{blp.url_prefix}/{held.id}")
    return _shown(held)


@blp.get("")
@web.reads
@blp.arguments(schemas.ImportNothing, location="query")
@blp.response(200, schemas.ImportsOut)
def listed(_query: dict[str, Any]) -> dict[str, Any]:
    """The newest imports of the caller's units."""
    units = sight.units(web.reader(), callers.reader(), _now())
    return {"items": [queries.shown(each) for each in queries.newest(web.reader(), units)]}


@blp.get("/<string:id>")
@web.reads
@blp.response(200, schemas.ImportOut)
def shown(id: str) -> dict[str, Any]:
    """One import and how far it is."""
    return _shown(_seen(id))


@blp.get("/<string:id>/lines")
@web.reads
@blp.arguments(schemas.ImportLinesIn, location="query")
@blp.response(200, schemas.ImportLinesOut)
@blp.doc(**export.doc())
def lines(query: dict[str, Any], id: str) -> Any:
    """Its lines with what is wrong; as a file the same columns with the reasons behind them, to be mended and sent
    again."""
    held, connection = _seen(id), web.reader()
    if kind := export.wanted():
        return export.respond(_sheet(held, query["bad"]), kind)
    items, following = queries.lines(connection, id, locale=web.locale(), **query)
    return {"items": items, "next": following}


@blp.post("/<string:id>/map")
@web.writes
@blp.arguments(schemas.ColumnsIn)
@blp.response(200, schemas.ImportOut)
def map_(facts: dict[str, Any], id: str) -> dict[str, Any]:
    """Say which column is which: a dry run that judges every line and imports none."""
    who, version = callers.reader(), web.expected_version()
    return _shown(commands.map_(web.work(), id, who, mapping=facts["columns"], version=version))


@blp.post("/<string:id>/run")
@web.writes
@blp.arguments(schemas.ImportNothing)
@blp.response(200, schemas.ImportOut)
def run(_facts: dict[str, Any], id: str) -> dict[str, Any]:
    """Have the good lines taken in; `done` says how far it is."""
    return _shown(commands.run(web.work(), id, callers.reader(), version=web.expected_version()))


@blp.post("/<string:id>/undo")
@web.writes
@blp.arguments(schemas.ImportNothing)
@blp.response(200, schemas.ImportOut)
def undo(_facts: dict[str, Any], id: str) -> dict[str, Any]:
    """Take the whole import back, within 24 hours."""
    return _shown(commands.undo(web.work(), id, callers.reader(), version=web.expected_version()))


def _sheet(held: tables.Import, bad: bool) -> Sheet:
    locale = web.locale()
    columns = [Column(each, 24) for each in held.headings]
    columns.append(Column(languages.translate("What is wrong", locale), 48))
    return Sheet(languages.translate("Lines of the import", locale), columns, _rows(held, bad), locale)


def _rows(held: tables.Import, bad: bool) -> Iterator[list[str]]:
    after: int | None = 0
    while after is not None:
        items, after = queries.lines(
            web.reader(), held.id, bad=bad, after=after, limit=export.PAGE, locale=web.locale()
        )
        for each in items:
            cells = [reading.column(each["cells"], number) for number in range(len(held.headings))]
            why = (f"{_heading(held, name)}: {said}" for name, said in (each["wrong"] or {}).items())
            yield [*cells, " ".join(why)]


def _heading(held: tables.Import, column: str) -> str:
    at = held.mapping.get(column)
    return held.headings[at] if at is not None else column


def _seen(id: str) -> tables.Import:
    who = callers.reader()  # first: whoever may read nothing is told so, whether there is one or not
    return commands.seen(web.reader(), tables.load(web.reader(), id), who, _now())


def _shown(held: tables.Import) -> dict[str, Any]:
    web.tag(held.version)
    return queries.shown(held)


def _now() -> Any:
    return current().database.time.now()


BLUEPRINTS = (blp,)
