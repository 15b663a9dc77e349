"""Getting in and out, by hand and by keys alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit


@pytest.mark.parametrize("language", ["vi", "zh", "en"])
def test_somebody_who_works_here_signs_in_and_out(visitors: Visit, language: str) -> None:
    person = visitors(language=language)
    person.open("/")
    person.link("Staff sign-in").click()
    person.sign_in("nam.le")
    person.page.locator("summary", has_text="Lê Văn Nam").click()
    person.language = "vi"  # as his account says, until he chooses another
    person.button("Sign out").click()
    person.arrives("/sign-in")


def test_by_keys_alone_the_content_is_one_step_away(visitors: Visit) -> None:
    person = visitors(as_="huong.nguyen", language="en")
    person.open("/desk")
    person.page.keyboard.press("Tab")
    skip = person.link("Skip to the content")
    expect(skip).to_be_focused()
    box = skip.bounding_box()
    assert box is not None
    assert box["x"] >= 0, "who cannot see where the focus is cannot use it"
    person.page.keyboard.press("Enter")
    person.page.keyboard.press("Tab")
    assert person.page.evaluate("document.querySelector('main').contains(document.activeElement)")
