"""The list of tickets and the page of one: what is possible now, why the rest is not, and two people at once."""

from __future__ import annotations

import re
from datetime import timedelta

import flask
import pytest

from tests.flows.house import SHANGHAI, House
from tests.pages import peers
from tests.pages.browser import Browser
from tests.pages.conftest import SignedIn, add_person, signed_in_as


def receive(house: House, name: str = "Lê Văn Nam", unit: str = "hai-phong") -> str:
    """A ticket that waits to be classified."""
    staff = house.client("support", house.staff("staff", unit=unit))
    requester = {"name": name, "mails": ["nam@example.com"]}
    return staff.post("/v1/tickets", {"content": f"Yêu cầu của {name}", "requester": requester}).expect(201)["id"]


def test_what_is_not_possible_yet_says_why(house: House, signed_in: SignedIn) -> None:
    browser = signed_in("staff")
    browser.open(f"/tickets/{receive(house)}")
    steps = [form.action.rpartition("/")[2] for form in browser.page.forms if "/tickets/" in form.action]
    assert [each for each in steps if not each.startswith(("link", "files"))] == ["classify", "verify", "withdraw"]
    for why in (
        "Cần phân loại yêu cầu trước.",
        "Cần ghi kết quả trước.",
        "Cần khách hàng xác nhận kết quả trước.",
    ):
        assert why in browser.page.text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"request_type": "1", "within": "usual"}, "09:12, Thứ Ba, 24/11/2026"),
        ({"request_type": "4", "within": "240"}, "13:00, Thứ Ba, 24/11/2026"),
        ({"request_type": "6", "within": "at", "at": "2026-11-25T08:30"}, "08:30, Thứ Tư, 25/11/2026"),
        ({"request_type": "2", "within": "usual", "at": "2026-11-25T08:30"}, "08:30, Thứ Tư, 25/11/2026"),
    ],
)
def test_a_promise_is_made_by_the_type_by_a_span_or_to_the_minute(
    house: House, signed_in: SignedIn, typed: dict[str, str], said: str
) -> None:
    browser = signed_in("staff")
    browser.open(f"/tickets/{receive(house)}")
    browser.send("/classify", **typed)
    assert browser.status == 200
    assert said in browser.page.text


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ({"within": "60"}, "request_type"),
        ({"request_type": "9", "within": "60"}, "request_type"),
        ({"request_type": "4", "within": "usual"}, "within"),
        ({"request_type": "4", "within": "at"}, "at"),
        ({"request_type": "4", "within": "at", "at": "ngày mai"}, "at"),
        ({"request_type": "4", "at": "2026-11-23T08:30"}, ""),
    ],
)
def test_what_is_wrong_with_a_promise_is_said_and_the_choice_is_kept(
    house: House, signed_in: SignedIn, typed: dict[str, str], name: str
) -> None:
    browser = signed_in("staff")
    browser.open(f"/tickets/{receive(house)}")
    browser.send("/classify", **typed)
    assert browser.status == 422
    if name:
        assert browser.page.wrong(name)
    else:
        assert "Thời hạn" in browser.page.text or "thời hạn" in browser.page.text
    form = browser.page.form("/classify")
    assert form.many.get("request_type", []) == ([typed["request_type"]] if typed.get("request_type") == "4" else [])


def test_what_somebody_classified_is_with_them_and_is_taken_before_it_can_be_paused(
    house: House, signed_in: SignedIn
) -> None:
    browser = signed_in("staff")
    house.settle()  # so that the support knows who they are
    browser.open(f"/tickets/{receive(house)}")
    browser.send("/classify", request_type="2", within="usual")
    assert "Phiếu thuộc phần việc của Anh/Chị. Khi Anh/Chị nhận việc" in browser.page.text
    assert "Chỉ tạm dừng được phiếu đã có người nhận hoặc đã được phân công." in browser.page.text
    assert len([form for form in browser.page.forms if form.action.endswith("/take")]) == 1
    browser.send("/take")
    assert "Khi Anh/Chị nhận việc" not in browser.page.text
    assert not [form for form in browser.page.forms if form.action.endswith("/take")]
    assert browser.page.form("/pause")


def test_of_two_people_at_once_one_is_told_that_it_was_done(house: House, front: flask.Flask) -> None:
    id = receive(house)
    one, other = (signed_in_as(house, front, add_person(house, "staff")) for _ in range(2))
    one.open(f"/tickets/{id}")
    other.open(f"/tickets/{id}")
    one.send("/classify", request_type="3", within="60", verified="yes")
    other.send("/classify", request_type="5", within="15")
    assert other.status in (409, 412)
    assert "Tra cứu tình trạng dịch vụ, hàng hóa" in other.page.text  # the page shows how it stands now
    assert not [form for form in other.page.forms if form.action.endswith("/classify")]

    one.open(f"/tickets/{id}")
    other.open(f"/tickets/{id}")
    one.send("/complete", method="Gọi cảng", result="Đã cập cảng.")
    other.send("/complete", method="Gọi hãng tàu", result="Đang trên đường.")
    assert other.status in (409, 412)
    assert "Đã cập cảng." in other.page.text


