"""Units and people, by their administrators' forms."""

from __future__ import annotations

import io

import flask

from services.gateway.directory.staff import model as people
from services.gateway.directory.staff import tables as staff
from services.gateway.directory.unit import commands as units
from tests.flows.house import House
from tests.pages.browser import Browser
from tests.pages.conftest import PASSWORD, SignedIn, add_person, signed_in_as


def test_a_unit_is_opened_renamed_closed_and_opened_again(
    house: House, front: flask.Flask, signed_in: SignedIn
) -> None:
    admin = signed_in("staff", "admin")
    admin.open("/units")
    admin.send("/units", title="Biển Xanh – Đà Nẵng", code="Đà Nẵng", kind="branch", country="VN")
    assert admin.status == 422
    assert "chữ thường" in admin.page.wrong("code")
    assert admin.page.form("/units").values["title"] == "Biển Xanh – Đà Nẵng"
    admin.send("/units", code="da-nang")
    assert "Đơn vị đã mở." in admin.page.text
    admin.send("/units", title="Khác", code="da-nang", kind="branch", country="VN")
    assert admin.page.wrong("code") == "Mã này đã được dùng."

    house.settle()
    client = Browser(front)
    client.open("/r/da-nang")
    assert "Biển Xanh – Đà Nẵng" in client.page.text

    admin.open("/units")
    admin.send("/units/da-nang/change", title="Biển Xanh – Chi nhánh Đà Nẵng")
    assert "Biển Xanh – Chi nhánh Đà Nẵng" in admin.page.text
    admin.send("/units/da-nang/close")
    assert "Đơn vị đã đóng." in admin.page.text
    client.open("/r/da-nang")
    assert client.status == 404
    admin.send("/units/da-nang/reopen")
    client.open("/r/da-nang")
    assert client.status == 200


def test_clients_see_how_a_unit_is_reached_or_else_the_unit_above_it(signed_in: SignedIn, visitor: Browser) -> None:
    admin = signed_in("staff", "admin")
    assert not any(each.startswith(("tel:", "mailto:")) for each in visitor.open("/r/hai-phong").links.values())
    admin.open("/units")
    admin.send("/units/bien-xanh/change", mail="lien-he@example.com")
    assert visitor.open("/r/hai-phong").links["lien-he@example.com"] == "mailto:lien-he@example.com"
    admin.send("/units/hai-phong/change", phone="0225 384 1234", mail="hai-phong@example.com")
    page = visitor.open("/r/hai-phong")
    assert page.links["+84 225 3841 234"] == "tel:+842253841234"
    assert "lien-he@example.com" not in page.text
    admin.send("/units/hai-phong/change", phone="gọi chị Hà")
    assert admin.status == 422
    admin.open("/units")
    admin.send("/units/hai-phong/change", phone="", mail="")
    assert admin.status == 200, admin.page.text[:1500]
    admin.send("/units/bien-xanh/change", mail="")
    assert "example.com" not in visitor.open("/r/hai-phong").text


def test_a_unit_in_which_somebody_works_is_not_closed_and_says_why(house: House, signed_in: SignedIn) -> None:
    admin = signed_in("staff", "admin")
    admin.open("/units")
    admin.send("/units/hai-phong/close")
    assert admin.status == 409
    assert "Không thể đóng đơn vị" in admin.page.text


def test_a_person_is_added_chooses_a_password_and_signs_in(
    house: House, front: flask.Flask, signed_in: SignedIn
) -> None:
    admin = signed_in("staff", "admin")
    admin.open("/people")
    admin.follow("Thêm nhân sự")
    admin.send("/people/new", name="", mail="li.na@", roles=[])
    assert admin.status == 422
    assert admin.page.wrong("roles") == "Vui lòng chọn ít nhất một vai trò."
    admin.send("/people/new", name="", mail="li.na@", roles=["staff"])
    assert admin.page.wrong("name")
    assert admin.page.wrong("mail")
    admin.send("/people/new", name="李娜", mail="li.na@bienxanh.example.com", locale="zh", roles=["staff", "lead"])
    assert "Đã thêm nhân sự" in admin.page.text
    assert "李娜" in admin.page.text
    assert "Đã mời, chưa chọn mật khẩu" in admin.page.text
    house.settle()
    (letter,) = house.mails(to="li.na@bienxanh.example.com")
    assert letter.language == "zh-CN"

    her = Browser(front, language="en")
    her.open(f"/p/{letter.link}")
    assert her.page.language == "zh-Hans"
    her.send("/password", password=PASSWORD, again=PASSWORD)
    her.send("/sign-in", mail="li.na@bienxanh.example.com", password=PASSWORD)
    assert her.path == "/desk"
    assert "李娜" in her.page.text
    admin.open("/people")
    assert "Đã mời, chưa chọn mật khẩu" not in admin.page.text  # the others of the test have one, too
    admin.open("/people/new")
    admin.send("/people/new", name="Khác", mail="LI.NA@bienxanh.example.com")
    assert (admin.status, bool(admin.page.wrong("mail"))) == (422, True)


