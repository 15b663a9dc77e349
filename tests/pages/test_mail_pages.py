"""Mails that became no request, as staff see them."""

from __future__ import annotations

import flask

from tests.flows.house import SHANGHAI, House
from tests.pages.conftest import add_person, signed_in_as

SPOKEN = {
    "vi": ("Thư chờ xử lý", "Không có thư nào chờ xử lý.", "Thư trả lời tự động hoặc thư gửi hàng loạt", "Lý do"),
    "zh": ("待处理邮件", "暂无待处理邮件。", "自动回复或群发邮件", "原因"),
    "en": ("Mails that wait", "No mail waits.", "An automatic reply or a circular", "Reason"),
}


def test_mails_that_wait_are_listed_with_sender_and_reason_in_three_languages(house: House, front: flask.Flask) -> None:
    desks = {locale: signed_in_as(house, front, add_person(house, "lead", locale=locale)) for locale in SPOKEN}
    for locale, (title, none, _, _) in SPOKEN.items():
        desks[locale].open("/messages")
        desks[locale].open(desks[locale].page.links[title])
        assert none in desks[locale].page.text
    relay = house.client("support", house.system("relay", "mail"))
    raw = "From: Nam <nam@example.com>\nSubject: Nghỉ phép <b>\nAuto-Submitted: auto-replied\n\nTôi đang nghỉ."
    relay.call("POST", "/v1/inbound/mail", raw=raw.encode(), kind="message/rfc822").expect(201)
    for locale, (title, none, reason, column) in SPOKEN.items():
        page = desks[locale].open("/mail")
        for said in (title, "Nghỉ phép <b>", "nam@example.com", reason, column):
            assert said in page.text
        assert none not in page.text
    lead = desks["vi"]
    at = lead.page.links["Nghỉ phép <b>"]
    lead.open(at)
    assert "Tôi đang nghỉ." in lead.page.text
    assert lead.page.form(at).values["mail"] == "nam@example.com"
    lead.send(at, name="")
    assert "Vui lòng điền" in lead.page.text
    lead.send(at, name="Lê Nam")
    assert "Lê Nam" in lead.page.text
    assert SPOKEN["vi"][1] in lead.open("/mail").text
    elsewhere = signed_in_as(house, front, add_person(house, "lead", locale="en", unit=SHANGHAI))
    assert SPOKEN["en"][1] in elsewhere.open("/mail").text
