"""Files by the pages: with the client's form, on a ticket's page, and never at the price of what was typed."""

from __future__ import annotations

import json

import flask
import pytest
import sqlalchemy as sa

from services.support.ticket import tables as tickets
from tests.flows.house import HAI_PHONG, House
from tests.pages.browser import Browser
from tests.pages.conftest import SignedIn
from tests.unit.support import files

PATH = f"/r/{HAI_PHONG}"
TYPED = {"name": "Lê Văn Nam", "mail": "nam.le@example.com", "topic": "price", "content": "Xin báo giá."}
FIELD = "attachments"
MEGABYTE = 1024 * 1024


def sent(browser: Browser, path: str, *chosen: tuple[bytes, str], **typed: str) -> None:
    """The form of the page with files chosen, as a browser sends it."""
    form = browser.page.form(path)
    fields: dict[str, list[str]] = {**{name: [each] for name, each in {**form.values, **typed}.items()}, **form.many}
    parts = [(f'name="{name}"', each.encode()) for name, many in fields.items() for each in many if name != FIELD]
    parts += [(f'name="{FIELD}"; filename="{name}"', body) for body, name in chosen]
    body = b"".join(
        f"--x\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + each + b"\r\n" for head, each in parts
    )
    kind = "multipart/form-data; boundary=x"
    browser._arrive(browser.raw("POST", form.action, data=body + b"--x--\r\n", content_type=kind), form.action)


def count(house: House) -> int:
    return house.scalar("support", sa.select(sa.func.count()).select_from(tickets.ticket))


def newest(house: House) -> str:
    return house.scalar("support", sa.select(tickets.ticket.c.id).order_by(tickets.ticket.c.seq.desc()).limit(1))


LARGE = {
    "vi": "lớn.pdf: Dung lượng quá lớn; tối đa là 10 MB.",
    "zh": "lớn.pdf：内容过大，不得超过 10 MB。",
    "en": "lớn.pdf: This is too large; at most 10 MB are taken.",
}


@pytest.mark.parametrize("locale", list(LARGE))
def test_a_file_of_thirty_megabytes_is_refused_and_the_form_comes_back_as_it_was_filled_in(
    house: House, front: flask.Flask, locale: str
) -> None:
    client, before = Browser(front, language=locale), count(house)
    client.open(PATH)
    sent(client, PATH, (files.PDF, "giá.pdf"), (b"%PDF-" + bytes(30 * MEGABYTE), "lớn.pdf"), **TYPED)
    assert client.status == 413
    assert client.page.wrong("attachments") == LARGE[locale]
    again = client.page.form(PATH)
    assert {name: again.values[name].strip() for name in TYPED} == TYPED
    assert count(house) == before
    sent(client, PATH)  # the other file need not be chosen again
    assert client.status == 200
    assert "giá.pdf" in client.page.text
    assert count(house) == before + 1


def test_what_pretends_stands_beside_the_field_under_a_name_that_nobody_misreads(
    house: House, visitor: Browser
) -> None:
    before = count(house)
    visitor.open(PATH)
    svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    sent(visitor, PATH, (svg, "anh\u202egnp.exe"), (b"", "rỗng.txt"), **TYPED)
    assert visitor.status == 422
    wrong = visitor.page.wrong("attachments")
    assert "anhgnp.exe: Loại tệp này không được nhận." in wrong
    assert "rỗng.txt: Tệp này trống." in visitor.page.text
    sent(visitor, PATH, *[(b"x", f"{n}.txt") for n in range(11)])
    assert "10 tệp" in visitor.page.wrong("attachments")
    assert count(house) == before


def test_a_file_stays_with_the_form_while_another_field_is_mended(house: House, visitor: Browser) -> None:
    visitor.open(PATH)
    sent(visitor, PATH, (files.PNG, "ảnh.png"), **{**TYPED, "mail": "nam@"})
    assert visitor.status == 422
    assert visitor.page.wrong("mail")
    sent(visitor, PATH, mail="nam@example.com")
    assert visitor.status == 200
    assert "ảnh.png" in visitor.page.text


def test_staff_sees_adds_and_saves_files(house: House, visitor: Browser, signed_in: SignedIn) -> None:
    visitor.open(PATH)
    sent(visitor, PATH, (files.PDF, "báo giá.pdf"), **TYPED)
    id = newest(house)
    staff = signed_in("staff")
    staff.open(f"/tickets/{id}")
    assert "báo giá.pdf" in staff.page.links
    sent(staff, "/files", (files.XLSX, "bảng.xlsx"), (b"<html>", "trang.txt"))
    assert staff.status == 422
    assert "trang.txt" in staff.page.wrong("attachments")
    sent(staff, "/files")
    assert staff.status == 200
    assert "Đã thêm tệp." in staff.page.text
    with staff.raw("GET", staff.page.links["bảng.xlsx"]) as got:
        assert got.get_data() == files.XLSX
    assert got.headers["Content-Disposition"].startswith("attachment; ")
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in got.headers["Content-Security-Policy"]
    staff.open(f"/tickets/{id}")
    sent(staff, "/files")
    assert "ít nhất một tệp" in staff.page.wrong("attachments")
    assert visitor.raw("GET", staff.page.links["bảng.xlsx"]).status_code == 303  # to the sign-in


def test_staff_writes_a_request_down_with_what_the_client_brought(house: House, signed_in: SignedIn) -> None:
    staff = signed_in("staff")
    staff.open("/tickets/new")
    sent(staff, "/tickets/new", (files.JPEG, "kho.jpg"), name="Nam", mail="nam@example.com", content="Hàng ướt")
    assert staff.status == 200
    assert "kho.jpg" in staff.page.links


def test_a_program_sends_a_file_by_the_way_in_and_gets_it_back(house: House, front: flask.Flask) -> None:
    program = Browser(front)
    headers = {"Content-Disposition": 'attachment; filename="a.txt"', "Accept-Language": "en"}
    large = program.raw("POST", "/api/support/v1/public/uploads", data=b"x" * 3 * MEGABYTE, headers=headers)
    assert (large.status_code, json.loads(large.data)["size"]) == (201, 3 * MEGABYTE)
    refused = program.raw("POST", "/api/support/v1/public/uploads", data=b"x" * 11 * MEGABYTE, headers=headers)
    assert refused.status_code == 413
    assert json.loads(refused.data)["detail"] == "This is too large; at most 10 MB are taken."
