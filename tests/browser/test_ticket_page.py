"""The page of a ticket in a real browser: what is written cannot be mixed up, and nothing that was written is lost."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Visit
from tests.browser.test_keys import ask
from tests.browser.visitor import Visitor

NUMBER = re.compile(r"TCK-\d+-\d+")


def at_a_ticket(visitors: Visit, name: str, **how: object) -> Visitor:
    """Somebody of the branch before the request of a new client."""
    client = visitors(language="vi")
    ask(client, name, "hai-phong")
    number = NUMBER.findall(client.page.locator("main").inner_text())[0]
    person = visitors(as_="huong.nguyen", **how)
    person.open(f"/tickets?number={number}")
    person.page.get_by_role("link", name=number, exact=True).click()
    expect(person.page.get_by_role("heading", level=1)).to_contain_text(name)
    return person


def reply(person: Visitor) -> Locator:
    """The field of what the client reads."""
    return person.field("What the client reads")


def test_what_is_being_written_outlives_filters_tabs_and_a_reload(visitors: Visit) -> None:
    person = at_a_ticket(visitors, "Khách Nháp", language="en")
    person.page.keyboard.press("r")
    expect(reply(person)).to_be_focused()
    person.page.keyboard.type("Kính gửi")
    person.page.evaluate("window.same = true")  # gone when a page is loaded
    person.link("Steps").click()
    expect(person.link("Steps")).to_have_attribute("aria-current", "true")
    person.link("Oldest first").click()
    expect(person.link("Oldest first")).to_have_attribute("aria-current", "true")
    assert person.page.evaluate("window.same") is True
    person.page.get_by_role("tab", name="Internal note").click()
    expect(reply(person)).to_be_hidden()
    person.field("What colleagues read").fill("Hỏi kho hai")
    person.page.reload()
    expect(reply(person)).to_have_value("Kính gửi")
    person.page.keyboard.press("c")
    expect(person.field("What colleagues read")).to_have_value("Hỏi kho hai")
    person.button("Keep as internal note").click()
    expect(person.page.locator("#timeline")).to_contain_text("Hỏi kho hai")
    expect(reply(person)).to_have_value("Kính gửi")  # the note was kept, and the reply is still being written
    person.page.get_by_role("tab", name="Internal note").click()
    expect(person.field("What colleagues read")).to_have_value("")


def test_a_prepared_text_goes_where_the_cursor_is_and_a_reply_taken_back_can_be_put_right(visitors: Visit) -> None:
    person = visitors(as_="huong.nguyen", language="en")
    person.open("/macros/new")
    person.field("Title").fill("Hẹn lấy hàng")
    person.page.locator("[name=vi]").fill("Mời Quý khách lấy hàng tại kho hai.")
    person.page.locator("main form button.btn-primary").click()
    person.arrives("/macros")
    person = at_a_ticket(visitors, "Khách Mẫu", language="en")
    reply(person).fill("Kính gửi.Trân trọng.")
    reply(person).evaluate("each => each.setSelectionRange(9, 9)")
    person.field("Prepared text").select_option(label="Hẹn lấy hàng")
    person.button("Insert").click()
    whole = "Kính gửi.\n\nMời Quý khách lấy hàng tại kho hai.\n\nTrân trọng."
    expect(reply(person)).to_have_value(whole)
    with person.time_stands():
        person.page.get_by_role("button", name=person.say("Send to {name} by mail", name="Khách Mẫu")).click()
        expect(person.page.locator("[data-countdown]")).to_be_visible()
        expect(reply(person)).to_have_value("")
        person.button("Take it back").click()
        expect(reply(person)).to_have_value(whole)
    person.picture("ticket-reply-taken-back")


@pytest.mark.parametrize("how", [{"language": "vi"}, {"language": "zh", "size": (360, 740)}], ids=["wide", "phone"])
def test_the_next_step_is_one_press_away_and_nothing_is_wider_than_the_screen(
    visitors: Visit, how: dict[str, object]
) -> None:
    person = at_a_ticket(visitors, f"Khách {how['language']}", **how)
    person.link("Classify", person.page.get_by_role("main")).click()
    expect(person.page.locator("#step-classify input[type=radio]").first).to_be_focused()
    assert person.overflow() == []
    person.picture(f"ticket-{how['language']}")


def test_j_and_k_walk_through_the_list_that_one_came_from(visitors: Visit) -> None:
    for name in ("Khách Sau", "Khách Trước"):
        ask(visitors(language="vi"), name, "hai-phong")
    person = visitors(as_="huong.nguyen", language="en", size=(360, 740))
    person.open("/tickets?state=received")
    person.page.get_by_role("row").filter(has_text="Khách Trước").get_by_role("link").first.click()
    title = person.page.get_by_role("heading", level=1)
    expect(title).to_contain_text("Khách Trước")
    assert person.overflow() == []
    person.page.keyboard.press("j")
    expect(title).to_contain_text("Khách Sau")
    person.page.keyboard.press("k")
    expect(title).to_contain_text("Khách Trước")
    person.picture("ticket-of-a-list")
    person.link("Back to the list").click()
    person.arrives(r"/tickets\?state=received")
