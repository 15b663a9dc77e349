"""Prepared texts on the pages: a lead writes, changes, removes and brings back; on a ticket they fill the reply."""

from __future__ import annotations

from tests.flows.house import House
from tests.pages.browser import Browser
from tests.pages.conftest import SignedIn
from tests.pages.page import Page


def inserted(browser: Browser, ticket: str, macro: str, **written: str) -> Page:
    """The page after the button beside the prepared texts; it stands in the form of the reply."""
    browser.open(f"/tickets/{ticket}")
    form = browser.page.form(f"/conversations/{ticket}/reply")
    data = {**form.values, "macro": macro, **written}
    browser.page = Page.read(browser.raw("POST", f"/conversations/{ticket}/insert", data=data).get_data(as_text=True))
    return browser.page


def test_a_lead_writes_a_text_that_fills_the_reply_and_takes_it_away_and_back(
    house: House, signed_in: SignedIn
) -> None:
    ticket = house.client("support", house.staff("staff")).post(
        "/v1/tickets",
        {"content": "Lịch tàu?", "requester": {"name": "王经理", "locale": "zh", "mails": ["w@example.com"]}},
    )
    id = ticket.expect(201)["id"]
    lead = signed_in("lead")
    house.settle()
    lead.open("/macros")
    assert "Chưa có mẫu trả lời nào" in lead.page.text
    lead.open("/macros/new")
    lead.send("/macros", title="Chào", vi="Kính gửi {nmae}")
    assert lead.status == 422
    assert lead.page.wrong("vi") == "Nội dung có ô điền không tồn tại."
    lead.send("/macros", title="Chào", vi="Kính gửi {name}: hẹn {promised}")
    assert "Đã lưu mẫu trả lời." in lead.page.text
    (macro,) = house.client("support", house.staff("lead")).get("/v1/macros").expect(200)
    assert "Chào (Tiếng Việt)" in lead.open(f"/tickets/{id}").text
    page = inserted(lead, id, macro["id"])
    assert page.form(f"/conversations/{id}/reply").values["reply_text"] == "Kính gửi 王经理: hẹn …"
    assert "không viết bằng ngôn ngữ của khách hàng" in page.text
    lead.open(f"/macros/{macro['id']}")
    lead.send(f"/macros/{macro['id']}/change", zh="{name}，您好")
    page = inserted(lead, id, macro["id"])
    assert page.form(f"/conversations/{id}/reply").values["reply_text"] == "王经理，您好"
    page = inserted(lead, id, macro["id"], reply_text="Một. Hai.", at="4")
    assert page.form(f"/conversations/{id}/reply").values["reply_text"] == "Một.\n\n王经理，您好\n\nHai."
    for at in ("", "-1", "999999", "x"):  # without a cursor it goes to the end; what was written stays in any case
        page = inserted(lead, id, macro["id"], reply_text="Một.", at=at)
        assert page.form(f"/conversations/{id}/reply").values["reply_text"] == "Một.\n\n王经理，您好"
    page = inserted(lead, id, "", reply_text="Một.")
    assert page.wrong("macro") == "Vui lòng chọn một mẫu trả lời."
    assert page.form(f"/conversations/{id}/reply").values["reply_text"] == "Một."
    assert house.client("support", house.staff("lead")).get(f"/v1/tickets/{id}/conversation").body["items"] == []
    lead.open("/macros")
    lead.send(f"/macros/{macro['id']}/remove")
    assert "Đã gỡ mẫu trả lời" in lead.page.text
    lead.send(f"/macros/{macro['id']}/restore")
    assert "Đã khôi phục mẫu trả lời." in lead.page.text
    staff = signed_in("staff", locale="zh")
    staff.open("/macros")
    assert "移除" not in staff.page.text
    assert "您好" in staff.open(f"/macros/{macro['id']}").text
