"""A record kept elsewhere is taken in on the pages alone: file, columns, dry run, import, and back; without scripts."""

from __future__ import annotations

import io
from datetime import timedelta

import flask

from tests.flows.house import House
from tests.flows.test_list_export import read_csv
from tests.flows.test_record_import import FORM, VI
from tests.pages.browser import Browser
from tests.pages.conftest import SignedIn, add_person, signed_in_as

BAD = FORM.replace("10/10/2020", "32/13/2020").replace("A-1", "A-2")


def send(browser: Browser, raw: bytes, name: str = "hồ sơ.csv") -> None:
    """Choose a file in the form and send it."""
    form = browser.page.form("/record-imports")
    answer = browser.raw("POST", form.action, data={**form.values, "file": (io.BytesIO(raw), name)})
    assert answer.status_code == 303
    browser.open(answer.headers["Location"])


def text(browser: Browser) -> str:
    return " ".join(browser.page.text.split())


def test_a_record_is_uploaded_mapped_tried_imported_and_taken_back_on_the_pages(
    house: House, front: flask.Flask, signed_in: SignedIn
) -> None:
    browser = signed_in("staff")
    browser.open("/support/record")
    browser.open(browser.page.links["Nhập hồ sơ có sẵn"])
    browser.send("/record-imports")
    assert (browser.status, browser.page.wrong("file")) == (422, "Vui lòng chọn tệp.")
    send(browser, f"{VI}\n{FORM}\n{BAD}\n".encode())
    columns = browser.page.form("/map").values
    assert (columns["content"], columns["evaluation"], columns["reference"]) == ("0", "8", "9")  # as suggested
    assert "Hỏi về thời gian hàng đến" in text(browser)
    browser.send("/map", content="")
    assert browser.status == 422
    assert browser.page.wrong("content")

    browser.send("/map", content="0")
    assert "Chạy thử: nhập được 1 trong 2 dòng; 1 dòng có lỗi sẽ bị bỏ qua." in text(browser)
    assert "Ngày yêu cầu: " in text(browser)
    (line,) = read_csv(browser.raw("GET", browser.page.links["Tệp CSV các dòng lỗi"]).get_data())
    assert line["Mã số"] == "A-2"
    here = browser.path
    browser.send("/run")
    assert "Đã nhập: 0 trong 1 dòng." in text(browser)
    assert browser.raw("GET", here).headers["Refresh"] == "3"
    house.settle()
    browser.open(here)
    assert "Đã nhập: 1 dòng. Bỏ qua: 1." in text(browser)
    assert "Refresh" not in browser.raw("GET", here).headers
    browser.open("/support/record")
    assert "Lê Văn Nam" in browser.page.text

    lead = signed_in("lead")  # reads it; the procedure has the record written by staff
    lead.open(here)
    assert lead.post("/undo").status_code == 403
    browser.open(here)
    browser.send("/undo")
    assert "Lần nhập này đã được hoàn tác" in text(browser)
    browser.open("/support/record-imports")
    send(browser, f"{VI}\n{FORM}\n".encode())
    browser.send("/map")
    browser.send("/run")
    here = browser.path
    house.settle()
    house.time.move(timedelta(hours=24, seconds=1))
    browser = signed_in("staff")
    browser.open(here)
    late = browser.post("/undo")
    assert late.status_code == 409
    assert "24 giờ" in late.get_data(as_text=True)
    for locale, said in (("zh", "导入原有记录"), ("en", "Import a record")):
        other = signed_in_as(house, front, add_person(house, "staff", locale=locale))
        other.open("/support/record-imports")
        assert said in other.page.text
