"""Messages: what clients were told, as they read it; the secret of a link only where there is no other mailbox."""

from __future__ import annotations

import re

import pytest

from tests.flows.house import House
from tests.pages.browser import Browser
from tests.pages.conftest import SignedIn, add_person, signed_in_as


def ask(house: House, *mails: str) -> str:
    """A request whose acknowledgement was mailed; the id of the ticket."""
    staff = house.client("support", house.staff("staff"))
    requester = {"name": "Lê Thị Hồng Gấm", "mails": list(mails), "phones": ["+84912345678"]}
    id = staff.post("/v1/tickets", {"content": "Hỏi giá", "requester": requester}).expect(201)["id"]
    house.settle()
    return id


def test_without_a_mail_server_the_page_is_the_mailbox(house: House, signed_in: SignedIn) -> None:
    id = ask(house, "gam@example.com")
    staff = signed_in("staff")
    staff.open(f"/tickets/{id}")
    staff.follow("Báo đã tiếp nhận yêu cầu")
    assert "Lê Thị Hồng Gấm" in staff.page.text
    (letter,) = house.mails(to="gam@example.com")
    link = next(target for target in staff.page.links.values() if "/p/" in target)
    assert link.endswith(letter.link)
    assert letter.subject in staff.page.text
    staff.open(link)
    assert staff.status == 200


def test_with_a_mail_server_staff_cannot_answer_in_the_clients_place(house_with_smtp: House) -> None:
    house = house_with_smtp
    id = ask(house, "gam@example.com")
    staff = signed_in_as(house, house.process.front(house.apps), add_person(house, "staff", "admin"))
    staff.open(f"/tickets/{id}")
    staff.follow("Báo đã tiếp nhận yêu cầu")
    (letter,) = house.mails(to="gam@example.com")
    assert letter.link not in staff.page.html
    assert re.search(r"/p/s•••", staff.page.text)


def test_a_message_is_sent_again_with_a_reason_to_another_address(house: House, signed_in: SignedIn) -> None:
    id = ask(house, "sai@example.com")
    staff = signed_in("staff")
    staff.open(f"/tickets/{id}")
    staff.follow("Báo đã tiếp nhận yêu cầu")
    staff.send("/resend", recipient="dung@example.com")
    assert (staff.status, bool(staff.page.wrong("reason"))) == (422, True)
    assert staff.page.form("/resend").values["recipient"] == "dung@example.com"
    staff.send("/resend", reason="Khách đổi địa chỉ", recipient="dung@")
    assert (staff.status, bool(staff.page.wrong("recipient"))) == (422, True)
    staff.send("/resend", reason="Khách đổi địa chỉ", recipient="dung@example.com")
    assert staff.status == 200
    assert "Thư đang được gửi lại." in staff.page.text
    assert "Khách đổi địa chỉ" in staff.page.text
    house.settle()
    first, second = house.mails(to="sai@example.com"), house.mails(to="dung@example.com")
    assert len(first) == len(second) == 1
    assert first[0].text == second[0].text
    staff.follow("thư ban đầu")
    assert "Đã gửi lại bằng" in staff.page.text


def test_a_waiting_message_can_be_kept_back(house: House, signed_in: SignedIn) -> None:
    staff = house.client("support", house.staff("staff"))
    requester = {"name": "Lê Thị Hồng Gấm", "mails": ["cho@example.com"]}
    staff.post("/v1/tickets", {"content": "Hỏi giá", "requester": requester}).expect(201)
    for loop in house.process.loops:  # the event arrives, and nobody delivers yet
        if not loop.name.endswith("janitor"):
            while loop.step():
                pass
    browser = signed_in("staff")
    browser.open("/messages?group=scheduled&recipient=cho%40example.com")
    browser.follow("Báo đã tiếp nhận yêu cầu")
    browser.send("/cancel", why="Khách đã rút yêu cầu")
    assert browser.status == 200
    assert "Thư sẽ không được gửi." in browser.page.text
    assert "Nguyễn Thị Hường: Khách đã rút yêu cầu" in browser.page.text
    browser.open("/messages?group=scheduled&recipient=cho%40example.com")
    assert "Báo đã tiếp nhận yêu cầu" not in browser.page.links
    house.settle()
    assert house.mails(to="cho@example.com") == []


def test_a_client_who_left_a_number_only_is_told_by_sms_and_staff_see_its_parts(
    house: House, signed_in: SignedIn
) -> None:
    id = ask(house)
    staff = signed_in("staff")
    staff.open(f"/tickets/{id}")
    staff.follow("Báo đã tiếp nhận yêu cầu")
    assert "+84912345678" in staff.page.text
    assert "3 phần (SMS)" in staff.page.text
    assert "Đã nhận yêu cầu" in staff.page.text


def test_a_client_without_a_mail_address_is_seen_in_the_list(house_with_smtp: House) -> None:
    house = house_with_smtp
    ask(house)
    staff = signed_in_as(house, house.process.front(house.apps), add_person(house, "staff", "admin"))
    staff.open("/messages?state=undeliverable")
    staff.follow("Báo đã tiếp nhận yêu cầu")
    assert "Khách hàng không để lại địa chỉ thư điện tử." in staff.page.text
    staff.open("/messages?recipient=nobody%40example.com")
    assert "Không có thư nào phù hợp." in staff.page.text


@pytest.mark.parametrize("unit", ["thuong-hai", "bien-xanh"])
def test_messages_of_another_unit_do_not_exist(house: House, signed_in: SignedIn, unit: str) -> None:
    id = ask(house, "rieng@example.com")
    here = signed_in("staff")
    here.open(f"/tickets/{id}")
    target = here.page.links["Báo đã tiếp nhận yêu cầu"]
    elsewhere: Browser = signed_in("staff", unit=unit)
    elsewhere.open(target)
    assert elsewhere.status == 404
    elsewhere.open("/messages")
    assert "rieng@example.com" not in elsewhere.page.text


def test_messages_are_found_by_what_became_of_them_and_by_whom_they_are_for(house: House, signed_in: SignedIn) -> None:
    house.staff("lead")
    id = ask(house, "nhom@example.com")
    staff = house.client("support", house.staff("staff"))
    staff.post(f"/v1/tickets/{id}/classify", {"request_type": 3}).expect(200)  # leads are informed of the decision
    house.settle()
    number = staff.get(f"/v1/tickets/{id}").expect(200)["number"]
    browser = signed_in("staff")
    browser.open(f"/messages?number={number}")
    assert "Báo đã tiếp nhận yêu cầu" in browser.page.links
    assert "Nội bộ" not in browser.page.text  # what staff are told is noise to whoever looks after clients
    assert browser.page.links[number] == f"/tickets/{id}"
    browser.open(f"/messages?number={number}&to=staff")
    assert "Nội bộ" in browser.page.text
    assert "Báo đã tiếp nhận yêu cầu" not in browser.page.links
    browser.open(f"/messages?number={number}&to=")
    assert {"Báo đã tiếp nhận yêu cầu"} < set(browser.page.links)
    assert "Nội bộ" in browser.page.text
    browser.open(f"/messages?number={number}&group=sent")
    assert "Báo đã tiếp nhận yêu cầu" in browser.page.links
    for group in ("scheduled", "failed"):
        browser.open(f"/messages?number={number}&group={group}")
        assert "Không có thư nào phù hợp." in browser.page.text
    api = house.client("notify", house.staff("staff"))
    assert api.get("/v1/messages?group=nonsense").status == 422
    assert api.get("/v1/messages?to=nobody").status == 422
    browser.open("/messages?group=nonsense&to=nobody&state=nonsense")
    assert browser.status == 200