def test_a_step_pressed_twice_is_one_step(house: House, signed_in: SignedIn) -> None:
    browser = signed_in("staff")
    browser.open(f"/tickets/{receive(house)}")
    first = browser.post("/classify", request_type="3", within="60")
    second = browser.post("/classify", request_type="3", within="60")
    assert first.headers["Location"] == second.headers["Location"]


def test_a_ticket_of_another_unit_does_not_exist(house: House, signed_in: SignedIn) -> None:
    id = receive(house, unit=SHANGHAI)
    browser = signed_in("staff", "admin")
    browser.open(f"/tickets/{id}")
    assert browser.status == 404
    browser.open("/tickets/../units")
    assert browser.raw("GET", "/tickets/%2e%2e").status_code == 404


def test_the_list_is_filtered_paged_and_says_when_there_is_nothing(house: House, signed_in: SignedIn) -> None:
    for number in range(30):
        receive(house, f"Khách {number:02d}")
    browser = signed_in("staff")
    browser.open("/tickets")
    assert "Khách 29" in browser.page.text
    assert "Khách 00" not in browser.page.text
    browser.follow("Trang sau")
    assert "Khách 00" in browser.page.text
    browser.follow("Về đầu danh sách")
    assert browser.path == "/tickets"
    browser.open("/tickets?state=logged")
    assert "Không có phiếu nào phù hợp." in browser.page.text
    browser.open("/tickets?number=TCK-2026-000001")
    assert [text for text in browser.page.links if text.startswith("TCK-")] == ["TCK-2026-000001"]
    browser.open("/tickets?number=%00&state=nonsense&cursor=")
    assert browser.status == 400
    browser.open("/tickets?cursor=nonsense")
    assert browser.status == 400


def test_a_late_promise_is_seen_at_once(house: House, signed_in: SignedIn) -> None:
    browser = signed_in("staff", locale="en")
    id = receive(house)
    browser.open(f"/tickets/{id}")
    browser.send("/classify", request_type="1", within="usual")
    assert "12 minutes left" in browser.page.text
    house.time.move(timedelta(minutes=27))
    browser.open(f"/tickets/{id}")
    assert "15 minutes late" in browser.page.text


def test_a_ticket_is_shown_without_its_messages_when_notify_is_away(house: House) -> None:
    id = receive(house)
    front = house.process.front({**house.apps, "notify": peers.nobody()})
    browser = signed_in_as(house, front, add_person(house, "staff"))
    browser.open(f"/tickets/{id}")
    assert browser.status == 200
    assert "Hiện không xem được các thư." in browser.page.text
    browser.open("/messages")
    assert browser.status == 503
    assert browser.page.links["Thử lại"] == "/messages"


def test_a_request_that_cannot_be_answered_is_not_written_down(house: House, signed_in: SignedIn) -> None:
    browser = signed_in("staff")
    browser.open("/tickets/new")
    browser.send("/tickets/new", name="Nguyễn Văn An", content="Không để lại gì")
    assert browser.status == 422
    assert browser.page.wrong("mail")
    browser.send("/tickets/new", mail="an@", phone="abc")
    assert browser.page.wrong("mail")
    assert browser.page.wrong("phone")
    assert browser.page.form("/tickets/new").values["content"].strip() == "Không để lại gì"


def test_markup_of_a_client_is_text_on_our_pages(house: House, signed_in: SignedIn) -> None:
    evil = '<script>alert(1)</script><img src=x onerror=alert(1)> {{ 7 * 7 }} "&amp;'
    id = receive(house, evil)
    browser: Browser = signed_in("staff")
    browser.open(f"/tickets/{id}")  # the reader fails on any script or handler
    assert evil in browser.page.text
    browser.open("/tickets")
    assert "49" not in browser.page.text.partition("{{")[0][-40:]


def test_what_lies_beside_the_straight_way_goes_by_forms_too(
    house: House, signed_in: SignedIn, visitor: Browser
) -> None:
    browser, id = signed_in("staff"), receive(house)
    browser.open(f"/tickets/{id}")
    assert "Chưa" in browser.page.text  # nobody has checked it
    browser.send("/verify", verify_topic="incident", verify_mail="nam.le@example.com")
    assert "Thông tin đã được kiểm tra." in browser.page.text
    assert "nam.le@example.com" in browser.page.text
    browser.send("/classify", request_type="2", within="usual")
    browser.send("/reclassify", new_type="3", new_reason="Hỏi về lô hàng")
    assert "Đã phân loại lại." in browser.page.text
    browser.send("/take")
    browser.send("/progress", progress_text="Tàu đã rời Singapore.")
    assert "Tàu đã rời Singapore." in browser.page.text
    browser.send("/promise", promise_at="2026-11-25T08:30", promise_reason="Tàu chậm")
    assert "08:30, Thứ Tư, 25/11/2026" in browser.page.text
    browser.send("/ask_goods", goods_reference="MAEU1234567", goods_pause="outside")
    assert "Đã hỏi; hệ thống liên quan chưa trả lời." in browser.page.text

    house.settle()
    events = house.events("support", "support.ticket.verified")
    link = [event["data"]["link"] for event in events if event["subject"] == id][-1]
    visitor.open(f"/p/{link}")
    assert "Tàu đã rời Singapore." in visitor.page.text
    visitor.send("/withdraw", withdrawal="Tôi đã tự tra cứu được.")
    assert "Quý khách đã rút yêu cầu." in visitor.page.text
    browser.open(f"/tickets/{id}")
    assert "Tôi đã tự tra cứu được." in browser.page.text
    assert [form.action for form in browser.page.forms if form.action.endswith(("/complete", "/withdraw"))] == []


