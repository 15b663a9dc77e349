"""Work by keys alone: the triage, rows of lists, the sheet; and silence wherever somebody types."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor


def ask(visitor: Visitor, name: str, unit: str = "sai-gon") -> None:
    """A client asks by the public form."""
    visitor.open(f"/r/{unit}?lang={visitor.language}")
    visitor.page.locator("[name=name]").fill(name)
    visitor.page.locator("[name=mail]").fill("khach@example.com")
    visitor.page.locator("[name=content]").fill(f"{name} xin báo giá")
    visitor.page.locator("main form button.btn-primary").click()
    visitor.page.wait_for_url("**/p/**")


def ticket_of(person: Visitor) -> str:
    """The request that is asked about."""
    return person.page.locator("#triage-ticket").inner_text()


def test_requests_are_classified_by_keys_alone_and_the_last_one_is_put_right(visitors: Visit) -> None:
    client = visitors(language="vi")
    for name in ("Khách Một", "Khách Hai"):
        ask(client, name)
    person = visitors(as_="anh.huynh", language="en")
    person.open("/desk")
    person.page.keyboard.press("g")
    person.page.keyboard.press("c")
    person.arrives("/support/triage")
    first = ticket_of(person)
    expect(person.page.locator("#triage-ticket")).to_be_focused()
    person.page.keyboard.press("2")
    person.page.keyboard.press("v")
    person.page.evaluate("window.same = true")  # gone when a page is loaded
    person.page.keyboard.press("Enter")
    expect(person.page.locator("#triage-said")).to_contain_text("Price or policy")
    assert ticket_of(person) != first
    expect(person.page.locator("#triage-ticket")).to_be_focused()  # so that the next key works, and is read out
    person.page.keyboard.press("u")
    expect(person.heading("Put the classification right")).to_be_visible()
    person.page.keyboard.press("3")
    person.page.keyboard.press("Enter")
    expect(person.page.locator("#triage-said")).to_contain_text("Status of service or goods")
    assert person.page.evaluate("window.same") is True
    person.picture("triage")


def test_a_complaint_asks_for_a_time_where_the_focus_goes(visitors: Visit) -> None:
    ask(visitors(language="vi"), "Khách Ba")
    person = visitors(as_="anh.huynh", language="en")
    person.open("/support/triage")
    person.page.keyboard.press("4")
    expect(person.page.locator("#within-15")).to_be_focused()
    person.sees("This type has no usual time; please choose one.")
    with person.expecting(422):
        person.page.keyboard.press("Enter")
        expect(person.page.locator("#within-wrong")).to_be_visible()
    expect(person.page.locator("#within-15")).to_be_focused()
    person.arrives(r"/support/triage\?ticket=")  # an address that can be loaded again
    person.page.keyboard.press("Space")
    person.page.keyboard.press("Enter")
    expect(person.page.locator("#triage-said")).to_contain_text("Complaint")


def test_on_a_usual_screen_types_times_and_the_button_stand_together_and_hide_nothing(visitors: Visit) -> None:
    ask(visitors(language="vi"), "Khách Bốn")
    person = visitors(as_="anh.huynh")
    for language in ("vi", "zh", "en"):
        person.choose(language)
        for type_ in ("3", "4"):  # with and without a usual time
            person.open("/support/triage")
            person.page.keyboard.press(type_)
            person.page.evaluate("scrollTo(0, 0)")
            places = person.page.evaluate(
                """() => ['#deadline', '.triage-choice details', '.triage-confirm'].map(each => {
                  const box = document.querySelector(each).getBoundingClientRect();
                  return [box.top, box.bottom];
                })"""
            )
            (_, times), (_, moment), (bar, end) = places
            assert times <= bar, (language, type_, places)
            assert moment <= bar + 2, (language, type_, places)  # what stands between them is room
            assert end <= 800, (language, type_, places)


def test_two_who_triage_at_once_do_not_collide(visitors: Visit) -> None:
    client = visitors(language="vi")
    for name in ("Khách Bốn", "Khách Năm"):
        ask(client, name)
    one, other = visitors(as_="anh.huynh", language="en"), visitors(as_="phuc.nguyen", language="en")
    for each in (one, other):
        each.open("/support/triage")
    first = ticket_of(one)
    assert ticket_of(other) == first
    for each, key in ((one, "1"), (other, "5")):
        each.page.keyboard.press(key)
    one.page.keyboard.press("Enter")
    expect(one.page.locator("#triage-said")).to_be_visible()
    with other.expecting(409, 412):
        other.page.keyboard.press("Enter")
        expect(other.page.locator("#triage-said")).to_contain_text("Huỳnh Ngọc Ánh was faster")
    assert ticket_of(other) != first


def test_what_comes_while_somebody_types_elsewhere_takes_no_focus_from_them(visitors: Visit) -> None:
    person = visitors(as_="chen.zhiqiang", language="zh")
    person.open("/support/triage")
    while person.page.locator("#triage-ticket").count():
        was = ticket_of(person)
        person.page.keyboard.press("1")
        person.page.keyboard.press("Enter")
        expect(person.page.locator("#triage-said")).to_contain_text(was.partition(" ")[0])
    person.sees("Everything is classified.")
    person.page.keyboard.press("/")
    person.page.keyboard.type("wang")
    ask(visitors(language="zh"), "赵雪", "thuong-hai")
    person.page.evaluate("htmx.trigger('#triage', 'awake')")
    expect(person.page.locator("#triage-ticket")).to_contain_text("赵雪")
    expect(person.page.locator("#search")).to_be_focused()
    expect(person.page.locator("#search")).to_have_value("wang")


def test_what_cannot_be_shown_as_a_part_is_shown_as_a_page(visitors: Visit) -> None:
    ask(visitors(language="vi"), "Khách Sáu")
    person = visitors(as_="anh.huynh", language="en")
    person.open("/support/triage")
    person.page.evaluate("document.querySelector('#triage [name=csrf_token]').value = 'of another session'")
    person.page.keyboard.press("1")
    with person.expecting(400):
        person.page.keyboard.press("Enter")
        person.sees(
            "This page was open for too long, or you signed in meanwhile. Nothing was changed; please send it again."
        )


def test_rows_are_walked_through_and_opened(visitors: Visit) -> None:
    person = visitors(as_="huong.nguyen", language="vi")
    person.open("/tickets")
    rows = person.page.locator("main tbody tr")
    person.page.keyboard.press("j")
    person.page.keyboard.press("j")
    expect(rows.nth(1).locator("a").first).to_be_focused()
    person.page.keyboard.press("k")
    number = rows.nth(0).locator("a").first
    expect(number).to_be_focused()
    target = number.get_attribute("href") or ""
    person.page.keyboard.press("Enter")
    person.arrives(re.escape(target))


def test_the_desk_that_refreshes_itself_leaves_the_focus_where_it_is(visitors: Visit) -> None:
    person = visitors(as_="huong.nguyen", language="vi")
    person.open("/desk")
    person.page.keyboard.press("j")
    focused = person.page.evaluate("document.activeElement.id")
    assert focused.startswith("duty-")
    person.page.evaluate("document.querySelector('#duties').classList.add('old')")
    person.page.evaluate("htmx.trigger('#duties', 'awake')")
    expect(person.page.locator("#duties.old")).to_have_count(0)
    expect(person.page.locator(f"#{focused}")).to_be_focused()


@pytest.mark.parametrize("language", ["vi", "zh", "en"])
def test_the_sheet_of_keys_opens_keeps_the_focus_and_closes(visitors: Visit, language: str) -> None:
    person = visitors(as_="huong.nguyen", language=language)
    person.open("/desk")
    person.page.keyboard.press("j")
    person.page.keyboard.press("?")
    sheet = person.page.get_by_role("dialog", name=person.say("Keyboard shortcuts"))
    expect(sheet).to_be_visible()
    person.picture(f"keys-{language}")
    expect(person.button("Close", sheet)).to_be_focused()
    for key in ("Tab", "Tab", "Shift+Tab", "Shift+Tab", "Shift+Tab"):
        person.page.keyboard.press(key)
        outside = "each => document.activeElement !== document.body && !each.contains(document.activeElement)"
        assert not sheet.evaluate(outside)  # the page behind is out of reach
    person.page.keyboard.press("g")
    person.page.keyboard.press("t")  # silent meanwhile
    person.page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    person.arrives("/desk")
    expect(person.page.locator("main tbody tr a").first).to_be_focused()
    person.page.keyboard.press("?")
    person.button("Close").click()
    expect(sheet).to_be_hidden()


def test_keys_are_silent_while_somebody_types_or_an_input_method_composes(visitors: Visit) -> None:
    person = visitors(as_="huong.nguyen", language="vi")
    person.open("/desk")
    keys = person.page.keyboard
    keys.press("/")
    expect(person.page.locator("#search")).to_be_focused()
    keys.type("g t ? j")
    expect(person.page.locator("#search")).to_have_value("g t ? j")
    expect(person.page.get_by_role("dialog")).to_be_hidden()
    person.page.locator("h1").click()
    for more in ({"isComposing": True}, {"keyCode": 229}, {"ctrlKey": True}, {"altKey": True}, {"metaKey": True}):
        person.page.evaluate(
            "more => document.body.dispatchEvent(new KeyboardEvent('keydown', {key: '?', bubbles: true, ...more}))",
            more,
        )
        expect(person.page.get_by_role("dialog")).to_be_hidden()
    person.page.evaluate("document.querySelector('h1').contentEditable = 'true'")
    person.page.locator("h1").click()
    keys.press("?")
    expect(person.page.get_by_role("dialog")).to_be_hidden()
