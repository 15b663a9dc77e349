"""What a client reads behind the link that follows a request: everything that was written to them, by when, and never
what colleagues say among themselves or what was taken back."""

from __future__ import annotations

from datetime import timedelta

import flask
import pytest

from services.gateway.front import moments
from services.gateway.public import thread
from services.support.conversation import model
from tests.flows.house import House
from tests.flows.promised import Office
from tests.flows.test_attachments import _send
from tests.pages.browser import Browser
from tests.pages.test_links import RESULT, handed_over
from tests.unit.support import files

REPLY = "Hàng <HPH-8812> đến ngày 26/11.\nQuý khách mang theo giấy ủy quyền."
TAKEN_BACK = "Gửi nhầm cho khách khác"
AMONG_US = "Khách này hay trả chậm"
SAID = {
    "vi": ("Nội dung trao đổi", "Thư của chúng tôi", "Nội dung Quý khách đã gửi", "Kết quả xử lý"),
    "zh": ("往来记录", "我们的回复", "您提交的内容", "处理结果"),
    "en": ("What we wrote to each other", "Our message", "What you wrote", "Our result"),
}


@pytest.fixture
def office(house: House) -> Office:
    return Office(house)


def _asked(office: Office, **more: object) -> tuple[str, str]:
    """A new request: its id, and the link that follows it."""
    id = office.receive(**more)
    return id, office.house.mails(to="anh@example.com")[-1].link


def _write(office: Office, id: str, text: str) -> str:
    return office.as_(office.staff).post(f"/v1/tickets/{id}/reply", {"text": text}).expect(201)["id"]


@pytest.mark.parametrize("locale", list(SAID))
def test_a_client_finds_every_reply_with_its_time_on_the_page_of_their_request(
    office: Office, front: flask.Flask, locale: str
) -> None:
    id, follow = _asked(office, locale=locale)
    _write(office, id, REPLY)
    office.house.pass_time(model.UNDO_FOR)
    client = Browser(front, language="fr")
    page = client.open(f"/p/{follow}")
    title, ours, theirs, _ = SAID[locale]
    assert [said in page.text for said in (title, ours, theirs)] == [True] * 3
    assert REPLY.splitlines()[0] in page.text
    assert moments.shown(office.house.time.now(), locale, "VN") in page.text
    assert page.text.index(ours) < page.text.index(theirs)  # the newest first
    assert "Trần Văn Nữ" not in page.text  # the house answers, not a person


def test_what_is_said_among_colleagues_and_what_was_taken_back_never_shows(office: Office, visitor: Browser) -> None:
    house = office.house
    id, follow = _asked(office)
    staff, lead = office.as_(office.staff), office.as_(office.lead)
    staff.post(f"/v1/tickets/{id}/note", {"text": AMONG_US}).expect(201)
    staff.post(f"/v1/tickets/{id}/consult", {"text": AMONG_US, "to": office.lead.id}).expect(201)
    lead.post(f"/v1/tickets/{id}/advise", {"text": AMONG_US}).expect(201)
    mistaken = _write(office, id, TAKEN_BACK)
    hidden = (AMONG_US, TAKEN_BACK)
    assert not any(each in visitor.open(f"/p/{follow}").text for each in hidden)  # it has not left yet
    staff.post(f"/v1/replies/{mistaken}/undo", {}).expect(200)
    house.pass_time(model.UNDO_FOR)
    _write(office, id, REPLY)
    house.pass_time(model.UNDO_FOR)
    page = visitor.open(f"/p/{follow}")
    assert REPLY.splitlines()[0] in page.text
    assert not any(each in page.text for each in hidden)
    api = house.client("support").get(f"/v1/public/links/{follow}/conversation")
    assert [(each["kind"], each["text"]) for each in api.expect(200)["items"]] == [("reply", REPLY)]
    assert not any(each in api.raw.decode() for each in hidden)


def test_files_that_went_with_a_reply_are_named_and_those_of_one_taken_back_are_not(
    office: Office, visitor: Browser
) -> None:
    id, follow = _asked(office)
    staff = office.as_(office.staff)
    names = {"Vận đơn SC240611.pdf": True, "Bảng giá nội bộ.pdf": False}
    for name, leaves in names.items():
        token = _send(staff, files.PDF, name).expect(201)["token"]
        written = staff.post(f"/v1/tickets/{id}/reply", {"text": "Xem tệp.", "attachments": [token]}).expect(201)
        if not leaves:
            staff.post(f"/v1/replies/{written['id']}/undo", {}).expect(200)
        office.house.pass_time(model.UNDO_FOR)
    page = visitor.open(f"/p/{follow}")
    assert {name: name in page.text for name in names} == names
    assert "Tệp kèm theo thư của chúng tôi" in page.text


