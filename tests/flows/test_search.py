"""Finding tickets by what people remember of them: queries that must find, and what they must not."""

from __future__ import annotations

import unicodedata
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa

from services.support.search import queries as finding
from services.support.search import tables as index
from shared import jobs
from tests.flows.house import SHANGHAI, House
from tests.flows.house_http import Client

PEOPLE: dict[str, dict[str, Any]] = {
    "nam": {
        "requester": {"name": "Nguyễn Văn Nam", "mails": ["nam.nguyen@example.com"], "phones": ["0912 345 678"]},
        "content": "Hàng bao giờ đến cảng Hải Phòng?",
        "reference": "call-8812",
    },
    "dang": {
        "requester": {"name": "Đặng Thị Hoa", "mails": ["Hoa.Dang@example.com"]},
        "content": "Xin báo giá kho lạnh",
    },
    "jingli": {"requester": {"name": "王經理", "phones": ["+8613812345678"]}, "content": "請問發票什麼時候寄出?"},
    "latin": {"requester": {"name": "Wang Jingli", "mails": ["wjl@example.com"]}, "content": "Invoice missing"},
    "wei": {"requester": {"name": "王伟", "mails": ["w@example.com"]}, "content": "货物从重庆发出, 还没有到"},
    "le": {"requester": {"name": "乐 美", "mails": ["l@example.com"]}, "content": "Nguyễn đã gọi cho tôi về hóa đơn"},
}

FINDS = {
    "nguyen": ["nam", "le"],  # by the name first, then by what is said
    "Nguyễn": ["nam", "le"],
    unicodedata.normalize("NFD", "NGUYỄN"): ["nam", "le"],
    "nguy": ["nam"],
    "nam nguyen": ["nam"],
    "nguyenvannam": ["nam"],
    "đặng": ["dang"],
    "DANG": ["dang"],
    "王经理": ["latin", "jingli"],
    "王經理": ["latin", "jingli"],
    "wang jingli": ["latin", "jingli"],
    "wangjingli": ["latin", "jingli"],
    "Wang Jing Li": ["latin", "jingli"],
    "jingli wang": ["latin", "jingli"],
    "王伟": ["wei"],
    "王偉": ["wei"],
    "王 伟": ["wei"],
    "wangwei": ["wei"],
    "wang wei": ["wei"],
    "王": ["wei", "jingli"],
    "wang": ["wei", "latin", "jingli"],
    "重庆": ["wei"],
    "重慶": ["wei"],
    "chongqing": ["wei"],
    "le mei": ["le"],
    "yuemei": ["le"],
    "发票": ["jingli"],
    "fapiao": ["jingli"],
    "王经理 发票": ["jingli"],
    "wang 发票": ["jingli"],
    "hai phong": ["nam"],
    "kho lạnh": ["dang"],
    "invoice": ["latin"],
    "ＩＮＶＯＩＣＥ": ["latin"],
    "0912 345 678": ["nam"],
    "0912345678": ["nam"],
    "+84912345678": ["nam"],
    "0084 912 345 678": ["nam"],
    "5678": ["jingli", "nam"],
    "nam.nguyen@example.com": ["nam"],
    "NAM.NGUYEN@EXAMPLE.COM": ["nam"],
    "hoa.dang": ["dang"],
    "call-8812": ["nam"],
    "CALL 8812": ["nam"],
    "nguyen kho": [],
    "nobody": [],
    "%": [],
    "' or 1=1": [],
}


def fill(house: House) -> tuple[Client, dict[str, dict[str, Any]]]:
    """Tickets of everybody, and somebody who may see them."""
    client = house.client("support", house.staff("staff", "lead"))
    made = {name: client.post("/v1/tickets", {"content": "?", **body}).expect(201) for name, body in PEOPLE.items()}
    return client, made


def found(client: Client, made: dict[str, dict[str, Any]], query: str, **more: Any) -> list[str]:
    """Who is found, in the order of the answer."""
    names = {ticket["id"]: name for name, ticket in made.items()}
    answer = client.get(asked("/v1/tickets", q=query, **more)).expect(200)
    return [names[item["id"]] for item in answer["items"]]


