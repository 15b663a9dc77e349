"""From one ticket to the next, as somebody does who works through a list: no list is kept, the address says it all."""

from __future__ import annotations

from tests.flows.house import House
from tests.pages.browser import Browser
from tests.pages.conftest import SignedIn
from tests.pages.test_list_pages import brought, receive


def titled(browser: Browser) -> str:
    """Which client's ticket is shown."""
    return browser.page.html.split('<span class="of">')[1].split("<")[0]


def beside(browser: Browser, key: str) -> str | None:
    """Where this key leads on a ticket's page."""
    part = browser.page.html.partition('<nav class="neighbours"')[2].partition("</nav>")[0]
    found = [link for link in part.split("<a ")[1:] if f'data-key="{key}"' in link]
    return found[0].split('href="')[1].split('"')[0].replace("&amp;", "&") if found else None


def walk(browser: Browser, key: str) -> str:
    to = beside(browser, key)
    assert to, f"nothing at {key}"
    browser.open(to)
    assert browser.status == 200
    return titled(browser)


def open_first(browser: Browser, name: str) -> None:
    """Open the ticket of this client from the page that is shown."""
    row = next(part for part in browser.page.html.split("<tr>") if name in part)
    at = row.split('class="number"')[1].split('href="')[1].split('"')[0].replace("&amp;", "&")
    browser.open(at)
    assert titled(browser) == name


def four(house: House) -> list[str]:
    return [receive(house, f"Khách {name}") for name in ("Một", "Hai", "Ba", "Bốn")]


def test_from_a_list_one_goes_on_and_back_within_its_filter_and_returns_to_it(
    house: House, signed_in: SignedIn
) -> None:
    four(house)
    brought(house, "classify", name="Khách Khác")
    browser = signed_in("staff")
    browser.open("/tickets?state=received&sort=received")
    open_first(browser, "Khách Hai")
    assert walk(browser, "j") == "Khách Ba"
    assert walk(browser, "j") == "Khách Bốn"
    assert beside(browser, "j") is None  # the other one is classified
    assert [walk(browser, "k") for _ in range(3)] == ["Khách Ba", "Khách Hai", "Khách Một"]
    assert beside(browser, "k") is None
    browser.follow("↑ Quay lại danh sách")
    assert browser.path == "/tickets?state=received&sort=received"


def test_what_was_done_takes_a_ticket_out_of_the_list_and_nobody_loses_their_place(
    house: House, signed_in: SignedIn
) -> None:
    four(house)
    browser = signed_in("staff", "lead")
    browser.open("/tickets?state=received&sort=received")
    open_first(browser, "Khách Hai")
    browser.send("/classify", request_type="3", within="60")
    assert titled(browser) == "Khách Hai"
    assert walk(browser, "j") == "Khách Ba"
    assert walk(browser, "k") == "Khách Một"  # the one that was classified is no more in the list


def test_in_the_order_of_changes_a_step_does_not_send_one_to_the_beginning(house: House, signed_in: SignedIn) -> None:
    four(house)
    browser = signed_in("staff", "lead")
    browser.open("/tickets?sort=-changed")
    open_first(browser, "Khách Ba")
    browser.send("/note", note_text="Đã gọi.")
    browser.send("/verify")
    assert walk(browser, "j") == "Khách Hai"


def test_the_page_of_the_list_is_kept(house: House, signed_in: SignedIn) -> None:
    ids = [receive(house, f"Khách {number:02}") for number in range(27)]
    assert len(ids) == 27
    browser = signed_in("staff")
    browser.open("/tickets")
    browser.follow("Trang sau")
    there = browser.path
    open_first(browser, "Khách 01")
    assert walk(browser, "k") == "Khách 02"  # on the page before
    browser.follow("↑ Quay lại danh sách")
    assert browser.path == there


def test_from_the_desk_one_goes_from_promise_to_promise(house: House, signed_in: SignedIn) -> None:
    four(house)
    browser = signed_in("staff")
    browser.open("/desk?show=team")
    open_first(browser, "Khách Hai")
    assert walk(browser, "j") == "Khách Ba"
    assert walk(browser, "k") == "Khách Hai"
    browser.follow("↑ Quay lại danh sách")
    assert browser.path == "/desk?show=team"


def test_from_a_search_one_goes_from_hit_to_hit(house: House, signed_in: SignedIn) -> None:
    four(house)
    receive(house, "Công ty Gạch", content="Xin báo giá.")
    browser = signed_in("staff")
    browser.open("/search?q=bao+gio+den")
    open_first(browser, "Khách Ba")
    assert walk(browser, "j") == "Khách Hai"
    assert [walk(browser, "k"), walk(browser, "k")] == ["Khách Ba", "Khách Bốn"]
    assert beside(browser, "k") is None
    browser.follow("↑ Quay lại danh sách")
    assert browser.path == "/search?q=bao+gio+den"
    browser.open("/tickets?q=khach&state=received")
    open_first(browser, "Khách Ba")
    assert walk(browser, "j") == "Khách Hai"


def test_a_refused_form_keeps_the_list_too(house: House, signed_in: SignedIn) -> None:
    four(house)
    browser = signed_in("staff")
    browser.open("/tickets?sort=received")
    open_first(browser, "Khách Hai")
    browser.send("/reply", reply_text="")
    assert browser.status == 422
    assert walk(browser, "j") == "Khách Ba"


def test_an_address_of_no_list_shows_the_ticket_and_leads_nowhere_else(house: House, signed_in: SignedIn) -> None:
    one = four(house)[0]
    browser = signed_in("staff")
    lists = ("", "tickets?sort=received", "tickets", "//evil.example", "desk?show=team", "search?q=%00", "a" * 5000)
    for list_ in lists:
        for at in ("", "x", "2026 x", "'"):
            browser.open(f"/tickets/{one}?list={list_}&at={at}")
            assert browser.status == 200
            assert "evil" not in browser.page.html.partition('<nav class="neighbours"')[2].partition("</nav>")[0]
