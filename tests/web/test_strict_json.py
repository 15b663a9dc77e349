"""JSON as we take it: whatever somebody would read differently, or nobody could store, is refused with a reason."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import flask
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel import errors
from shared.web import strict

DOOR = strict.Json(flask.Flask(__name__))

texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(-1e18, 1e18) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


@given(values)
def test_what_is_written_reads_back_the_same(value: Any) -> None:
    assert DOOR.loads(DOOR.dumps(value)) == value
    assert DOOR.loads(DOOR.dumps(value).encode()) == value


def test_letters_are_written_as_letters() -> None:
    assert DOOR.dumps({"name": "Đặng 欧阳𠮷"}) == '{"name":"Đặng 欧阳𠮷"}'


def test_a_byte_order_mark_does_no_harm() -> None:
    assert DOOR.loads(b"\xef\xbb\xbf" + '{"a":"ệ"}'.encode()) == {"a": "ệ"}


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "it is not JSON"),
        (b"{", "it is not JSON"),
        (b"{'a': 1}", "it is not JSON"),
        (b'{"a": 1,}', "it is not JSON"),
        (b'{"a": 1} {"b": 2}', "it is not JSON"),
        (b'{"a": NaN}', "it is not JSON"),
        (b'{"a": -Infinity}', "it is not JSON"),
        (b'{"a": "\x01"}', "it is not JSON"),
        (b"[" * 100_000, "it is not JSON"),
        (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, "it is not JSON"),
        (b"[" * 33 + b"]" * 33, "it is nested deeper than 32 levels"),
        (b'{"a": "\xff"}', "it is not UTF-8"),
        ('{"a": "Đặng"}'.encode("utf-16"), "it is not UTF-8"),
        ('{"a": "阳"}'.encode("gb18030"), "it is not UTF-8"),
        (b'{"a": "\xed\xa0\x80"}', "it is not UTF-8"),
        (b'{"rating": 1, "rating": 5}', "a name stands twice in one object"),
        (b'[{"b": {"a": 1, "a": 1}}]', "a name stands twice in one object"),
        (b'{"a": "\\u0000"}', "it contains the NUL character"),
        (b'{"\\u0000": 1}', "it contains the NUL character"),
        (b'{"a": "\\ud800"}', "it contains half of a surrogate pair"),
        (b'{"a": "\\udc00\\ud800"}', "it contains half of a surrogate pair"),
        (b'{"a": 9223372036854775808}', "it contains a number of more than 64 bits"),
        (b'{"a": -9223372036854775809}', "it contains a number of more than 64 bits"),
        (b'{"a": 1e999}', "it contains a number of more than 64 bits"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "it is not JSON"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_cannot_be_meant_is_refused_with_its_reason(body: bytes, why: str) -> None:
    with pytest.raises(errors.Malformed) as refused:
        DOOR.loads(body)
    assert refused.value.facts["why"] == why


@pytest.mark.parametrize("body", [b"[" * 31 + b"1" + b"]" * 31, b'"\\ud83d\\ude00"', b"9223372036854775807", b"null"])
def test_what_is_just_within_the_limits_is_taken(body: bytes) -> None:
    assert DOOR.loads(body) == json.loads(body)


@pytest.mark.parametrize(
    ("value", "fields"),
    [
        ({"name": "a\x00"}, {"name"}),
        ({"requester": {"name": "\ud800"}}, {"requester"}),
        ({"mails": ["a@b.example", "\x00"]}, {"mails"}),
        ({"\x00": 1}, set()),
        ("\x00", set()),
    ],
)
def test_the_field_that_cannot_be_stored_is_named_where_there_is_one(value: Any, fields: set[str]) -> None:
    with pytest.raises(strict.Unstorable) as refused:
        DOOR.loads(json.dumps(value))
    assert set(refused.value.fields) == fields


def test_a_field_deep_inside_is_named_by_its_whole_path() -> None:
    with pytest.raises(strict.Unstorable) as refused:
        DOOR.loads(json.dumps({"a": [{"b": "ok"}, {"c": "\x00"}]}))
    assert refused.value.fields == {"a": {"1": {"c": ["This contains a character that cannot be stored."]}}}


@given(st.binary(max_size=200))
def test_no_bytes_are_anything_but_read_or_refused(body: bytes) -> None:
    with contextlib.suppress(errors.Malformed):
        DOOR.loads(body)
