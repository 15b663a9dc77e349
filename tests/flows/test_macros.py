"""Prepared texts for replies: a lead writes them, the units below are offered them, a ticket fills them in."""

from __future__ import annotations

from typing import Any

import pytest

from tests.flows.house import COMPANY, HAI_PHONG, SHANGHAI, House
from tests.flows.promised import Office

VI = "Kính gửi {name}, yêu cầu {number} sẽ được trả lời trước {promised}. {unit}"
ZH = "尊敬的{name}，您的诉求{number}已收到。"
BODY: dict[str, Any] = {"title": "Hẹn trả lời", "text": {"vi": VI, "zh": ZH}}


@pytest.fixture
def office(house: House) -> Office:
    return Office(house)


def _create(office: Office, **more: Any) -> dict[str, Any]:
    return office.as_(office.lead).post("/v1/macros", {**BODY, **more}).expect(201)


def _filled(office: Office, id: str) -> list[dict[str, Any]]:
    return office.as_(office.staff).get(f"/v1/tickets/{id}/macros").expect(200)


def test_a_prepared_text_is_filled_in_for_the_ticket_in_its_clients_language_or_says_that_it_is_not(
    office: Office,
) -> None:
    made = _create(office)
    _create(office, title="Khiếu nại", request_type=4)
    id = office.receive(name="{number} Ánh")  # a client's name is no placeholder
    number = office.ticket(id)["number"]
    (one,) = _filled(office, id)
    unit = one["text"].rpartition(". ")[2]
    assert one["text"] == f"Kính gửi {{number}} Ánh, yêu cầu {number} sẽ được trả lời trước …. {unit}"
    assert unit not in ("", "{unit}", HAI_PHONG)
    assert (one["id"], one["missing"], one["locale"], one["fallback"]) == (made["id"], ["promised"], "vi", False)
    office.do("classify", id, request_type=4, promised_at="2026-11-25T02:00:00Z")
    one, other = _filled(office, id)
    assert "09:00 thứ Tư, ngày 25/11/2026 (giờ Việt Nam)" in one["text"]
    assert (other["title"], other["missing"]) == ("Khiếu nại", [])
    (chinese,) = _filled(office, office.receive(locale="zh", name="王经理"))
    assert chinese["text"].startswith("尊敬的王经理，")
    (english,) = _filled(office, office.receive(locale="en"))
    assert (english["locale"], english["wanted"], english["fallback"]) == ("vi", "en", True)


def test_texts_of_the_units_above_are_offered_behind_ones_own_and_those_of_other_branches_are_not(
    office: Office,
) -> None:
    house = office.house
    chief = house.staff("lead", unit=COMPANY)
    house.settle()
    above = office.as_(chief).post("/v1/macros", {**BODY, "title": "A", "request_type": 3}).expect(201)
    office.as_(chief).post("/v1/macros", {**BODY, "unit": SHANGHAI}).expect(201)
    own = _create(office, title="B")
    staff = office.as_(office.staff)
    assert [each["id"] for each in staff.get("/v1/macros").expect(200)] == [own["id"], above["id"]]
    assert [each["id"] for each in staff.get("/v1/macros?type=4").expect(200)] == [own["id"]]
    refused = office.as_(office.lead, language="vi").post(f"/v1/macros/{above['id']}/remove", {})
    assert (refused.status, refused.code) == (403, "forbidden")
    assert "lãnh đạo" in refused.body["detail"]


def test_what_is_removed_is_offered_no_more_and_comes_back_as_it_was(office: Office) -> None:
    made, lead, id = _create(office), office.as_(office.lead), office.receive()
    path = f"/v1/macros/{made['id']}"
    said = {"title": "Mới", "text": {"vi": "{name}"}, "request_type": 3}
    changed = lead.post(f"{path}/change", said, headers={"If-Match": '"1"'}).expect(200)
    assert (changed["version"], changed["text"], changed["changed_by"]) == (2, said["text"], f"staff:{office.lead.id}")
    assert lead.post(f"{path}/change", BODY, headers={"If-Match": '"1"'}).status == 412
    assert lead.post(f"{path}/remove", {}).expect(200)["possible"] == ["restore"]
    assert lead.post(f"{path}/change", BODY).status == 409
    assert lead.get("/v1/macros").expect(200) == _filled(office, id) == []
    (kept,) = lead.get("/v1/macros?removed=true").expect(200)
    assert kept["state"] == "removed"
    back = lead.post(f"{path}/restore", {}).expect(200)
    assert (back["state"], back["title"], back["text"]) == ("active", "Mới", said["text"])


@pytest.mark.parametrize(
    ("wrong", "field", "code"),
    [
        ({"text": {"vi": "{name}", "zh": "{nmae}"}}, {"text": {"zh"}}, "unknown-placeholder"),
        ({"text": {"vi": "{name.x}"}}, {"text": {"vi"}}, "unknown-placeholder"),
        ({"text": {"vi": None}}, {"text": None}, "no-text"),
        ({"text": {"vi": "x" * 3_001}}, {"text": {"vi"}}, "invalid"),
        ({"title": ""}, {"title": None}, "invalid"),
        ({"request_type": 77}, {"request_type": None}, "unknown-type"),
        ({"unit": "nowhere"}, {"unit": None}, "unknown-unit"),
    ],
)
def test_a_text_that_could_not_be_filled_in_is_refused_at_its_field_and_nothing_is_kept(
    office: Office, wrong: dict[str, Any], field: dict[str, Any], code: str
) -> None:
    refused = office.as_(office.lead, language="zh").post("/v1/macros", {**BODY, **wrong})
    assert (refused.status, refused.code) == (422, code)
    ((name, inner),) = field.items()
    assert refused.body["errors"].keys() == {name}
    assert inner is None or refused.body["errors"][name].keys() == inner
    assert office.as_(office.lead).get("/v1/macros").expect(200) == []


def test_who_handles_requests_reads_and_is_told_who_may_write(office: Office) -> None:
    refused = office.as_(office.staff, language="en").post("/v1/macros", BODY)
    assert (refused.status, refused.code) == (403, "forbidden")
    assert "the role lead or admin" in refused.body["detail"]
    crm = office.house.system("crm", "tickets")
    assert office.as_(crm).post("/v1/macros", BODY).code == "people-only"
    assert office.as_(crm).get("/v1/macros").expect(200) == []
