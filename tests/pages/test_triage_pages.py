"""The triage as a plain form: one request after the other, what is skipped, put right, and two people at once."""

from __future__ import annotations

import itertools
from datetime import timedelta

import flask
import pytest

from services.gateway.front import moments
from tests.flows.house import COMPANY, House
from tests.flows.house_http import Client
from tests.pages.browser import Browser
from tests.pages.conftest import SignedIn, add_person, signed_in_as
from tests.pages.test_ticket_pages import receive

_branches = itertools.count(1)


@pytest.fixture
def branch(house: House) -> str:
    """A branch of its own for each test: what waits elsewhere does not wait for its people."""
    code = house.unit(f"triage-{next(_branches)}", title="Chi nhánh mới", parent=COMPANY)
    house.settle()
    return code


def master(house: House) -> Client:
    """Somebody who sees and may do everything."""
    return house.client("support", house.staff("staff", unit=COMPANY))


def number(house: House, id: str) -> str:
    return master(house).get(f"/v1/tickets/{id}").expect(200)["number"]


def waiting(house: House, branch: str, *names: str) -> list[str]:
    """Requests that came a minute apart."""
    ids = []
    for name in names:
        ids.append(receive(house, name, branch))
        house.time.move(timedelta(minutes=1))
    house.settle()
    return ids


def form_of(browser: Browser) -> str:
    """The id of the ticket that is asked about."""
    (form,) = [each for each in browser.page.forms if "/support/triage/" in each.action]
    return form.action.split("/")[3]


def clerk(house: House, front: flask.Flask, branch: str, locale: str = "en") -> Browser:
    person = add_person(house, "staff", locale=locale, unit=branch)
    house.settle()
    return signed_in_as(house, front, person)


def test_one_classifies_the_oldest_and_the_next_one_is_there(house: House, front: flask.Flask, branch: str) -> None:
    first, second = waiting(house, branch, "Khách Một", "Khách Hai")
    browser = clerk(house, front, branch)
    browser.open("/support/triage")
    text = browser.page.text
    assert "Khách Một" in text
    assert "2 waiting" in text
    assert "28 minutes left" in text
    assert "Questions about tariffs, discounts, conditions or sales policy." in text  # the criteria beside
    browser.send(f"/triage/{first}", request_type="2", verified="yes")
    assert browser.status == 200
    text = browser.page.text
    assert f"{number(house, first)} is classified: Price or policy." in text
    assert "Khách Hai" in text
    assert "1 waiting" in text
    browser.send(f"/triage/{second}", request_type="5")
    assert "Everything is classified." in browser.page.text
    tickets = [master(house).get(f"/v1/tickets/{id}").expect(200) for id in (first, second)]
    assert [each["request_type"] for each in tickets] == [2, 5]
    assert [each["verified_at"] is not None for each in tickets] == [True, False]  # ticked by a person, or not at all


def test_the_suggestion_says_why_and_chooses_nothing(house: House, front: flask.Flask, branch: str) -> None:
    asked = {
        "name": "Lan",
        "mails": ["lan@example.com"],
        "unit": branch,
        "content": "Xin báo giá",
        "topic": "price",
    }
    house.client("support").post("/v1/public/requests", asked).expect(201)
    house.settle()
    browser = clerk(house, front, branch)
    browser.open("/support/triage")
    assert "The rule suggests: Price or policy. Because it says: báo giá." in browser.page.text
    form = next(each for each in browser.page.forms if "/support/triage/" in each.action)
    assert form.many.get("request_type", []) == []
    assert form.many.get("verified", []) == []
    browser.send(form.action)
    assert browser.status == 422
    assert browser.page.wrong("request_type")


@pytest.mark.parametrize("kind", ["4", "6"])
def test_a_type_without_a_usual_time_asks_for_a_persons(
    house: House, front: flask.Flask, branch: str, kind: str
) -> None:
    (id,) = waiting(house, branch, "Khách Một")
    browser = clerk(house, front, branch)
    browser.open("/support/triage")
    browser.send(f"/triage/{id}", request_type=kind, verified="yes")
    assert browser.status == 422
    assert browser.page.wrong("within")
    form = next(each for each in browser.page.forms if "/support/triage/" in each.action)
    assert (form.many["request_type"], form.many["verified"]) == ([kind], ["yes"])  # what was chosen is kept
    browser.send(f"/triage/{id}", within="240")
    at = moments.shown(house.time.now() + timedelta(hours=4), "en", "VN")
    assert f"The client is told: by {at}." in browser.page.text
    assert "It waits for somebody with the authority." in browser.page.text  # that of the lead


def test_what_is_skipped_comes_again_at_the_end(house: House, front: flask.Flask, branch: str) -> None:
    ids = waiting(house, branch, "Khách Một", "Khách Hai", "Khách Ba")
    browser = clerk(house, front, branch)
    browser.open("/support/triage")
    seen = [form_of(browser)]
    browser.follow("Skip to the next one")
    browser.send(f"/triage/{form_of(browser)}", request_type="1")
    seen.append(form_of(browser))
    browser.send(f"/triage/{form_of(browser)}", request_type="1")
    assert "This was the end of the queue. What you skipped comes again." in browser.page.text
    seen.append(form_of(browser))
    assert seen == [ids[0], ids[2], ids[0]]


