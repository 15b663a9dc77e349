"""Files in a form, without a script: chosen, sent on to the service piece by piece, and not lost with the next fault.

Invariants: a file that is too large does not cost what was typed beside it; what the service has taken need not be
chosen again when the form comes back; no file is ever whole in memory.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO, Any, TypeVar

import flask
from babel import numbers
from werkzeug.datastructures import FileStorage

from services.gateway.clients import Client, Problem
from services.gateway.front import forms, language
from shared.files import port
from shared.kernel import filename
from shared.web import sent_file, site

FIELD = "attachments"
KEPT = "kept"  # what the service has already: a token, a size and a name in each
ACCEPT = ".pdf,.png,.jpg,.jpeg,.gif,.webp,.heic,.txt,.csv,.eml,.docx,.xlsx,.pptx,.odt,.ods,.zip"
IN_MEMORY = 64 * 1024  # bytes of a file before it goes to the disk
ABOUT_FILE = (413, 422)
_KEPT = re.compile(r"([0-9A-Za-z]{16,40}) (\d{1,12}) (.{1,200})")

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that the service has and nothing has claimed yet."""

    token: str
    size: int
    name: str

    @property
    def value(self) -> str:
        """As the form carries it until then."""
        return f"{self.token} {self.size} {self.name}"


class Bounded:
    """Where a part of a form is written while it is read: what goes over the limit is counted and dropped."""

    def __init__(self, limit: int) -> None:
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed with the request
        self._limit, self.size = limit, 0

    @property
    def over(self) -> bool:
        """Whether it is more than is taken."""
        return self.size > self._limit

    def write(self, part: bytes) -> int:
        """Take some more of it."""
        self.size += len(part)
        if self.over:
            self._file.seek(0)
            self._file.truncate()
        else:
            self._file.write(part)
        return len(part)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


class Request(flask.Request):
    """A request whose forms may hold files."""

    def _get_file_stream(self, *_: Any, **__: Any) -> Any:
        return Bounded(site.current().settings.file_mb * 1024 * 1024)


def takes_files(view: View) -> View:
    """A page whose form holds files; every other form stays small."""
    view.takes_files = True  # type: ignore[attr-defined] - read before the form is
    return view


def widen() -> None:
    """Runs before the form of a request is read."""
    view = flask.current_app.view_functions.get(flask.request.endpoint or "")
    if getattr(view, "takes_files", False):
        flask.request.max_content_length = sent_file.MAX_FORM_BYTES


def take(form: forms.Form, service: Client, *path: str) -> tuple[list[Kept], int]:
    """Send what was chosen to the service. Returns what it has now, and the status that the form comes back with.

    What is wrong with a file stands beside the field, under its name. Raises what is wrong with the service.
    """
    kept = [Kept(found[1], int(found[2]), found[3]) for each in _sent() if (found := _KEPT.fullmatch(each))]
    chosen = [each for each in flask.request.files.getlist(FIELD) if each.filename]
    most = site.current().settings.files_at_once
    if len(kept) + len(chosen) > most:
        form.wrong(FIELD, language.say("At most {most} files can be sent at once.", most=most))
        return kept, 422
    status = 422
    for each in chosen:
        try:
            kept.append(_send(each, service, path))
        except Problem as problem:
            if problem.status not in ABOUT_FILE:
                raise
            status = problem.status
            form.wrong(FIELD, f"{_name(each)}{language.colon()}{problem.detail}")
    return kept, status


def _sent() -> Sequence[str]:
    return flask.request.form.getlist(KEPT)[: site.current().settings.files_at_once]


def _name(chosen: FileStorage) -> str:
    return filename.clean(chosen.filename or "")


def _send(chosen: FileStorage, service: Client, path: tuple[str, ...]) -> Kept:
    stream: Any = chosen.stream
    if stream.over:
        sentence = language.say("This is too large; at most {limit} are taken.", limit=limit())
        raise Problem("gateway", 413, {"detail": sentence})
    answer = service.send_file(*path, stream=stream, size=stream.size, name=_name(chosen), declared=chosen.mimetype)
    return Kept(answer.data["token"], answer.data["size"], answer.data["name"])


def still(kept: list[Kept], error: Exception) -> list[Kept]:
    """What need not be chosen again after a refusal: nothing, when the hour of one of them is over."""
    return [] if getattr(error, "code", None) == "upload-not-waiting" else kept


def size(of: int) -> str:
    """How large a file is, in the reader's way of writing numbers."""
    kilobytes = -(-of // 1024)
    if kilobytes < 1024:
        return f"{kilobytes} kB"
    return f"{numbers.format_decimal(of / 1024 / 1024, '0.#', locale=language.current())} MB"


def limit() -> str:
    """How large one may be."""
    return port.megabytes(site.current().settings.file_mb * 1024 * 1024)
