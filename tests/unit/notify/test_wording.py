"""Times and types as the reader says them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.notify.template import wording
from shared.locale import told

SUNDAY = datetime(2026, 11, 22, 7, 5, tzinfo=UTC)
LATE = datetime(2026, 12, 31, 16, 30, tzinfo=UTC)  # in Shanghai the new year has begun, in Hanoi it has not


@pytest.mark.parametrize(
    ("at", "locale", "country", "said"),
    [
        (SUNDAY, "vi", "VN", "14:05 Chủ nhật, ngày 22/11/2026"),
        (SUNDAY, "zh", "VN", "2026年11月22日（星期日）15:05"),
        (SUNDAY, "en", "VN", "14:05 on Sunday, 22 November 2026"),
        (SUNDAY, "en", "CN", "15:05 on Sunday, 22 November 2026"),
        (SUNDAY, "en", None, "14:05 on Sunday, 22 November 2026"),
        (SUNDAY, "vi", "CN", "14:05 Chủ nhật, ngày 22/11/2026"),
        (LATE, "vi", "VN", "23:30 thứ Năm, ngày 31/12/2026"),
        (LATE, "zh", "VN", "2027年1月1日（星期五）00:30"),
        (datetime(2026, 2, 3, 1, 0, tzinfo=UTC), "vi", "VN", "08:00 thứ Ba, ngày 03/02/2026"),
    ],
)
def test_a_moment_is_told_in_the_readers_form_and_zone(
    at: datetime, locale: str, country: str | None, said: str
) -> None:
    assert told.when(at, locale, country) == said


@pytest.mark.parametrize(
    ("locale", "country", "zone"),
    [
        ("vi", "CN", "giờ Việt Nam"),
        ("zh", "VN", "北京时间"),
        ("en", "VN", "Vietnam time, GMT+7"),
        ("en", "CN", "China time, GMT+8"),
        ("en", None, "Vietnam time, GMT+7"),
    ],
)
def test_the_zone_is_named_beside_the_time(locale: str, country: str | None, zone: str) -> None:
    assert told.zone(locale, country).name == zone


def test_a_title_is_the_playbooks_in_the_readers_language_and_what_has_none_is_left_out() -> None:
    title = {"vi": "Bảo hành", "zh": "保修", "en": "Warranty"}
    assert [wording.titled(title, locale) for locale in title] == list(title.values())
    assert [wording.titled(each, "vi") for each in ({}, None, 3)] == [None] * 3
