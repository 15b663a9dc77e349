"""Links in mails: looking never acts, answering acts once, and a link that does nothing any more says what is next."""

from __future__ import annotations

import itertools
from datetime import timedelta

import flask
import pytest
import sqlalchemy as sa

from services.gateway.directory.staff import commands as staff_commands
from services.gateway.directory.staff import tables as staff_tables
from services.gateway.directory.unit import commands as units
from services.gateway.public.rate import model as windows
from tests.flows.house import HAI_PHONG, House
from tests.pages.browser import Browser

RESULT = "Tàu cập cảng lúc 6 giờ ngày 26/11."
_numbers = itertools.count(1)


def somebody() -> str:
    """The mail address of another client each time."""
    return f"nam.le{next(_numbers)}@example.com"


def handed_over(house: House, *, locale: str = "vi") -> tuple[str, str, str]:
    """A ticket whose result waits for the client: its id, the follow link and the answer link."""
    mail = somebody()
    staff = house.client("support", house.staff("staff", "lead"))
    requester = {"name": "Lê Văn Nam", "locale": locale, "mails": [mail]}
    made = staff.post("/v1/tickets", {"content": "Tàu nào?", "requester": requester}).expect(201)
    promise = (house.time.now() + timedelta(hours=1)).isoformat()
    id = made["id"]
    staff.post(f"/v1/tickets/{id}/classify", {"request_type": 3, "promised_at": promise}).expect(200)
    staff.post(f"/v1/tickets/{id}/complete", {"method": "Tra cứu", "result": RESULT}).expect(200)
    staff.post(f"/v1/tickets/{id}/hand_over").expect(200)
    house.settle()
    letters = house.mails(to=mail)
    return id, letters[0].link, letters[-1].link


def state(house: House, id: str) -> str:
    return house.client("support", house.staff("staff")).get(f"/v1/tickets/{id}").expect(200)["state"]


def test_looking_changes_nothing_however_often_a_scanner_does_it(house: House, visitor: Browser) -> None:
    id, follow, answer = handed_over(house)
    before = house.snapshot("support")
    for token in (follow, answer) * 3:
        for method in ("GET", "HEAD"):
            assert visitor.raw(method, f"/p/{token}").status_code == 200
    for verb in ("confirm", "refuse", "password"):
        assert visitor.raw("GET", f"/p/{answer}/{verb}").status_code == 405
    assert house.snapshot("support") == before
    assert state(house, id) == "handed_over"


def test_an_answer_counts_once_and_the_used_link_says_thanks(house: House, visitor: Browser) -> None:
    id, _, token = handed_over(house)
    visitor.open(f"/p/{token}")
    form = visitor.page
    visitor.send("/confirm", rating="4")
    assert visitor.status == 200
    visitor.page = form
    again = visitor.post("/confirm", rating="4")
    assert again.status_code == 303  # the same form pressed twice has the same answer
    visitor.page = form
    assert visitor.post("/confirm", rating="1").status_code == 410
    visitor.page = form
    assert visitor.post("/refuse", reason="Không đồng ý").status_code == 410
    visitor.open(f"/p/{token}")
    assert visitor.status == 410
    assert "Chúng tôi đã ghi nhận ý kiến của Quý khách." in visitor.page.text
    assert visitor.page.links["Gửi yêu cầu mới"] == "/r/hai-phong"
    assert RESULT not in visitor.page.text
    shown = house.client("support", house.staff("staff")).get(f"/v1/tickets/{id}").expect(200)
    assert (shown["state"], shown["rating"]) == ("confirmed", 4)


def test_a_mails_language_stays_from_the_link_to_the_thanks(house: House, front: flask.Flask) -> None:
    _, _, token = handed_over(house, locale="zh")
    client = Browser(front, language="en")
    client.open(f"/p/{token}")
    form = client.page
    client.send("/confirm")
    assert (client.status, client.page.language) == (422, "zh-Hans")
    assert client.page.wrong("rating") == "请在五项中选择一项。"
    client.page = form
    client.send("/confirm", rating="5")
    assert (client.status, client.page.language) == (200, "zh-Hans")


def test_nobody_can_make_a_link_say_thanks_that_was_not_used(house: House, visitor: Browser) -> None:
    _, _, token = handed_over(house)
    visitor.open(f"/p/{token}?answered=confirmed")
    assert "Xin cảm ơn Quý khách đã xác nhận" not in visitor.page.text
    visitor.open("/p/sAAAAAAAAAAAAAAAAAAAAAA?answered=confirmed")
    assert visitor.status == 404
    assert "Xin cảm ơn" not in visitor.page.text


@pytest.mark.parametrize(
    ("locale", "said"), [("vi", "Liên kết này đã hết hạn"), ("zh", "此链接已过期"), ("en", "This link has expired")]
)
def test_an_expired_link_says_so_in_the_language_of_its_mail_whose_it_was_and_where_to_write(
    house: House, front: flask.Flask, locale: str, said: str
) -> None:
    id, _, token = handed_over(house, locale=locale)
    house.time.move(timedelta(days=31))
    client = Browser(front, language="fr")
    client.open(f"/p/{token}")
    assert client.status == 410
    assert said in client.page.text
    assert "Biển Xanh – Chi nhánh Hải Phòng" in client.page.text
    assert house.client("support", house.staff("staff")).get(f"/v1/tickets/{id}").body["number"] in client.page.text
    assert "/r/hai-phong" in client.page.links.values()
    assert not any(told in client.page.text for told in (RESULT, "Tàu nào?", "Lê Văn Nam"))


