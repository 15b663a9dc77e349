"""The texts: there in every language, with the same facts, and complete in what a client wants to know."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from services.notify.channel import segments
from services.notify.message import checks, facts
from services.notify.rule import model as rules
from services.notify.template import model, promise, rendering
from shared.playbook import reading
from shared.runtime import procedures, settings
from tests.unit.notify.letters import message

CLOCKS = reading.all_(procedures.folders(settings.read({})), procedures.flows())["vimc-support"].clocks
TICKET = {
    "at": "2026-11-24T02:00:00.000000Z",
    "number": "TCK-2026-000123",
    "content": "Hàng bao giờ đến?",
    "request_type": {"vi": "Khiếu nại, phàn nàn", "zh": "投诉", "en": "Complaint"},
    "apology": True,
    "escalated": True,
    "progress": "Hàng đã qua hải quan.",
    "continues": "TCK-2026-000120",
    "promised_at": "2026-11-24T07:30:00.000000Z",
    "result": "Hàng đến ngày 26/11.",
    "reason": "Vẫn chưa có giờ.",
    "rating": 4,
    "link": "s8hT2kQ9mRw4vXy7nBp3cLd",
    "text": "Lô hàng đến ngày 26/11.",
    "reply_to": "support+mfzg64tbmnuw63tfmnxxe3lbnq@example.com",
}
ACCOUNT = {"at": TICKET["at"], "first": True, "link": "g8hT2kQ9mRw4vXy7nBp3cLd", "expires_at": TICKET["promised_at"]}
TASK = {
    **{name: TICKET[name] for name in ("at", "number", "content", "request_type", "promised_at", "reason", "text")},
    "client": "Công ty Biển Bạc",
    "by": "Lê Thị Lãnh Đạo",
    "owner": "Trần Văn Nữ",
    "page": "/tickets/0193f1c2-1111-7c11-8a55-0f3d6e1b2c3d",
    "country": "VN",
    "instead_of": "Phạm Văn Vắng",
}
PROMISE = {
    "at": TICKET["at"],
    "number": TICKET["number"],
    "step": dict(CLOCKS["classify"].title),
    "todo": dict(CLOCKS["classify"].todo),
    "due_at": TICKET["promised_at"],
    "late_s": 3_900,
    "escalated": True,
    "owed_by": "Trần Văn Nữ",
    "page": TASK["page"],
    "country": "VN",
    "instead_of": "Phạm Văn Vắng",
}
DIGEST = {
    "at": TICKET["at"],
    "country": "VN",
    "items": [
        {"rule": "promise-late", "template": "promise-late", "facts": PROMISE},
        {"rule": "task-assigned", "template": "task-assigned", "facts": TASK},
    ],
}
QUESTION = {
    **{name: TASK[name] for name in ("at", "number", "by", "page", "country", "instead_of")},
    "question": "Loại 3 hay loại 4?",
}
FACTS = {
    rules.CLIENT: TICKET,
    rules.DIGEST: DIGEST,
    rules.ACCOUNT: ACCOUNT,
    rules.OWNER: TASK,
    rules.FORMER: TASK,
    rules.CONSULTED: QUESTION,
    rules.TOLD: PROMISE,
    rules.INFORMED: {**TASK, "decided": "classified"},
    rules.DECISIONS: DIGEST,
}
EVERY_TEXT = [(rule, locale) for rule in rules.RULES for locale in model.LOCALES]
TICKET_TEXTS = [(rule, locale) for rule, locale in EVERY_TEXT if rule.audience == rules.CLIENT]
AT_WORK = (rules.OWNER, rules.FORMER, rules.CONSULTED, rules.TOLD, rules.INFORMED)
WORK_TEXTS = [(rule, locale) for rule, locale in EVERY_TEXT if rule.audience in AT_WORK]
NUMBERED_TEXTS = [(rule, locale) for rule, locale in EVERY_TEXT if rule.audience not in (rules.ACCOUNT, *rules.SEVERAL)]
LINK = "https://khach.example.com/p/s8hT2kQ9mRw4vXy7nBp3cLd"


def said(rule: rules.Rule, locale: str, **changes: object) -> model.Rendered:
    """The rule's message about a ticket (or an account), as its recipient reads it."""
    about = message(rule=rule.name, locale=locale, facts={**FACTS[rule.audience], **changes})
    words = facts.said(about, sender="Biển Xanh", country="VN", public_url="https://khach.example.com")
    return rendering.render(rule.template, locale, words)


