"""The search page: from the box on every page to the ticket, with what was looked for marked, in three languages."""

from __future__ import annotations

import re

import pytest

from tests.flows.house import SHANGHAI, House
from tests.pages.conftest import SignedIn


def receive(house: House, name: str, content: str, unit: str = "hai-phong") -> str:
    client = house.client("support", house.staff("staff", unit=unit))
    requester = {"name": name, "mails": ["nam@example.com"], "phones": ["0912345678"]}
    return client.post("/v1/tickets", {"content": content, "requester": requester}).expect(201)["id"]


def marked(html: str) -> list[str]:
    return re.findall(r"<mark>(.*?)</mark>", html)


def test_the_box_on_the_desk_leads_to_the_ticket_with_what_was_looked_for_marked(
    house: House, signed_in: SignedIn
) -> None:
    id = receive(house, "Quách Thị Lệ", "Kho lạnh <b>số 3</b> bị hỏng")
    receive(house, "Quách Ngọc", "Ở đơn vị khác", unit=SHANGHAI)
    browser = signed_in("staff", locale="en")
    browser.open("/")
    assert 'action="/search"' in browser.page.html
    browser.open("/search?q=quach+kho")
    assert browser.status == 200
    assert marked(browser.page.html) == ["Quách", "Kho"]
    assert "&lt;b&gt;" in browser.page.html
    assert "Quách Ngọc" not in browser.page.text
    assert f"/tickets/{id}" in browser.page.html
    browser.open("/search?q=0912+345+678")
    assert "+84912345678" in marked(browser.page.html)


@pytest.mark.parametrize(
    ("locale", "said", "help"),
    [
        ("vi", "Không có phiếu nào phù hợp trong phạm vi Anh/Chị được xem.", "Có thể nhập:"),
        ("zh", "在您可查看的范围内没有符合条件的工单。", "可以输入："),
        ("en", "No request that you may see fits this.", "What you can type:"),
    ],
)
def test_where_nothing_is_found_the_page_says_what_one_can_type(
    house: House, signed_in: SignedIn, locale: str, said: str, help: str
) -> None:
    browser = signed_in("staff", locale=locale)
    browser.open("/search?q=%3Cscript%3Ealert(1)%3C/script%3E")
    assert said in browser.page.text
    assert help in browser.page.text
    assert "<script>alert" not in browser.page.html
    browser.open("/search")
    assert help in browser.page.text
    browser.open("/search?q=" + "x" * 300)
    assert browser.status == 422


def test_many_hits_are_paged(house: House, signed_in: SignedIn) -> None:
    for number in range(27):
        receive(house, f"Phùng Khách {number:02d}", "Hỏi")
    browser = signed_in("staff")
    browser.open("/search?q=phung")
    assert "Phùng Khách 26" in browser.page.text
    browser.follow("Xem tiếp")
    assert "Phùng Khách 00" in browser.page.text
    assert "Phùng Khách 26" not in browser.page.text