def test_a_link_that_was_replaced_points_to_the_latest_mail(house: House, visitor: Browser) -> None:
    id, _, first = handed_over(house)
    visitor.open(f"/p/{first}")
    visitor.send("/refuse", reason="Chưa rõ cổng nào.")
    staff = house.client("support", house.staff("staff", "lead"))
    staff.post(f"/v1/tickets/{id}/complete", {"method": "Hỏi cảng", "result": "Cổng 3."}).expect(200)
    staff.post(f"/v1/tickets/{id}/hand_over").expect(200)
    visitor.open(f"/p/{first}")
    assert visitor.status == 410


FORGED = (
    "sAAAAAAAAAAAAAAAAAAAAAA",
    "gAAAAAAAAAAAAAAAAAAAAAA",
    "xAAAAAAAAAAAAAAAAAAAAAA",
    "s",
    "s../../v1/tickets",
    "s%00",
    "sẠẠẠẠẠẠẠẠẠẠẠẠẠẠẠẠẠẠẠẠẠẠ",
)


def test_a_forged_link_is_told_from_a_real_one_and_does_nothing(house: House, visitor: Browser) -> None:
    visitor.open("/r/hai-phong")
    token = visitor.page.form("/r/hai-phong").values["csrf_token"]
    before = house.snapshot("support", but=("idempotency",))
    for forged in FORGED:
        assert visitor.raw("GET", f"/p/{forged}").status_code == 404, forged
        for verb in ("confirm", "refuse", "password"):
            sent = {"csrf_token": token, "rating": "5", "reason": "x", "password": "y", "again": "y"}
            assert visitor.raw("POST", f"/p/{forged}/{verb}", data=sent).status_code == 404, (forged, verb)
    assert house.snapshot("support", but=("idempotency",)) == before


def test_the_language_of_the_mail_is_the_language_of_the_page(house: House, front: flask.Flask) -> None:
    _, follow, token = handed_over(house, locale="zh")
    browser = Browser(front, language="fr-FR")  # a mail program's browser may say anything
    browser.open(f"/p/{token}")
    assert browser.page.language == "zh-Hans"
    assert "您的请求是否已解决？" in browser.page.text
    browser.follow("English")
    assert browser.page.language == "en"
    assert "Is your request solved?" in browser.page.text
    browser.open(f"/p/{follow}")
    assert browser.page.language == "en"  # what somebody chose is kept


def test_the_result_is_shown_only_once_it_was_handed_over(house: House, visitor: Browser) -> None:
    staff = house.client("support", house.staff("staff", "lead"))
    mail = somebody()
    requester = {"name": "Lê Văn Nam", "mails": [mail]}
    id = staff.post("/v1/tickets", {"content": "Tàu nào?", "requester": requester}).expect(201)["id"]
    promise = (house.time.now() + timedelta(hours=1)).isoformat()
    staff.post(f"/v1/tickets/{id}/classify", {"request_type": 3, "promised_at": promise}).expect(200)
    staff.post(f"/v1/tickets/{id}/complete", {"method": "nội bộ", "result": RESULT}).expect(200)
    house.settle()
    visitor.open(f"/p/{house.mails(to=mail)[0].link}")
    assert RESULT not in visitor.page.text
    staff.post(f"/v1/tickets/{id}/hand_over").expect(200)
    visitor.open(visitor.path)
    assert RESULT in visitor.page.text
    assert "nội bộ" not in visitor.page.text


def test_what_is_missing_in_an_answer_is_said_beside_the_field_and_the_link_still_works(
    house: House, visitor: Browser
) -> None:
    id, _, token = handed_over(house)
    visitor.open(f"/p/{token}")
    visitor.send("/confirm", comment="Cảm ơn")
    assert visitor.status == 422
    assert visitor.page.wrong("rating") == "Kính mời Quý khách chọn một trong năm mức."
    assert visitor.page.form("/confirm").values["comment"] == "Cảm ơn"
    visitor.send("/refuse", reason="   ")
    assert visitor.status == 422
    assert visitor.page.wrong("reason") == "Xin Quý khách cho biết điều gì chưa được giải quyết."
    visitor.send("/confirm", rating="9")
    assert visitor.status == 422
    assert state(house, id) == "handed_over"
    visitor.send("/confirm", rating="3")
    assert visitor.status == 200


def test_whoever_tries_links_is_stopped_and_everybody_else_is_not(house: House, front: flask.Flask) -> None:
    _, follow, _ = handed_over(house)
    guesser, client = Browser(front), Browser(front)
    for number in range(windows.MISSES.most):
        assert guesser.raw("GET", f"/p/sGUESS{number:017d}").status_code == 404
    answer = guesser.raw("GET", f"/p/{follow}", headers={"X-Forwarded-For": "192.0.2.1"})
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) <= windows.MISSES.length.total_seconds()
    assert client.raw("GET", f"/p/{follow}").status_code == 200
    house.time.move(windows.MISSES.length)
    assert guesser.raw("GET", f"/p/{follow}").status_code == 200


def test_a_closed_unit_still_answers_for_what_it_promised(house: House, visitor: Browser) -> None:
    _, follow, _ = handed_over(house)
    with house.work("gateway") as work:
        active = sa.select(staff_tables.staff.c.id).where(staff_tables.staff.c.state == "active")
        for id in house.column("gateway", active):
            staff_commands.deactivate(work, id)
        units.close(work, HAI_PHONG)
    visitor.open(f"/p/{follow}")
    assert visitor.status == 200
    assert "Biển Xanh – Chi nhánh Hải Phòng" in visitor.page.text