def test_other_roles_and_deactivation_sign_the_person_out_at_once(house: House, front: flask.Flask) -> None:
    admin = signed_in_as(house, front, add_person(house, "staff", "admin", name="Quản Trị"))
    person = add_person(house, "staff", name="Trần Thu Trang")
    hers = signed_in_as(house, front, person)
    admin.open(f"/people/{person.id}")
    admin.send(f"/people/{person.id}", roles=["staff", "on-call"])
    assert "Đã thay đổi tài khoản." in admin.page.text
    hers.open("/tickets")
    assert hers.path.startswith("/sign-in")

    hers = signed_in_as(house, front, person_now(house, person.id))
    hers.open("/tickets")
    assert hers.status == 200
    admin.open(f"/people/{person.id}")
    stale = admin.page
    admin.send("/deactivate")
    assert "Tài khoản đã ngừng" in admin.page.text
    hers.open("/tickets")
    assert hers.path.startswith("/sign-in")
    admin.page = stale
    admin.send("/deactivate")
    assert admin.status in (409, 412)
    admin.send("/reactivate")
    assert "Tài khoản đã được kích hoạt lại." in admin.page.text
    admin.send("/invite")
    assert "Liên kết đặt mật khẩu mới" in admin.page.text
    house.settle()
    assert house.mails(to=person.mail)


def test_the_last_administrator_stays_one(house: House, front: flask.Flask) -> None:
    with house.work("gateway") as work:
        units.open_(work, code="song-hong", kind="company", title="Luật Sông Hồng", country="VN")
    only = add_person(house, "staff", "admin", unit="song-hong", name="Phạm Thị Mai")
    admin = signed_in_as(house, front, only)
    admin.open(f"/people/{only.id}")
    admin.send(f"/people/{only.id}", roles=["staff"])
    assert admin.status == 409
    assert "quản trị viên cuối cùng" in admin.page.text
    admin.send("/deactivate")
    assert admin.status == 409


def test_people_and_units_of_another_company_do_not_exist(house: House, front: flask.Flask) -> None:
    with house.work("gateway") as work:
        units.open_(work, code="la-thanh", kind="company", title="Công ty La Thành", country="VN")
    stranger = add_person(house, "staff", "admin", unit="la-thanh", name="Người Lạ")
    admin = signed_in_as(house, front, add_person(house, "staff", "admin"))
    admin.open("/people")
    assert "Người Lạ" not in admin.page.text
    admin.open(f"/people/{stranger.id}")
    assert admin.status == 404
    admin.open("/units")
    assert "Công ty La Thành" not in admin.page.text
    token = admin.page.form("/units").values["csrf_token"]
    for path in (f"/people/{stranger.id}/deactivate", "/units/la-thanh/close"):
        assert admin.raw("POST", path, data={"csrf_token": token}).status_code == 404


def person_now(house: House, id: str) -> people.Staff:
    """The person as they are now."""
    with house.process.databases["gateway"].reading() as connection:
        return staff.load(connection, id)


def test_people_come_in_from_a_file_that_is_looked_at_first(signed_in: SignedIn) -> None:
    browser = signed_in("staff", "admin", locale="en")
    browser.open("/people")
    browser.follow("From a file")
    text = "name,mail,unit\nTrần Văn Tệp,tep@example.com,hai-phong\nAi,ai@,hai-phong\n"
    token = browser.page.form("/people/import").values["csrf_token"]

    def send(content: str, mode: str) -> str:
        file = (io.BytesIO(content.encode()), "people.csv")
        answer = browser.raw("POST", "/people/import", data={"csrf_token": token, "mode": mode, "file": file})
        return answer.get_data(as_text=True)

    assert "Not a valid" in send(text, "check")
    assert "Nothing was taken in: the file has faults." in send(text, "import")
    assert "Trần Văn Tệp" not in browser.open("/people").text
    assert "Added: 1." in send(text.rpartition("Ai,")[0], "import")
    assert "Trần Văn Tệp" in browser.open("/people").text
