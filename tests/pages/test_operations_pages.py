"""The console of whoever is on call: services at one look, what failed, what is decided about it, and who may not."""

from __future__ import annotations

import itertools
import re
from datetime import timedelta
from pathlib import Path

import flask
import pytest

from services.notify.message import model, queries, tables
from shared.jobs import rows
from shared.kernel import ids
from shared.runtime import presence
from tests.flows.house import House
from tests.pages.browser import Browser
from tests.pages.conftest import SignedIn, add_person, signed_in_as

MIGRATIONS = Path(__file__).parents[2] / "services" / "notify" / "migrations"

_names = itertools.count(1)
LANGUAGES = ("vi", "zh", "en")


def fail(house: House, count: int = 1, *, service: str = "support", **args: str) -> str:
    """Tasks that nobody knows how to run: parked, for a cause of their own. Returns the task's name."""
    name = f"mend-{next(_names)}"
    with house.work(service, actor="staff:lan") as work:
        for _ in range(count):
            rows.add(work, name, **args)
    house.settle()
    return name


def alive(house: House, service: str, *, stuck: str = "") -> None:
    """A process that says that it runs the service's loops."""
    loop = {"name": "relay", "idle_s": 0, "stuck": bool(stuck), "error": stuck or None}
    presence.Presence(house.process.databases[service], house.settings, "all", lambda: [loop]).step()


def at_cause(browser: Browser, name: str) -> Browser:
    """The page of the cause of what is called so."""
    browser.open("/operations")
    browser.follow(name)
    assert browser.status == 200
    return browser


def test_messages_that_wait_for_their_next_attempt_are_said_and_are_no_alarm(house: House, signed_in: SignedIn) -> None:
    for service in house.names:
        alive(house, service)
    browser = signed_in("on-call", locale="en")
    browser.open("/operations")
    assert "Messages that wait" not in browser.page.text
    requester = {"name": "Lê Thị Chờ", "mails": ["cho@example.com"]}
    house.client("support", house.staff("staff")).post("/v1/tickets", {"content": "Hỏi", "requester": requester})
    for loop in house.process.loops:  # the message is written, and nobody delivers yet
        if not loop.name.endswith("janitor"):
            while loop.step():
                pass
    browser.open("/operations")
    assert "Messages that wait" not in browser.page.text  # what is still to leave for the first time waits for nothing
    with house.work("notify") as work:
        ((waiting,), _) = queries.page(work.connection, recipient="cho@example.com")
        later = {"now": work.now, "after": timedelta(minutes=5), "reason": "channel-away", "detail": "no answer"}
        tables.save(work, waiting, model.put_off(waiting, **later))
    browser.open("/operations")
    assert "All is well" in browser.page.text
    browser.follow("Messages that wait for their next attempt: 1")
    assert "cho@example.com" in browser.page.text
    house.pass_time(timedelta(minutes=5))
    browser.open("/operations")
    assert "Messages that wait" not in browser.page.text


def test_on_call_sees_every_service_at_one_look_and_what_needs_somebody_first(
    house: House, signed_in: SignedIn
) -> None:
    for service in house.names:
        alive(house, service)
    browser = signed_in("on-call", locale="en")
    browser.open("/desk")
    browser.follow("Operations")
    text = browser.page.text
    assert "All is well: nothing waits too long, nothing failed." in text
    for service in ("Customer support", "Messages to clients", "Pages and directory"):
        assert service in text
    name = fail(house, 3)
    alive(house, "notify", stuck="DatabaseAway: the disk is full")
    browser.open("/operations")
    text = browser.page.text
    assert "Customer support : Failed work waits for a person." in text.replace(" :", ":").replace(":", " :")
    assert "A loop stands still: Sends events" in text
    assert name in text
    assert text.index("This needs somebody") < text.index(name)


def test_the_numbers_refresh_themselves_and_there_is_a_link_where_they_cannot(signed_in: SignedIn) -> None:
    browser = signed_in("on-call", locale="en")
    browser.open("/operations")
    (part,) = re.findall(r'<div id="numbers"([^>]*)>', browser.page.html)
    for said in ("data-by-itself", 'hx-get="/operations"', 'hx-trigger="every 15s, awake"', 'hx-select="#numbers"'):
        assert said in part
    assert browser.page.links["Refresh"] == "/operations"