def test_every_template_belongs_to_a_rule_and_every_rule_has_one() -> None:
    assert {rule.template for rule in rules.RULES} == set(rendering.names())


def test_the_texts_pass_the_check_of_the_start() -> None:
    checks.templates(settings.read({}))


@pytest.mark.parametrize("audience", facts.VARIABLES)
def test_the_known_variables_are_those_that_a_message_gives(audience: str) -> None:
    rule = next(rule for rule in rules.RULES if rule.audience == audience)
    told: set[str] = set()
    for changes in ({}, {"late_s": -3_900}):  # a promise is late, or has time left
        about = message(rule=rule.name, facts={**FACTS[audience], **changes}, files=[{"name": "a.pdf"}])
        words = facts.said(
            about, sender="Biển Xanh", country="VN", public_url="https://khach.example.com", reached="+84 225 3842 000"
        )
        assert set(words) == set(facts.VARIABLES[audience])
        told |= {name for name, value in words.items() if value is not None}
    assert told == set(facts.VARIABLES[audience])


@pytest.mark.parametrize(("rule", "locale"), EVERY_TEXT)
def test_a_mail_says_who_writes_and_what_happens_next(rule: rules.Rule, locale: str) -> None:
    mail = said(rule, locale)
    next_ = {"vi": "Bước tiếp theo:", "zh": "下一步：", "en": "What happens next:"}[locale]
    for body in (mail.text, mail.html):
        assert "Biển Xanh" in body
        assert (next_ in body) is (rule.audience == rules.CLIENT)
        assert "Nguyễn Thị Hường" in body


@pytest.mark.parametrize(("rule", "locale"), NUMBERED_TEXTS)
def test_a_mail_about_a_request_names_its_number_in_subject_and_body(rule: rules.Rule, locale: str) -> None:
    mail = said(rule, locale)
    assert all("TCK-2026-000123" in part for part in (mail.subject, mail.text, mail.html))


@pytest.mark.parametrize(
    ("locale", "when", "zone"),
    [
        ("vi", "14:30 thứ Ba, ngày 24/11/2026", "giờ Việt Nam"),
        ("zh", "2026年11月24日（星期二）15:30", "北京时间"),
        ("en", "14:30 on Tuesday, 24 November 2026", "Vietnam time, GMT+7"),
    ],
)
def test_a_promise_tells_by_when_in_the_readers_form_and_zone(locale: str, when: str, zone: str) -> None:
    rule = next(rule for rule in rules.RULES if rule.name == "ticket-promised")
    mail = said(rule, locale)
    assert when in mail.subject
    for body in (mail.text, mail.html):
        assert when in body
        assert zone in body


@pytest.mark.parametrize(("rule", "locale"), EVERY_TEXT)
def test_the_plain_text_says_all_that_the_html_says(rule: rules.Rule, locale: str) -> None:
    mail = said(rule, locale)
    inside = mail.html.partition('<div role="article"')[2].partition("</div>")[0].partition(">")[2]
    label = re.compile(r"<a [^>]*>[^<]*</a>")  # the words on a button; the plain text has the address itself
    shown = re.sub(r"<[^>]+>", " ", label.sub(" ", inside))
    words = re.compile(r"[\u4e00-\u9fff]|[^\W\u4e00-\u9fff]+")
    missing = set(words.findall(shown)) - set(words.findall(mail.text))
    assert missing == set()
    assert ("https://khach.example.com/" in mail.text) is ("<a href=" in mail.html)


@pytest.mark.parametrize(("rule", "locale"), EVERY_TEXT)
def test_no_text_has_a_hole_or_a_heap_of_empty_lines(rule: rules.Rule, locale: str) -> None:
    mail = said(rule, locale)
    assert "\n\n\n" not in mail.text
    assert not re.search(r"[ \t]\n|None|\{\{|\{%|\(\)|（）|  ", mail.text)
    assert mail.subject.strip() == mail.subject != ""


