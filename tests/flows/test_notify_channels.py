"""Which message goes by which channel is the company's to say, and a client without mail is told all the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.notify.message import model
from shared.kernel import moment
from shared.playbook import reading
from shared.web import tokens
from tests.flows.notify_house import (
    CHINESE,
    ENGLISH,
    LINK,
    START,
    VIETNAMESE,
    Open,
    body,
    houses,
    ticket,
)
from tests.servers import SmsProvider, SmsTurn, SmtpSink

READERS = {
    "vi": VIETNAMESE,
    "zh": {**CHINESE, "phones": ["+8613800138000"]},
    "en": {**ENGLISH, "phones": ["+84987654321"]},
}
LEAD = tokens.Caller("staff", "lead-1", "Lê Thị Lãnh Đạo", roles=("lead",), unit="hai-phong", locale="vi")
TYPE = '{vi: "Tra cứu tình trạng dịch vụ, hàng hóa", zh: 查询服务与货物状态, en: Status of service or goods}'


@pytest.fixture
def open_house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    yield from houses(request, tmp_path)


def playbook(folder: Path, **by: str) -> Path:
    """The packaged procedure with other channels, by the word that ends the template's name, and a type of its own."""
    text = (reading.PACKAGED / "vimc-support.yaml").read_text(encoding="utf-8")
    text = text.replace("version: 2026-11-29", "version: 2027-01-01")
    assert TYPE in text
    text = text.replace(TYPE, "{vi: Bảo hành, zh: 保修, en: Warranty}")
    for name, channels in by.items():
        old = f"template: ticket-{name}, by: [email]"
        assert old in text
        text = text.replace(old, f"template: ticket-{name}, by: [{channels}]")
    folder.mkdir()
    (folder / "vimc-support.yaml").write_text(text, encoding="utf-8")
    return folder


def at(**later: float) -> str:
    """A moment after the start."""
    return moment.text(START + timedelta(**later))


@pytest.mark.rule("S004-94")
@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("vi", "11:00 thứ Ba, ngày 24/11/2026 (giờ Việt Nam)"),
        ("zh", "2026年11月24日（星期二）12:00"),
        ("en", "11:00 on Tuesday, 24 November 2026"),
    ],
)
def test_over_one_hour_the_client_is_told_the_completion_time_whatever_the_playbook_says(
    open_house: Open, tmp_path: Path, locale: str, said: str
) -> None:
    """Exactly one hour is not over it; the company has switched the message off."""
    house = open_house(playbooks=playbook(tmp_path / "own", promised=""))
    for promised in (at(hours=1), at(minutes=12)):
        house.hear("support.ticket.classified", ticket(contact=READERS[locale], request_type=3, promised_at=promised))
    house.work_off()
    assert house.messages() == []
    over = ticket(contact=READERS[locale], request_type=3, promised_at=at(hours=1, seconds=1))
    house.hear("support.ticket.classified", over)
    house.hear("support.ticket.classified", {**over, "promised_at": at(hours=2)})
    house.work_off()
    *_, told = house.mails()
    assert len(house.mails()) == 2
    assert said in body(told)
    assert {"vi": "Bảo hành", "zh": "保修", "en": "Warranty"}[locale] in body(told)  # the type is the playbook's


def test_a_company_adds_sms_and_switches_a_message_off_in_its_playbook(
    open_house: Open, smtp_sink: SmtpSink, tmp_path: Path
) -> None:
    own = playbook(tmp_path / "own", promised="email, sms", thanks="", confirm="sms")
    with SmsProvider() as provider:
        house = open_house(smtp_sink, sms_url=provider.url, playbooks=own)
        house.hear("support.ticket.classified", ticket(request_type=3, promised_at=at(minutes=30)))
        house.hear("support.ticket.confirmed", ticket(rating=5))
        house.hear("support.ticket.handed_over", ticket(result="Hàng đã đến.", link=LINK))
        house.hear("support.ticket.handed_over", ticket(contact=CHINESE, result="货已到港。", link=LINK))
        house.work_off()
        told = [(m.rule, m.channel, m.recipient, m.state) for m in house.messages()]
        assert told == [
            ("ticket-promised", "mail", "huong.nguyen@example.com", "sent"),
            ("ticket-promised", "sms", "+84912345678", "sent"),
            ("ticket-confirm", "sms", "+84912345678", "sent"),
            ("ticket-confirm", "mail", "wang@example.com", "sent"),  # by SMS, but there is no number
        ]
        assert [each.body["to"] for each in provider.taken] == ["+84912345678"] * 2
        assert "09:30 thứ Ba, ngày 24/11/2026" in provider.texts[0]
        assert f"https://khach.example.com/p/{LINK}" in provider.texts[1]
        shown = house.call("GET", f"/v1/messages/{house.messages()[2].id}", LEAD).get_json()
        assert (shown["channel"], shown["segments"], shown["html"]) == ("sms", 2, "")
        assert LINK not in shown["text"]
        assert "Mời Quý khách xác nhận" in shown["text"]


