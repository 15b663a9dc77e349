"""What happened to a ticket, on its page: from all sources in one line, each thing once, bounded, and in few calls."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from typing import Any

import flask
import pytest

from services.gateway.front import words
from services.gateway.pages import timeline
from shared import locale as languages
from tests.flows.house import House
from tests.pages.browser import Browser
from tests.pages.conftest import SignedIn, add_person, signed_in_as
from tests.pages.test_ticket_pages import receive

MOST_CALLS = 8
"""Of services for the page of a ticket, once a process knows the procedure: the ticket, its unit's types, its trail,
its conversation, its files, its like, the prepared texts, and its messages. One more while it is to be classified."""
LINE = re.compile(r'<li class="line (?!run).*?</li>', re.S)


def lines(browser: Browser) -> list[str]:
    """What the line of time says, in its order."""
    return [" ".join(re.sub(r"<[^>]*>", " ", each).split()) for each in LINE.findall(browser.page.html)]


def lively(house: House, browser: Browser) -> str:
    """A ticket of which everything that can be has happened."""
    id = receive(house)
    browser.open(f"/tickets/{id}")
    house.time.move(timedelta(seconds=1))
    browser.send("/classify", request_type="3", within="60", verified="yes")
    house.time.move(timedelta(seconds=1))
    browser.send("/note", note_text="Kho hai báo còn thiếu vận đơn gốc")
    browser.send("/reply", reply_text="Mời Quý khách mang vận đơn gốc")
    house.pass_time(timedelta(seconds=11))
    return id


def test_everything_stands_once_in_one_line_of_time_and_is_filtered_by_kind(house: House, signed_in: SignedIn) -> None:
    browser = signed_in("staff", "lead")
    id = lively(house, browser)
    browser.open(f"/tickets/{id}")
    said = " | ".join(lines(browser))
    assert said.count("Kho hai báo còn thiếu vận đơn gốc") == 1
    assert said.count("Mời Quý khách mang vận đơn gốc") == 1
    newest_first = said.index("Trả lời khách hàng"), said.index("Ghi chú nội bộ"), said.index("Đã tiếp nhận")
    assert list(newest_first) == sorted(newest_first)
    shown = {kind: browser.open(f"/tickets/{id}?only={kind}") and lines(browser) for kind in timeline.NEEDS if kind}
    reply, note = shown["conversation"]
    assert "Trả lời khách hàng" in reply
    assert "Ghi chú nội bộ" in note
    assert [line for line in shown["steps"] if "Đã phân loại" in line]
    assert all("Giải thích" in line for line in shown["clocks"])  # each leads to what was counted
    assert [line for line in shown["messages"] if "Thư trả lời" in line or "Trả lời khách hàng" in line]
    assert shown["files"] == []
    browser.open(f"/tickets/{id}?only=nonsense&order=nonsense&until=yesterday")
    assert browser.status == 200


def test_the_order_is_chosen_and_remembered(house: House, signed_in: SignedIn) -> None:
    browser = signed_in("staff", "lead")
    id = lively(house, browser)
    browser.open(f"/tickets/{id}?only=steps")
    first = lines(browser)
    browser.open(browser.page.links["Cũ nhất trước"])
    assert lines(browser) == first[::-1]
    browser.open(f"/tickets/{id}?only=steps")
    assert lines(browser) == first[::-1]
    browser.open(browser.page.links["Mới nhất trước"])
    assert lines(browser) == first


def test_the_part_alone_is_what_the_page_has(house: House, signed_in: SignedIn) -> None:
    browser = signed_in("staff")
    id = lively(house, browser)
    for view in ("", "?only=steps", "?order=oldest", "?only=clocks&order=newest"):
        whole = browser.open(f"/tickets/{id}{view}").html
        part = browser.raw("GET", f"/tickets/{id}/timeline{view}").get_data(as_text=True).strip()
        assert part.startswith('<section class="panel" id="timeline"')
        assert part in whole
    assert browser.raw("GET", "/tickets/nothing/timeline").status_code == 404


def test_a_long_history_is_paged_and_nothing_is_lost_or_shown_twice(
    house: House, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = signed_in("staff", "lead")
    id = lively(house, browser)
    for number in range(7):
        house.time.move(timedelta(minutes=1))
        browser.send("/note", note_text=f"Ghi chú số {number}")
    house.settle()
    whole = Counter(browser.open(f"/tickets/{id}") and lines(browser))
    monkeypatch.setattr(timeline, "MOST", {"trail": 4, "said": 3, "messages": 6})
    browser.open(f"/tickets/{id}")
    found: Counter[str] = Counter(lines(browser))
    pages = 1
    while "Xem các mục trước" in browser.page.links:
        browser.follow("Xem các mục trước")
        found.update(lines(browser))
        pages += 1
        assert pages < 30
    assert pages > 2
    notes = {line: count for line, count in whole.items() if "Ghi chú số" in line}
    assert len(notes) == 7
    assert {line: found[line] for line in whole} == dict(whole)


@pytest.mark.parametrize(
    ("source", "service", "path"),
    [
        ("trail", "support", "trail"),
        ("said", "support", "conversation"),
        ("files", "support", "attachments"),
        ("messages", "notify", "messages"),
    ],
)
def test_a_source_that_does_not_answer_is_named_and_the_rest_is_shown(
    house: House, source: str, service: str, path: str
) -> None:
    apps = {**house.apps, service: silent(house.apps[service], path)}
    browser = signed_in_as(house, house.process.front(apps), add_person(house, "staff"))
    id = receive(house)
    browser.open(f"/tickets/{id}")
    assert browser.status == 200
    assert languages.translate(words.SOURCES[source], "vi") in browser.page.text
    assert browser.page.form("/note")
    assert browser.page.form("/classify")
    if path != "trail":
        assert any("Đã tiếp nhận" in line for line in lines(browser))


def silent(app: Any, path: str) -> Any:
    """A service that does not answer what ends so."""

    def answer(environ: dict[str, Any], start_response: Any) -> Any:
        if environ["PATH_INFO"].endswith(path):
            start_response("503 Service Unavailable", [("Content-Type", "text/plain")])
            return [b""]
        return app(environ, start_response)

    return answer


def test_the_page_asks_services_a_bounded_number_of_times_however_much_happened(house: House) -> None:
    counted: list[str] = []

    def counting(name: str, app: Any) -> Any:
        def answer(environ: dict[str, Any], start_response: Any) -> Any:
            counted.append(f"{name} {environ['PATH_INFO']}")
            return app(environ, start_response)

        return answer

    front = house.process.front({name: counting(name, app) for name, app in house.apps.items()})
    browser = signed_in_as(house, front, add_person(house, "staff", "lead"))
    id = lively(house, browser)
    for number in range(5):
        browser.send("/note", note_text=f"Ghi chú số {number}")
    counted.clear()
    browser.open(f"/tickets/{id}")
    assert len(counted) <= MOST_CALLS, counted
    assert len(set(counted)) == len(counted), counted
    counted.clear()
    browser.raw("GET", f"/tickets/{id}/timeline?only=messages")
    assert [each.partition(" ")[0] for each in counted] == ["support", "notify"]
    waiting = receive(house)
    counted.clear()
    browser.open(f"/tickets/{waiting}")
    assert len(counted) <= MOST_CALLS + 1, counted


def test_whoever_comes_second_reads_what_the_first_did_and_keeps_what_they_wrote(
    house: House, front: flask.Flask
) -> None:
    id = receive(house)
    one, other = (signed_in_as(house, front, add_person(house, "staff", name=name)) for name in ("Vũ An", "Đỗ Bình"))
    one.open(f"/tickets/{id}")
    one.send("/classify", request_type="3", within="60", verified="yes")
    other.open(f"/tickets/{id}")
    one.open(f"/tickets/{id}")
    one.send("/progress", progress_text="Tàu đã rời cảng.")
    other.send("/complete", method="Đã gọi cảng", result="Hàng đã cập cảng.")
    assert other.status == 412
    assert "Có người vừa thay đổi phiếu này; thao tác của Anh/Chị chưa được thực hiện." in other.page.text
    told = other.page.html.partition('id="meanwhile"')[2].partition("</div>")[0]
    assert "Vũ An" in told
    assert languages.translate(words.TRAIL["progressed"], "vi") in told
    assert "Đã phân loại" not in told  # that they had seen
    assert other.page.form("/complete").values["result"] == "Hàng đã cập cảng."
    other.send("/complete")  # knowing it, they press the button again
    assert other.status == 200
    one.send("/complete", method="Đã gọi hãng tàu", result="Hàng đang trên đường.")
    assert one.status in (409, 412)
    assert "Hàng đang trên đường." in one.page.html.partition('id="typed"')[2]  # no form has room for it any more


def test_a_reply_that_somebody_may_not_send_is_not_offered_and_the_page_says_why(
    house: House, signed_in: SignedIn
) -> None:
    id = receive(house)
    executive = signed_in("executive")
    executive.open(f"/tickets/{id}")
    assert not [form for form in executive.page.forms if form.action.endswith("/reply")]
    assert executive.page.form("/note")
    said = house.client("support", house.staff("executive"), language="vi").get(f"/v1/tickets/{id}/conversation")
    said = said.expect(200)
    assert languages.translate("Reply to the client", "vi") in executive.page.text
    assert said["not_possible"]["reply"] in executive.page.text
    assert "note" in said["possible"]
    assert "advise" in said["not_possible"]
    mine = house.client("support", house.staff("staff")).get(f"/v1/tickets/{id}/conversation").expect(200)
    assert mine["possible"] == ["reply", "note", "consult"]


def test_the_newest_of_a_trail_are_had_alone(house: House) -> None:
    id = receive(house)
    api = house.client("support", house.staff("staff"))
    whole = api.get(f"/v1/tickets/{id}/trail").expect(200)
    assert whole["earlier"] is False
    newest = api.get(f"/v1/tickets/{id}/trail?newest=1").expect(200)
    assert (newest["earlier"], newest["entries"], newest["whole"]) == (True, whole["entries"][-1:], True)
    before = api.get(f"/v1/tickets/{id}/trail?newest=9&until=2020-01-01T00:00:00Z").expect(200)
    assert (before["earlier"], before["entries"]) == (False, [])
    assert api.get(f"/v1/tickets/{id}/trail?newest=0").status == 422
