"""The client's form: faults stand beside their fields, nothing typed is lost, sending it twice is sending it once."""

from __future__ import annotations

import flask
import pytest
import sqlalchemy as sa

from services.gateway import app, clients
from services.gateway.public.rate import model as windows
from services.support.ticket import tables as tickets
from shared.store import engine
from tests.flows.house import HAI_PHONG, House
from tests.pages import peers
from tests.pages.browser import Browser

GOOD = {"name": "Lê Văn Nam", "mail": "nam.le@example.com", "topic": "price", "content": "Xin báo giá."}
PATH = f"/r/{HAI_PHONG}"


def count(house: House) -> int:
    return house.scalar("support", sa.select(sa.func.count()).select_from(tickets.ticket))


def filled(browser: Browser, **other: str) -> dict[str, str]:
    """The form open, and what to type into it."""
    browser.open(PATH)
    return {**GOOD, **other}


FAULTS = [
    ({"name": ""}, "name", {"vi": "Vui lòng điền mục này.", "zh": "请填写此项。", "en": "Please fill this in."}),
    ({"mail": "nam@"}, "mail", {"vi": "không", "zh": "邮", "en": "valid"}),
    ({"mail": "", "phone": "12"}, "phone", {"vi": "không", "zh": "电话", "en": "valid"}),
    ({"content": " \n "}, "content", {"vi": "điền", "zh": "填写", "en": "fill"}),
    ({"content": "a" * 20_001}, "content", {"vi": "20000", "zh": "20000", "en": "20000"}),
    ({"mail": "", "phone": ""}, "mail", {"vi": "điện thoại", "zh": "电话", "en": "phone"}),
]


@pytest.mark.parametrize("locale", ["vi", "zh", "en"])
def test_each_fault_stands_beside_its_field_in_the_language_and_what_was_typed_is_kept(
    house: House, front: flask.Flask, locale: str
) -> None:
    client = Browser(front, language=locale)
    before = count(house)
    for wrong, name, said in FAULTS:
        typed = filled(client, **wrong)
        client.send(PATH, **typed)
        assert client.status == 422, wrong
        assert said[locale] in client.page.wrong(name), (wrong, client.page.wrong(name))
        values = client.page.form(PATH).values
        for field, text in typed.items():
            assert values[field].strip() == text.strip(), field
    assert count(house) == before


def test_all_that_is_missing_is_said_at_once(visitor: Browser) -> None:
    visitor.open(PATH)
    visitor.send(PATH, name="", mail="", phone="", content="")
    assert [name for name in ("name", "mail", "phone", "content") if visitor.page.wrong(name)] == [
        "name",
        "mail",
        "content",
    ]


def test_a_character_that_nobody_types_is_dropped(house: House, visitor: Browser) -> None:
    visitor.open(PATH)
    visitor.send(PATH, **{**GOOD, "name": "Lê\x00 Văn Nam"})
    assert visitor.status == 200
    assert "Lê Văn Nam" in visitor.page.text


def test_a_mended_form_goes_through(house: House, visitor: Browser) -> None:
    visitor.open(PATH)
    visitor.send(PATH, **{**GOOD, "mail": "nam@"})
    visitor.send(PATH, mail="nam@example.com")
    assert visitor.status == 200
    assert "TCK-" in visitor.page.text


def test_a_form_pressed_twice_is_one_request_and_leads_to_the_same_page(house: House, visitor: Browser) -> None:
    before = count(house)
    typed = filled(visitor)
    first, second = visitor.post(PATH, **typed), visitor.post(PATH, **typed)
    assert first.status_code == second.status_code == 303
    assert first.headers["Location"] == second.headers["Location"]
    assert count(house) == before + 1


def test_a_form_that_was_sent_and_then_changed_asks_before_it_is_sent_again(house: House, visitor: Browser) -> None:
    typed = filled(visitor)
    visitor.post(PATH, **typed)
    before = count(house)
    visitor.send(PATH, **{**typed, "content": "Còn một việc nữa."})
    assert visitor.status == 409
    assert "Biểu mẫu này đã được gửi một lần." in visitor.page.text
    assert visitor.page.form(PATH).values["content"].strip() == "Còn một việc nữa."
    assert count(house) == before
    visitor.send(PATH)
    assert visitor.status == 200
    assert count(house) == before + 1


