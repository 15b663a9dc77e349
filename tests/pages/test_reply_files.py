"""Files on a reply, by the ticket's page without a script: chosen with the text, and never at the price of it."""

from __future__ import annotations

from datetime import timedelta

from tests.flows.house import House
from tests.pages.browser import Browser
from tests.pages.conftest import SignedIn
from tests.pages.test_files import MEGABYTE, sent
from tests.pages.test_list_pages import receive
from tests.unit.support import files

TEN = timedelta(seconds=10)
TEXT = "Quý khách xem thông báo hàng đến đính kèm."
NAME = "Thông báo hàng đến.pdf"


def names_of(house: House) -> list[str | None]:
    return [part.get_filename() for part in house.mails()[-1].message.iter_attachments()]


def at(signed_in: SignedIn, house: House) -> Browser:
    browser, id = signed_in("staff"), receive(house)
    browser.open(f"/tickets/{id}")
    return browser


def test_files_are_chosen_with_the_reply_and_stand_in_the_time_line_and_among_the_files(
    house: House, signed_in: SignedIn
) -> None:
    browser = at(signed_in, house)
    sent(browser, "/reply", (files.PDF, NAME), (files.XLSX, "报价单.xlsx"), reply_text=TEXT)
    assert (browser.status, NAME in browser.page.text) == (200, True)
    assert NAME not in browser.page.links  # not before it has left
    house.pass_time(TEN)
    assert names_of(house) == [NAME, "报价单.xlsx"]
    browser.open(browser.path.partition("?")[0])
    assert browser.page.html.count(f"<bdi>{NAME}</bdi>") >= 3  # with the reply, in the time line, among the files
    with browser.raw("GET", browser.page.links[NAME]) as got:
        assert got.data == files.PDF
    browser.open(next(link for link in browser.page.links.values() if link.startswith("/messages/")))


def test_a_refused_file_costs_neither_the_text_nor_the_other_files(house: House, signed_in: SignedIn) -> None:
    browser = at(signed_in, house)
    bad = (b"<html><script>alert(1)</script>", "hoá đơn\u202efdp.html")
    sent(browser, "/reply", (files.PDF, NAME), bad, reply_text=TEXT)
    assert browser.status == 422
    assert "Loại tệp này không được nhận" in browser.page.wrong("reply_files")
    form = browser.page.form("/reply")
    assert form.values["reply_text"] == TEXT
    assert [each.split(" ", 2)[2] for each in form.many["kept"]] == [NAME]
    assert not browser.page.form("/files").many.get("kept")  # the other form of the page is as it was
    sent(browser, "/reply", (b"%PDF-" + bytes(11 * MEGABYTE), "lớn.pdf"), reply_text=TEXT)
    assert browser.status == 413
    assert browser.page.form("/reply").values["reply_text"] == TEXT
    sent(browser, "/reply", reply_text="")
    assert browser.status == 422
    sent(browser, "/reply", reply_text=TEXT)
    house.pass_time(TEN)
    assert names_of(house) == [NAME]


def test_taken_back_the_files_are_offered_with_the_text_and_can_be_left_out(house: House, signed_in: SignedIn) -> None:
    browser = at(signed_in, house)
    sent(browser, "/reply", (files.PDF, NAME), (files.XLSX, "b.xlsx"), reply_text=TEXT)
    before = len(house.mails())
    browser.send(next(form.action for form in browser.page.forms if "/undo/" in form.action))
    form = browser.page.form("/reply")
    assert (form.values["reply_text"], len(form.many["again"])) == (TEXT, 2)
    form.many["again"].pop()
    sent(browser, "/reply", (b"\x00\x01", "c.bin"), reply_text=TEXT)
    assert browser.status == 422
    assert len(browser.page.form("/reply").many["again"]) == 1  # what was ticked stays ticked
    sent(browser, "/reply", reply_text=TEXT)
    house.pass_time(TEN)
    assert len(house.mails()) == before + 1
    assert names_of(house) == [NAME]


def test_a_prepared_text_does_not_cost_the_files_that_were_chosen(house: House, signed_in: SignedIn) -> None:
    lead = signed_in("lead", "staff")
    lead.open("/macros/new")
    lead.send("/macros", title="Mẫu", vi="Kính gửi Quý khách.")
    browser = at(signed_in, house)
    form = browser.page.form("/reply")
    form.action = form.action.replace("/reply", "/insert")
    sent(browser, "/insert", (files.PDF, NAME), reply_text=TEXT)
    assert [each.split(" ", 2)[2] for each in browser.page.form("/reply").many["kept"]] == [NAME]
    assert browser.page.form("/reply").values["reply_text"] == TEXT


def test_a_client_without_a_mail_address_is_offered_no_files(house: House, signed_in: SignedIn) -> None:
    browser = signed_in("staff")
    id = receive(house, requester={"name": "Lê Văn Nam", "locale": "vi", "phones": ["+84912345678"], "mails": []})
    browser.open(f"/tickets/{id}")
    assert "reply_files" not in browser.page.ids


def test_files_that_were_left_too_long_are_to_be_chosen_again(house: House, signed_in: SignedIn) -> None:
    browser = at(signed_in, house)
    sent(browser, "/reply", (files.PDF, NAME), reply_text=TEXT)
    browser.send(next(form.action for form in browser.page.forms if "/undo/" in form.action))
    for _ in range(4):  # whoever does nothing for half an hour is signed out
        house.time.move(timedelta(minutes=16))
        browser.raw("GET", "/desk").close()
    sent(browser, "/reply", reply_text=TEXT)
    assert browser.status == 422
    assert "Vui lòng chọn lại tệp này" in browser.page.wrong("reply_files")
    assert browser.page.form("/reply").values["reply_text"] == TEXT
