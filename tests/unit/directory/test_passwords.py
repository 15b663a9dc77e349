"""Which passwords may be chosen, and how they are kept."""

from __future__ import annotations

import unicodedata

import pytest

from services.gateway.directory.password import hashing, model


def fault(password: str, *, mail: str = "huong.nguyen@example.com", name: str = "Nguyễn Thị Hường") -> str | None:
    try:
        model.judge(password, mail=mail, name=name)
    except model.Weak as weak:
        [reason] = weak.fields["password"]
        return reason
    return None


@pytest.mark.parametrize(
    "password",
    [
        "con mèo trèo cây cau",
        "correct horse battery",
        "今天天气真好我们去公园走走吧",
        "twelve chars",
        "ALLUPPERCASE",
        "7295180346218",
        "x" * 199 + "y",
        "huong.nguyen thích mèo",
    ],
)
def test_a_long_password_is_taken_whatever_characters_it_has(password: str) -> None:
    assert fault(password) is None


@pytest.mark.parametrize(
    ("password", "because"),
    [
        ("", "At least 12"),
        ("mười một chữ"[:11], "At least 12"),
        ("x" * 201, "At most 200"),
        ("huong.nguyen@example.com", "mail address or your name"),
        ("HUONG.NGUYEN@EXAMPLE.COM", "mail address or your name"),
        ("huong.nguyen", "mail address or your name"),
        ("huong.nguyen2026", "mail address or your name"),
        ("123huong.nguyen!", "mail address or your name"),
        ("neyugn.gnouh", "mail address or your name"),
        ("Nguyễn Thị Hường", "mail address or your name"),
        ("nguyễnthịhường1", "mail address or your name"),
        ("aaaaaaaaaaaa", "first that is tried"),
        ("abababababab", "first that is tried"),
        ("abcabcabcabc", "first that is tried"),
        ("2026202620262026", "first that is tried"),
        ("123456789012", "first that is tried"),
        ("210987654321", "first that is tried"),
        ("abcdefghijklm", "first that is tried"),
        ("qwertyuiopas", "first that is tried"),
        ("1q2w3e4r5t6y", "first that is tried"),
        ("password\x00password", "cannot be stored"),
        ("password\ud800password", "cannot be stored"),
    ],
)
def test_a_password_that_would_be_guessed_is_refused_with_the_reason(password: str, because: str) -> None:
    assert because in (fault(password) or "")


def test_a_decomposed_password_is_judged_by_its_letters() -> None:
    assert fault(unicodedata.normalize("NFD", "ườườườườưở")) is not None  # 10 letters, 30 code points


def test_a_hash_tells_the_right_password_from_a_wrong_one() -> None:
    hashed = hashing.make("con mèo trèo cây cau")
    assert hashed.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert hashing.verify(hashed, "con mèo trèo cây cau") == hashing.Verdict(right=True)
    assert hashing.verify(hashed, unicodedata.normalize("NFD", "con mèo trèo cây cau")).right
    assert not hashing.verify(hashed, "con mèo trèo cây cao").right
    assert not hashing.verify(hashed, "con mèo trèo cây cau" + "\x00").right


def test_nobody_has_a_hash_of_the_kind_that_is_made_today() -> None:
    assert hashing.verify(None, "whatever") == hashing.Verdict(right=False)
    assert hashing.NOBODY.split("$")[:4] == hashing.make("x").split("$")[:4]


def test_two_hash_at_once_and_a_third_is_told_to_come_back() -> None:
    with hashing.turn(), hashing.turn():
        with pytest.raises(hashing.Busy) as refused, hashing.turn(wait_s=0):
            pass
        assert (refused.value.status, refused.value.retry_after_seconds) == (503, 5)
    assert hashing.AT_ONCE == 2
    assert hashing.verify(None, "whatever").right is False
