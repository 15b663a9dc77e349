"""Ids and secrets."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel import ids


def test_an_id_is_a_uuid_of_version_7() -> None:
    made = uuid.UUID(ids.new())
    assert made.version == 7
    assert made.variant == uuid.RFC_4122


def test_ids_never_repeat_and_follow_the_clock() -> None:
    made = [ids.new() for _ in range(10_000)]
    assert len(set(made)) == len(made)
    milliseconds = [uuid.UUID(id).int >> 80 for id in made]
    assert milliseconds == sorted(milliseconds)


@given(st.uuids())
def test_every_uuid_is_an_id_in_its_canonical_form_only(value: uuid.UUID) -> None:
    text = str(value)
    assert ids.is_id(text)
    assert ids.is_id(text.upper()) == (text == text.upper())
    assert not ids.is_id(text.replace("-", ""))


@pytest.mark.parametrize(
    "text", ["", "abc", "{0193f1c2-7a5e-7c11-8a55-0f3d6e1b2c3d}", "0193f1c27a5e7c118a550f3d6e1b2c3d", None, 7]
)
def test_what_only_looks_like_an_id_is_none(text: object) -> None:
    assert not ids.is_id(text)  # type: ignore[arg-type] - anything may arrive from outside


@given(st.text())
def test_no_text_breaks_the_question(text: str) -> None:
    ids.is_id(text)


def test_a_secret_has_no_character_that_is_misread_and_never_repeats() -> None:
    made = [ids.secret() for _ in range(2_000)]
    assert len(set(made)) == len(made)
    assert {len(secret) for secret in made} == {22}
    assert not set("".join(made)) & set("0O1lIi")