def asked(path: str, **query: Any) -> str:
    return f"{path}?{urlencode(query)}"


def test_whatever_people_remember_finds_the_ticket_the_best_hits_first(house_on_either: House) -> None:
    client, made = fill(house_on_either)
    answers = {query: found(client, made, query) for query in FINDS}
    assert {query: names for query, names in answers.items() if names != FINDS[query]} == {}


def test_the_number_comes_first_then_who_asks_then_what_is_said_and_pages_go_on_where_one_ended(house: House) -> None:
    client, made = fill(house)
    third = made["jingli"]
    for typed in (third["number"], third["number"].lower(), third["number"].replace("TCK-", ""), "3", "0003"):
        assert found(client, made, typed)[:1] == ["jingli"], typed
    assert found(client, made, "TCK-2025-000003") == []

    bodies = [
        {**PEOPLE["le"], "content": "2 xe"},
        {**PEOPLE["le"], "requester": {"name": "Xe 2", "phones": ["0912345679"]}},
    ]
    made |= {f"more-{at}": client.post("/v1/tickets", bodies[at % 2]).expect(201) for at in range(4)}
    whole = ["dang", "more-3", "more-1", "more-2", "more-0"]
    assert found(client, made, "2") == whole
    seen: list[str] = []
    cursor = ""
    names = {ticket["id"]: name for name, ticket in made.items()}
    while cursor is not None:
        page = client.get(asked("/v1/tickets", q="2", limit=1, **({"cursor": cursor} if cursor else {}))).expect(200)
        seen += [names[item["id"]] for item in page["items"]]
        cursor = page["next"]
    assert seen == whole


def test_only_the_tickets_of_ones_own_units_are_found_and_the_other_filters_hold(house: House) -> None:
    client, made = fill(house)
    theirs = house.client("support", house.staff("staff", unit=SHANGHAI))
    assert found(theirs, made, "nguyen") == []
    assert found(theirs, made, made["nam"]["number"]) == []
    client.post(f"/v1/tickets/{made['nam']['id']}/classify", {"request_type": 3}).expect(200)
    assert found(client, made, "nguyen", state="classified") == ["nam"]
    assert found(client, made, "nguyen", state="received") == ["le"]
    assert found(client, made, made["nam"]["number"], state="received") == []
    assert client.get(asked("/v1/tickets", q="x" * 201)).status == 422
    assert client.get(asked("/v1/tickets", q="nguyen", cursor="nonsense")).code == "bad-cursor"


def test_a_ticket_is_found_by_its_result_once_there_is_one(house: House) -> None:
    client, made = fill(house)
    ticket = f"/v1/tickets/{made['nam']['id']}"
    client.post(f"{ticket}/classify", {"request_type": 3}).expect(200)
    assert found(client, made, "Tân Vũ") == []
    house.time.move(timedelta(minutes=1))
    client.post(f"{ticket}/complete", {"method": "Gọi", "result": "Tàu đã cập bến Tân Vũ."}).expect(200)
    assert found(client, made, "tan vu") == ["nam"]


def test_what_many_tickets_have_is_read_off_the_index_and_answers_the_same(house: House, monkeypatch: Any) -> None:
    client, made = fill(house)
    rare = {query: found(client, made, query) for query in FINDS}
    monkeypatch.setattr(finding, "FEW", 0)
    assert {query: found(client, made, query) for query in FINDS} == rare
    assert found(client, made, "nguyen", limit=1) == ["nam"]


def test_tickets_of_before_there_was_a_search_are_read_by_a_task(house: House) -> None:
    client, made = fill(house)
    with house.work("support") as work:
        work.execute(sa.delete(index.term))
    assert found(client, made, "nguyen") == []
    with house.work("support") as work:
        jobs.add(work, "support.index")
    house.settle()
    assert found(client, made, "nguyen") == ["nam", "le"]