def test_of_mail_and_phone_neither_is_marked_as_required_and_the_group_says_that_one_is_enough(
    house: House, visitor: Browser
) -> None:
    html = visitor.open(PATH).html
    group = html.partition("<fieldset")[2].partition("</fieldset>")[0]
    assert 'aria-describedby="reach-hint"' in group
    assert visitor.page.said["reach-hint"] == "Chỉ cần địa chỉ thư điện tử hoặc số điện thoại."
    marked = {
        each: " required" in html.partition(f' id="{each}"')[2].partition(">")[0] for each in GOOD | {"phone": ""}
    }
    assert (marked["name"], marked["mail"], marked["phone"]) == (True, False, False)
    assert "không bắt buộc" not in group
    before = count(house)
    visitor.send(PATH, **{**GOOD, "mail": "", "phone": "0912345678"})
    assert (visitor.status, count(house)) == (200, before + 1)


def test_a_form_without_its_cookie_is_offered_again_with_everything_in_it(house: House, visitor: Browser) -> None:
    typed = filled(visitor)
    visitor.forget("visitor")
    visitor.send(PATH, **typed)
    assert visitor.status == 400
    for text in typed.values():
        assert text in visitor.page.text
    visitor.send(PATH)
    assert visitor.status == 200
    assert "TCK-" in visitor.page.text


def test_a_service_that_is_away_costs_the_client_nothing_but_time(house: House) -> None:
    client = Browser(house.process.front({**house.apps, "support": peers.nobody()}))
    typed = filled(client)
    key = client.page.form(PATH).values["form_key"]
    client.send(PATH, **typed)
    assert client.status == 503
    assert int(client.answer.headers["Retry-After"]) > 0
    kept = client.page.form(PATH).values
    assert kept["content"].strip() == GOOD["content"]
    assert kept["form_key"] == key  # what may have been done after all is not done twice
    client.open("/p/sAAAAAAAAAAAAAAAAAAAAAA")
    assert client.status == 503
    assert client.page.links["Thử lại"] == "/p/sAAAAAAAAAAAAAAAAAAAAAA"


def test_a_database_that_is_away_is_said_in_the_readers_language_and_loses_nothing(house: House) -> None:
    site = house.process.site("gateway")
    nowhere = peers.nobody().replace("http://", "postgresql://steward@") + "/steward_gateway"
    site.database = engine.Database(nowhere, service="gateway")
    site.extras.update(clients=clients.Clients(house.apps, house.process.signer()))
    client = Browser(app.create(site), language="zh")
    for path in ("/", PATH, "/tickets", "/sign-in"):
        client.sign_in("whatever")
        client.open(path)
        assert client.status == 503, path
        assert client.page.language == "zh-Hans"
        assert client.page.links["重试"] == path
        assert int(client.answer.headers["Retry-After"]) > 0
    site.database.close()


def test_too_many_requests_from_one_address_are_told_to_wait_and_keep_their_text(
    house: House, front: flask.Flask
) -> None:
    client = Browser(front)
    for _ in range(windows.POSTS.most):
        client.open(PATH)
        assert client.post(PATH, **GOOD).status_code == 303
    client.open(PATH)
    client.send(PATH, **GOOD)
    assert client.status == 429
    assert client.page.form(PATH).values["content"].strip() == GOOD["content"]
    neighbour = Browser(front)
    neighbour.open(PATH)
    assert neighbour.post(PATH, **GOOD).status_code == 303


def test_a_request_carries_the_language_of_the_page(house: House, front: flask.Flask) -> None:
    client = Browser(front, language="en")
    client.open(PATH)
    client.follow("中文")
    client.send(PATH, **{**GOOD, "mail": "ngon.ngu@example.com"})
    house.settle()
    assert house.mails(to="ngon.ngu@example.com")[0].language == "zh-CN"


def test_the_start_page_shows_offices_and_no_departments_and_leads_to_the_form(house: House, visitor: Browser) -> None:
    house.unit("phap-che", title="Phòng Pháp chế", kind="department", parent=HAI_PHONG)
    visitor.open("/")
    assert "Phòng Pháp chế" not in visitor.page.text
    assert "碧海上海分公司" in visitor.page.text
    visitor.follow("Biển Xanh – Chi nhánh Hải Phòng")
    assert visitor.path == PATH
    visitor.open("/r/khong-co")
    assert visitor.status == 404
    assert "Kính mời Quý khách kiểm tra lại địa chỉ" in visitor.page.text
    assert "đơn vị này" not in visitor.page.text  # a client knows nothing of units and permissions
