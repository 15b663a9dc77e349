"""The list of tickets as people live in it: filters in the address, views with counts, and many tickets at once."""

from __future__ import annotations

import csv
import io
from typing import Any

import flask
import pytest

from services.gateway.pages import bulk
from services.gateway.transport import Away
from services.support.ticket import queries
from tests.flows.house import HAI_PHONG, House
from tests.pages.browser import Browser
from tests.pages.conftest import SignedIn, add_person, signed_in_as


def receive(house: House, name: str = "Lê Văn Nam", unit: str = HAI_PHONG, **more: Any) -> str:
    requester = {"name": name, "locale": "vi", "mails": ["nam@example.com"]}
    api = house.client("support", house.staff("staff", unit=unit))
    id = api.post("/v1/tickets", {"content": "Hàng bao giờ đến?", "requester": requester} | more).expect(201)["id"]
    house.settle()
    return id


def brought(house: House, *verbs: str, name: str = "Lê Văn Nam") -> str:
    """A ticket with which somebody else did this."""
    id = receive(house, name)
    bodies = {"classify": {"request_type": 3}, "pause": {"reason": "client", "evidence": "Thư"}}
    api = house.client("support", house.staff("staff", "lead"))
    for verb in verbs:
        api.post(f"/v1/tickets/{id}/{verb}", bodies.get(verb, {})).expect(200)
    house.settle()
    return id


def shown(browser: Browser) -> list[str]:
    """The clients of the list, in order."""
    return [part.split("<")[0] for part in browser.page.html.split('<td class="who">')[1:]]


def state(house: House, id: str) -> str:
    return house.client("support", house.staff("lead")).get(f"/v1/tickets/{id}").expect(200)["state"]


def test_every_filter_stands_in_the_address_and_goes_away_by_a_click(house: House, signed_in: SignedIn) -> None:
    receive(house, "Khách Một", channel="hotline", topic="price")
    brought(house, "classify", name="Khách Hai")
    browser = signed_in("staff")
    browser.open("/tickets?state=received&channel=hotline&topic=price&from=2026-11-01&to=2026-12-31&sort=received")
    assert shown(browser) == ["Khách Một"]
    browser.follow("Kênh tiếp nhận: Đường dây nóng ×")
    assert browser.path.endswith("?state=received&topic=price&from=2026-11-01&to=2026-12-31&sort=received")
    browser.open("/tickets?state=received&q=Hai")
    assert "Không có phiếu nào phù hợp." in browser.page.text
    browser.follow("Bỏ lọc: Trạng thái: Đã tiếp nhận")
    assert shown(browser) == ["Khách Hai"]
    assert browser.path == "/tickets?q=Hai"


def test_what_a_form_sends_empty_makes_a_clean_address_and_what_is_no_filter_is_left_out(signed_in: SignedIn) -> None:
    browser = signed_in("staff")
    browser.open(
        "/tickets?q=&owner=me&clock=&sort=-received&request_type=&state=nonsense&from=31/12&column=shoe&lang=en"
    )
    assert browser.path == "/tickets?owner=me&lang=en"
    assert browser.status == 200
    assert "Responsible: Me" in browser.page.text


def test_columns_are_chosen_and_the_file_has_them_too(house: House, signed_in: SignedIn) -> None:
    receive(house, "Zoë Łuczak", channel="hotline")
    browser = signed_in("staff", locale="en")
    browser.open("/tickets?q=Zoë&column=requester&column=channel&column=clock")
    assert "Hotline" in browser.page.text
    assert "in this order and with these columns:" in browser.page.text
    raw = browser.raw("GET", browser.page.links["CSV"]).data.decode("utf-8-sig")
    assert next(csv.reader(io.StringIO(raw))) == ["Number", "Client", "Promised by", "Channel"]
    assert "Zoë Łuczak" in raw
    browser.open("/tickets?q=Zoë")
    assert "in this order and with every column:" in browser.page.text


