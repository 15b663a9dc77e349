"""The tracking record on screen, as a file and on paper; without scripts."""

from __future__ import annotations

from datetime import timedelta

import flask

from tests.flows.house import House
from tests.flows.promised import Office
from tests.flows.test_list_export import read_csv, read_xlsx
from tests.pages.conftest import SignedIn, add_person, signed_in_as

HEADINGS = "Nội dung yêu cầu Ngày yêu cầu Người yêu cầu Người xử lý Loại yêu cầu Thời gian xử lý"


def test_the_record_is_filtered_saved_and_printed_as_the_address_says(house: House, signed_in: SignedIn) -> None:
    browser = signed_in("staff")
    browser.open("/support/record")
    assert "Hồ sơ chưa có dòng nào." in browser.page.text
    office = Office(house)
    office.brought_to("log")
    office.receive(name="王小明", content="=1+1 报价")
    browser.open("/support/record")
    assert HEADINGS in " ".join(browser.page.text.split())
    assert "Số lượng phiếu: 2. Đã đóng: 1." in browser.page.text
    browser.open("/support/record?requester=王小明&from=2026-11-24")
    assert "24/11/2026" in browser.page.text
    assert "Lô hàng của tôi" not in browser.page.text
    links = browser.page.links
    saved = browser.raw("GET", links["CSV"])
    assert saved.headers["Content-Disposition"].startswith("attachment")
    (line,) = read_csv(saved.get_data())
    assert (line["Người yêu cầu"], line["Nội dung yêu cầu"]) == ("王小明", "'=1+1 报价")
    _, (row,) = read_xlsx(browser.raw("GET", links["Excel"]).get_data())
    assert row["Nội dung yêu cầu"] == "=1+1 报价"
    browser.open(links["In"])
    assert HEADINGS in " ".join(browser.page.text.split())
    assert "Lô hàng của tôi" not in browser.page.text
    browser.open("/support/record?requester=nobody")
    assert "Không có dòng hồ sơ nào phù hợp." in browser.page.text
    browser.open("/support/record?from=2026-11-25&to=2026-11-24")
    assert browser.status == 422
    assert browser.page.wrong("to")


def test_the_record_speaks_chinese_and_english(house: House, front: flask.Flask) -> None:
    for locale, heading in (("zh", "客户支持跟踪记录"), ("en", "Customer-support tracking record")):
        browser = signed_in_as(house, front, add_person(house, "lead", locale=locale))
        browser.open("/support/record/print")
        assert heading in browser.page.text


def test_a_check_of_a_day_to_come_says_from_when_it_can_be_closed(house: House, signed_in: SignedIn) -> None:
    Office(house).receive()  # 24 November is a day off: the check is of the next day
    browser = signed_in("lead", locale="en")
    browser.open("/support/record-checks")
    browser.follow("25 Nov 2026")
    assert "This check can be closed once its day has begun." in browser.page.text
    assert "The record of this day is checked" not in browser.page.text
    house.pass_time(timedelta(days=1))
    browser = signed_in("lead", locale="en")
    browser.open("/support/record-checks")
    browser.follow("25 Nov 2026")
    assert "This check can be closed" not in browser.page.text
    assert "The record of this day is checked" in browser.page.text
