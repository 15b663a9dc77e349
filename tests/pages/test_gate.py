"""Who gets in, and what every answer carries: asked of every route there is, so that a new one cannot be forgotten."""

from __future__ import annotations

from datetime import timedelta

import flask
import pytest
from werkzeug.routing import Rule

from services.gateway.front import gate, headers
from tests.flows.house import PUBLIC_URL, House
from tests.pages.browser import Browser
from tests.pages.conftest import PASSWORD, SignedIn, add_person, signed_in_as

OPEN = {
    "assets.serve",
    "start.show",
    "request.show",
    "request.send",
    "link.show",
    "link.confirm",
    "link.refuse",
    "link.withdraw",
    "link.choose",
    "account.sign_in",
    "account.signing_in",
    "account.forgotten",
    "account.ask_reset",
    "setup.show",
    "setup.send",
    "way_in_docs.index",
    "way_in_docs.openapi",
    "way_in_docs.docs",
    "way_in.pass_on",
    "way_in.nothing",
}
"""What strangers may open. Everything else asks them to sign in."""

FOR_ADMINS = {
    "units.listed",
    "units.create",
    "units.step",
    "people.listed",
    "people.fresh",
    "people.create",
    "people.shown",
    "people.change",
    "people.step",
    "people.chosen",
    "people.take_in",
    *("closures.declare", "closures.take_back", "authority.enter", "authority.take_back", "roles.enter", "roles.end"),
    *("years.shown", "years.declare"),
}

FOR_ON_CALL = ("operations.", "failed.")
"""How the routes of the operations console begin."""

FORGED_ELSEWHERE = {"way_in.pass_on", "way_in.nothing"}
"""Routes that check forgery their own way; see test_way_in."""

EXAMPLES = {
    "ending": "csv",
    "country": "VN",
    "year": 2026,
    "code": "hai-phong",
    "unit": "hai-phong",
    "service": "support",
    "name": "steward.css",
    "rest": "tickets",
}
VERBS = {
    "conversation.say": "note",
    "duplicates.change": "link",
    "record_checks.step": "check",
    "macros.step": "remove",
    "list_views.step": "remove",
    "record_imports.step": "map",
    "ticket.step": "classify",
    "units.step": "close",
    "people.step": "deactivate",
}


def address(rule: Rule) -> str:
    """An address of the route."""
    values = {name: EXAMPLES.get(name, "sAAAAAAAAAAAAAAAAAAAAAA") for name in rule.arguments}
    if "verb" in values:
        values["verb"] = VERBS[rule.endpoint]
    _, path = rule.build(values) or ("", "")
    return path


def routes(front: flask.Flask, method: str) -> list[Rule]:
    """Every route that takes the method."""
    return [rule for rule in front.url_map.iter_rules() if method in (rule.methods or ())]


def test_every_page_but_the_listed_ones_asks_strangers_to_sign_in(front: flask.Flask, visitor: Browser) -> None:
    for rule in routes(front, "GET"):
        answer = visitor.raw("GET", address(rule))
        sent_to_sign_in = answer.status_code == 303 and answer.headers["Location"].startswith("/sign-in?next=")
        assert sent_to_sign_in is (rule.endpoint not in OPEN), rule.endpoint


def test_a_stranger_who_sends_a_form_of_staff_is_told_to_sign_in_and_nothing_happens(
    house: House, front: flask.Flask, visitor: Browser
) -> None:
    before = house.snapshot("gateway"), house.snapshot("support")
    tried = {rule.endpoint: visitor.raw("POST", address(rule)).status_code for rule in routes(front, "POST")}
    expected = {rule.endpoint: 401 for rule in routes(front, "POST") if rule.endpoint not in OPEN}
    assert expected.items() <= tried.items()
    assert (house.snapshot("gateway"), house.snapshot("support")) == before


def test_every_form_without_the_right_token_is_refused_and_nothing_happens(
    house: House, front: flask.Flask, signed_in: SignedIn
) -> None:
    somebody = signed_in("staff", "admin", "on-call")
    before = house.snapshot("gateway", but=("session",)), house.snapshot("support")
    for rule in routes(front, "POST"):
        if rule.endpoint in FORGED_ELSEWHERE:
            continue
        for given in ({}, {"csrf_token": ""}, {"csrf_token": "0" * 64}, {"csrf_token": "ü"}):
            answer = somebody.raw("POST", address(rule), data=given)
            assert answer.status_code == 400, (rule.endpoint, given)
    assert (house.snapshot("gateway", but=("session",)), house.snapshot("support")) == before


def test_a_token_of_one_session_opens_no_form_of_another(house: House, front: flask.Flask) -> None:
    one = signed_in_as(house, front, add_person(house, "staff", "admin"))
    other = signed_in_as(house, front, add_person(house, "staff", "admin"))
    stolen = one.open("/units").form("/units").values["csrf_token"]
    other.open("/units")
    assert other.raw("POST", "/units", data={"csrf_token": stolen}).status_code == 400


def test_pages_of_administrators_and_of_whoever_is_on_call_are_closed_to_everybody_else(
    front: flask.Flask, signed_in: SignedIn
) -> None:
    lead = signed_in("staff", "lead")
    token = lead.open("/account").form("/account/password").values["csrf_token"]
    for method in ("GET", "POST"):
        for rule in routes(front, method):
            if rule.endpoint in OPEN | {"account.sign_out"}:
                continue
            answer = lead.raw(method, address(rule), data={"csrf_token": token} if method == "POST" else None)
            on_call = rule.endpoint.startswith(FOR_ON_CALL)
            closed = rule.endpoint in FOR_ADMINS or on_call
            assert (answer.status_code == 403) is closed, (rule.endpoint, answer.status_code)
            if closed:
                said = answer.get_data(as_text=True)
                assert ("on-call" if on_call else "admin") in said or "Quản trị viên" in said


HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; "
        "img-src 'self' data:; font-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Strict-Transport-Security": "max-age=31536000",
}


def test_every_answer_carries_the_headers_that_keep_it_safe(
    front: flask.Flask, visitor: Browser, signed_in: SignedIn
) -> None:
    somebody = signed_in("staff", "admin")
    somewhere = [address(rule) for rule in routes(front, "GET")]
    for path in (*somewhere, "/nowhere", "/p/short", "/api/nowhere/v1/x"):
        for browser in (visitor, somebody):
            answer = browser.raw("GET", path)
            saved = answer.headers.get("Content-Disposition", "").startswith("attachment")
            expected = HEADERS | ({"Content-Security-Policy": headers.FILE_POLICY} if saved else {})
            assert {name: answer.headers.get(name) for name in HEADERS} == expected, path
            secret = path.startswith("/p/")
            assert answer.headers["Referrer-Policy"] == ("no-referrer" if secret else "same-origin"), path
            assert (answer.headers.get("X-Robots-Tag") is None) is (path == "/"), path
            assert "Server" not in answer.headers
            if not path.startswith(("/static/", "/api/")):
                assert answer.headers["Cache-Control"] == "no-store", path


def test_cookies_are_for_this_host_only_and_out_of_reach_of_scripts(house: House, front: flask.Flask) -> None:
    person, browser = add_person(house, "staff"), Browser(front)
    browser.open("/sign-in?lang=en")
    set_first = browser.answer.headers.getlist("Set-Cookie")
    answer = browser.post("/sign-in", mail=person.mail, password=PASSWORD)
    assert answer.status_code == 303
    for cookie in (*set_first, *answer.headers.getlist("Set-Cookie")):
        assert cookie.startswith("__Host-steward-")
        for word in ("; Secure", "; HttpOnly", "; Path=/", "; SameSite=Lax"):
            assert word in cookie
        assert "Domain" not in cookie


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example.com/",
        "//evil.example.com/",
        "/\\evil.example.com/",
        "\\\\evil.example.com",
        "/\t/evil.example.com",
        "/\n//evil.example.com",
        "javascript:alert(1)",
        "tickets",
        "http:evil.example.com",
    ],
)
def test_nobody_is_sent_to_another_site(elsewhere: str) -> None:
    assert gate.local(elsewhere, "/tickets") == "/tickets"


def test_neither_the_address_nor_the_form_of_the_sign_in_leads_away(house: House, front: flask.Flask) -> None:
    person, browser = add_person(house, "staff"), Browser(front)
    browser.open("/sign-in", query_string={"next": "https://evil.example.com/"})
    assert browser.page.form("/sign-in").values["next"] == ""
    answer = browser.post("/sign-in", mail=person.mail, password=PASSWORD, next="//evil.example.com/")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/desk")
    answer = browser.raw("GET", "/sign-in", query_string={"next": "//evil.example.com/"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/desk")


def test_after_the_sign_in_one_is_where_one_wanted_to_go(house: House, front: flask.Flask) -> None:
    person, browser = add_person(house, "staff"), Browser(front)
    browser.open("/messages?state=sent&number=TCK-2026-000001")
    assert browser.path.startswith("/sign-in?next=")
    browser.send("/sign-in", mail=person.mail, password=PASSWORD)
    assert browser.path == "/messages?state=sent&number=TCK-2026-000001"


@pytest.mark.parametrize("path", ["/tickets", "/tickets/new?a=b#c", "/"])
def test_paths_of_our_own_are_kept(path: str) -> None:
    assert gate.local(path, "-") == path


def test_a_session_ends_after_half_an_hour_of_rest(house: House, signed_in: SignedIn) -> None:
    somebody = signed_in("staff")
    somebody.open("/tickets")
    house.time.move(timedelta(minutes=29))
    somebody.open("/tickets")
    assert somebody.path == "/tickets"
    house.time.move(timedelta(minutes=29))
    somebody.open("/tickets")
    assert somebody.path == "/tickets"
    house.time.move(timedelta(minutes=31))
    somebody.open("/tickets")
    assert somebody.path.startswith("/sign-in")


def test_a_forged_form_of_another_site_is_not_even_offered_again(signed_in: SignedIn) -> None:
    somebody = signed_in("staff")
    for told in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": None, "Origin": "https://evil.example.com"}):
        answer = somebody.raw("POST", "/tickets/new", data={"content": "forged"}, headers=told)
        assert answer.status_code == 400
        assert "forged" not in answer.get_data(as_text=True)


def test_the_way_back_is_on_every_page_of_an_error(visitor: Browser) -> None:
    visitor.open("/nowhere")
    assert visitor.status == 404
    assert visitor.page.links["Về trang đầu"] == "/"
    visitor.open("/r/no-such-unit")
    assert visitor.status == 404
    assert visitor.raw("GET", "/tickets/x/classify").headers["Allow"] == "OPTIONS, POST"


def test_the_address_of_a_client_link_is_never_written_into_the_log(
    visitor: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    visitor.open("/p/sAAAABBBBCCCCDDDDEEEEFF")
    visitor.raw("POST", "/p/sAAAABBBBCCCCDDDDEEEEFF/confirm", data={})
    assert "AAAABBBB" not in capsys.readouterr().out
    assert PUBLIC_URL.startswith("https://")