def test_one_pages_on_and_back_in_the_order_that_was_chosen(house: House, signed_in: SignedIn) -> None:
    for number in range(28):
        receive(house, f"Người {number:02d}", topic="suggestion")
    browser = signed_in("staff")
    browser.open("/tickets?topic=suggestion&sort=received")
    first = shown(browser)
    assert first == [f"Người {number:02d}" for number in range(25)]
    browser.follow("Trang sau")
    assert shown(browser) == ["Người 25", "Người 26", "Người 27"]
    browser.follow("Trang trước")
    assert shown(browser) == first
    assert "Trang trước" not in browser.page.links


def test_a_view_is_saved_counted_renamed_removed_and_brought_back(house: House, signed_in: SignedIn) -> None:
    receive(house, topic="policy")
    browser = signed_in("staff")
    browser.open("/tickets?topic=policy&sort=changed")
    browser.send("/tickets/views", view_name="Chính sách")
    assert browser.path == "/tickets?topic=policy&sort=changed&done=view-saved"
    assert "Chính sách 1" in browser.page.text
    browser.open("/tickets/views")
    (id,) = (form.action.split("/")[3] for form in browser.page.forms if form.action.endswith("/rename"))
    browser.send(f"/tickets/views/{id}/rename", name="")
    assert browser.status == 422
    assert "Vui lòng điền mục này." in browser.page.text
    browser.send(f"/tickets/views/{id}/rename", name="Hỏi chính sách")
    assert "Hỏi chính sách" in browser.page.links
    browser.send(f"/tickets/views/{id}/remove")
    assert "Đã gỡ: Hỏi chính sách" in browser.page.text
    undo = next(form for form in browser.page.forms if form.action.endswith(f"/{id}/restore"))
    browser.raw("POST", undo.action, data=undo.values)
    browser.open("/tickets")
    assert any("Hỏi chính sách" in text for text in browser.page.links)


def test_a_shared_view_is_offered_to_the_unit_and_me_is_whoever_reads_it(house: House, signed_in: SignedIn) -> None:
    owner, colleague = signed_in("staff"), signed_in("staff")
    owner.open("/tickets?owner=me&state=assigned")
    owner.send("/tickets/views", view_name="Đang làm", view_shared="yes")
    colleague.open("/tickets")
    (name,) = (text for text in colleague.page.links if "Đang làm" in text)
    assert "dùng chung" in name
    colleague.open("/tickets/views")
    assert [form for form in colleague.page.forms if form.action.endswith("/rename")] == []
    elsewhere = signed_in("staff", unit="thuong-hai", locale="vi")
    elsewhere.open("/tickets")
    assert not any("Đang làm" in text for text in elsewhere.page.links)


def test_counts_have_a_bound(house: House, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "COUNTED", 2)
    receive(house)
    receive(house)
    browser = signed_in("staff")
    browser.open("/tickets")
    assert any(text.startswith("Chưa phân loại 99+") for text in browser.page.links)


def chosen(browser: Browser, verb: str, *tickets: str) -> None:
    browser.open(f"/tickets/bulk?verb={verb}&" + "&".join(f"ticket={id}" for id in tickets))


def offered(browser: Browser) -> set[str]:
    """What the list offers to do with the chosen ones."""
    browser.open("/tickets")
    choice = browser.page.html.partition('id="verb"')[2].partition("</select>")[0]
    return {part.partition('"')[0] for part in choice.split('value="')[1:]}


def test_only_what_ones_roles_allow_is_offered_for_many(house: House, front: flask.Flask, signed_in: SignedIn) -> None:
    browsers = {role: signed_in(role) for role in ("staff", "lead", "executive", "on-call")}
    chief = add_person(house, "executive")
    house.settle()
    receive(house)
    files, lead_only = {"export-xlsx", "export-csv"}, {"hand_over", "take_over", "log_unanswered"}
    assert offered(browsers["staff"]) == set(bulk.VERBS) - lead_only | files
    assert offered(browsers["lead"]) == set(bulk.VERBS) - {"log"} | files
    assert offered(browsers["executive"]) == {"hand_over"} | files
    assert offered(browsers["on-call"]) == files
    escalated = brought(house, "classify")
    lead, body = house.client("support", house.staff("lead")), {"to": chief.id, "promised_at": "2026-12-30T02:00:00Z"}
    lead.post(f"/v1/tickets/{escalated}/escalate", body | {"reason": "Việc khó"}).expect(200)
    assert {"take", "progress"} <= offered(signed_in_as(house, front, chief))


