"""A client whose browser runs no scripts: everything from the question to the answer is a form and a link."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Sessions, Visit
from tests.browser.system import System
from tests.browser.visitor import PHONE
from tests.browser.world import LEAD, World

NAME, MAIL = "Bùi Thị Lan", "bui.lan@example.com"
ASKED, RESULT = (
    "Xin bảng cước đi Thượng Hải tháng này.",
    "Bảng cước tháng này đã gửi Quý khách: 320 USD một cont 20 feet.",
)


@pytest.fixture(scope="module")
def world(system: System, sessions: Sessions) -> Iterator[World]:
    """The demo."""
    made = World(system, sessions.cookies)
    yield made
    made.close()


def test_a_client_asks_follows_and_answers(visitors: Visit, world: World, system: System, tmp_path: Path) -> None:
    client = visitors(language="vi", size=PHONE, scripts=False)
    file = tmp_path / "lô hàng.txt"
    file.write_text("2 x 20'", encoding="utf-8")
    client.open("/r/hai-phong")
    client.field("Your name").fill(NAME)
    client.field("Your mail address").fill(MAIL)
    client.field("Files").set_input_files(file)
    with client.expecting(422):
        client.button("Send the request").click()
        expect(client.field("Your request")).to_have_attribute("aria-invalid", "true")
    expect(client.field("Your name")).to_have_value(NAME)
    client.field("Your request").fill(ASKED)
    client.button("Send the request").click()
    expect(client.heading("Thank you. We have received your request.")).to_be_visible()
    client.open(system.link(MAIL))
    expect(client.heading("Your request")).to_be_visible()
    expect(client.page.get_by_text(ASKED)).to_be_visible()
    number = client.page.locator(".number").first.inner_text()

    id = world.first(LEAD, f"/tickets?number={number}", r"/tickets/[0-9a-f-]{36}").rpartition("/")[2]
    tickets = f"/api/support/v1/tickets/{id}"
    world.post(LEAD, f"{tickets}/classify", {"request_type": 2})
    world.post(LEAD, f"{tickets}/complete", {"method": "Gửi bảng cước", "result": RESULT})
    world.post(LEAD, f"{tickets}/hand_over", {})

    client.open(system.link(MAIL, 2))
    expect(client.page.get_by_text(RESULT).first).to_be_visible()
    part = client.unfold("No, something is not solved yet")
    expect(client.field("What is not solved yet?", part)).to_be_visible()
    client.page.get_by_label("4 · " + client.say("Good")).check()
    client.button("Confirm the result").click()
    expect(client.heading("Thank you for your confirmation")).to_be_visible()
    assert client.overflow() == []
