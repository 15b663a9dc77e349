"""Whoever writes to a client who has a telephone only sees the SMS, and what it costs, before it is sent."""

from __future__ import annotations

from datetime import timedelta

from services.notify.channel import segments
from tests.flows.house import House
from tests.pages.browser import Browser
from tests.pages.conftest import SignedIn
from tests.pages.test_list_pages import receive

TEXT = "Lô hàng dự kiến đến ngày 26/11, mời Quý khách đến nhận tại kho hai từ 8 giờ sáng."


def by_phone(house: House) -> str:
    return receive(house, requester={"name": "Lê Văn Nam", "locale": "vi", "mails": [], "phones": ["+84912345678"]})


def shown(browser: Browser) -> list[str]:
    return [part.split("</div>")[0] for part in browser.page.html.split('<div class="sms"')[1:]]


def test_the_reply_is_shown_as_it_will_be_sent_with_its_parts(house: House, signed_in: SignedIn) -> None:
    browser, id = signed_in("staff"), by_phone(house)
    browser.open(f"/tickets/{id}")
    form = browser.page.form("/reply")
    assert form.button
    form.action = form.action.replace("/reply", "/preview")
    browser.send("/preview", reply_text=TEXT)
    assert browser.page.form("/reply").values["reply_text"] == TEXT
    sms = shown(browser)[-1]
    browser.send("/reply", reply_text=TEXT)
    house.pass_time(timedelta(seconds=10))
    (text,) = [
        said.partition("\n\n")[2]
        for path in (house.home / "mail").glob("*.sms")
        if "kho hai" in (said := path.read_text("utf-8")) or "26/11" in said
    ]
    assert text in sms
    assert f"{segments.count(text).parts} phần" in sms
    assert "ít nhất" not in sms


def test_a_step_that_sends_an_sms_says_so_beside_its_button(house: House, signed_in: SignedIn) -> None:
    browser, id = signed_in("staff", "lead"), by_phone(house)
    browser.open(f"/tickets/{id}")
    classify = browser.page.html.partition('id="step-classify"')[2].partition("</form>")[0]
    assert "Qua SMS đến +84912345678" in classify
    assert "ít nhất" in classify  # by when is not known yet
    browser.open(f"/tickets/{receive(house)}")
    assert shown(browser) == []