def test_the_preview_says_of_each_why_not_and_nothing_is_done_yet(house: House, signed_in: SignedIn) -> None:
    free, new, mine = brought(house, "classify"), receive(house), brought(house, "classify", "take")
    browser = signed_in("staff", locale="en")
    chosen(browser, "take", free, new, mine)
    assert "Possible with 1 of 3." in browser.page.text
    assert "has it already" in browser.page.text
    assert "A request is assigned from its classification until its result." in browser.page.text
    assert len(browser.page.form("/tickets/bulk").many["row"]) == 1
    assert (state(house, free), state(house, new)) == ("classified", "received")


def test_each_is_done_once_however_often_the_page_is_loaded_again(house: House, signed_in: SignedIn) -> None:
    first, second = brought(house, "classify", "take", "pause"), brought(house, "classify", "take", "pause")
    browser = signed_in("staff", locale="en")
    chosen(browser, "resume", first, second)
    sent = browser.page.form("/tickets/bulk")
    data = {**sent.values, **sent.many}
    said = [browser.raw("POST", "/tickets/bulk", data=data).get_data(as_text=True) for _ in range(3)]
    assert all("Done: 2. Not possible: 0. Not done yet: 0." in page for page in said)
    api = house.client("support", house.staff("lead"))
    for id in (first, second):
        entries = api.get(f"/v1/tickets/{id}/trail").expect(200)["entries"]
        assert [entry["what"] for entry in entries].count("resumed") == 1


def test_what_somebody_changed_meanwhile_is_left_alone_and_said(house: House, signed_in: SignedIn) -> None:
    same, other = brought(house, "classify"), brought(house, "classify")
    browser = signed_in("staff", locale="en")
    chosen(browser, "progress", same, other)
    api = house.client("support", house.staff("staff"))
    api.post(f"/v1/tickets/{other}/progress", {"text": "Đang hỏi kho"}).expect(200)
    browser.send("/tickets/bulk", progress_text="Tàu trễ một ngày")
    assert "Done: 1. Not possible: 1. Not done yet: 0." in browser.page.text
    assert "Somebody changed this in the meantime" in browser.page.text
    assert api.get(f"/v1/tickets/{other}").expect(200)["progress"] == "Đang hỏi kho"
    assert api.get(f"/v1/tickets/{same}").expect(200)["progress"] == "Tàu trễ một ngày"


def test_a_field_left_empty_brings_the_preview_back_with_what_was_chosen(house: House, signed_in: SignedIn) -> None:
    first, second = brought(house, "classify"), brought(house, "classify")
    browser = signed_in("staff", "lead", locale="en")
    chosen(browser, "progress", first, second)
    kept = browser.page.form("/tickets/bulk").many["row"][0]
    browser.send("/tickets/bulk", progress_text="  ", row=[kept])
    assert browser.status == 422
    assert browser.page.wrong("progress_text") == "Please fill this in."
    assert browser.page.form("/tickets/bulk").many["row"] == [kept]
    browser.send("/tickets/bulk", progress_text="Tàu trễ", row=[])
    assert browser.status == 422
    assert "Please choose at least one request." in browser.page.text


def test_many_are_assigned_to_a_colleague(house: House, signed_in: SignedIn) -> None:
    colleague = house.staff("staff", name="Đồng Nghiệp")
    house.settle()
    ids = [brought(house, "classify") for _ in range(3)]
    browser = signed_in("lead", locale="en")
    chosen(browser, "assign", *ids)
    browser.send("/tickets/bulk")  # nobody is chosen until somebody is
    assert browser.status == 422
    assert browser.page.wrong("assign_to")
    browser.send("/tickets/bulk", assign_to=colleague.id)
    assert "Done: 3. Not possible: 0. Not done yet: 0." in browser.page.text
    api = house.client("support", house.staff("lead"))
    assert {api.get(f"/v1/tickets/{id}").expect(200)["owner"] for id in ids} == {colleague.id}