def test_who_has_lost_the_link_or_made_one_up_reads_nothing(house: House) -> None:
    _, follow, answer = handed_over(house)
    client = house.client("support")
    assert client.get("/v1/public/links/sAAAAAAAAAAAAAAAAAAAAAA/conversation").code == "link-unknown"
    client.post(f"/v1/public/links/{answer}/confirm", {"rating": 5}).expect(200)
    assert client.get(f"/v1/public/links/{answer}/conversation").code == "link-used"
    house.time.move(timedelta(days=181))
    assert client.get(f"/v1/public/links/{follow}/conversation").code == "link-expired"


def test_a_long_conversation_is_read_page_by_page(office: Office, visitor: Browser) -> None:
    id, follow = _asked(office)
    for number in range(31):
        _write(office, id, f"Tin thứ {number:02d}.")
        office.house.time.move(model.UNDO_FOR)
    office.house.settle()
    first = visitor.open(f"/p/{follow}")
    assert "Tin thứ 30." in first.text
    assert "Tin thứ 00." not in first.text
    visitor.follow("Trao đổi trước đó")
    assert "Tin thứ 00." in visitor.page.text
    assert "Tin thứ 30." not in visitor.page.text
    visitor.follow("Đến trao đổi mới nhất")
    assert "Tin thứ 30." in visitor.page.text


def test_where_a_result_is_to_be_answered_it_stands_once_and_the_letters_are_folded_below(
    house: House, visitor: Browser
) -> None:
    id, _, answer = handed_over(house)
    page = visitor.open(f"/p/{answer}")
    assert (page.html.count(RESULT), page.html.count("Tàu nào?")) == (1, 1)
    assert "Nội dung trao đổi" not in page.text  # nothing else was said
    staff = house.client("support", house.staff("staff"))
    staff.post(f"/v1/tickets/{id}/reply", {"text": REPLY}).expect(201)
    house.pass_time(model.UNDO_FOR)
    page = visitor.open(f"/p/{answer}")
    assert page.text.index("Nội dung trao đổi") < page.text.index(REPLY.splitlines()[1])
    assert (page.html.count(RESULT), page.html.count("Tàu nào?")) == (1, 1)


def test_after_a_refusal_the_page_says_what_was_refused_and_hides_the_new_result_until_it_is_handed_over(
    house: House, visitor: Browser
) -> None:
    id, follow, answer = handed_over(house)
    house.time.move(timedelta(minutes=5))
    house.client("support").post(f"/v1/public/links/{answer}/refuse", {"reason": "Cổng nào?"}).expect(200)
    staff = house.client("support", house.staff("staff", "lead"))
    house.settle()
    staff.post(f"/v1/tickets/{id}/take", {}).expect(200)
    house.time.move(timedelta(minutes=5))
    staff.post(f"/v1/tickets/{id}/progress", {"text": "Đang hỏi cảng."}).expect(200)
    text = visitor.open(f"/p/{follow}").text
    for said in ("Cổng nào?", "Kết quả đã gửi trước đây", "Đang hỏi cảng."):
        assert said in text
    house.time.move(timedelta(minutes=5))
    staff.post(f"/v1/tickets/{id}/complete", {"method": "Hỏi cảng", "result": "Cổng 3."}).expect(200)
    assert "Cổng 3." not in visitor.open(f"/p/{follow}").text
    staff.post(f"/v1/tickets/{id}/hand_over").expect(200)
    text = visitor.open(f"/p/{follow}").text
    assert "Cổng 3." in text
    assert "Cổng nào?" not in text
    assert "Đang hỏi cảng." not in text


def test_a_clients_own_long_letter_is_cut_and_ours_is_whole(front: flask.Flask) -> None:
    long = "x" * (thread.MOST_SHOWN + 1)
    at = "2026-11-24T07:30:00Z"
    passed = [{"kind": kind, "text": long, "at": at, "files": []} for kind in ("answer", "reply")]
    with front.test_request_context():
        theirs, ours = (each.text for each in thread.of({}, passed, whole=False))
    assert (len(theirs), theirs[-1], ours) == (thread.MOST_SHOWN + 1, "…", long)
