"""Getting in, staying in, getting back in, and leaving."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path

import flask
import sqlalchemy as sa

from services.gateway.directory.setup import commands as setup
from services.gateway.directory.throttle import model as limits
from services.gateway.directory.unit import tables as units
from tests.flows.house import House
from tests.pages.browser import Browser
from tests.pages.conftest import PASSWORD, SignedIn, add_person, signed_in_as

BETTER = "một chuyến tàu đêm về Sài Gòn"


def sign_in(browser: Browser, mail: str, password: str = PASSWORD) -> None:
    browser.open("/sign-in")
    browser.send("/sign-in", mail=mail, password=password)


def test_the_right_password_lets_in_under_a_new_secret(house: House, front: flask.Flask) -> None:
    person, browser = add_person(house), Browser(front)
    sign_in(browser, person.mail.upper())
    assert browser.path == "/desk"
    first = browser.cookie("session")
    browser.send("/sign-out")
    assert "Anh/Chị đã đăng xuất." in browser.page.text
    assert browser.cookie("session") is None
    sign_in(browser, person.mail)
    assert browser.cookie("session") != first
    thief = Browser(front).sign_in(first or "")
    thief.open("/tickets")
    assert thief.path.startswith("/sign-in")


def test_a_secret_that_was_planted_before_the_sign_in_is_worth_nothing_after_it(
    house: House, front: flask.Flask
) -> None:
    person = add_person(house)
    planted = Browser(front).sign_in("planted-by-somebody-else")
    sign_in(planted, person.mail)
    assert planted.path == "/desk"
    thief = Browser(front).sign_in("planted-by-somebody-else")
    thief.open("/tickets")
    assert thief.path.startswith("/sign-in")


def test_a_wrong_password_and_an_unknown_address_look_the_same(house: House, front: flask.Flask) -> None:
    person, pages = add_person(house), []
    for mail, password in ((person.mail, "falsch falsch falsch"), ("nobody@example.com", PASSWORD)):
        browser = Browser(front)
        sign_in(browser, mail, password)
        assert browser.status == 401
        assert browser.page.form("/sign-in").values["mail"] == mail
        assert password not in browser.page.html
        pages.append(browser.page.text)
    assert pages[0] == pages[1]
    assert "Địa chỉ thư điện tử hoặc mật khẩu không đúng." in pages[0]


def test_guessing_is_slowed_down_and_says_how_long(house: House, front: flask.Flask) -> None:
    person, browser = add_person(house), Browser(front, language="zh")
    for _ in range(limits.ACCOUNT.free):
        sign_in(browser, person.mail, "falsch falsch falsch")
        assert browser.status == 401
    sign_in(browser, person.mail, PASSWORD)
    assert browser.status == 429
    assert int(browser.answer.headers["Retry-After"]) > 0


def test_another_password_signs_every_other_browser_out(house: House, front: flask.Flask) -> None:
    person = add_person(house)
    here, there = signed_in_as(house, front, person), signed_in_as(house, front, person)
    here.open("/account")
    here.send("/account/password", old=PASSWORD, new=BETTER, again=BETTER + "!")
    assert (here.status, here.page.wrong("again")) == (422, "Hai mật khẩu không giống nhau.")
    here.send("/account/password", old="falsch falsch", new=BETTER, again=BETTER)
    assert (here.status, here.page.wrong("old")) == (422, "Đây không phải mật khẩu hiện tại của Anh/Chị.")
    here.send("/account/password", old=PASSWORD, new="123456789012", again="123456789012")
    assert here.status == 422
    assert "dễ bị đoán" in here.page.wrong("new")
    here.send("/account/password", old=PASSWORD, new=BETTER, again=BETTER)
    assert "Đã đổi mật khẩu." in here.page.text
    assert BETTER not in here.page.html
    there.open("/account")
    assert there.path.startswith("/sign-in")
    sign_in(there, person.mail, BETTER)
    assert there.path == "/desk"


def test_my_language_is_that_of_my_account_until_i_choose_another(house: House, signed_in: SignedIn) -> None:
    browser = signed_in("staff", locale="vi")
    browser.open("/tickets", headers={"Accept-Language": "zh"})
    assert browser.page.language == "vi"
    browser.open("/account")
    browser.send("/account/language", locale="zh")
    assert browser.page.language == "zh-Hans"
    browser.open("/tickets", headers={"Accept-Language": "en"})
    assert browser.page.language == "zh-Hans"
    browser.follow("English")
    assert browser.page.language == "en"
    browser.open("/tickets")
    assert browser.page.language == "en"
    browser.send("/sign-out")
    browser.open("/sign-in")
    assert browser.page.language == "vi"  # of the browser: the next person chooses for themselves


def test_a_forgotten_password_is_chosen_again_by_a_link_that_works_once(
    house: House, front: flask.Flask, visitor: Browser
) -> None:
    person = add_person(house)
    answers = []
    for mail in (person.mail, "nobody@example.com"):
        visitor.open("/forgotten")
        visitor.send("/forgotten", mail=mail)
        assert visitor.status == 200
        answers.append(visitor.page.text)
    assert answers[0] == answers[1]
    house.settle()
    assert house.mails(to="nobody@example.com") == []
    token = house.mails(to=person.mail)[-1].link

    visitor.open(f"/p/{token}")
    assert person.mail in visitor.page.text
    visitor.send("/password", password="ngắn", again="ngắn")
    assert visitor.status == 422
    assert "12 ký tự" in visitor.page.wrong("password")
    visitor.send("/password", password=BETTER, again=BETTER)
    assert "Đã đổi mật khẩu." in visitor.page.text
    visitor.open(f"/p/{token}")
    assert visitor.status == 410
    assert visitor.page.links["Yêu cầu liên kết mới"] == "/forgotten"
    sign_in(visitor, person.mail, BETTER)
    assert visitor.path == "/desk"


def test_an_expired_link_to_choose_a_password_leads_to_a_new_one(house: House, visitor: Browser) -> None:
    person = add_person(house)
    visitor.open("/forgotten")
    visitor.send("/forgotten", mail=person.mail)
    house.settle()
    token = house.mails(to=person.mail)[-1].link
    house.time.move(timedelta(hours=2))
    visitor.open(f"/p/{token}")
    assert visitor.status == 410
    visitor.follow("Yêu cầu liên kết mới")
    assert visitor.status == 200


def test_what_was_typed_when_the_session_ended_is_sent_after_signing_in_again(house: House, front: flask.Flask) -> None:
    person = add_person(house)
    browser = signed_in_as(house, front, person)
    browser.open("/tickets/new")
    house.time.move(timedelta(minutes=31))
    typed = {"name": "赵雪", "mail": "zhao@example.com", "locale": "zh", "content": "一段写了很久的内容"}
    browser.send("/tickets/new", **typed)
    assert browser.status == 401
    assert "đã bị đăng xuất" in browser.page.text
    browser.send("/sign-in", mail=person.mail, password=PASSWORD)
    assert browser.status == 200
    for text in typed.values():
        assert text in browser.page.text
    browser.send("/tickets/new")
    assert "一段写了很久的内容" in browser.page.text
    assert browser.path.startswith("/tickets/")
    assert "TCK-" in browser.page.text


def test_a_carried_form_leads_nowhere_but_to_our_own_pages(house: House, front: flask.Flask) -> None:
    person = add_person(house)
    carried = json.dumps([["content", "x"], ["csrf_token", "y"], ["password", "z"]])
    for to, pending in (
        ("https://evil.example.com/", carried),
        ("//evil.example.com/", carried),
        ("/tickets/new", "{broken"),
        ("/tickets/new", json.dumps({"a": "b"})),
        ("/tickets/new", json.dumps([["a", 1]])),
    ):
        browser = Browser(front)
        token = browser.open("/sign-in").form("/sign-in").values["csrf_token"]
        sent = {"csrf_token": token, "mail": person.mail, "password": PASSWORD, "pending_to": to, "pending": pending}
        got = browser.raw("POST", "/sign-in", data=sent)
        assert (got.status_code, got.headers["Location"]) == (303, "/desk"), (to, pending)


def test_a_real_company_is_set_up_once_with_the_code_that_was_printed(migrated_home: Path, tmp_path: Path) -> None:
    shutil.copytree(migrated_home / "data", tmp_path / "data")
    with House(tmp_path) as house:
        with house.work("gateway") as work:  # as if the company of the house were the made-up one
            work.execute(units.unit.update().values(demo=True))
            code = setup.offer(work)
        assert code is not None
        browser = Browser(house.process.front(house.apps))
        browser.open("/")
        browser.follow("Thiết lập công ty")
        facts = {
            "title": "Công ty Luật TNHH Sông Hồng",
            "unit_code": "song-hong",
            "country": "VN",
            "name": "Phạm Thị Mai",
            "mail": "mai@songhong.example.com",
            "locale": "vi",
            "password": BETTER,
        }
        browser.send("/setup", code="AAAA-BBBB-CCCC-DDDD", **facts)
        assert (browser.status, browser.page.wrong("code")) == (422, "Mã này không đúng.")
        browser.send("/setup", code=code, **{**facts, "unit_code": "Sông Hồng"})
        assert browser.status == 422
        assert "chữ thường" in browser.page.wrong("unit_code")
        browser.send("/setup", code=code.lower(), **{**facts, "password": "ngắn"})
        assert (browser.status, browser.page.wrong("code")) == (422, "")
        assert "12 ký tự" in browser.page.wrong("password")
        browser.send("/setup", code=code.lower(), **facts)
        assert browser.status == 200
        assert "Công ty đã được thiết lập. Anh/Chị là quản trị viên." in browser.page.text
        assert "Công ty Luật TNHH Sông Hồng" in browser.page.text
        browser.open("/units")
        assert browser.status == 200

        other = Browser(house.process.front(house.apps))
        other.open("/setup")
        assert other.page.forms == []
        other.open("/")
        assert "Công ty Luật TNHH Sông Hồng" in other.page.text
        assert "Biển Xanh" not in other.page.text  # the made-up company is not shown beside a real one
        kinds = house.column("gateway", sa.select(units.unit.c.code).where(units.unit.c.demo.is_(False)))
        assert kinds == ["song-hong"]