def test_all_that_fit_are_taken_up_to_a_bound(
    house: House, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        receive(house, topic="complaint")
    browser = signed_in("lead", locale="en")
    browser.open("/tickets/bulk?verb=take&all=yes&topic=complaint")
    assert "Possible with 0 of 3." in browser.page.text
    monkeypatch.setattr(bulk, "MOST", 2)
    monkeypatch.setattr(bulk, "PAGE", 2)
    browser.open("/tickets/bulk?verb=take&all=yes&topic=complaint")
    assert "these are the first 2" in browser.page.text
    assert browser.page.links["Back to the list"] == "/tickets?topic=complaint"


def test_a_run_that_takes_too_long_stops_and_goes_on(
    house: House, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [brought(house, "classify", "take") for _ in range(3)]
    browser = signed_in("staff", "lead", locale="en")
    chosen(browser, "progress", *ids)
    with monkeypatch.context() as patched:
        patched.setattr(bulk, "BUDGET_S", -1.0)
        browser.send("/tickets/bulk", progress_text="Tàu trễ")
    assert "Done: 0. Not possible: 0. Not done yet: 3." in browser.page.text
    browser.send("/tickets/bulk", row=browser.page.form("/tickets/bulk").values["row"])
    assert "Done: 1. Not possible: 0. Not done yet: 0." in browser.page.text


def test_a_service_that_goes_away_in_between_loses_and_doubles_nothing(
    house: House, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [brought(house, "classify") for _ in range(2)]
    browser = signed_in("staff", locale="en")
    chosen(browser, "progress", *ids)
    sent = browser.page.form("/tickets/bulk")
    data = {**sent.values, **sent.many, "progress_text": "Tàu trễ"}
    real, calls = bulk.calls.clients.Client.post, []

    def breaking(self: Any, *path: str, **more: Any) -> Any:
        calls.append(path)
        answer = real(self, *path, **more)
        if len(calls) == 1:
            raise Away(service="support")  # it was done, and the answer was lost
        return answer

    with monkeypatch.context() as patched:
        patched.setattr(bulk.calls.clients.Client, "post", breaking)
        broken = browser.raw("POST", "/tickets/bulk", data=data).get_data(as_text=True)
    assert "Done: 0. Not possible: 0. Not done yet: 2." in broken
    whole = browser.raw("POST", "/tickets/bulk", data=data).get_data(as_text=True)
    assert "Done: 2. Not possible: 0. Not done yet: 0." in whole
    api = house.client("support", house.staff("lead"))
    for id in ids:
        entries = api.get(f"/v1/tickets/{id}/trail").expect(200)["entries"]
        assert [entry["what"] for entry in entries].count("progressed") == 1


def test_the_chosen_ones_are_saved_as_a_file(house: House, signed_in: SignedIn) -> None:
    id = receive(house, "Chỉ Mình Tôi")
    receive(house, "Người Khác")
    browser = signed_in("staff")
    answer = browser.raw("GET", f"/tickets/bulk?verb=export-csv&ticket={id}")
    raw = browser.raw("GET", answer.headers["Location"]).data.decode("utf-8-sig")
    assert "Chỉ Mình Tôi" in raw
    assert "Người Khác" not in raw


def test_nothing_is_done_with_a_ticket_of_another_unit(house: House, signed_in: SignedIn) -> None:
    theirs = receive(house, unit="thuong-hai")
    browser = signed_in("staff", "lead", locale="en")
    chosen(browser, "progress", theirs)
    assert "Please choose at least one request." in browser.page.text
    own = brought(house, "classify")
    chosen(browser, "progress", own)
    values = browser.page.form("/tickets/bulk").values
    data = {**values, "progress_text": "x", "row": [f"{theirs}:1", "nonsense", f"{own}:one"]}
    page = browser.raw("POST", "/tickets/bulk", data=data).get_data(as_text=True)
    assert "Done: 0. Not possible: 1. Not done yet: 0." in page
