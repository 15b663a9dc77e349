"""The settings: who is away and who acts for them, roles, the authority table, closures, the calendar and its years."""

from __future__ import annotations

from datetime import date, timedelta

import flask
import pytest

from services.gateway.directory.official_year import commands as years
from services.gateway.directory.unit import commands as units
from tests.flows.house import COMPANY, HAI_PHONG, House
from tests.flows.promised import Office
from tests.pages.browser import Browser
from tests.pages.conftest import SignedIn, add_person, signed_in_as


def days(house: House, first: int, last: int) -> dict[str, str]:
    """From the first to the last of so many days from today, as a form has them."""
    today = house.time.now().date()
    return {"since": str(today + timedelta(days=first)), "until": str(today + timedelta(days=last))}


def test_one_page_leads_to_everything_and_offers_nobody_what_they_may_not_open(
    house: House, signed_in: SignedIn
) -> None:
    admin, staff = signed_in("staff", "admin", locale="en"), signed_in("staff", locale="en")
    for browser, more in ((admin, {"/people", "/units"}), (staff, set())):
        browser.open("/settings")
        found = {url for url in browser.page.links.values() if url.startswith(("/settings/", "/people", "/units"))}
        assert {url for url in found if not url.startswith("/settings")} == more
        assert len(found) >= 8 + len(more)
        for url in found:
            browser.open(url)
            assert browser.status == 200, url
            assert browser.page.links["Settings"] == "/settings"


def test_everybody_enters_their_own_absence_with_a_substitute_and_takes_it_back(
    house: House, front: flask.Flask, signed_in: SignedIn
) -> None:
    colleague = add_person(house, "staff", name="Vũ Thế Chỗ")
    mine = signed_in("staff", locale="en", name="Đỗ Đi Vắng")
    mine.open("/settings/absences")
    assert "person" not in mine.page.form("/settings/absences").names
    mine.send("/settings/absences", since="", until="")
    assert mine.status == 422
    assert mine.page.wrong("since") == "Please fill this in."
    mine.send("/settings/absences", since="2026-12-31", until="2026-12-01")
    assert mine.page.wrong("until") == "The last day may not be before the first, at most two years later."
    mine.send("/settings/absences", **days(house, 0, 3), substitute=colleague.id, reason="Về quê")
    assert "The absence is entered." in mine.page.text
    assert "Đỗ Đi Vắng" in mine.page.text
    assert "Về quê" in mine.page.text
    other = signed_in("staff", locale="en")
    other.open("/settings/absences")
    assert "Đỗ Đi Vắng" in other.page.text
    assert "Về quê" not in other.page.text  # why somebody is away is not everybody's business
    assert not [form for form in other.page.forms if form.action.endswith("take_back")]
    other.open("/settings/substitutes")
    assert "Vũ Thế Chỗ" in other.page.text

    mine.open("/settings/absences")
    (form,) = [form for form in mine.page.forms if form.action.endswith("take_back")]
    mine.send(form.action)
    assert "The absence is taken back." in mine.page.text
    assert "Vũ Thế Chỗ still acts for Đỗ Đi Vắng on these days." in mine.page.text
    mine.send("?undo=yes")
    assert "The absence is entered." in mine.page.text
    assert "Đỗ Đi Vắng" in mine.page.text


def test_nobody_enters_or_takes_back_anothers_absence_but_an_administrator(house: House, front: flask.Flask) -> None:
    person = add_person(house, "staff", name="Trịnh Được Nhập")
    staff = signed_in_as(house, front, add_person(house, "staff", locale="en"))
    admin = signed_in_as(house, front, add_person(house, "admin", locale="en"))
    token = staff.open("/settings/absences").form("/settings/absences").values["csrf_token"]
    forged = {"csrf_token": token, "person": person.id, **days(house, 1, 2)}
    assert staff.raw("POST", "/settings/absences", data=forged).status_code == 403
    admin.open("/settings/absences")
    admin.send("/settings/absences", person=person.id, **days(house, 1, 2))
    assert "Trịnh Được Nhập" in admin.page.text
    (form,) = [
        form
        for form in admin.page.forms
        if form.action.endswith("take_back") and form.action in _actions_of(admin, "Trịnh Được Nhập")
    ]
    assert staff.raw("POST", form.action, data={"csrf_token": token}).status_code == 403