def test_a_service_is_shown_with_its_processes_loops_and_database(house: House, signed_in: SignedIn) -> None:
    alive(house, "notify", stuck="BrokerAway: refused")
    browser = signed_in("on-call", locale="en")
    browser.open("/operations/notify")
    newest = max(each.stem for each in MIGRATIONS.glob("notify_*.py"))[: len("notify_0001")]
    for said in ("Sends events", "BrokerAway: refused", "stands still", "sqlite", newest, "There is no broker"):
        assert said in browser.page.text
    assert browser.raw("GET", "/operations/nowhere").status_code == 404


def test_nobody_who_runs_the_loops_is_an_alarm(house: House, signed_in: SignedIn) -> None:
    browser = signed_in("on-call", locale="en")
    browser.open("/operations/gateway")
    with house.work("gateway") as work:
        work.execute(presence.tables.presence.delete())
    browser.open("/operations/gateway")
    assert "No process moves events, reactions and clocks (role bus)." in browser.page.text
    assert "No process says that it is there." in browser.page.text


def test_one_failure_is_tried_again_given_up_and_taken_up_again_each_with_a_reason(
    house: House, signed_in: SignedIn
) -> None:
    name = fail(house)
    browser = at_cause(signed_in("on-call", locale="en", name="Trần Thị Lan"), name)
    browser.open(next(url for url in browser.page.links.values() if "/failures/" in url))
    browser.send("/replay", replay_reason="ok")
    assert browser.status == 422
    assert browser.page.wrong("replay_reason")
    browser.send("/replay", replay_reason="the code is there now")
    assert "It is being tried again." in browser.page.text
    house.settle()
    browser.open(browser.path.partition("?")[0])
    browser.send("/discard", discard_reason="nobody wants it")
    assert "Can be taken up until" in browser.page.text
    browser.send("/restore", restore_reason="they do after all")
    text = browser.page.text
    for said in ("the code is there now", "nobody wants it", "they do after all", "Trần Thị Lan"):
        assert said in text  # what was decided, by whom and why


def test_personal_data_is_masked_until_somebody_says_why_and_secrets_always(house: House, signed_in: SignedIn) -> None:
    secret = "s8hT2kQ9mRw4vXy7nBp3cLd"
    name = fail(house, mail="huong.nguyen@example.com", client="Phạm Văn Đồng", link=secret)
    browser = at_cause(signed_in("on-call", locale="en"), name)
    browser.open(next(url for url in browser.page.links.values() if "/failures/" in url))
    for hidden in ("huong.nguyen", "Phạm", secret):
        assert hidden not in browser.page.html
    browser.send("/reveal", reveal_reason="  ")
    assert browser.status == 422
    assert "huong.nguyen" not in browser.page.html
    browser.send("/reveal", reveal_reason="the client is on the phone")
    assert "huong.nguyen@example.com" in browser.page.text
    assert "Phạm Văn Đồng" in browser.page.text
    assert secret not in browser.page.html
    assert browser.answer.headers["Cache-Control"] == "no-store"
    browser.open(browser.path.removesuffix("/reveal"))
    assert "huong.nguyen" not in browser.page.html  # shown once
    assert "Looked at the personal data" in browser.page.text
    assert "the client is on the phone" in browser.page.text


def test_a_cause_is_replayed_as_a_set_whose_progress_is_shown(house: House, signed_in: SignedIn) -> None:
    name = fail(house, 3)
    browser = at_cause(signed_in("on-call", locale="en"), name)
    browser.send("/replay", replay_reason="deployed 1.2", rate="20")
    assert "The set is fixed, and is being worked off." in browser.page.text
    assert "0 / 3" in browser.page.text
    assert 'hx-trigger="every 5s, awake"' in browser.page.html
    house.settle()  # they fail anew: nobody knows how to run them still
    browser.open(browser.path)
    text = browser.page.text
    assert "Stopped" in text
    assert "The first of them failed anew" in text
    assert "Left as it was" in text
    assert "hx-trigger" not in browser.page.html.partition('id="numbers"')[2].partition(">")[0]


