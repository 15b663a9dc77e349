"""Small files of every kind that is taken, and archives that play tricks."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
GIF = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"
WEBP = b"RIFF\x1a\x00\x00\x00WEBPVP8 \x0e\x00\x00\x00" + bytes(14)
HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(16)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


PNG = (
    b"\x89PNG\r\n\x1a\n"
    + _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    + _chunk(b"IDAT", zlib.compress(b"\x00\x00"))
    + _chunk(b"IEND", b"")
)

_OFFICE = "application/vnd.openxmlformats-officedocument"
WORD, EXCEL = f"{_OFFICE}.wordprocessingml.document", f"{_OFFICE}.spreadsheetml.sheet"
POWERPOINT = f"{_OFFICE}.presentationml.presentation"


def zipped(parts: dict[str, bytes], *, how: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive of these."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as archive:
        for name, body in parts.items():
            archive.writestr(name, body)
    return out.getvalue()


def office(main: str, kind: str, more: dict[str, bytes] | None = None) -> bytes:
    """The least that an office file is."""
    types = f'<Types><Override PartName="/{main}" ContentType="{kind}.main+xml"/></Types>'.encode()
    return zipped({"[Content_Types].xml": types, "_rels/.rels": b"<Relationships/>", main: b"<x/>", **(more or {})})


def _open(kind: str) -> bytes:
    return zipped(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}".encode(),
            "content.xml": b"<x/>",
            "META-INF/manifest.xml": b"<x/>",
        },
        how=zipfile.ZIP_STORED,
    )


DOCX = office("word/document.xml", WORD)
XLSX = office("xl/workbook.xml", EXCEL)
PPTX = office("ppt/presentation.xml", POWERPOINT)
ODT, ODS = _open("text"), _open("spreadsheet")


def locked(archive: bytes) -> bytes:
    """The same with the bit that says it needs a password."""
    at = archive.index(b"PK\x01\x02")
    return archive[: at + 8] + b"\x01" + archive[at + 9 :]


def linked() -> bytes:
    """An archive with a link to somewhere else."""
    out = io.BytesIO()
    link = zipfile.ZipInfo("a.txt")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    return out.getvalue()


def lying(size: int) -> bytes:
    """An archive that says one byte and holds `size`."""
    body = bytearray(zipped({"a.txt": b"\x00" * size}))
    for mark, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = body.index(mark) + at
        body[place : place + 4] = struct.pack("<I", 1)
    return bytes(body)