def test_the_last_classification_is_put_right_and_both_promises_stay_visible(
    house: House, front: flask.Flask, branch: str
) -> None:
    first, second = waiting(house, branch, "Khách Một", "Khách Hai")
    browser = clerk(house, front, branch)
    browser.open("/support/triage")
    browser.send(f"/triage/{first}", request_type="2", verified="yes")
    browser.follow("Put it right")
    assert browser.page.title.startswith("Triage")
    form = next(each for each in browser.page.forms if each.action.endswith("/again"))
    assert form.values["reason"] == "Put right at the triage."
    browser.send("/again", request_type="3")
    assert f"{number(house, first)} is classified: Status of service or goods." in browser.page.text
    assert form_of(browser) == second  # and on it goes
    ticket = master(house).get(f"/v1/tickets/{first}").expect(200)
    assert [(each["name"], each["state"]) for each in ticket["clocks"] if each["name"] == "handle"] == [
        ("handle", "cancelled"),
        ("handle", "running"),
    ]
    browser.open(f"/support/triage?again={second}")  # which is not classified yet
    assert form_of(browser) == second
    assert "waits no more: Received" not in browser.page.text


def test_of_two_at_once_the_second_is_told_who_was_faster_and_goes_on(
    house: House, front: flask.Flask, branch: str
) -> None:
    first, second = waiting(house, branch, "Khách Một", "Khách Hai")
    one, other = clerk(house, front, branch), clerk(house, front, branch)
    one.open("/support/triage")
    other.open("/support/triage")
    again = one.page.form(f"/triage/{first}")
    one.send(f"/triage/{first}", request_type="2", verified="yes")
    other.send(f"/triage/{first}", request_type="4", within="60")
    assert other.status in (409, 412)
    assert (
        f"Nguyễn Thị Hường was faster: {number(house, first)} is classified already: Price or policy."
        in other.page.text
    )
    assert form_of(other) == second
    one.raw("POST", again.action, data={**again.values, "request_type": "2"})  # pressed twice: no collision
    master(house).post(f"/v1/tickets/{second}/withdraw", {"reason": "Gọi lại"}).expect(200)
    other.send(f"/triage/{second}", request_type="1")
    assert other.status in (409, 412)
    assert f"{number(house, second)} waits no more: Withdrawn by the client." in other.page.text
    assert "Everything is classified." in other.page.text


def test_what_somebody_changed_meanwhile_is_looked_at_again(house: House, front: flask.Flask, branch: str) -> None:
    (id,) = waiting(house, branch, "Khách Một")
    browser = clerk(house, front, branch)
    browser.open("/support/triage")
    colleague = house.staff("staff", unit=branch)
    house.settle()
    house.client("support", colleague).post(f"/v1/tickets/{id}/verify", {"topic": "price"}).expect(200)
    browser.send(f"/triage/{id}", request_type="2")
    assert browser.status == 412
    assert "Price" in browser.page.text
    assert browser.page.form(f"/triage/{id}").many["request_type"] == ["2"]
    browser.send(f"/triage/{id}")
    assert "Everything is classified." in browser.page.text


def test_a_request_named_by_the_desk_is_shown_or_it_is_said_what_became_of_it(
    house: House, front: flask.Flask, branch: str
) -> None:
    first, second = waiting(house, branch, "Khách Một", "Khách Hai")
    browser = clerk(house, front, branch)
    browser.open(f"/support/triage?ticket={second}")
    assert form_of(browser) == second
    browser.send(f"/triage/{second}", request_type="3")
    browser.open(f"/support/triage?ticket={second}")
    assert "is classified already: Status of service or goods." in browser.page.text
    assert form_of(browser) == first
    browser.open("/support/triage?after=nonsense")
    assert browser.status == 400


def test_who_may_not_classify_has_nothing_to_triage(house: House, branch: str, signed_in: SignedIn) -> None:
    waiting(house, branch, "Khách Một")
    lead = signed_in("lead", locale="vi", unit=branch)
    house.settle()
    lead.open("/support/triage")
    assert "Việc phân loại ở đây do người khác thực hiện." in lead.page.text
    assert "Khách Một" not in lead.page.text


def test_the_navigation_counts_what_waits(house: House, front: flask.Flask, branch: str) -> None:
    browser = clerk(house, front, branch, "zh")
    assert "待分类" not in browser.raw("GET", "/support/triage/waiting").get_data(as_text=True)
    waiting(house, branch, "Khách Một", "Khách Hai")
    assert "2 张待分类" in browser.raw("GET", "/support/triage/waiting").get_data(as_text=True)


def test_what_a_page_asks_by_itself_keeps_no_session_alive(house: House, front: flask.Flask, branch: str) -> None:
    browser = clerk(house, front, branch)
    browser.open("/support/triage")
    itself = {
        "HX-Request": "true",
        "X-By-Itself": "1",
        "HX-Current-URL": "https://steward.example/support/triage?last=x",
    }
    for _ in range(2):
        house.time.move(timedelta(minutes=14))
        assert browser.raw("GET", "/support/triage/waiting", headers=itself).status_code == 200
    house.time.move(timedelta(minutes=3))
    answer = browser.raw("GET", "/support/triage/waiting", headers=itself)
    assert (answer.status_code, answer.get_data()) == (401, b"")  # and no page of sign-in within a page
    assert answer.headers["HX-Redirect"] == "/sign-in?next=/support/triage?last%3Dx"
    elsewhere = {**itself, "HX-Current-URL": "https://evil.example.com//evil.example.com/"}
    answer = browser.raw("GET", "/support/triage/waiting", headers=elsewhere)
    assert answer.headers["HX-Redirect"] == "/sign-in?next=/"