def test_a_cause_is_given_up_and_taken_up_again_as_a_whole_and_notes_stay(house: House, signed_in: SignedIn) -> None:
    name = fail(house, 3)
    browser = at_cause(signed_in("on-call", locale="en"), name)
    browser.send("/note", text="Waits for the patch of Monday")
    assert "The note is kept." in browser.page.text
    at = browser.path.partition("?")[0]
    browser.send("/discard", discard_reason="sent by mistake")
    house.settle()
    browser.open(browser.path)
    assert "Finished" in browser.page.text
    browser.open(at)
    assert "Waits for the patch of Monday" in browser.page.text
    assert "Given up (3)" in browser.page.text
    browser.send("/restore", restore_reason="it was none")
    house.settle()
    browser.open(at)
    assert "Waits for a decision (3)" in browser.page.text


def test_a_set_is_stopped_by_hand_with_a_reason(house: House, signed_in: SignedIn) -> None:
    name = fail(house, 2)
    browser = at_cause(signed_in("on-call", locale="en"), name)
    browser.send("/replay", replay_reason="deployed 1.2", rate="0.1")
    browser.send("/stop", reason="")
    assert browser.status == 422
    browser.send("/stop", reason="not yet")
    assert "It is stopped" in browser.page.text
    assert "not yet" in browser.page.text


def test_what_somebody_else_decided_meanwhile_is_told(house: House, signed_in: SignedIn) -> None:
    name = fail(house, 2)
    one, other = (at_cause(signed_in("on-call", locale="en"), name) for _ in range(2))
    one.send("/discard", discard_reason="sent by mistake")
    other.send("/replay", replay_reason="deployed 1.2")
    assert other.status == 409
    assert "somebody else has begun" in other.page.text
    assert other.page.form("/replay").values["replay_reason"] == "deployed 1.2"


def test_failed_work_leads_to_what_it_is_about(house: House, signed_in: SignedIn) -> None:
    ticket, message = ids.new(), ids.new()
    name = fail(house, service="notify", ticket_id=ticket, message_id=message)
    browser = signed_in("on-call", locale="en")
    browser.open("/operations")
    assert name in browser.page.text
    assert f"/tickets/{ticket}" in browser.page.links.values()
    assert f"/messages/{message}" in browser.page.links.values()


@pytest.mark.parametrize("role", ["staff", "lead", "executive", "admin"])
def test_nobody_else_is_let_in_and_hears_what_is_missing(house: House, signed_in: SignedIn, role: str) -> None:
    name = fail(house)
    known = at_cause(signed_in("on-call"), name)
    paths = ["/operations", "/operations/support", known.path, *(u for u in known.page.links.values() if "/fail" in u)]
    browser = signed_in(role, locale="en")
    browser.open("/desk")
    assert "Operations" not in browser.page.links
    for path in paths:
        browser.open(path)
        assert browser.status == 403, path
        assert "the role on-call" in browser.page.text
        assert name not in browser.page.html


@pytest.mark.parametrize("locale", LANGUAGES)
def test_every_page_speaks_the_readers_language(house: House, front: flask.Flask, locale: str) -> None:
    name = fail(house, 2)
    for service in house.names:
        alive(house, service)
    browser = signed_in_as(house, front, add_person(house, "on-call", locale=locale))
    browser.open("/operations")
    paths = ["/operations", "/operations/support", browser.page.links[name]]
    browser.open(paths[-1])
    paths.append(next(url for url in browser.page.links.values() if "/failures/" in url))
    browser.send("/replay", replay_reason="đã sửa", rate="1")
    paths.append(browser.path)
    for path in paths:
        browser.open(path)
        assert browser.status == 200
        assert browser.page.language == {"zh": "zh-Hans"}.get(locale, locale)
        english = ("Failed work", "Outbox", "Try again", "Under way", "Tasks", "Processes")
        assert any(each in browser.page.text for each in english) == (locale == "en"), path
