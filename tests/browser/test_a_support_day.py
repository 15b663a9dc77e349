"""The ten jobs of a support day, each by what a newcomer would see and press. The file is one day: each test goes on
where the one before it ended, with the same request.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Sessions, Visit
from tests.browser.system import PATIENCE_S, System, text_of
from tests.browser.visitor import PHONE, Visitor
from tests.browser.world import LEAD, World
from tests.servers import ports

CLIENT, MAIL = "陈美玲", "chen.meiling@example.com"
ASKED = "请问提单 SC260088 项下的两个 40 尺高柜何时到港？附上托运单。"
HASTY = "货物今天上午已经到港。"
REPLY = "您好，货物预计明日上午到港，我们会及时通知您提货。"
NOTE = "Khách quen của chi nhánh Thượng Hải, trả lời bằng tiếng Trung."
QUESTION, ADVICE = "Chị Trang ơi, bãi còn chỗ cho hai container này không?", "Còn chỗ ở khu B đến hết tuần."
EVIDENCE = "Đã gọi cho bãi lúc 9 giờ, chờ bãi xác nhận số ô."
RESULT = "两个 40 尺高柜将于明日上午 9 点到港，B 区已预留堆位，提货单号 DO-7781。"
HANDLER, COLLEAGUE, COLLEAGUES_NAME = "nam.le", "trang.tran", "Trần Thu Trang"


@dataclass
class Day:
    """What the day's tests know of the request."""

    number: str = ""
    follow: str = ""
    ticket: str = ""


@pytest.fixture(scope="module")
def day() -> Day:
    """One day for all tests of the file."""
    return Day()


@pytest.fixture(scope="module")
def world(system: System, sessions: Sessions) -> Iterator[World]:
    """The demo."""
    made = World(system, sessions.cookies)
    yield made
    made.close()


def test_1_a_client_asks_by_the_public_form_with_a_file_on_a_phone(visitors: Visit, day: Day, tmp_path: Path) -> None:
    client = visitors(language="zh", size=PHONE)
    file = tmp_path / "托运单 SC260088.txt"
    file.write_text("SC260088\n2 x 40'HC\n", encoding="utf-8")
    client.open("/")
    client.page.get_by_role("link", name="Chi nhánh Hải Phòng").click()
    client.field("Your name").fill(CLIENT)
    client.field("Your mail address").fill(MAIL)
    client.field("Your request").fill(ASKED)
    client.field("Files").set_input_files(file)
    client.button("Send the request").click()
    expect(client.heading("Thank you. We have received your request.")).to_be_visible()
    expect(client.page.get_by_text("托运单 SC260088.txt")).to_be_visible()
    day.number = client.page.locator("strong.number").first.inner_text()
    assert re.fullmatch(r"TCK-\d{4}-\d{6}", day.number)
    client.picture("day-1-asked")


def test_2_the_client_follows_by_the_link_in_the_mail(visitors: Visit, day: Day, system: System) -> None:
    day.follow = system.link(MAIL)
    client = visitors(language="zh", size=PHONE)
    client.open(day.follow)
    expect(client.heading("Your request")).to_contain_text(day.number)
    client.sees("We have received your request and will reply shortly.")
    expect(client.page.get_by_text(ASKED)).to_be_visible()
    assert client.overflow() == []


def test_3_somebody_signs_in_and_finds_the_new_request_on_the_desk(visitors: Visit, day: Day) -> None:
    person = visitors(language="vi")
    person.sign_in(HANDLER)
    person.link("Desk").click()
    person.page.get_by_role("navigation", name=person.say("What is shown")).get_by_text(person.say("My team")).click()
    row = person.page.get_by_role("row").filter(has_text=day.number)
    expect(row).to_contain_text(CLIENT)
    person.picture("day-3-desk")
    row.get_by_role("link", name=day.number, exact=True).click()
    person.arrives(r"/tickets/")
    day.ticket = person.page.url.partition("#")[0].partition("?")[0]
    expect(person.page.get_by_text(ASKED).first).to_be_visible()
    expect(person.page.get_by_text("托运单 SC260088.txt").first).to_be_visible()


