"""What crosses an edge: text, mail addresses, phone numbers and moments, as people really write them."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from shared.envelope.fields import Mail, Phone, Text, When


@given(st.text(max_size=60))
def test_text_is_taken_whole_or_refused(text: str) -> None:
    try:
        kept = Text(most=50).deserialize(text)
    except ValidationError:
        return
    assert kept == unicodedata.normalize("NFC", kept)
    assert 1 <= len(kept) <= 50
    kept.encode("utf-8")
    assert "\x00" not in kept


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("  Nguyễn Thị Hường  ", "Nguyễn Thị Hường"),
        (unicodedata.normalize("NFD", "Nguyễn"), "Nguyễn"),
        ("王小明\u3000", "王小明"),
        ("\ufeffLê Văn Nam\u200b", "Lê Văn Nam"),
        ("👩‍🚀", "👩‍🚀"),
    ],
)
def test_text_is_trimmed_and_composed(written: str, kept: str) -> None:
    assert Text(most=50).deserialize(written) == kept


@pytest.mark.parametrize("written", ["", "   ", "\u200b\ufeff", "x" * 51, "a\x00b", "\ud800", 5, None, ["a"]])
def test_text_that_is_empty_too_long_or_cannot_be_stored_is_refused(written: object) -> None:
    with pytest.raises(ValidationError):
        Text(most=50).deserialize(written)


def test_text_that_may_be_empty_may_be_blank() -> None:
    assert Text(most=5, least=0).deserialize("  ") == ""


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (" nam.le@EXAMPLE.com ", "nam.le@example.com"),
        ("Nam.Le@example.com", "Nam.Le@example.com"),
        ("a+b@mail.example.vn", "a+b@mail.example.vn"),
    ],
)
def test_a_mail_address_is_kept_with_its_domain_in_small_letters(written: str, kept: str) -> None:
    assert Mail().deserialize(written) == kept


@pytest.mark.parametrize(
    "written",
    [
        *("", "nobody", "a@b@c.de", "a@localhost", "a@[127.0.0.1]", "x@example.com\r\nBcc: y@example.com"),
        *("a" * 250 + "@example.com", '"a b"@example.com', "hường@example.com", 5, None),
    ],
)
def test_what_no_mail_server_takes_is_refused(written: object) -> None:
    with pytest.raises(ValidationError):
        Mail().deserialize(written)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("0912 345 678", "+84912345678"),
        ("0912.345.678", "+84912345678"),
        ("+84 (0)912-345-678", "+84912345678"),
        ("(024) 3825 1234", "+842438251234"),
        ("13800138000", "+8613800138000"),
        ("+86 138 0013 8000", "+8613800138000"),
        ("０９１２３４５６７８", "+84912345678"),
        ("+1 202 555 0123", "+12025550123"),
    ],
)
def test_a_phone_number_is_read_as_people_of_both_countries_write_it(written: str, kept: str) -> None:
    assert Phone().deserialize(written) == kept


@pytest.mark.parametrize("written", ["", "113", "abc", "--", "0" * 41, "+84912345678 ext 5", 912345678, None])
def test_what_is_no_phone_number_is_refused(written: object) -> None:
    with pytest.raises(ValidationError):
        Phone().deserialize(written)


@pytest.mark.parametrize(
    "written", ["2026-11-24T09:00:00+07:00", "2026-11-24T02:00:00Z", "2026-11-24T02:00:00.000000Z"]
)
def test_a_moment_is_kept_in_utc(written: str) -> None:
    assert When().deserialize(written) == datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        *("2026-11-24T09:00:00", "2026-11-24", "soon", "", 5, None),
        *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-11-24T09:00:00+99:00"),
    ],
)
def test_a_moment_without_an_offset_or_outside_any_calendar_is_refused(written: object) -> None:
    with pytest.raises(ValidationError):
        When().deserialize(written)
