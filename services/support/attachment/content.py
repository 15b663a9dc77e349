"""What a file is, by its content alone. What cannot be told, or what a browser would run, is not taken.

Pictures and PDF are told by the library `filetype`; archives and office files are opened (`packed`); text must decode
to its last byte, hold no control characters, and not begin like a page, a drawing or a script.
"""

from __future__ import annotations

import codecs
import email.parser
import re
import unicodedata
from typing import BinaryIO

from services.support.attachment import model, packed

HEAD = 8192  # bytes that tell a type
CHUNK = 256 * 1024
TEXTS = ("utf-8-sig", "gb18030", "cp1258")  # as Windows in China and Vietnam writes; the first that fits to the end
MARKED = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
SEEN = ("application/pdf", *model.PICTURES)

_RUNS = re.compile(
    r"\s*(<!--.*?-->\s*)*(#!|@echo\b|<[?%]|<(!doctype|html|head|body|script|svg|iframe|frame|img|table|div|style|title"
    r"|meta|link|object|embed|form|math|template|xml|xsl|a|b|p|br|h[1-6]|font|base)\b)",
    re.IGNORECASE | re.DOTALL,
)
"""How a text begins that browsers and shells do not take for text."""
_LETTER = ("from", "date", "subject", "received", "message-id", "to", "mime-version")


def kind(file: BinaryIO, name: str) -> tuple[str, str]:
    """The type and the name of a file, by its content.

    Raises `model.Empty`, `model.NotTaken`, `model.Contradicting`, `model.Active`, `model.Locked`, `model.Bomb`.
    """
    head = file.read(HEAD)
    if not head:
        raise model.Empty(fields={"file": ["This file is empty."]})
    if (seen := _seen(head)) is not None:
        return model.fitting(name, seen)
    file.seek(0)
    if head.startswith(b"PK"):
        found = packed.kind(file)
        return model.fitting(name, found, ("application/zip",))
    if head.startswith(packed.PACKED):
        raise _not_taken()
    start = _text(file, head)
    if _RUNS.match(start.lstrip("\ufeff")):
        raise _not_taken()
    also = ("text/csv", "message/rfc822") if _is_letter(head) else ("text/csv",)
    return model.fitting(name, "text/plain", also)


def _not_taken() -> model.NotTaken:
    return model.NotTaken(taken=model.TAKEN, fields={"file": ["This kind of file is not taken."]})


def _seen(head: bytes) -> str | None:
    import filetype  # only whoever takes files needs it

    found = filetype.guess_mime(head)
    found = "image/heic" if found == "image/heif" else found
    if found in SEEN and not (found == "application/pdf" and not head.startswith(b"%PDF-")):
        return found
    return None


def _text(file: BinaryIO, head: bytes) -> str:
    """The beginning of the text. Raises `model.NotTaken` for what is none."""
    marked = next((encoding for mark, encoding in MARKED if head.startswith(mark)), None)
    for encoding in (marked,) if marked else TEXTS:
        start = _decoded(file, encoding)
        if start is not None:
            return start
    raise _not_taken()


def _decoded(file: BinaryIO, encoding: str) -> str | None:
    """The first characters, if everything decodes and is made of characters that texts are made of."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    start = ""
    try:
        while True:
            part = file.read(CHUNK)
            text = decoder.decode(part, final=not part)
            if any(unicodedata.category(c) in ("Cc", "Cs", "Cn", "Co") and c not in "\t\r\n\f\x1a" for c in set(text)):
                return None
            start = start or text[:HEAD]
            if not part:
                return start
    except UnicodeDecodeError:
        return None


def _is_letter(head: bytes) -> bool:
    """Whether it begins with the headers of a mail."""
    found = email.parser.BytesHeaderParser().parsebytes(head)
    return sum(name in found for name in _LETTER) >= 2
