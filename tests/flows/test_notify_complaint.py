"""What a client who complains hears: an apology, the time, how far it is, the result; each at once, in their words."""

from __future__ import annotations

import pytest

from tests.flows.house import House
from tests.flows.promised import Office

CLIENT = "khach@example.com"
PROGRESS = "Đã liên hệ cảng 港口已回复, answer by 5 pm"
SORRY = {"vi": "chân thành xin lỗi", "zh": "诚挚致歉", "en": "sincerely apologise"}
SAID = {
    "vi": ("trước 14:30 thứ Ba, ngày 24/11/2026", "đã được điều chỉnh", "16:00 thứ Tư, ngày 25/11/2026", "Tiến độ"),
    "zh": ("2026年11月24日（星期二）15:30", "答复时限有所调整", "2026年11月25日（星期三）17:00", "处理进展"),
    "en": ("14:30 on Tuesday, 24 November 2026", "has changed", "16:00 on Wednesday, 25 November 2026", "has come"),
}


@pytest.mark.rule("S004-121", "S004-122", "S004-123")
@pytest.mark.parametrize("locale", SAID)
def test_a_complaint_is_told_its_deadline_its_progress_and_its_result_at_once(house: House, locale: str) -> None:
    office, words = Office(house), SAID[locale]
    id = office.receive(locale=locale, mails=[CLIENT], topic="complaint")
    at = house.time.now()
    office.do("classify", id, request_type=4, promised_at="2026-11-24T07:30:00Z")
    office.do("promise", id, office.lead, promised_at="2026-11-25T09:00:00Z", reason="Chờ cảng")
    office.do("progress", id, office.lead, text=PROGRESS)
    office.do("complete", id, office.lead, method="Gọi cho cảng", result="Đã hoàn phí 已退费", apology=True)
    assert house.time.now() == at  # nothing waited
    received, promised, moved, progress, result = house.mails(to=CLIENT)
    assert {"vi": "xin lỗi", "zh": "深表歉意", "en": "sorry"}[locale] in received.text
    for letter in (promised, moved, result):
        assert SORRY[locale] in letter.text
        assert SORRY[locale] in letter.html
    assert words[0] in promised.text
    assert words[1] in moved.text
    assert words[2] in moved.text
    assert words[2] in moved.subject
    assert "Chờ cảng" not in moved.text  # the firm's own reason
    assert words[3] in progress.subject
    assert PROGRESS in progress.text
    assert words[2] in progress.text
    assert "Đã hoàn phí 已退费" in result.text
    assert "Gọi cho cảng" not in result.text


@pytest.mark.parametrize(
    ("locale", "said"), [("vi", "Theo đề nghị của Quý khách"), ("zh", "根据您的要求"), ("en", "As you asked")]
)
def test_a_client_who_withdraws_is_told_that_the_work_has_stopped(house: House, locale: str, said: str) -> None:
    office = Office(house)
    id = office.receive(locale=locale, mails=[CLIENT])
    office.do("withdraw", id, reason="Đã tự tra cứu")
    *_, told = house.mails(to=CLIENT)
    assert said in told.text
    assert "> Lô hàng của tôi bao giờ đến cảng?" in told.text
    assert "Đã tự tra cứu" not in told.text