def test_two_substitutes_of_one_day_are_refused_and_the_form_comes_back_as_it_was(
    house: House, signed_in: SignedIn
) -> None:
    one, other = add_person(house, "staff", name="Người Thứ Nhất"), add_person(house, "staff")
    mine = signed_in("staff", locale="en")
    mine.open("/settings/substitutes")
    mine.send("/settings/substitutes", substitute=one.id, **days(house, 5, 9))
    assert "The substitute is named." in mine.page.text
    mine.send("/settings/substitutes", substitute=other.id, **days(house, 7, 12))
    assert mine.status == 409
    assert "Người Thứ Nhất" in mine.page.text
    assert mine.page.form("/settings/substitutes").values["substitute"] == other.id
    mine.open("/settings/substitutes")
    (form,) = [form for form in mine.page.forms if form.action.endswith("take_back")]
    mine.send(form.action)
    assert "The substitute is taken back." in mine.page.text
    mine.send("?undo=yes")
    assert "The substitute is named." in mine.page.text


def test_roles_in_another_unit_are_given_and_ended(house: House, front: flask.Flask, signed_in: SignedIn) -> None:
    person = add_person(house, "staff", name="Cao Kiêm Nhiệm")
    house.unit("kiem-nhiem", title="Chi nhánh Kiêm Nhiệm")
    admin = signed_in("admin", locale="en")
    admin.open("/settings/roles")
    admin.send("/settings/roles", person=person.id, unit="kiem-nhiem", roles=[])
    assert admin.page.wrong("roles") == "Please choose at least one role."
    admin.send("/settings/roles", roles=["lead"])
    assert "The roles are given." in admin.page.text
    staff = signed_in("staff", locale="en")
    staff.open("/settings/roles")
    assert "Cao Kiêm Nhiệm" in staff.page.text
    assert "/settings/roles" not in [form.action for form in staff.page.forms]
    admin.send("/settings/roles", person=person.id, unit="kiem-nhiem", roles=["staff"])
    assert admin.status == 409  # has roles there already
    admin.open("/settings/roles")
    (form,) = [form for form in admin.page.forms if form.action.endswith("/end")]
    admin.send(form.action)
    assert "The roles are ended." in admin.page.text
    admin.send("?undo=yes")
    assert "The roles are given." in admin.page.text


def test_the_authority_table_says_what_holds_today_and_a_rule_of_ones_own_is_stronger(
    house: House, front: flask.Flask, signed_in: SignedIn
) -> None:
    admin = signed_in("staff", "admin", locale="en")
    executive = signed_in("executive", locale="en")
    house.settle()
    page = executive.open("/settings/authority")
    assert "The procedure" in page.text
    assert not [form for form in page.forms if "authority" in form.action and form.method == "post"]
    admin.open("/settings/authority")
    admin.send("/settings/authority/rules", request_type="4", roles=[], since="")
    assert admin.page.wrong("roles")
    today = house.time.now().date()
    admin.send("/settings/authority/rules", request_type="4", roles=["executive"], since=str(today - timedelta(days=2)))
    assert "The rule is entered" in admin.page.text
    page = executive.open(f"/settings/authority?unit={HAI_PHONG}")
    row = page.html[page.html.index("<td>4 – ") :]
    assert "Executive" in row[: row.index("</tr>")]
    assert "until further notice" in page.text
    (form,) = [form for form in admin.page.forms if form.action.endswith("take_back")]
    admin.send(form.action)
    assert "what held before holds again" in admin.page.text
    admin.send("?undo=yes")
    assert "The rule is entered" in admin.page.text
    admin.send("/settings/authority/rules", request_type="4", roles=["lead"], since="2026-12-02", until="2026-12-01")
    assert admin.page.wrong("until") == "The last day may not be before the first."


def test_a_closure_moves_promises_and_the_calendar_says_why_the_day_is_off(house: House, signed_in: SignedIn) -> None:
    admin = signed_in("staff", "admin", locale="en")
    house.settle()
    admin.open("/settings/closures")
    admin.send("/settings/closures", since="2026-12-10", until="2026-12-11", reason="")
    assert admin.page.wrong("reason") == "Please fill this in."
    admin.send("/settings/closures", reason="Chuyển văn phòng")
    assert "The unit is closed on these days." in admin.page.text
    admin.open(f"/settings/calendar?unit={HAI_PHONG}&month=2026-12")
    assert admin.page.text.count("The unit is closed: Chuyển văn phòng") == 4  # in the month and explained below it
    assert "Weekly day off" in admin.page.text
    assert "08:00–12:00" in admin.page.text
    staff = signed_in("staff", locale="en")
    staff.open("/settings/closures")
    assert "Chuyển văn phòng" in staff.page.text
    assert not [form for form in staff.page.forms if form.method == "post" and "closures" in form.action]
    admin.open("/settings/closures")
    (form,) = [form for form in admin.page.forms if form.action.endswith("take_back")]
    admin.send(form.action)
    assert "The closure is taken back." in admin.page.text
    admin.send("?undo=yes")
    assert "The unit is closed on these days." in admin.page.text


