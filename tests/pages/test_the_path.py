"""A request on its whole way through the pages, by nothing but their own forms and the links in the mails."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import flask
import pytest

from tests.flows.house import HAI_PHONG, SHANGHAI, House
from tests.pages.browser import Browser
from tests.pages.conftest import SignedIn, add_person, signed_in_as


@dataclass(frozen=True)
class Case:
    """A client, and what the pages say to them."""

    locale: str
    unit: str
    name: str
    mail: str
    content: str
    result: str
    thanks: str
    asked: str
    confirmed: str
    follow_state: str


CASES = {
    "vi": Case(
        locale="vi",
        unit=HAI_PHONG,
        name="Đặng Thị Ngọc Ánh",
        mail="anh.dang@example.com",
        content="Kính gửi quý công ty,\nlô hàng B/L SC240611 đã thông quan chưa?",
        result="Lô hàng đã thông quan lúc 14:30.\nQuý khách có thể lấy hàng từ ngày mai.",
        thanks="Xin cảm ơn Quý khách. Chúng tôi đã nhận được yêu cầu.",
        asked="Yêu cầu của Quý khách đã được giải quyết chưa?",
        confirmed="Xin cảm ơn Quý khách đã xác nhận",
        follow_state="Quý khách đã xác nhận kết quả.",
    ),
    "zh": Case(
        locale="zh",
        unit=SHANGHAI,
        name="欧阳静雯",
        mail="ouyang@example.com",
        content="请问提单 SC240702 的货物何时到港？\n需要哪些清关文件？",
        result="货物预计 11 月 26 日到港。\n请准备装箱单和发票。",
        thanks="谢谢！您的请求我们已收到。",
        asked="您的请求是否已解决？",
        confirmed="感谢您的确认",
        follow_state="您已确认处理结果",
    ),
    "en": Case(
        locale="en",
        unit=HAI_PHONG,
        name="Siobhán O'Brien-Nguyễn",
        mail="siobhan@example.com",
        content='Has <b>SC240611</b> "cleared" customs & port?',
        result="Yes: cleared & released at 14:30.",
        thanks="Thank you. We have received your request.",
        asked="Is your request solved?",
        confirmed="Thank you for your confirmation",
        follow_state="You have confirmed the result.",
    ),
}


def _asks(front: flask.Flask, case: Case) -> Browser:
    """The client sends the form and sees the page that follows it."""
    client = Browser(front, language=case.locale)
    client.open(f"/r/{case.unit}")
    client.send(f"/r/{case.unit}", name=case.name, mail=case.mail, topic="question", content=case.content)
    assert client.status == 200
    assert case.thanks in client.page.text
    return client


def _handles(staff: Browser, case: Case, number: str) -> None:
    """Staff find it in their list, classify it, record the result and hand it over."""
    staff.open("/tickets")
    assert case.name in staff.page.text
    staff.follow(number)
    assert " ".join(case.content.split()) in staff.page.text
    staff.send("/classify", request_type="3", within="60", verified="yes")
    assert staff.status == 200
    staff.send("/complete", method="Tra cứu trên hệ thống cảng", result=case.result)
    staff.send("/hand_over")
    assert staff.status == 200
    assert not any(form.action.endswith(("classify", "complete", "hand_over", "log")) for form in staff.page.forms)


@pytest.mark.rule("S004-134")
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_whole_path_is_walked_by_forms_alone(
    house: House, front: flask.Flask, signed_in: SignedIn, case: Case
) -> None:
    client = _asks(front, case)
    follow = client.path.partition("?")[0]
    number = client.page.text.partition("TCK-")[2][:11]
    house.settle()
    (received,) = house.mails(to=case.mail)
    assert received.to_name == case.name
    assert f"/p/{received.link}" == follow

    staff = signed_in("staff", "lead", unit=case.unit, locale=case.locale)
    _handles(staff, case, f"TCK-{number}")
    house.settle()
    asked = house.mails(to=case.mail)[-1]

    assert f"/p/{asked.link}" in asked.html  # the mail leads to the page where the client answers and rates
    client.open(f"/p/{asked.link}")
    assert case.asked in client.page.text
    assert " ".join(case.result.split()) in client.page.text
    client.send("/confirm", rating="5", comment=case.content)
    assert client.status == 200
    assert case.confirmed in client.page.text
    client.open(follow)
    assert case.follow_state in client.page.text

    house.settle()
    staff.open(staff.path.partition("?")[0])
    assert "5/5" in staff.page.text
    staff.send("/log")
    assert staff.status == 200
    house.settle()
    assert house.failures("support") == house.failures("notify") == []
    assert len(house.mails(to=case.mail)) == 5


def test_the_path_is_the_same_on_postgresql_and_rabbitmq(house_on_servers: House) -> None:
    house, case = house_on_servers, CASES["zh"]
    front = house.process.front(house.apps)
    client = _asks(front, case)
    number = "TCK-" + client.page.text.partition("TCK-")[2][:11]
    staff = signed_in_as(house, front, add_person(house, "staff", "lead", unit=case.unit, locale=case.locale))
    _handles(staff, case, number)
    house.settle()
    client.open(f"/p/{house.mails(to=case.mail)[-1].link}")
    client.send("/confirm", rating="5")
    assert case.confirmed in client.page.text
    staff.open(staff.path.partition("?")[0])
    staff.send("/log")
    assert staff.status == 200


def test_a_refused_result_comes_back_with_its_reason_and_a_new_link(
    house: House, front: flask.Flask, signed_in: SignedIn
) -> None:
    case = dataclasses.replace(CASES["vi"], mail="anh.dang.2@example.com")
    client = _asks(front, case)
    number = "TCK-" + client.page.text.partition("TCK-")[2][:11]
    staff = signed_in("staff", "lead", unit=case.unit)
    _handles(staff, case, number)
    house.settle()
    first = house.mails(to=case.mail)[-1].link

    client.open(f"/p/{first}")
    client.send("/refuse", reason="Vẫn chưa có giờ lấy hàng.")
    assert "Xin cảm ơn Quý khách đã phản hồi" in client.page.text
    house.settle()

    staff.open(staff.path.partition("?")[0])
    assert "Vẫn chưa có giờ lấy hàng." in staff.page.text
    staff.send("/complete", method="Gọi cho cảng", result="Từ 8 giờ ngày mai tại cổng 3.")
    staff.send("/hand_over")
    house.settle()
    second = house.mails(to=case.mail)[-1].link
    assert second != first
    client.open(f"/p/{second}")
    assert "Từ 8 giờ ngày mai tại cổng 3." in client.page.text


def test_a_request_by_phone_is_written_down_by_staff(house: House, signed_in: SignedIn) -> None:
    staff = signed_in("staff")
    staff.open("/tickets")
    staff.follow("Phiếu mới")
    staff.send(
        "/tickets/new",
        channel="hotline",
        name="王小明",
        phone="+86 138 0013 8000",
        locale="zh",
        topic="incident",
        content="集装箱门封破损。",
    )
    assert staff.status == 200
    for shown in ("王小明", "+8613800138000", "集装箱门封破损。", "Đường dây nóng", "Nguyễn Thị Hường"):
        assert shown in staff.page.text
