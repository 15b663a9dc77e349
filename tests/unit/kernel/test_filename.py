"""What a file may be called after we had it: one line each for every trick that a name can play."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel import filename

NAMES = [
    ("Báo giá tháng 11.pdf", "Báo giá tháng 11.pdf"),
    ("报价单.xlsx", "报价单.xlsx"),
    (unicodedata.normalize("NFD", "Nguyễn Thị Hồng.docx"), "Nguyễn Thị Hồng.docx"),
    ("../../etc/passwd", "passwd"),
    ("C:\\Users\\nam\\hoá đơn.pdf", "hoá đơn.pdf"),
    ("/", "file"),
    ("", "file"),
    ("...", "file"),
    (".htaccess", "htaccess"),
    ("hoadon\u202efdp.exe", "hoadonfdp.exe"),  # shown as hoadonexe.pdf by whoever obeys the override
    ("a\u2066b\u2069\u200b\ufeff\u00adc.txt", "abc.txt"),
    ("a\r\nX: y.txt", "a X_ y.txt"),
    ("a\x00b\x1b[31m.txt", "ab[31m.txt"),
    ('a"b;c.txt', "a_b;c.txt"),
    ("con", "_con"),
    ("NUL.txt", "_NUL.txt"),
    ("com¹.pdf", "_com¹.pdf"),
    ("console.txt", "console.txt"),
    ("a.pdf. . .", "a.pdf"),
    ("  a   b .pdf", "a b.pdf"),
    ("z" + "\u0336" * 40 + ".txt", "z\u0336\u0336.txt"),
    ("\u0301a.txt", "a.txt"),
    ("a\u2028b.txt", "ab.txt"),
    ("a\ue000\ufffeb.txt", "ab.txt"),
]


@pytest.mark.parametrize(("given_", "kept"), NAMES)
def test_a_name_is_kept_so_that_nobody_misreads_it(given_: str, kept: str) -> None:
    assert filename.clean(given_) == kept


def test_a_name_of_three_hundred_letters_is_cut_and_keeps_its_ending() -> None:
    assert filename.clean("x" * 300 + ".pdf") == "x" * 116 + ".pdf"
    assert filename.clean("报" * 300 + ".pdf").endswith("报.pdf")


@given(st.text(max_size=400))
def test_whatever_the_name_it_is_one_safe_line_and_stays_as_it_is(name: str) -> None:
    kept = filename.clean(name)
    assert kept
    assert len(kept) <= filename.MAX_NAME + 1
    assert len(kept.encode()) <= filename.MAX_NAME_BYTES + 4
    assert not set(kept) & set('/\\<>:"|?*%\r\n\x00')
    assert unicodedata.is_normalized("NFC", kept)
    assert not any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in kept)
    assert filename.clean(kept) == kept
