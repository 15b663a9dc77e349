"""What is promised of names, texts and keys: whatever part of them is typed, it finds them."""

from __future__ import annotations

import itertools
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.text import pinyin, terms

SYLLABLES = ["nguyễn", "văn", "thị", "đặng", "hoàng", "phương", "lê", "trần", "quỳnh", "ánh", "dũng"]
LATIN = st.lists(st.sampled_from(SYLLABLES), min_size=1, max_size=5)
HAN = st.text(alphabet="王李張陳偉芳娜經理重慶樂單曾呂綠女美", min_size=1, max_size=8)


def finds(query: str, kept: set[str]) -> bool:
    """Whether a query finds what is kept under these terms."""
    return any(way <= kept for way in terms.ways(query))


@settings(max_examples=30, deadline=None)
@given(LATIN, st.data())
def test_a_name_is_found_by_any_of_its_words_in_any_order_with_or_without_marks(
    name: list[str], data: st.DataObject
) -> None:
    some = data.draw(st.permutations(name))[: data.draw(st.integers(1, len(name)))]
    typed = " ".join(some)
    kept = terms.of_name(" ".join(name).title())
    bare = "".join(c for c in unicodedata.normalize("NFD", typed.replace("đ", "d")) if not unicodedata.combining(c))
    assert finds(typed, kept)
    assert finds(bare.upper(), kept)


@settings(max_examples=30, deadline=None)
@given(LATIN, st.data())
def test_a_name_is_found_by_the_first_letters_of_a_word_and_by_words_written_as_one(
    name: list[str], data: st.DataObject
) -> None:
    kept = terms.of_name(" ".join(name))
    word = data.draw(st.sampled_from(name))
    if len(word) >= terms.FIRST_LETTERS:
        assert finds(word[: data.draw(st.integers(terms.FIRST_LETTERS, len(word)))], kept)
    begin = data.draw(st.integers(0, len(name) - 1))
    assert finds("".join(name[begin : data.draw(st.integers(begin + 1, len(name)))]), kept)


@settings(max_examples=30, deadline=None)
@given(HAN, st.data())
def test_a_chinese_name_is_found_by_any_run_of_it_and_by_how_that_is_read(name: str, data: st.DataObject) -> None:
    kept = terms.of_name(name)
    begin = data.draw(st.integers(0, len(name) - 1))
    run = name[begin : data.draw(st.integers(begin + 1, len(name)))]
    assert finds(run, kept)
    read = [each[0] for each in pinyin.readings("".join(terms.words(name)))][begin : begin + len(run)]
    assert finds("".join(read), kept)
    assert finds(" ".join(read), kept)


@settings(max_examples=30, deadline=None)
@given(HAN, HAN, st.data())
def test_a_text_is_found_by_any_run_of_two_chinese_characters_or_more(
    left: str, right: str, data: st.DataObject
) -> None:
    text = f"{left}{right}"
    kept = terms.of_text(f"Xin chào, {text}!")
    begin = data.draw(st.integers(0, len(text) - 2))
    assert finds(text[begin : data.draw(st.integers(begin + 2, len(text)))], kept)
    assert finds("chao", kept)


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("重庆", "chongqing"),
        ("重庆", "zhongqing"),
        ("王乐", "wangle"),
        ("王乐", "wang yue"),
        ("曾丽", "zengli"),
        ("单芳", "shan fang"),
        ("吕伟", "lvwei"),
        ("吕伟", "lu wei"),
        ("吕伟", "lyu wei"),
        ("吕伟", "lü wei"),
        ("西安", "xian"),
        ("方安", "fangan"),
        ("Wang Jingli", "王经理"),
    ],
)
def test_each_common_reading_finds(name: str, typed: str) -> None:
    assert finds(typed, terms.of_name(name))


@pytest.mark.parametrize(
    ("name", "typed"), [("汪伟", "王伟"), ("王", "李"), ("Wan", "王"), ("Nguyễn", "yen"), ("Lan", "l"), ("王伟", "")]
)
def test_what_is_another_name_is_not_found(name: str, typed: str) -> None:
    assert not finds(typed, terms.of_name(name))


@settings(max_examples=30, deadline=None)
@given(st.integers(10_000_000, 99_999_999), st.integers(4, 8))
def test_a_phone_number_is_found_by_its_last_digits_however_it_is_spelled(number: int, last: int) -> None:
    kept = terms.of_phone(f"+849{number}")
    for typed in (f"09{number}", f"+84 9{number}", f"(84) 9 {number}", f"0084-9{number}", str(number)[-last:]):
        assert finds(typed, kept), typed
    assert not finds(f"+85 9{number}", kept)


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=300))
def test_nothing_that_is_typed_asks_for_more_than_a_bounded_number_of_terms(text: str) -> None:
    asked = terms.ways(text)
    assert len(asked) <= terms.MOST_WAYS
    assert all(0 < len(term) <= terms.LONGEST for way in asked for term in way)


def test_the_terms_of_a_long_text_are_bounded() -> None:
    letters = [chr(each) for each in range(0x4E00, 0x4E00 + 1500)]
    assert len(terms.of_text("".join(letters))) <= terms.MOST_OF_TEXT
    assert len(terms.of_text(" ".join(f"w{each}" for each in range(5000)))) <= terms.MOST_OF_TEXT
    assert len(pinyin.splits("anan" * 9)) <= pinyin.SPLITS


def test_every_syllable_of_the_table_is_cut_as_itself() -> None:
    assert all((each,) in pinyin.splits(each) for each in itertools.islice(sorted(pinyin.SYLLABLES), 500))