def test_a_year_is_provisional_until_it_is_compared_and_declared(house: House, signed_in: SignedIn) -> None:
    with house.work("gateway") as work:
        years.propose(work, "VN", 2031, (date(2031, 1, 1), date(2031, 2, 5), date(2031, 2, 6)), {})
    house.settle()
    admin, staff = signed_in("staff", "admin", locale="en"), signed_in("staff", locale="en")
    staff.open("/settings/years")
    assert "Proposal, provisional" in staff.page.text
    assert "Lunar New Year" in staff.page.text
    assert "/settings/years/VN/2031" not in staff.page.links.values()
    staff.open("/settings/calendar?month=2031-01")
    assert "are not declared yet" in staff.page.text
    assert "proposed, not official yet" in staff.page.text
    assert "Public holiday: New Year's Day" in staff.page.text

    admin.open("/settings/years/VN/2031")
    assert admin.page.form("/2031").values["off-1-until"] == "2031-02-06"
    admin.send("/2031", **{"off-1-until": "2031-02-01"})
    assert (admin.status, bool(admin.page.wrong("off-1-until"))) == (422, True)
    admin.send("/2031", **{"off-1-until": "2031-02-08", "off-2-since": "2030-12-31"})
    assert "Every day lies in the year." in admin.page.text
    admin.send("/2031", **{"off-2-since": "", "up-0-day": "2031-02-14", "up-0-weekday": "4"})
    assert "The year is official." in admin.page.text
    house.settle()
    staff.open("/settings/calendar?month=2031-02")
    assert "are not declared yet" not in staff.page.text
    assert "Make-up workday, with the hours of Friday" in staff.page.text
    assert staff.page.text.count("Public holiday: Lunar New Year") >= 4


def test_where_other_companies_work_too_an_administrator_is_told_who_declares(
    house: House, front: flask.Flask, signed_in: SignedIn
) -> None:
    with house.work("gateway") as work:
        units.open_(work, code="hoa-binh", kind="company", title="华平公司", country="CN")
        units.open_(
            work, code="bx-cn", kind="branch", title="Biển Xanh CN", country="CN", parent=COMPANY, company=COMPANY
        )
    admin = signed_in("staff", "admin", locale="en")
    admin.open("/settings/years")
    assert 'declared by the operator, with "steward year"' in admin.page.text
    admin.open("/settings/years/CN/2027")
    assert not [form for form in admin.page.forms if form.action.endswith("/2027")]
    token = admin.page.forms[0].values.get("csrf_token") or _token(admin)
    answer = admin.raw("POST", "/settings/years/CN/2027", data={"csrf_token": token})
    assert answer.status_code == 403


@pytest.mark.parametrize("month", ["2026-13", "x", "0001-01", "9999-12", ""])
def test_a_month_that_there_is_not_shows_this_one(house: House, signed_in: SignedIn, month: str) -> None:
    browser = signed_in("staff", locale="en")
    browser.open("/settings/calendar", query_string={"month": month, "unit": "nowhere"})
    assert browser.status == 200
    assert 'aria-current="date"' in browser.page.html


def test_the_calendar_is_that_of_the_country_that_the_procedure_names(house: House, signed_in: SignedIn) -> None:
    office = Office(house)
    assert office.unit == HAI_PHONG
    with house.work("gateway") as work:
        years.propose(work, "VN", 2026, (date(2026, 9, 2),), {})
    browser = signed_in("staff", locale="zh")
    browser.open("/settings/calendar?month=2026-09")
    assert "法定节假日：国庆节" in browser.page.text


def _actions_of(browser: Browser, name: str) -> str:
    """The row of somebody in a list, as HTML."""
    at = browser.page.html.index(f"<strong>{name}</strong>")
    return browser.page.html[at : browser.page.html.index("</tr>", at)]


def _token(browser: Browser) -> str:
    return browser.open("/account").form("/account/password").values["csrf_token"]
