"""Looking into ZIP archives, office files included, without trusting what they say of themselves.

First the directory is read: how many files, how large, how they are called. Then everything is unpacked once, into
nothing, with a bound, because a directory may lie. One archive may lie in another (a document in a ZIP, a table in a
document), but no further, and only documents.
"""

from __future__ import annotations

import re
import stat
import tempfile
import zipfile
import zlib
from typing import BinaryIO

from services.support.attachment import model

MOST_FILES = 2_000  # in one archive; a large presentation has some hundreds
MOST_BYTES = 100 * 1024 * 1024  # unpacked, with everything within
MOST_RATIO = 200  # of the whole, from 1 MiB on: a table of equal rows comes to 60, a bomb to a thousand
RATIO_FROM = 1024 * 1024
MOST_DIRECTORY = 1024 * 1024  # bytes of names and the like: 2,000 files need a tenth
DEPTH = 1
CHUNK = 256 * 1024

PACKED = (b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd", b"MSCF")
"""How other archives begin."""
PROGRAMS = frozenset(
    [
        "exe",
        "dll",
        "scr",
        "com",
        "pif",
        "msi",
        "msp",
        "bat",
        "cmd",
        "ps1",
        "psm1",
        "vbs",
        "vbe",
        "js",
        "jse",
        "mjs",
        "wsf",
        "wsh",
        "hta",
        "jar",
        "lnk",
        "reg",
        "sh",
        "app",
        "apk",
        "cpl",
        "iso",
        "img",
    ]
)
_OFFICE = "application/vnd.openxmlformats-officedocument"
_MAIN = {
    "word/document.xml": f"{_OFFICE}.wordprocessingml.document",
    "xl/workbook.xml": f"{_OFFICE}.spreadsheetml.sheet",
    "ppt/presentation.xml": f"{_OFFICE}.presentationml.presentation",
}
_OPEN = ("application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.spreadsheet")
_MACROS = re.compile(r"(^|/)(vbaproject\.bin|vbadata\.xml)$|^(basic|scripts)/|(^|/)activex/", re.IGNORECASE)


class Budget:
    """How much may still be unpacked, over all levels."""

    def __init__(self) -> None:
        self.left = MOST_BYTES

    def take(self, size: int) -> None:
        """Raises `model.Bomb`."""
        self.left -= size
        if self.left < 0:
            raise model.Bomb


def kind(file: BinaryIO, *, depth: int = 0, budget: Budget | None = None) -> str:
    """The type of an archive that is safe. Raises `model.Bomb`, `model.Locked`, `model.Active`, `model.NotTaken`."""
    try:
        with zipfile.ZipFile(file) as archive:
            found = _judge(archive, file)
            _unpack(archive, found, depth, budget or Budget())
            return found
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError, RuntimeError) as error:
        raise model.Bomb from error


def _judge(archive: zipfile.ZipFile, file: BinaryIO) -> str:
    """By the directory alone."""
    members = archive.infolist()
    size = file.seek(0, 2)
    whole, packed = sum(each.file_size for each in members), sum(each.compress_size for each in members)
    if not members or len(members) > MOST_FILES or whole > MOST_BYTES or size - archive.start_dir > MOST_DIRECTORY:
        raise model.Bomb
    if packed > size or len({each.filename for each in members}) != len(members):
        raise model.Bomb  # files that overlap, or one behind the other's name
    if whole > RATIO_FROM and whole > MOST_RATIO * size:
        raise model.Bomb
    if any(each.flag_bits & 0x1 for each in members):
        raise model.Locked
    if any(_leads_out(each) for each in members):
        raise model.Bomb
    return _document(archive) or _plain(archive)


def _leads_out(member: zipfile.ZipInfo) -> bool:
    parts = re.split(r"[/\\]", member.filename)
    mode = member.external_attr >> 16
    return ".." in parts or parts[0] == "" or ":" in parts[0] or stat.S_ISLNK(mode)


def _document(archive: zipfile.ZipFile) -> str | None:
    """The type of an office file; None for a plain archive."""
    names = set(archive.namelist())
    found = next((kind for main, kind in _MAIN.items() if main in names), None)
    if found is not None and not {"[Content_Types].xml", "_rels/.rels"} <= names:
        raise model.NotTaken(taken=model.TAKEN)
    first = archive.infolist()[0]
    if found is None and first.filename == "mimetype":
        said = _small(archive, first)
        if said not in _OPEN or not {"content.xml", "META-INF/manifest.xml"} <= names:
            raise model.NotTaken(taken=model.TAKEN)
        found = said
    if found is not None and (any(_MACROS.search(name) for name in names) or _enabled(archive)):
        raise model.Active
    return found


def _enabled(archive: zipfile.ZipFile) -> bool:
    """Whether an office file says that macros run in it."""
    if "[Content_Types].xml" not in archive.namelist():
        return False
    with archive.open("[Content_Types].xml") as part:
        return b"macroenabled" in part.read(1024 * 1024).lower()


def _small(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> str:
    with archive.open(member) as part:
        return part.read(200).decode("ascii", "replace").strip()


def _plain(archive: zipfile.ZipFile) -> str:
    if any(name.rpartition(".")[2].lower() in PROGRAMS for name in archive.namelist()):
        raise model.Active
    return "application/zip"


def _unpack(archive: zipfile.ZipFile, found: str, depth: int, budget: Budget) -> None:
    for member in archive.infolist():
        if member.is_dir():
            continue
        with archive.open(member) as part:
            head = part.read(CHUNK)
            budget.take(len(head))
            if head.startswith(PACKED):
                raise model.Bomb
            if head.startswith(b"PK\x03\x04"):
                _within(part, head, depth, budget)
                continue
            while more := part.read(CHUNK):
                budget.take(len(more))


def _within(part: object, head: bytes, depth: int, budget: Budget) -> None:
    """An archive in the archive: a document, and nothing below it but its own parts."""
    if depth >= DEPTH + 1:
        raise model.Bomb
    with tempfile.SpooledTemporaryFile(max_size=CHUNK) as inner:
        inner.write(head)
        while more := part.read(CHUNK):  # type: ignore[attr-defined] - a ZipExtFile
            budget.take(len(more))
            inner.write(more)
        inner.seek(0)
        if kind(inner, depth=depth + 1, budget=budget) == "application/zip":  # type: ignore[arg-type]
            raise model.Bomb