def test_4_it_is_classified_in_the_triage_by_keys_alone(visitors: Visit, day: Day, system: System) -> None:
    person = visitors(as_=HANDLER)
    person.open("/desk")
    for key in "gc":
        person.page.keyboard.press(key)
    person.arrives("/support/triage")
    shown = person.page.locator("#triage-ticket")
    for _ in range(20):  # the oldest come first
        expect(shown).to_be_visible()
        before = shown.inner_text()
        if day.number in before:
            break
        person.page.keyboard.press("s")
        expect(shown).not_to_have_text(before, use_inner_text=True)
    expect(shown).to_contain_text(day.number)
    person.picture("day-4-triage")
    for key in ("3", "v", "Enter"):
        person.page.keyboard.press(key)
    expect(person.page.locator("#triage-said")).to_contain_text(day.number)

    def promised() -> bool:
        return any("前答复您" in str(message["Subject"]) for message in system.mails(MAIL))

    ports.until(promised, timeout_s=PATIENCE_S, what="the mail with the promised time")


def at_the_ticket(visitors: Visit, day: Day, box: str, **how: str) -> Visitor:
    """Somebody before the request's page."""
    person = visitors(as_=box, **how)
    person.open(day.ticket)
    return person


def tab(person: Visitor, sentence: str) -> None:
    """Show this part of what can be written."""
    person.page.get_by_role("tab", name=person.say(sentence)).click()


def send(person: Visitor, text: str) -> None:
    """Write the client a reply and send it."""
    tab(person, "Reply to the client")
    person.field("What the client reads").fill(text)
    person.page.get_by_role("button", name=person.say("Send to {name} by mail", name=CLIENT)).click()
    expect(person.button("Take it back")).to_be_visible()


def test_5_it_is_taken_and_of_two_replies_the_one_taken_back_never_leaves(
    visitors: Visit, day: Day, system: System
) -> None:
    person = at_the_ticket(visitors, day, HANDLER)
    person.button("Take it myself").click()
    person.sees("The request is yours now.")
    expect(person.button("Take it myself")).to_have_count(0)
    with person.time_stands():
        send(person, HASTY)
        person.button("Take it back").click()
        person.sees("The reply was taken back; the client does not get it.")
    send(person, REPLY)
    person.picture("day-5-reply")

    def read() -> str:
        return "\n".join(text_of(message) for message in system.mails(MAIL))

    # The second was written later, so that the first would have left before it.
    ports.until(lambda: REPLY in read(), timeout_s=PATIENCE_S, what="the mail with the reply")
    assert HASTY not in read()
    client = visitors(language="zh", size=PHONE)
    client.open(day.follow)
    expect(client.heading("Your request")).to_contain_text(day.number)
    assert HASTY not in client.page.content()


def test_6_a_note_and_a_question_stay_among_colleagues(visitors: Visit, day: Day) -> None:
    person = at_the_ticket(visitors, day, HANDLER)
    tab(person, "Internal note")
    person.field("What colleagues read").fill(NOTE)
    person.button("Keep as internal note").click()
    person.sees("The note is kept for colleagues.")
    expect(person.page.get_by_text(NOTE)).to_be_visible()
    tab(person, "Ask a colleague")
    whom = person.field("Whom you ask")
    whom.select_option(label=whom.get_by_role("option").filter(has_text=COLLEAGUES_NAME).inner_text())
    person.field("The question").fill(QUESTION)
    person.button("Ask this colleague").click()
    person.sees("Your colleague is told.")

    colleague = visitors(as_=COLLEAGUE, language="en")
    colleague.open("/tickets")
    colleague.link(day.number).click()
    expect(colleague.page.get_by_text(QUESTION)).to_be_visible()
    colleague.field("What you advise").fill(ADVICE)
    colleague.button("Advise").click()
    colleague.sees("Your advice is written down.")
    person.page.reload()
    expect(person.page.get_by_text(ADVICE)).to_be_visible()

    client = visitors(language="zh", size=PHONE)
    client.open(day.follow)
    expect(client.heading("Your request")).to_contain_text(day.number)
    for secret in (NOTE, QUESTION, ADVICE):
        assert secret not in client.page.content()


