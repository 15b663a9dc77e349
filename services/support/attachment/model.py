"""What a file must be to be taken, what it may be called, and how long it waits to be attached.

Invariants: the type is that of the content, never what the sender says; the ending fits the type; a name is plain NFC
text that no file system, no header and no reader can misread; what was uploaded is attached once, by whoever sent it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.kernel import errors, filename

WAITS = timedelta(hours=1)
"""How long an upload may be attached."""
KEPT = timedelta(hours=24)
"""How long one that nobody attached is kept, so that whoever looks into a complaint still finds it."""

TAKEN = "PDF, PNG, JPEG, GIF, WebP, HEIC, TXT, CSV, EML, DOCX, XLSX, PPTX, ODT, ODS, ZIP"
_OFFICE, _OPEN = "application/vnd.openxmlformats-officedocument", "application/vnd.oasis.opendocument"
ENDINGS: dict[str, tuple[str, ...]] = {
    "application/pdf": ("pdf",),
    "image/png": ("png",),
    "image/jpeg": ("jpg", "jpeg", "jpe", "jfif"),
    "image/gif": ("gif",),
    "image/webp": ("webp",),
    "image/heic": ("heic", "heif"),
    "text/plain": ("txt", "log"),
    "text/csv": ("csv",),
    "message/rfc822": ("eml",),
    f"{_OFFICE}.wordprocessingml.document": ("docx",),
    f"{_OFFICE}.spreadsheetml.sheet": ("xlsx",),
    f"{_OFFICE}.presentationml.presentation": ("pptx",),
    f"{_OPEN}.text": ("odt",),
    f"{_OPEN}.spreadsheet": ("ods",),
    "application/zip": ("zip",),
}
"""The types that are taken, each with the endings that fit; the first is given to a file without one."""
PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/heic")


class Empty(errors.Invalid):
    """This file is empty."""

    code = "file-empty"


class NotTaken(errors.Invalid):
    """This kind of file is not taken. We take {taken}."""

    code = "file-not-taken"


class Contradicting(errors.Invalid):
    """The name of this file ends in .{ending}, but it is something else inside."""

    code = "file-contradicts-its-name"


class Active(errors.Invalid):
    """This file holds programs (macros or scripts), which are not taken."""

    code = "file-holds-programs"


class Locked(errors.Invalid):
    """This file is locked with a password, so it cannot be checked. Please send it unlocked."""

    code = "file-locked"


class Bomb(errors.Invalid):
    """This archive cannot be unpacked safely: it is damaged, or it holds too many files, too large ones, or further
    archives."""

    code = "archive-unsafe"


class TooManyAtOnce(errors.Invalid):
    """At most {most} files can be sent at once."""

    code = "too-many-files"


class TooLargeTogether(errors.TooLarge):
    """These files are too large together; at most {limit} are taken at once."""

    code = "files-too-large"


class NotWaiting(errors.Invalid):
    """A file was not uploaded, was attached already, or was uploaded more than an hour ago. Please choose it again."""

    code = "upload-not-waiting"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is taken: bytes of one file, bytes together, files at once."""

    file: int
    together: int
    files: int


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was taken. `type` is that of its content, `declared` what the sender said; `by` is an actor."""

    id: str
    name: str
    declared: str
    type: str
    size: int
    hash: str
    by: str
    at: datetime
    object_kind: str | None = None
    object_id: str | None = None
    attached_by: str | None = None
    attached_at: datetime | None = None

    @property
    def of_client(self) -> bool:
        """Whether the client sent it, who may then see that it is there."""
        return self.by.startswith("client:")


def check_together(uploads: Sequence[Upload], limits: Limits) -> None:
    """Raises `TooManyAtOnce`, `TooLargeTogether`."""
    if len(uploads) > limits.files:
        raise TooManyAtOnce(most=limits.files, fields={"attachments": ["Too many files at once."]})
    if sum(each.size for each in uploads) > limits.together:
        raise TooLargeTogether(limit=f"{limits.together // (1024 * 1024)} MB")


def fitting(name: str, kind: str, readable: Sequence[str] = ()) -> tuple[str, str]:
    """The type and the name for a content of this kind; `readable` are further types that the content may be read as.

    A picture may carry another picture's ending, as telephones do: it gets its own behind. Raises `Contradicting`.
    """
    ending = filename.ending_of(name)
    for each in (kind, *readable):
        if ending in ENDINGS[each]:
            return each, name
    if not ending or (kind in PICTURES and any(ending in ENDINGS[each] for each in PICTURES)):
        return kind, filename.clean(f"{name}.{ENDINGS[kind][0]}")
    raise Contradicting(ending=ending, fields={"file": ["The content is not what the name says."]})
