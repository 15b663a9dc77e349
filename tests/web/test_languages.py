"""Which language an answer is in."""

from __future__ import annotations

import dataclasses

import pytest

from tests.web.routes import World

UNKNOWN = "/v1/tickets/nothing"
TITLES = {"vi": "Không tìm thấy", "zh": "未找到", "en": "Not found"}


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("vi", "vi"),
        ("zh", "zh"),
        ("en", "en"),
        ("zh-CN", "zh"),
        ("zh-Hant-TW,zh;q=0.9", "zh"),
        ("vi-VN,vi;q=0.9,en;q=0.8", "vi"),
        ("VI_vn", "vi"),
        ("en;q=0.1,zh;q=0.2,vi;q=0.3", "vi"),
        ("fr,de;q=0.9,zh;q=0.1", "zh"),
        ("en;q=0, zh", "zh"),
        ("vi;q=0", None),
        ("fr", None),
        ("*", None),
        ("", None),
        (";;;q=,,,", None),
        ("q=1", None),
        ("zh;q=abc, vi", "vi"),
        ("v" * 10_000, None),
    ],
)
def test_the_best_of_our_languages_that_is_asked_for_else_the_accounts_own(
    still_world: World, header: str, expected: str | None
) -> None:
    for own in ("vi", "zh", "en"):
        who = dataclasses.replace(still_world.admin, locale=own)
        answer = still_world.house.client("support", who, language=header).get(UNKNOWN)
        language = expected or own
        assert answer.headers["Content-Language"] == language
        assert answer.body["title"] == TITLES[language]


def test_a_stranger_who_asks_for_nothing_is_answered_in_english(still_world: World) -> None:
    answer = still_world.house.client("support").get("/v1/public/links/s" + "x" * 22)
    assert (answer.status, answer.headers["Content-Language"]) == (404, "en")
    assert answer.code == "link-unknown"
