"""What a file is, by its content: each kind that is taken, and each way in which something else pretends to be one."""

from __future__ import annotations

import io
import zipfile

import pytest

from services.support.attachment import content, model, packed
from tests.unit.support import files

TAKEN = [
    (files.PDF, "a.pdf", "application/pdf", "a.pdf"),
    (files.PDF, "a", "application/pdf", "a.pdf"),
    (files.PNG, "ảnh.PNG", "image/png", "ảnh.PNG"),
    (files.JPEG, "a.jpeg", "image/jpeg", "a.jpeg"),
    (files.JPEG, "a.png", "image/jpeg", "a.png.jpg"),
    (files.GIF, "a.gif", "image/gif", "a.gif"),
    (files.WEBP, "a.webp", "image/webp", "a.webp"),
    (files.HEIC, "a.heic", "image/heic", "a.heic"),
    ("Xin chào".encode(), "a.txt", "text/plain", "a.txt"),
    ("Xin chào".encode("cp1258", "replace"), "a.txt", "text/plain", "a.txt"),
    ("你好，报价".encode("gb18030"), "a.csv", "text/csv", "a.csv"),
    ("\ufeffa;b\r\n".encode("utf-16"), "a.csv", "text/csv", "a.csv"),
    (b"From: a@b.com\r\nSubject: x\r\nDate: y\r\n\r\n<html>", "a.eml", "message/rfc822", "a.eml"),
    (files.DOCX, "a.docx", files.WORD, "a.docx"),
    (files.DOCX, "a.zip", "application/zip", "a.zip"),
    (files.XLSX, "a.xlsx", files.EXCEL, "a.xlsx"),
    (files.PPTX, "a.pptx", files.POWERPOINT, "a.pptx"),
    (files.ODT, "a.odt", "application/vnd.oasis.opendocument.text", "a.odt"),
    (files.ODS, "a.ods", "application/vnd.oasis.opendocument.spreadsheet", "a.ods"),
    (files.zipped({"a.pdf": files.PDF, "b/c.docx": files.DOCX}), "a.zip", "application/zip", "a.zip"),
]

REFUSED = [
    (b"", "a.pdf", model.Empty),
    (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "a.svg", model.NotTaken),
    (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "a.png", model.NotTaken),
    (b"\xef\xbb\xbf <!-- x --> <?xml version='1.0'?><svg/>", "a.txt", model.NotTaken),
    (b"<!DOCTYPE html><p>", "a.pdf", model.NotTaken),
    ("<script>".encode("utf-16"), "a.txt", model.NotTaken),
    (b"#!/bin/sh\nrm -rf ~", "a.txt", model.NotTaken),
    (b"@echo off\r\n", "a.csv", model.NotTaken),
    (b"<?php system('id');", "a.txt", model.NotTaken),
    (b"MZ\x90\x00\x03" + bytes(200), "a.pdf", model.NotTaken),
    (b"\x7fELF" + bytes(200), "a.txt", model.NotTaken),
    (b"a\x00b", "a.txt", model.NotTaken),
    (b"plain words", "a.exe", model.Contradicting),
    (b"plain words", "a.eml", model.Contradicting),
    (b"plain words", "a.pdf", model.Contradicting),
    (files.PDF, "a.exe", model.Contradicting),
    (files.PDF, "a.html", model.Contradicting),
    (files.GIF + files.PDF, "a.pdf", model.Contradicting),  # both at once
    (files.zipped({"a.txt": b"x"}), "a.docx", model.Contradicting),
    (files.zipped({"word/document.xml": b"<w/>"}), "a.docx", model.NotTaken),
    (files.office("word/document.xml", files.WORD, {"word/vbaProject.bin": b"x"}), "a.docx", model.Active),
    (
        files.office("word/document.xml", "application/vnd.ms-word.document.macroEnabled.main+xml"),
        "a.docx",
        model.Active,
    ),
    (files.zipped({"a/run.EXE": b"MZ"}), "a.zip", model.Active),
    (files.zipped({"../a.txt": b"x"}), "a.zip", model.Bomb),
    (files.zipped({"/etc/a.txt": b"x"}), "a.zip", model.Bomb),
    (files.zipped({"a.zip": files.zipped({"b.txt": b"x"})}), "a.zip", model.Bomb),
    (files.zipped({"a.gz": b"\x1f\x8b\x08" + bytes(20)}), "a.zip", model.Bomb),
    (files.zipped({f"{n}.txt": b"x" for n in range(packed.MOST_FILES + 1)}), "a.zip", model.Bomb),
    (files.zipped({"a.txt": bytes(30 * 1024 * 1024)}), "a.zip", model.Bomb),  # thirty megabytes of nothing
    (files.zipped({"a.txt": b"x"})[:-10], "a.zip", model.Bomb),
    (files.zipped({}), "a.zip", model.Bomb),
    (b"Rar!\x1a\x07\x00" + bytes(50), "a.zip", model.NotTaken),
    (b"7z\xbc\xaf\x27\x1c" + bytes(50), "a.zip", model.NotTaken),
    (files.locked(files.zipped({"a.txt": b"x"})), "a.zip", model.Locked),
    (files.linked(), "a.zip", model.Bomb),
]


@pytest.mark.parametrize(("body", "name", "kind", "kept"), TAKEN)
def test_a_file_that_is_what_it_says_is_taken(body: bytes, name: str, kind: str, kept: str) -> None:
    assert content.kind(io.BytesIO(body), name) == (kind, kept)


@pytest.mark.parametrize(("body", "name", "why"), REFUSED)
def test_a_file_that_pretends_is_refused(body: bytes, name: str, why: type[Exception]) -> None:
    with pytest.raises(why):
        content.kind(io.BytesIO(body), name)


def test_an_archive_that_lies_about_its_sizes_is_unpacked_no_further_than_the_bound() -> None:
    """The directory says one byte, the stream gives forty megabytes: what zipfile reads is bounded by what was said."""
    lying = files.lying(40 * 1024 * 1024)
    with zipfile.ZipFile(io.BytesIO(lying)) as archive:
        assert archive.infolist()[0].file_size == 1
    with pytest.raises(model.Bomb):
        content.kind(io.BytesIO(lying), "a.zip")