@pytest.mark.parametrize(
    ("locale", "begins"),
    [("vi", "Chi nhánh Hải Phòng: Đã nhận yêu cầu"), ("zh", "【Chi nhánh Hải Phòng】您的请求"), ("en", "Chi nhánh")],
)
def test_a_client_without_mail_is_told_by_sms_in_their_language(
    open_house: Open, smtp_sink: SmtpSink, locale: str, begins: str
) -> None:
    with SmsProvider(SmsTurn.AWAY, SmsTurn.TAKE) as provider:
        house = open_house(smtp_sink, sms_url=provider.url)
        house.open_unit()
        id = house.hear("support.ticket.received", ticket(contact={**READERS[locale], "mails": []}, link=LINK))
        house.work_off()
        assert house.message().state == "waiting"
        house.hear("support.ticket.received", ticket(contact={**READERS[locale], "mails": []}, link=LINK), id=id)
        for _ in range(3):
            house.pass_time(minutes=2)
        (text,) = provider.texts
        assert text.startswith(begins)
        assert "TCK-2026-000123" in text
        assert f"https://khach.example.com/p/{LINK}" in text
        assert house.outcomes() == ["deferred", "sent"]
        assert house.mails() == []
        (event,) = house.published()
        assert (event["data"]["channel"], event["data"]["state"]) == ("sms", "sent")
        assert READERS[locale]["phones"][0] not in event["data"]["recipient"]


def test_an_sms_that_nobody_knows_of_is_shown_and_sent_again_by_a_person_only(
    open_house: Open, smtp_sink: SmtpSink
) -> None:
    with SmsProvider(SmsTurn.DROP, SmsTurn.TAKE) as provider:
        house = open_house(smtp_sink, sms_url=provider.url)
        house.hear("support.ticket.received", ticket(contact={**VIETNAMESE, "mails": []}))
        house.work_off()
        for _ in range(3):
            house.pass_time(hours=1)
        lost = house.message()
        assert (lost.state, provider.asked) == ("unknown", 1)
        again: dict[str, Any] = {"reason": "Khách chưa nhận được", "recipient": "anh@example.com"}
        refused = house.call("POST", f"/v1/messages/{lost.id}/resend", LEAD, json=again)
        assert (refused.status_code, refused.get_json()["type"]) == (422, "urn:steward:problem:bad-recipient")
        assert list(refused.get_json()["errors"]) == ["recipient"]
        made = house.call("POST", f"/v1/messages/{lost.id}/resend", LEAD, json={**again, "recipient": "0987 654 321"})
        assert made.status_code == 201
        house.work_off()
        assert [each.body["to"] for each in provider.taken] == ["+84912345678", "+84987654321"]
        assert provider.texts[0] == provider.texts[1]
        assert provider.taken[0].key != provider.taken[1].key


def test_a_house_without_servers_keeps_an_sms_beside_the_mails(open_house: Open) -> None:
    house = open_house()
    house.hear("support.ticket.received", ticket(contact={**VIETNAMESE, "mails": []}, link=LINK))
    house.work_off()
    message = house.message()
    assert (message.state, message.channel) == ("sent", model.SMS)
    kept = (house.home / "mail" / f"{message.id}.sms").read_text(encoding="utf-8")
    assert kept == f"To: +84912345678\n\n{message.text}"
    assert LINK in house.call("GET", f"/v1/messages/{message.id}", LEAD).get_json()["text"]