def test_7_the_clock_is_paused_with_what_proves_it_and_goes_on(visitors: Visit, day: Day) -> None:
    person = at_the_ticket(visitors, day, HANDLER, language="en")
    step = person.unfold("Pause")
    person.field("What proves it", step).fill(EVIDENCE)
    person.button("Pause", step).click()
    person.sees("The request is paused; its clock stands still.")
    expect(person.page.get_by_text(EVIDENCE).first).to_be_visible()
    person.picture("day-7-paused")
    person.button("Go on").click()
    person.sees("The request goes on.")
    expect(person.button("Record the result and send it to the client")).to_be_visible()


def test_8_the_result_is_recorded_and_the_lead_hands_it_over(visitors: Visit, day: Day) -> None:
    person = at_the_ticket(visitors, day, HANDLER)
    person.field("How it was handled").fill("Tra cứu lịch tàu và xác nhận với bãi.")
    person.field("Result for the client").fill(RESULT)
    person.button("Record the result and send it to the client").click()
    expect(person.page.get_by_role("main").get_by_text(person.say("Completed")).first).to_be_visible()
    lead = at_the_ticket(visitors, day, LEAD, language="zh")
    lead.button("Hand the result over").click()
    lead.sees("It is the client's turn: confirm or refuse, by the link in the mail.")


def test_9_one_client_confirms_and_rates_and_another_refuses(
    visitors: Visit, day: Day, system: System, world: World
) -> None:
    client = visitors(language="zh", size=PHONE)
    client.open(system.link(MAIL, subject="敬请确认"))
    expect(client.page.get_by_text(RESULT).first).to_be_visible()
    client.page.get_by_label("5 · " + client.say("Very good")).check()
    client.field("Anything you would like to tell us").fill("回复很快，谢谢！")
    client.button("Confirm the result").click()
    expect(client.heading("Thank you for your confirmation")).to_be_visible()
    client.picture("day-9-confirmed")

    other = visitors(language="en", size=PHONE)
    other.open(world.answer("DEMO-10"))
    part = other.unfold("No, something is not solved yet")
    other.field("What is not solved yet?", part).fill("How many reefer plugs are free on Saturday?")
    other.button("Ask us to continue", part).click()
    expect(other.heading("Thank you for telling us")).to_be_visible()


def test_10_the_lead_logs_it_checks_the_record_exports_it_and_finds_it_again(visitors: Visit, day: Day) -> None:
    lead = at_the_ticket(visitors, day, LEAD, language="en")
    lead.button("Write the record").click()
    expect(lead.page.get_by_role("main").get_by_text("Closed and logged").first).to_be_visible()

    lead.link("Tracking record").click()
    row = lead.page.get_by_role("row").filter(has_text=day.number)
    expect(row).to_contain_text(CLIENT)
    expect(row).to_contain_text("Very good")
    with lead.page.expect_download() as download:
        lead.link("CSV").click()
    lines = list(csv.reader(io.StringIO(download.value.path().read_text("utf-8-sig"))))
    assert any(CLIENT in line and ASKED in line for line in lines)

    lead.link("Checks of the record").click()
    lead.page.get_by_role("main").get_by_role("link").filter(has_text=re.compile(r"20\d\d")).first.click()
    if lead.button("The record of this day is checked").count():
        lead.button("The record of this day is checked").click()
        lead.sees("Checked by")
    else:  # in the evening and on a day off it is of the next working day
        lead.sees("This check can be closed once its day has begun.")

    for spelling in ("陈美玲", "陳美玲", "chen meiling"):
        lead.page.get_by_role("searchbox").fill(spelling)
        lead.page.get_by_role("searchbox").press("Enter")
        lead.arrives(r"/search")
        expect(lead.page.get_by_role("row").filter(has_text=day.number)).to_be_visible()


def test_in_the_end_each_text_has_reached_those_whom_it_was_for(system: System) -> None:
    texts = [text_of(message) for message in system.mails(MAIL)]
    assert sum(REPLY in text for text in texts) == 1
    for secret in (HASTY, NOTE, QUESTION, ADVICE, EVIDENCE):
        assert not any(secret in text for text in texts)
