"""A request of a client and whoever handles it: three of them, in three languages, by three ways in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.flows.house import HAI_PHONG, SHANGHAI, House
from tests.flows.house_http import Client
from tests.flows.house_mail import Letter


@dataclass(frozen=True)
class Case:
    """A client and what they ask, in one language, by one way in."""

    locale: str
    unit: str
    name: str
    mail: str
    content: str
    result: str
    promised_said: str  # what the client reads when it is promised for 07:30 UTC
    told: str  # in the subject of what tells the result
    asked: str  # in the subject of what asks to confirm
    arrive: Callable[[House, Case], None]

    @property
    def requester(self) -> dict[str, Any]:
        return {"name": self.name, "locale": self.locale, "mails": [self.mail], "phones": []}


def by_public_form(house: House, case: Case) -> None:
    house.client("support").post(
        "/v1/public/requests", {**case.requester, "unit": case.unit, "topic": "question", "content": case.content}
    ).expect(201)


def by_event(house: House, case: Case) -> None:
    data = {"unit": case.unit, "channel": "chat", "topic": "question", "content": case.content}
    house.publish_inbound("tos", "request.submitted", {**data, "requester": case.requester})


def by_staff(house: House, case: Case) -> None:
    house.client("support", house.staff(unit=case.unit)).post(
        "/v1/tickets", {"channel": "hotline", "topic": "price", "content": case.content, "requester": case.requester}
    ).expect(201)


VIETNAMESE = Case(
    locale="vi",
    unit=HAI_PHONG,
    name="Nguyễn Thị Ánh Tuyết Đặng",
    mail="tuyet.nguyen@example.com",
    content="Hàng của tôi bao giờ đến cảng Hải Phòng? Tôi cần trước 17 giờ ngày 26/11.",
    result="Hàng đến ngày 26/11/2026 lúc 8 giờ.\nQuý khách vui lòng mang theo giấy ủy quyền.",
    promised_said="14:30",
    told="Kết quả xử lý yêu cầu",
    asked="kính mời Quý khách xác nhận",
    arrive=by_public_form,
)
CHINESE = Case(
    locale="zh",
    unit=SHANGHAI,
    name="欧阳𠮷祥",
    mail="ouyang@example.com",
    content="我的货物什么时候到港？请尽快告知。",
    result="货物将于2026年11月26日到港。\n请携带授权书。",
    promised_said="15:30",
    told="请求处理结果",
    asked="敬请确认",
    arrive=by_event,
)
ENGLISH = Case(
    locale="en",
    unit=HAI_PHONG,
    name="Zoë O'Brien-Łuczak",
    mail="zoe@example.com",
    content="What is the price of a 40' container to Łódź – & is “door to door” possible?",
    result="USD 2,400 <door to door>.\nValid until 31 December.",
    promised_said="14:30",
    told="The result of your request",
    asked="please confirm",
    arrive=by_staff,
)
CASES = [VIETNAMESE, CHINESE, ENGLISH]
PROMISED = "2026-11-24T07:30:00Z"
LANGUAGES = {"vi": "vi", "zh": "zh-CN", "en": "en"}
STEPS: dict[str, dict[str, Any]] = {
    "classify": {"request_type": 3, "promised_at": PROMISED},
    "complete": {"method": "m", "result": "r"},
    "hand_over": {},
    "log": {},
}
"""What staff do, in order, with a body that would do."""

each_case = pytest.mark.parametrize("case", CASES, ids=[case.locale for case in CASES])


@dataclass
class Handled:
    """One request, and whoever handles it."""

    house: House
    case: Case
    staff: Client
    id: str = ""

    @property
    def ticket(self) -> dict[str, Any]:
        return self.staff.get(f"/v1/tickets/{self.id}").expect(200)

    def do(self, verb: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """One step by staff, and everything that follows from it."""
        changed = self.staff.post(f"/v1/tickets/{self.id}/{verb}", body).expect(200)
        self.house.settle()
        return changed

    def classify(self) -> None:
        self.do("classify", {"request_type": 3, "promised_at": PROMISED})

    def complete(self) -> None:
        self.do("complete", {"method": "Truy cập TOS và trả lời", "result": self.case.result})

    def answer(self, verb: str, body: dict[str, Any], link: str) -> None:
        """The client answers by the link in the mail."""
        self.house.client("support").post(f"/v1/public/links/{link}/{verb}", body).expect(200)
        self.house.settle()

    @property
    def letters(self) -> list[Letter]:
        return self.house.mails(to=self.case.mail)


def arrived(house: House, case: Case) -> Handled:
    """The request has arrived and what follows from that is done."""
    handled = Handled(house, case, house.client("support", house.staff("staff", "lead", unit=case.unit)))
    before = _listed(handled)
    case.arrive(house, case)
    house.settle()
    (handled.id,) = _listed(handled) - before
    return handled


def _listed(handled: Handled) -> set[str]:
    return {item["id"] for item in handled.staff.get("/v1/tickets").expect(200)["items"]}


def quoted(content: str, text: str) -> bool:
    """Whether the client finds their own words, however the text sets quotations off."""
    return content in " ".join(text.replace("\n> ", "\n").split()) or content in text
