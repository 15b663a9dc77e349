"""Duplicates on a ticket's page: suggested with reasons, linked by a button, taken back, refused at the field."""

from __future__ import annotations

from tests.flows.house import House
from tests.pages.conftest import SignedIn


def receive(house: House, name: str) -> dict[str, str]:
    client = house.client("support", house.staff("staff"))
    requester = {"name": name, "mails": ["thu.le@example.com"]}
    return client.post("/v1/tickets", {"content": f"{name} hỏi lịch tàu", "requester": requester}).expect(201)


def test_a_duplicate_is_seen_linked_and_taken_back_on_the_page_and_nothing_else_changes(
    house: House, signed_in: SignedIn
) -> None:
    first, second = receive(house, "Lê Thu"), receive(house, "Chị Thu")
    browser = signed_in("staff", "lead")
    browser.open(f"/tickets/{second['id']}")
    assert first["number"] in browser.page.text
    assert "Cùng địa chỉ thư điện tử" in browser.page.text
    browser.send(f"/link?of={first['number']}&kind=duplicate")
    assert browser.status == 200
    assert "Đã liên kết hai phiếu" in browser.page.text
    assert "Trùng với" in browser.page.text
    assert "Đã liên kết với phiếu khác" in browser.page.text
    browser.open(f"/tickets/{first['id']}")
    assert "Có phiếu trùng là" in browser.page.text
    browser.send(f"/unlink?of={second['number']}")
    assert "Đã hủy liên kết." in browser.page.text
    assert "Có phiếu trùng là" not in browser.page.text


def test_a_number_that_nothing_has_is_said_at_the_field(house: House, signed_in: SignedIn) -> None:
    ticket = receive(house, "Lê Mai")
    browser = signed_in("staff", "lead")
    browser.open(f"/tickets/{ticket['id']}")
    browser.send("/link?of=another", to="TCK-2026-999999", **{"as": "related"})
    assert browser.status == 422
    assert browser.page.wrong("to") == "Không có phiếu này."
    assert "TCK-2026-999999" in browser.page.html