@pytest.mark.parametrize(("rule", "locale"), TICKET_TEXTS)
def test_a_client_whose_name_cannot_be_read_is_greeted_all_the_same(rule: rules.Rule, locale: str) -> None:
    about = message(rule=rule.name, locale=locale, facts=TICKET, recipient_name="")
    words = facts.said(about, sender="Biển Xanh", country="VN", public_url="https://khach.example.com")
    greeting = {"vi": "Kính gửi Quý khách,\n", "zh": "尊敬的客户：\n", "en": "Hello,\n"}[locale]
    assert rendering.render(rule.template, locale, words).text.startswith(greeting)


@pytest.mark.parametrize(("rule", "locale"), TICKET_TEXTS)
def test_a_text_without_a_link_has_no_place_for_one(rule: rules.Rule, locale: str) -> None:
    mail = said(rule, locale, link=None)
    assert "https://" not in mail.text
    assert "<a " not in mail.html


@pytest.mark.parametrize(("rule", "locale"), WORK_TEXTS)
def test_a_mail_to_staff_leads_to_the_page_and_names_whom_they_stand_in_for(rule: rules.Rule, locale: str) -> None:
    mail = said(rule, locale)
    for body in (mail.text, mail.html):
        assert f"https://khach.example.com{TASK['page']}" in body
        assert "Phạm Văn Vắng" in body
        assert "/p/" not in body  # the client's link is the client's
    alone = said(rule, locale, instead_of=None, page=None, owed_by=None, by=None, owner=None)
    assert "Phạm Văn Vắng" not in alone.text
    assert "https://" not in alone.text


@pytest.mark.parametrize(
    ("locale", "country", "when", "zone"),
    [
        ("vi", "CN", "15:30 thứ Ba, ngày 24/11/2026", "giờ Bắc Kinh"),
        ("zh", "VN", "2026年11月24日（星期二）14:30", "越南时间"),
        ("en", "CN", "15:30 on Tuesday, 24 November 2026", "China time, GMT+8"),
    ],
)
@pytest.mark.parametrize("name", ["promise-warning", "promise-late", "task-assigned"])
def test_staff_read_the_time_of_the_unit_where_they_work(
    name: str, locale: str, country: str, when: str, zone: str
) -> None:
    rule = next(rule for rule in rules.RULES if rule.name == name)
    mail = said(rule, locale, country=country)
    for body in (mail.text, mail.html):
        assert when in body
        assert zone in body


@pytest.mark.parametrize("locale", model.LOCALES)
@pytest.mark.parametrize("clock", [*CLOCKS, "something_else"])
@pytest.mark.parametrize("name", ["promise-warning", "promise-late"])
def test_a_promise_is_told_of_in_words_and_never_by_its_clocks_name(name: str, clock: str, locale: str) -> None:
    rule = next(rule for rule in rules.RULES if rule.name == name)
    spec = CLOCKS.get(clock)
    step, todo = (spec.title, spec.todo) if spec else (promise.ANY_STEP, promise.ANY_TODO)
    mail = said(rule, locale, **({"step": step, "todo": todo} if spec else {"step": {}, "todo": {}}))
    assert step[locale] in mail.subject
    for body in (mail.text, html.unescape(mail.html)):
        assert step[locale] in body
        assert todo[locale] in body
    if "_" in clock:
        assert clock not in mail.subject + mail.text + mail.html


@pytest.mark.parametrize(
    ("locale", "late", "due"),
    [
        ("vi", ("Quá hạn", "Đã quá hạn: 1 giờ 5 phút"), "Đã đến hạn"),
        ("zh", ("已逾期", "已逾期：1小时5分钟"), "已到期"),
        ("en", ("Late", "Late by: 1 hour 5 minutes"), "Due now"),
    ],
)
def test_a_late_promise_says_by_how_much(locale: str, late: tuple[str, str], due: str) -> None:
    rule = next(rule for rule in rules.RULES if rule.name == "promise-late")
    mail = said(rule, locale)
    assert late[0] in mail.subject
    assert late[1] in mail.text
    on_the_dot = said(rule, locale, late_s=1)
    assert due in on_the_dot.subject
    assert late[1].partition(":")[0] not in on_the_dot.text.replace("：", ":")


