"""What a reader gets to read: whole sentences, with facts untouched."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError, fields, validate
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from shared import locale as languages
from shared.envelope.fields import Locale
from shared.kernel import errors
from shared.runtime import settings


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("vi", "vi"),
        ("vi-VN", "vi"),
        ("vi_VN", "vi"),
        ("zh", "zh"),
        ("zh-CN", "zh"),
        ("zh-Hans-SG", "zh"),
        ("zh-Hant-TW", "zh"),
        ("ZH_hk", "zh"),
        (" en-GB ", "en"),
        ("fr", None),
        ("*", None),
        ("", None),
        ("zhx", None),
        ("vietnamese", None),
    ],
)
def test_a_tag_means_the_language_it_begins_with(tag: str, expected: str | None) -> None:
    assert languages.spoken(tag) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("zh-Hant-TW,zh;q=0.9,en;q=0.8", "zh"),
        ("fr-FR,fr;q=0.9,vi;q=0.4", "vi"),
        ("en;q=0.2,zh-HK;q=0.7", "zh"),
        ("vi;q=0,en", "en"),
        ("*", None),
        ("fr,*;q=0.5", None),
        ("", None),
        ("x" * 5_000, None),
    ],
)
def test_the_first_of_our_languages_that_a_browser_accepts_is_taken(header: str, expected: str | None) -> None:
    assert languages.first(parse_accept_header(header, LanguageAccept)) == expected


def test_a_language_field_keeps_the_language_and_forgets_the_region() -> None:
    assert Locale().deserialize("zh-Hant-TW") == "zh"
    with pytest.raises(ValidationError):
        Locale().deserialize("fr")


def test_a_sentence_is_said_in_the_language() -> None:
    text = errors.Stale().template
    assert languages.translate(text, "vi") == "Có người vừa thay đổi nội dung này; vui lòng tải lại."
    assert languages.translate(text, "zh") == "此内容刚刚被他人修改，请重新加载。"
    assert languages.translate(text, "en") == text


def test_what_has_no_translation_is_said_in_english() -> None:
    assert languages.translate("A sentence that nobody has {verbed}.", "vi", verbed="translated") == (
        "A sentence that nobody has translated."
    )
    assert languages.translate("Not found", "fr") == "Not found"


def test_why_and_what_is_missing_are_said_in_the_language_too() -> None:
    refused = errors.Forbidden(missing="a system token with the scope tickets")
    assert languages.translate(refused.template, "vi", **refused.facts) == (
        "Anh/Chị không được phép làm việc này: cần mã truy cập hệ thống có phạm vi tickets."
    )
    assert languages.translate(refused.template, "zh", **refused.facts) == (
        "您无权执行此操作：需要具有 tickets 权限的系统令牌。"
    )


def test_several_reasons_are_each_said_in_the_language() -> None:
    with pytest.raises(settings.BadSettings) as refused:
        settings.read(
            {"STEWARD_PORT": "x", "STEWARD_LOG_FILE": "x", "STEWARD_LOG": "json", "STEWARD_SMTP_URL": "smtp://"}
        )
    said = languages.translate(refused.value.template, "zh", **refused.value.facts)
    assert said.startswith("配置无法使用：STEWARD_LOG_FILE：同时设置了 STEWARD_LOG，请只保留一个；STEWARD_PORT：")
    assert said.endswith("'x' 不是 1 至 65535 之间的整数；STEWARD_SMTP_URL：未指定主机。")


def test_states_and_verbs_are_words_of_the_language() -> None:
    wrong = errors.WrongState(state="handed_over", possible="confirm, refuse")
    assert languages.translate(wrong.template, "en", **wrong.facts) == (
        'This cannot be done while the state is "handed over"; possible now: confirm, refuse.'
    )
    assert languages.translate(wrong.template, "zh", **wrong.facts) == (
        "当前状态为“已交付”，无法执行此操作；目前可执行：确认、不认可。"
    )


@given(st.text(max_size=40))
def test_what_somebody_wrote_is_never_translated(name: str) -> None:
    said = languages.translate("There is no service called {name}; there are: {known}.", "vi", name=name, known="x")
    assert said == f"Không có dịch vụ nào tên {name}; các dịch vụ hiện có: x."


def test_a_fact_with_braces_does_not_pull_in_other_facts() -> None:
    assert languages.translate("There is no unit {code} here, or it is closed.", "vi", code="{known}", known="x") == (
        "Ở đây không có đơn vị {known}, hoặc đơn vị đã đóng."
    )


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        (fields.Integer(validate=validate.Range(1, 5)), 7, "Phải từ 1 đến 5."),
        (fields.Integer(validate=validate.Range(min=1)), 0, "Phải lớn hơn hoặc bằng 1."),
        (fields.String(validate=validate.Length(max=3)), "abcd", "Quá dài; nhiều nhất là 3."),
        (fields.String(validate=validate.OneOf(("a", "b"))), "c", "Phải là một trong: a, b."),
        (fields.String(validate=validate.Length(min=1, max=2)), "", "Độ dài phải từ 1 đến 2."),
        (fields.AwareDateTime(), "2026-11-24T10:00:00", "Thời điểm không hợp lệ; cần ngày, giờ và múi giờ."),
        (fields.Boolean(), "perhaps", "Giá trị phải là có hoặc không."),
    ],
)
def test_a_validator_s_finished_message_is_recognised(field: fields.Field, value: object, said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        field.deserialize(value)
    assert languages.messages(refused.value.messages, "vi") == [said]


def test_messages_stay_nested_as_they_are() -> None:
    wrong = {"requester": {"mails": {0: ["Not a valid email address."]}}, "unit": ("Field may not be null.",)}
    assert languages.messages(wrong, "zh") == {
        "requester": {"mails": {"0": ["电子邮箱地址无效。"]}},
        "unit": ["此项不能为空。"],
    }


def test_a_long_message_is_given_back_at_once() -> None:
    message = "Must be one of: " + "a" * 50_000
    assert languages.say(message, "vi") == message


def test_plurals_count_in_english_and_have_one_form_elsewhere() -> None:
    say = languages.plural
    assert say("{number} open ticket", "{number} open tickets", 1, "en") == "1 open ticket"
    assert say("{number} open ticket", "{number} open tickets", 0, "en") == "0 open tickets"
    assert say("{number} open ticket", "{number} open tickets", 2, "vi") == "2 open tickets"  # not in a catalogue


@pytest.mark.parametrize("locale", ["vi", "zh"])
def test_no_letter_was_lost_on_the_way_into_a_catalogue(locale: str) -> None:
    from shared.locale import catalogue

    texts = [*catalogue.catalogue(locale).sentences.values(), *catalogue.catalogue(locale).words.values()]
    assert texts
    letters = {"vi": "[ăâđêôơưạ-ỹ]", "zh": "[\u4e00-\u9fff]"}[locale]
    assert sum(bool(re.search(letters, text, re.I)) for text in texts) > 0.95 * len(texts)
    assert [text for text in texts if "\ufffd" in text or re.search(r"[ÃÂ][\x80-\xbf]", text)] == []
