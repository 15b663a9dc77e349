"""What a client gets: one mail for each step of a request, in their language, with what they need to know."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from tests.flows.notify_house import (
    CHINESE,
    ENGLISH,
    LINK,
    START,
    VIETNAMESE,
    House,
    Open,
    body,
    houses,
    ticket,
)
from tests.servers import SmtpSink

READERS = {"vi": VIETNAMESE, "zh": CHINESE, "en": ENGLISH}
URL = f"https://khach.example.com/p/{LINK}"
UNIT = "Chi nhánh Hải Phòng"
PROMISED = "2026-11-24T07:30:00.000000Z"
RESULT = "Hàng đến ngày 26/11/2026 lúc 8 giờ.\n请携带授权书。\nBring <both> & sign."


@pytest.fixture
def open_house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    yield from houses(request, tmp_path)


@pytest.fixture
def house(open_house: Open, smtp_sink: SmtpSink) -> House:
    """Mails go to a server; the directory has told of the unit."""
    made = open_house(smtp_sink)
    made.open_unit()
    return made


def told(house: House, step: str, locale: str, **changes: Any) -> EmailMessage:
    """The one mail that a step of a request leads to."""
    house.hear(f"support.ticket.{step}", ticket(contact=READERS[locale], **changes))
    house.work_off()
    mail = house.mail()
    assert house.message().state == "sent"
    name, address = READERS[locale]["name"], READERS[locale]["mails"][0]
    assert str(mail["To"]) == f"{name} <{address}>"
    assert "no-reply@steward.example.com" in str(mail["From"])
    assert UNIT in str(mail["From"])
    assert "TCK-2026-000123" in str(mail["Subject"])
    for kind in ("plain", "html"):
        assert UNIT in body(mail, kind)
        assert "TCK-2026-000123" in body(mail, kind)
    return mail


@pytest.mark.parametrize(
    ("locale", "subject", "greeting", "received"),
    [
        (
            "vi",
            "Chúng tôi đã tiếp nhận yêu cầu",
            "Kính gửi Quý khách Nguyễn Thị Hường,",
            "09:00 thứ Ba, ngày 24/11/2026",
        ),
        ("zh", "我们已收到您的请求", "尊敬的王小明：", "2026年11月24日（星期二）10:00（北京时间）"),
        (
            "en",
            "We have received your request",
            "Dear Mary O'Neil,",
            "09:00 on Tuesday, 24 November 2026 (Vietnam time",
        ),
    ],
)
def test_a_received_request_is_acknowledged_in_the_clients_language(
    house: House, locale: str, subject: str, greeting: str, received: str
) -> None:
    mail = told(house, "received", locale, content="Hàng đâu?\n货在哪里？", link=LINK)
    text = body(mail)
    assert subject in str(mail["Subject"])
    assert text.startswith(greeting)
    assert received in text
    assert "> Hàng đâu?\n> 货在哪里？" in text.replace("\r\n", "\n")
    assert URL in text
    assert f'href="{URL}"' in body(mail, "html")


@pytest.mark.rule("S004-93")
@pytest.mark.parametrize(
    ("locale", "promised", "kind", "zone"),
    [
        ("vi", "14:30 thứ Ba, ngày 24/11/2026", "Tra cứu tình trạng dịch vụ, hàng hóa", "giờ Việt Nam"),
        ("zh", "2026年11月24日（星期二）15:30", "查询服务与货物状态", "北京时间"),
        ("en", "14:30 on Tuesday, 24 November 2026", "Status of service or goods", "Vietnam time, GMT+7"),
    ],
)
def test_the_client_is_told_the_committed_time_in_their_own_form_and_zone(
    house: House, locale: str, promised: str, kind: str, zone: str
) -> None:
    mail = told(house, "classified", locale, request_type=3, promised_at=PROMISED)
    assert promised in str(mail["Subject"])
    for part in ("plain", "html"):
        said = body(mail, part)
        assert promised in said
        assert kind in said
        assert zone in said


@pytest.mark.rule("S004-133")
@pytest.mark.parametrize(
    ("locale", "asks"),
    [
        ("vi", "kính mời Quý khách xác nhận"),
        ("zh", "处理结果，敬请确认"),
        ("en", "please confirm"),
    ],
)
def test_a_handed_over_result_comes_with_a_link_to_confirm_or_refuse_it(house: House, locale: str, asks: str) -> None:
    mail = told(house, "handed_over", locale, result=RESULT, link=LINK)
    assert asks in str(mail["Subject"])
    text = body(mail).replace("\r\n", "\n")
    assert "\n".join(f"> {line}" for line in RESULT.splitlines()) in text
    assert URL in text
    html = body(mail, "html")
    assert "Bring &lt;both&gt; &amp; sign." in html
    assert f'href="{URL}"' in html


@pytest.mark.parametrize(
    ("locale", "thanks", "rated"),
    [
        ("vi", "Cảm ơn Quý khách đã xác nhận", "4/5 điểm"),
        ("zh", "感谢您的确认", "4 分（满分 5 分）"),
        ("en", "Thank you for confirming", "4 out of 5"),
    ],
)
def test_a_confirmation_is_thanked_for_with_the_rating_that_was_given(
    house: House, locale: str, thanks: str, rated: str
) -> None:
    mail = told(house, "confirmed", locale, rating=4)
    assert thanks in str(mail["Subject"])
    assert rated in body(mail)


@pytest.mark.parametrize(
    ("locale", "again", "sorry"),
    [
        ("vi", "Chúng tôi đã mở lại yêu cầu", "chân thành xin lỗi"),
        ("zh", "您的请求已重新受理", "深表歉意"),
        ("en", "We have opened your request again", "We are sorry"),
    ],
)
def test_a_refusal_is_answered_with_an_apology_the_reason_and_what_follows(
    house: House, locale: str, again: str, sorry: str
) -> None:
    mail = told(house, "refused", locale, reason="Vẫn chưa có giờ đến.")
    assert again in str(mail["Subject"])
    assert sorry in body(mail)
    assert "> Vẫn chưa có giờ đến." in body(mail)


def test_a_step_that_the_client_need_not_hear_of_makes_no_mail(house: House) -> None:
    house.hear("support.ticket.logged", ticket(result=RESULT))
    assert house.work_off() == 0
    assert house.messages() == []


def test_english_is_written_in_the_time_of_the_unit_that_writes(house: House) -> None:
    house.open_unit("shanghai", "上海分公司", "CN")
    house.hear("support.ticket.classified", ticket(contact=ENGLISH, unit="shanghai", promised_at=PROMISED))
    house.work_off()
    assert "15:30 on Tuesday, 24 November 2026 (China time, GMT+8)" in body(house.mail())


@pytest.mark.parametrize(
    ("spoken", "locale"), [("zh-CN", "zh"), ("VI_vn", "vi"), ("zh-Hant-TW", "zh"), ("fr", "en"), ("", "en")]
)
def test_a_language_that_is_written_otherwise_or_that_we_lack_finds_its_text(
    house: House, spoken: str, locale: str
) -> None:
    house.hear("support.ticket.received", ticket(contact={**ENGLISH, "locale": spoken}))
    assert house.message().locale == locale


def test_each_address_of_a_client_gets_a_mail_of_its_own(house: House) -> None:
    mails = ["b@example.com", "A@example.com", "a@EXAMPLE.com", "info@bücher.example"]
    house.hear("support.ticket.received", ticket(contact={**ENGLISH, "mails": mails}))
    house.work_off()
    assert house.server is not None
    envelopes = [mail.recipients for mail in house.server.mails]
    assert sorted(envelopes) == [("A@example.com",), ("b@example.com",), ("info@xn--bcher-kva.example",)]
    assert [message.recipient for message in house.messages()] == [
        "b@example.com",
        "A@example.com",
        "info@bücher.example",
    ]


def test_a_client_without_a_usable_address_is_not_forgotten_but_shown(house: House) -> None:
    house.hear("support.ticket.received", ticket(contact={**VIETNAMESE, "mails": []}))
    house.hear("support.ticket.received", ticket(contact={**VIETNAMESE, "mails": ["huong@", "x\r\ny@example.com"]}))
    house.work_off()
    assert house.mails() == []
    none, bad = house.messages()
    assert (none.state, none.reason) == ("undeliverable", "no-mail")
    assert (bad.state, bad.reason, bad.detail) == ("undeliverable", "bad-address", "huong@, x y@example.com")
    assert none.text is not None  # so that somebody can read it to the client
    assert none.text.startswith("Kính gửi Quý khách Nguyễn Thị Hường")
    failed = [event["data"] for event in house.published()]
    assert [(e["state"], e["reason"], e["recipient"]) for e in failed] == [
        ("undeliverable", "no-mail", "+84***78"),  # whom to call
        ("undeliverable", "bad-address", "+84***78"),
    ]


def test_a_name_that_tries_to_be_more_than_a_name_is_one_recipient(house: House) -> None:
    name = 'Mary,\r\nBcc: all@example.org\u202e "O\'Neil" <mary@evil.example>' + "x" * 500
    house.hear("support.ticket.received", ticket(contact={**ENGLISH, "name": name}))
    house.work_off()
    assert house.server is not None
    (mail,) = house.server.mails
    assert mail.recipients == ("mary@example.com",)
    assert mail.parsed["Bcc"] is None
    assert len(mail.parsed["To"].addresses) == 1
    assert len(house.message().recipient_name) <= 200


def test_the_outcome_is_told_without_the_text_the_secret_or_the_whole_address(house: House) -> None:
    told(house, "handed_over", "vi", result=RESULT, link=LINK)
    (event,) = house.published()
    assert event["type"] == "notify.message.sent"
    assert event["data"]["recipient"] == "h***@example.com"
    assert event["data"]["number"] == "TCK-2026-000123"
    assert LINK not in str(event)
    assert "huong.nguyen" not in str(event)


def test_the_secret_of_a_link_is_kept_in_the_text_alone(house: House) -> None:
    house.hear("support.ticket.handed_over", ticket(result=RESULT, link=LINK))
    assert house.message().facts is not None
    house.work_off()
    message = house.message()
    assert message.facts is None
    assert LINK in (message.text or "")


def test_a_mail_is_dated_with_the_time_of_the_business(house: House) -> None:
    mail = told(house, "received", "vi")
    assert mail["Date"].datetime == START


def test_mails_of_a_house_without_a_server_are_files_with_the_same_content(open_house: Open) -> None:
    house = open_house()
    house.open_unit()
    mail = told(house, "received", "zh", link=LINK)
    assert URL in body(mail)
    assert house.message().detail == f"written to mail/{house.message().id}.eml"


def test_a_unit_that_nobody_told_of_writes_in_the_name_of_the_house(open_house: Open, smtp_sink: SmtpSink) -> None:
    house = open_house(smtp_sink)
    house.hear("support.ticket.received", ticket())
    house.work_off()
    assert str(house.mail()["From"]) == "Steward <no-reply@steward.example.com>"


@pytest.mark.server
@pytest.mark.parametrize("open_house", ["postgres"], indirect=True)
def test_on_postgresql_every_step_reaches_every_reader(open_house: Open, smtp_sink: SmtpSink) -> None:
    house = open_house(smtp_sink)
    house.open_unit()
    steps = ("received", "classified", "handed_over", "confirmed", "refused")
    said = {"promised_at": PROMISED, "request_type": 4, "result": RESULT, "reason": RESULT, "rating": 5, "link": LINK}
    for step in steps:
        for reader in READERS.values():
            house.hear(f"support.ticket.{step}", ticket(contact=reader, **said))
    house.work_off()
    assert [message.state for message in house.messages()] == ["sent"] * 15
    to = [str(mail["To"].addresses[0].display_name) for mail in house.mails()]
    assert to == ["Nguyễn Thị Hường", "王小明", "Mary O'Neil"] * 5
    assert len({str(mail["Subject"]) for mail in house.mails()}) == 15