@pytest.mark.parametrize("locale", model.LOCALES)
def test_html_is_for_every_eye_and_every_light(locale: str) -> None:
    rule = next(rule for rule in rules.RULES if rule.name == "ticket-confirm")
    page = said(rule, locale).html
    language = {"vi": "vi", "zh": "zh-CN", "en": "en"}[locale]
    assert f'<html lang="{language}"' in page
    assert '<meta name="color-scheme" content="light dark">' in page
    assert "<title>" in page
    assert f'<a href="{LINK}"' in page
    assert not re.search(r"[;\"]\s*(color|background(-color)?)\s*:", page)  # the reader's own, by day and by night
    assert not re.search(r"<(img|script|form|iframe|link|table|object)\b|\son\w+=|src=", page)


@pytest.mark.parametrize(("rule", "locale"), TICKET_TEXTS)
def test_a_list_of_mails_shows_what_a_mail_is_about_and_not_its_greeting(rule: rules.Rule, locale: str) -> None:
    mail = said(rule, locale)
    hidden = re.search(r'<div aria-hidden="true" style="display:none[^"]*">([^<]+)</div>', mail.html)
    assert hidden is not None
    preview = html.unescape(hidden[1])
    assert mail.html.index(hidden[0]) < mail.html.index("Nguyễn Thị Hường")
    assert "TCK-2026-000123" in preview
    assert "https://" not in preview
    assert preview[0].isupper() or preview[0] > "\u4e00"
    assert not re.search(r"^\W|【】|Biển Xanh", preview)


@pytest.mark.parametrize("locale", model.LOCALES)
def test_whoever_can_answer_the_mail_is_told_so_and_nobody_else_is(locale: str) -> None:
    answer = {"vi": "trả lời thư này", "zh": "请直接回复本邮件", "en": "simply answer this message"}[locale]
    for name in ("ticket-received", "ticket-withdrawn", "ticket-duplicate", "ticket-reply"):
        rule = next(rule for rule in rules.RULES if rule.name == name)
        for body in ("text", "html"):
            assert answer in getattr(said(rule, locale, reply_to="support+x@example.com"), body)
            assert answer not in getattr(said(rule, locale, reply_to=None), body)


@pytest.mark.parametrize("name", sorted({rule.template for rule in rules.RULES}))
def test_a_template_has_a_file_for_each_language_and_nothing_else(name: str) -> None:
    folder = Path(rendering.TEXTS) / name
    assert sorted(path.name for path in folder.iterdir()) == sorted(f"{locale}.liquid" for locale in model.LOCALES)


MOST_PARTS = {segments.UCS2: 3, segments.GSM: 2}
"""Of one SMS: each is paid for."""


@pytest.mark.parametrize(("rule", "locale"), TICKET_TEXTS)
def test_an_sms_says_who_writes_about_what_in_few_parts(rule: rules.Rule, locale: str) -> None:
    """With a long name of the firm, a long result and the longest address that a company is likely to have."""
    about = message(rule=rule.name, locale=locale, facts={**TICKET, "result": RESULT, "progress": RESULT})
    firm = "Công ty Cổ phần Vận tải và Dịch vụ Hàng hải Biển Xanh – Chi nhánh Hải Phòng"
    words = facts.said(about, sender=firm, country="VN", public_url="https://cham-soc-khach-hang.example.com.vn")
    sms = rendering.render(rule.template, locale, words).sms
    assert sms is not None
    assert "TCK-2026-000123" in sms
    assert "Công ty Cổ phần" in sms
    assert "\n" not in sms
    assert segments.count(sms).parts <= MOST_PARTS[segments.UCS2]
    plain = facts.said(about, sender="Blue Sea", country="VN", public_url="https://khach.example.com")
    counted = segments.count(rendering.render(rule.template, locale, plain).sms or "")
    assert counted.parts <= MOST_PARTS[counted.alphabet]
    if locale == "vi":
        assert counted.alphabet == segments.UCS2  # no letter has lost its marks


RESULT = "Container BXAU1234567 đã cập cảng Hải Phòng lúc 06:30 ngày 26/11/2026 và sẵn sàng giao cho Quý khách."
