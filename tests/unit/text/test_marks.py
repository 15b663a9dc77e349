"""Marks: what of a text is why it was found."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.text import marks


@pytest.mark.parametrize(
    ("text", "query", "hits"),
    [
        ("Nguyễn Văn Nam", "nguyen", ["Nguyễn"]),
        ("Nguyễn Văn Nam", "nam nguy", ["Nguyễn", "Nam"]),
        ("Nguyễn Văn Nam", "nguyenvan", ["Nguyễn Văn"]),
        ("請王經理回電", "王经理", ["王經理"]),
        ("請王經理回電", "wang jingli", ["王經理"]),
        ("Wang Jingli", "王经理", ["Wang Jingli"]),
        ("王偉", "wang", ["王"]),
        ("nam@example.com", "nam@example.com", ["nam@example.com"]),
        ("call-8812", "CALL-8812", ["call-8812"]),
        ("Hải Phòng", "sai gon", []),
    ],
)
def test_the_pieces_that_were_looked_for_are_hits(text: str, query: str, hits: list[str]) -> None:
    assert [piece for piece, hit in marks.pieces(text, query) if hit] == hits


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=60), st.text(max_size=20))
def test_the_pieces_together_are_the_text(text: str, query: str) -> None:
    assert "".join(piece for piece, _ in marks.pieces(text, query)) == text


def test_of_a_long_text_the_part_with_the_hit_is_shown() -> None:
    text = "Xin chào. " * 40 + "Hàng ở kho lạnh bị hỏng. " + "Cảm ơn. " * 40
    shown = marks.excerpt(text, "kho lanh", most=160)
    assert [piece for piece, hit in shown if hit] == ["kho lạnh"]
    assert len("".join(piece for piece, _ in shown)) < 170
    assert shown[0] == ("… ", False)
    assert shown[-1] == ("…", False)
    assert marks.phone("+84912345678", "0912 345 678")
    assert not marks.phone("+84912345678", "0912 345 679")
