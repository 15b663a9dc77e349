"""The report of what came in and what of it is recorded, on screen and as a file; without scripts."""

from __future__ import annotations

import flask

from tests.flows.house import House
from tests.flows.promised import Office
from tests.flows.test_list_export import read_csv
from tests.flows.test_mailbox import hand_in, mail
from tests.pages.conftest import SignedIn, add_person, signed_in_as


def test_the_page_says_how_much_is_recorded_and_lists_what_is_not(
    house: House, front: flask.Flask, signed_in: SignedIn
) -> None:
    browser = signed_in("lead")
    browser.open("/support/record")
    browser.open(browser.page.links["Tiếp nhận thông tin khách hàng"])
    assert "Không có thông tin nào được tiếp nhận trong những ngày này." in browser.page.text
    office = Office(house)
    office.receive()
    parked = hand_in(office, mail(subject="Tự động", Precedence="bulk"))
    browser.open("/support/received?from=2026-11-24")
    text = " ".join(browser.page.text.split())
    assert "Tiếp nhận: 2. Đã ghi nhận: 1, đạt 50%." in text
    assert "Thư do máy tự động gửi. Thư chờ xử lý" in text
    assert f'/mail/{parked["id"]}"' in browser.page.html
    saved = read_csv(browser.raw("GET", browser.page.links["CSV"]).get_data())
    assert saved[0]["Tỷ lệ ghi nhận (%)"] == "50.0"
    browser.open("/support/received?from=2026-11-25&to=2026-11-24")
    assert browser.status == 422
    assert browser.page.wrong("to")
    for locale, said in (("zh", "收到：2。已登记：1，占 50%。"), ("en", "Came in: 2. Recorded: 1, that is 50%.")):
        browser = signed_in_as(house, front, add_person(house, "staff", locale=locale))
        browser.open("/support/received")
        assert said in browser.page.text