def test_what_nobody_has_checked_is_checked_next_and_then_its_result_is_recorded_and_sent(
    house: House, signed_in: SignedIn
) -> None:
    browser, id = signed_in("staff"), receive(house)
    browser.open(f"/tickets/{id}")
    browser.send("/classify", request_type="2", within="usual")
    browser.send("/take")
    assert browser.page.links["Kiểm tra thông tin"] == "#step-verify"
    assert "step-complete" in browser.page.ids  # where the desk leads: the step before it stands there
    assert "Sau khi kiểm tra thông tin thì mới ghi được kết quả." in browser.page.text
    browser.send("/verify")
    assert browser.page.links["Ghi kết quả"] == "#step-complete"
    assert browser.page.form("/complete").button == "Ghi kết quả và gửi cho khách hàng"
    browser.send("/complete", method="Tra biểu giá", result="Giá là 500 USD.")
    assert "Khi bàn giao, khách hàng được mời xác nhận." in browser.page.text
    assert "Việc tiếp theo: Bàn giao kết quả – Lãnh đạo bộ phận CSKH." in browser.page.text  # whose turn it is
    house.settle()
    assert [letter for letter in house.mails() if "Giá là 500 USD." in letter.text]


def test_colleagues_are_offered_in_the_order_of_their_letters(house: House, signed_in: SignedIn) -> None:
    there = ("Vũ Đức Long", "Lê Văn Nam", "Đỗ Thanh Mai", "Bùi Thị Lan")
    for name in there:
        add_person(house, name=name)
    browser, id = signed_in("staff"), receive(house)
    browser.open(f"/tickets/{id}")
    browser.send("/classify", request_type="2", within="usual")
    offered = browser.page.html.partition('id="assign_to"')[2].partition("</select>")[0]
    shown = [name for name in re.findall(r">([^<·]+) · Biển Xanh", offered) if name in there]
    assert shown == ["Bùi Thị Lan", "Đỗ Thanh Mai", "Lê Văn Nam", "Vũ Đức Long"]


def test_a_step_without_its_sentence_asks_for_it(house: House, signed_in: SignedIn) -> None:
    browser, id = signed_in("staff"), receive(house)
    browser.open(f"/tickets/{id}")
    browser.send("/classify", request_type="2", within="usual")
    browser.send("/take")
    browser.send("/pause", pause_evidence="")
    assert browser.page.wrong("pause_evidence") == "Vui lòng điền mục này."


def test_what_was_written_is_answered_where_one_writes(house: House, signed_in: SignedIn) -> None:
    browser, id = signed_in("staff"), receive(house)
    browser.open(f"/tickets/{id}")
    browser.send("/note", note_text="Chỉ nội bộ")
    assert "Soạn nội dung Đã lưu ghi chú nội bộ." in browser.page.text
    browser.send("/reply", reply_text="Gửi khách")
    browser.send(next(form.action for form in browser.page.forms if "/undo/" in form.action))
    assert "Soạn nội dung Đã thu hồi thư trả lời; khách hàng không nhận được." in browser.page.text


def test_a_reply_and_a_note_cannot_be_taken_for_each_other_and_a_reply_is_taken_back(
    house: House, signed_in: SignedIn
) -> None:
    browser, id = signed_in("staff"), receive(house)
    browser.open(f"/tickets/{id}")
    assert browser.page.form("/reply").button == "Gửi cho Lê Văn Nam qua thư điện tử"
    assert browser.page.form("/note").button == "Lưu làm ghi chú nội bộ"
    browser.send("/note", note_text="Chỉ nội bộ")
    browser.send("/reply", reply_text="Gửi khách")
    assert "Sắp gửi" in browser.page.text
    assert "Chỉ nội bộ" in browser.page.text
    browser.send(next(form.action for form in browser.page.forms if "/undo/" in form.action))
    assert "Đã thu hồi" in browser.page.text
    assert browser.page.form("/reply").values["reply_text"] == "Gửi khách"  # to be put right and sent again
    house.pass_time(timedelta(seconds=11))
    assert not [letter for letter in house.mails() if "Gửi khách" in letter.text or "Chỉ nội bộ" in letter.text]
    browser.send("/reply", reply_text="")
    assert browser.status == 422
