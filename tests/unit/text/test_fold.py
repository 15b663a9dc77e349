"""Folding: one spelling of what people mean the same."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.text import fold


@pytest.mark.parametrize(
    ("typed", "same"),
    [
        ("Nguyễn", "nguyen"),
        (unicodedata.normalize("NFD", "NGUYỄN"), "nguyen"),
        ("Đặng đào", "dang dao"),
        ("王經理", "王经理"),
        ("重慶後面", "重庆后面"),
        ("ＡＢＣ－１２３", "abc-123"),
        ("㈱ ℡", "(株) tel"),
        ("Straße", "strasse"),
    ],
)
def test_what_people_mean_the_same_is_one_spelling(typed: str, same: str) -> None:
    assert fold.fold(typed) == same


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold.fold(fold.fold(text)) == fold.fold(text)


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="aàâấăđeêệioôợuưừỹ王經理偉乐Ａ９ -·", max_size=30))
def test_however_a_text_is_composed_and_written_it_folds_alike(text: str) -> None:
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert fold.fold(unicodedata.normalize(form, text)) == fold.fold(text)
    assert fold.fold(text.upper()) == fold.fold(text)


def test_blanks_between_chinese_characters_part_no_name_unless_they_are_to() -> None:
    assert fold.words("王 伟, Wang-Wei 2 号") == ["王伟", "wang", "wei", "2", "号"]
    assert fold.words("王经理 發票", apart=True) == ["王经理", "发票"]
