"""The directory's API: units, staff, tokens, sessions; who may do what, and what a refusal says."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from services.gateway.directory import keyset
from services.gateway.directory.access import commands as access
from services.gateway.directory.access import queries as known
from services.gateway.directory.staff import commands as staff
from services.gateway.directory.staff import model as staff_model
from services.gateway.directory.staff import tables as staff_tables
from shared.kernel import errors
from shared.people import units as copies
from shared.store import tables
from shared.web import tokens
from tests.flows.directory_house import House, text

UNIT = {"code": "sai-gon", "title": "Chi nhánh Sài Gòn", "country": "VN", "parent": "bien-xanh"}
PERSON = {"name": "Trần Bình", "mail": "binh@example.com", "unit": "hai-phong"}
TOKEN = {"system": "tos", "unit": "hai-phong", "scopes": ["inbound"]}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    made.open_company()
    yield made
    made.close()


@pytest.fixture
def admin(house: House) -> staff_model.Staff:
    return house.hire("admin@example.com", roles=("staff", "admin"), name="Đỗ Thanh Mai")


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house for all that is refused: nothing of it changes."""
    made = House(tmp_path_factory.mktemp("still"))
    made.open_company()
    yield made
    made.close()


@pytest.fixture(scope="module")
def standing(still: House) -> staff_model.Staff:
    """Its administrator."""
    return still.hire("admin@example.com", roles=("staff", "admin"), name="Đỗ Thanh Mai")


def encoded(key: list[Any]) -> str:
    """A cursor that nobody gave out."""
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


def problem(response: TestResponse, status: int, code: str) -> dict[str, Any]:
    """The problem, after a look at whether it is this one."""
    body = response.get_json()
    assert (response.status_code, body["type"]) == (status, f"urn:steward:problem:{code}"), body
    return body


# ---- units


def test_an_administrator_opens_a_branch_and_other_services_learn_of_it(house: House, admin: staff_model.Staff) -> None:
    made = house.call("POST", "/v1/units", admin, json=UNIT)
    assert made.status_code == 201
    assert made.headers["Location"] == "/v1/units/sai-gon"
    assert made.headers["ETag"] == '"1"'
    assert made.get_json() | {"opened_at": None, "id": None} == {
        "id": None,
        "version": 1,
        "code": "sai-gon",
        "kind": "branch",
        "parent": "bien-xanh",
        "company": "bien-xanh",
        "title": "Chi nhánh Sài Gòn",
        "country": "VN",
        "state": "open",
        "possible": ["change", "close"],
        "demo": False,
        "people": 0,
        "opened_at": None,
        "closed_at": None,
        "phone": None,
        "mail": None,
    }
    house.run()
    with house.process.databases["notify"].reading() as connection:
        assert copies.known(connection, "sai-gon").title == "Chi nhánh Sài Gòn"


def test_a_change_and_a_closing_reach_the_copies_in_their_order(house: House, admin: staff_model.Staff) -> None:
    house.call("POST", "/v1/units", admin, json=UNIT)
    house.call("PATCH", "/v1/units/sai-gon", admin, json={"title": "Sài Gòn"})
    house.call("POST", "/v1/units/sai-gon/close", admin)
    events = house.events("directory.unit.changed")[-3:]
    assert [(each["sequence"], each["data"]["title"], each["data"]["active"]) for each in events] == [
        ("1", "Chi nhánh Sài Gòn", True),
        ("2", "Sài Gòn", True),
        ("3", "Sài Gòn", False),
    ]
    assert {each["actor"] for each in events} == {f"staff:{admin.id}"}
    house.run()
    with house.process.databases["notify"].reading() as connection, pytest.raises(copies.UnknownUnit):
        copies.known(connection, "sai-gon")


def test_a_stale_change_is_refused_and_changes_nothing(house: House, admin: staff_model.Staff) -> None:
    house.call("PATCH", "/v1/units/hai-phong", admin, json={"title": "Một"}, headers={"If-Match": '"1"'})
    late = house.call("PATCH", "/v1/units/hai-phong", admin, json={"title": "Hai"}, headers={"If-Match": '"1"'})
    problem(late, 412, "stale")
    assert house.call("GET", "/v1/units/hai-phong", admin).get_json()["title"] == "Một"


def test_a_unit_in_use_cannot_be_closed_and_the_refusal_counts_why(house: House, admin: staff_model.Staff) -> None:
    refused = problem(house.call("POST", "/v1/units/bien-xanh/close", admin), 409, "unit-in-use")
    assert "1 open units" in refused["detail"]
    refused = problem(house.call("POST", "/v1/units/hai-phong/close", admin), 409, "unit-in-use")
    assert "1 people" in refused["detail"]


def test_a_closed_unit_says_what_is_possible_and_nobody_is_hired_into_it(
    house: House, admin: staff_model.Staff
) -> None:
    house.call("POST", "/v1/units", admin, json=UNIT)
    house.call("POST", "/v1/units/sai-gon/close", admin)
    body = problem(house.call("POST", "/v1/units/sai-gon/close", admin), 409, "wrong-state")
    assert (body["state"], body["possible"]) == ("closed", ["reopen"])
    into = house.call("POST", "/v1/staff", admin, json={**PERSON, "unit": "sai-gon"})
    assert problem(into, 422, "no-place")["errors"] == {"unit": ["This unit is closed."]}
    problem(house.call("POST", "/v1/tokens", admin, json={**TOKEN, "unit": "sai-gon"}), 422, "no-unit")
    house.call("POST", "/v1/units/sai-gon/reopen", admin)
    assert house.call("POST", "/v1/staff", admin, json={**PERSON, "unit": "sai-gon"}).status_code == 201


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"code": "hai-phong"}, "code"),
        ({"code": "Sài Gòn"}, "code"),
        ({"code": ""}, "code"),
        ({"kind": "company"}, "kind"),
        ({"country": "US"}, "country"),
        ({"title": "x" * 201}, "title"),
        ({"title": None}, "title"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_unit_that_is_not_valid_is_refused_at_its_field(
    still: House, standing: staff_model.Staff, change: dict[str, Any], field: str
) -> None:
    refused = still.call("POST", "/v1/units", standing, json={**UNIT, **change})
    assert refused.status_code == 422
    assert field in refused.get_json()["errors"]


def test_the_list_is_paged_by_code_and_filtered(house: House, admin: staff_model.Staff) -> None:
    for code in ("an-giang", "da-nang", "sai-gon"):
        house.call("POST", "/v1/units", admin, json={**UNIT, "code": code})
    house.call("POST", "/v1/units/da-nang/close", admin)
    first = house.call("GET", "/v1/units?limit=3", admin).get_json()
    rest = house.call("GET", f"/v1/units?limit=3&cursor={first['next']}", admin).get_json()
    codes = [each["code"] for each in (*first["items"], *rest["items"])]
    assert codes == ["an-giang", "bien-xanh", "da-nang", "hai-phong", "sai-gon"]
    assert rest["next"] is None
    closed = house.call("GET", "/v1/units?active=false", admin).get_json()["items"]
    assert [each["code"] for each in closed] == ["da-nang"]


@pytest.mark.parametrize("path", ["/v1/units", "/v1/staff", "/v1/tokens"])
@pytest.mark.parametrize(
    "cursor",
    ["x", "é", "eyJ9", *(encoded(key) for key in ([], [1], ["a", "b", "c"], ["\x00"], ["\ud800", "x"], ["a", None]))],
)
def test_a_forged_cursor_is_refused(still: House, standing: staff_model.Staff, path: str, cursor: str) -> None:
    problem(still.call("GET", f"{path}?cursor={cursor}", standing), 400, "bad-cursor")


# ---- who may


CHANGES = [
    ("POST", "/v1/units", UNIT),
    ("PATCH", "/v1/units/hai-phong", {"title": "x"}),
    ("POST", "/v1/units/hai-phong/close", None),
    ("POST", "/v1/units/hai-phong/reopen", None),
    ("POST", "/v1/staff", PERSON),
    ("PATCH", "/v1/staff/{id}", {"name": "x"}),
    ("POST", "/v1/staff/{id}/invite", None),
    ("POST", "/v1/staff/{id}/deactivate", None),
    ("POST", "/v1/staff/{id}/reactivate", None),
    ("GET", "/v1/tokens", None),
    ("GET", "/v1/tokens/{id}", None),
    ("POST", "/v1/tokens", TOKEN),
    ("POST", "/v1/tokens/{id}/revoke", None),
]
LOOKS = ["/v1/units", "/v1/units/hai-phong", "/v1/staff", "/v1/staff/{id}"]


@pytest.mark.parametrize(("method", "path", "body"), CHANGES, ids=[f"{m} {p}" for m, p, _ in CHANGES])
@pytest.mark.parametrize("role", ["staff", "lead", "executive", "on-call"])
def test_only_an_administrator_changes_the_directory_and_the_refusal_names_the_role(
    still: House, standing: staff_model.Staff, method: str, path: str, body: Any, role: str
) -> None:
    before = len(still.events("directory.staff.changed")) + len(still.events("directory.unit.changed"))
    other = tokens.Caller("staff", "someone", "Ai Đó", roles=(role,), unit="hai-phong")
    refused = still.call(method, path.format(id=standing.id), other, json=body)
    assert "the role admin" in problem(refused, 403, "forbidden")["detail"]
    assert len(still.events("directory.staff.changed")) + len(still.events("directory.unit.changed")) == before


@pytest.mark.parametrize("path", LOOKS)
def test_staff_look_at_their_company_and_a_system_needs_the_scope(
    house: House, admin: staff_model.Staff, path: str
) -> None:
    path = path.format(id=admin.id)
    assert house.call("GET", path, house.hire("binh@example.com")).status_code == 200
    system = tokens.Caller("system", "erp", "erp", scopes=("directory",), unit="hai-phong")
    assert house.call("GET", path, system).status_code == 200
    other = tokens.Caller("system", "tos", "tos", scopes=("inbound", "tickets"), unit="hai-phong")
    assert "the scope directory" in problem(house.call("GET", path, other), 403, "forbidden")["detail"]


@pytest.mark.parametrize(("method", "path", "body"), CHANGES, ids=[f"{m} {p}" for m, p, _ in CHANGES])
def test_a_system_changes_nothing_whatever_its_scopes(
    still: House, standing: staff_model.Staff, method: str, path: str, body: Any
) -> None:
    system = tokens.Caller("system", "erp", "erp", roles=("admin",), scopes=("directory",), unit="hai-phong")
    refused = still.call(method, path.format(id=standing.id), system, json=body)
    assert "a staff account" in problem(refused, 403, "forbidden")["detail"]


@pytest.mark.parametrize("unit", [None, "", "gone"])
def test_whoever_belongs_to_no_unit_sees_nothing(still: House, unit: str | None) -> None:
    nobody = tokens.Caller("staff", "someone", "Ai Đó", roles=("admin",), unit=unit)
    for method, path in (("GET", "/v1/units"), ("GET", "/v1/tokens"), ("POST", "/v1/units")):
        refused = still.call(method, path, nobody, json=UNIT if method == "POST" else None)
        assert "belongs to no company" in problem(refused, 403, "forbidden")["detail"]


@pytest.mark.parametrize("path", [*LOOKS, "/v1/tokens", "/v1/sessions"])
def test_without_a_token_nothing_is_said(still: House, path: str) -> None:
    problem(still.api.get(path.format(id="x")), 401, "unauthenticated")
    problem(still.api.get(path.format(id="x"), headers={"Authorization": "Bearer x.y.z"}), 401, "unauthenticated")


def test_companies_of_one_installation_are_strangers_to_each_other(house: House, admin: staff_model.Staff) -> None:
    house.open_company("son-ca", branch="son-ca-hp")
    theirs = house.hire("li@example.com", unit="son-ca-hp", roles=("staff", "admin"), name="李明")
    with house.database.work() as work:
        token, _ = access.issue(work, system="tos", scopes=["inbound"], unit="son-ca-hp")

    assert {each["company"] for each in house.call("GET", "/v1/units", admin).get_json()["items"]} == {"bien-xanh"}
    assert {each["company"] for each in house.call("GET", "/v1/staff", admin).get_json()["items"]} == {"bien-xanh"}
    assert house.call("GET", "/v1/tokens", admin).get_json()["items"] == []
    assert house.call("GET", "/v1/staff?mail=li@example.com", admin).get_json()["items"] == []

    for method, path, body in [
        ("GET", "/v1/units/son-ca-hp", None),
        ("PATCH", "/v1/units/son-ca-hp", {"title": "x"}),
        ("POST", "/v1/units/son-ca-hp/close", None),
        ("GET", f"/v1/staff/{theirs.id}", None),
        ("PATCH", f"/v1/staff/{theirs.id}", {"mail": "thief@example.com"}),
        ("POST", f"/v1/staff/{theirs.id}/invite", None),
        ("POST", f"/v1/staff/{theirs.id}/deactivate", None),
        ("GET", f"/v1/tokens/{token.id}", None),
        ("POST", f"/v1/tokens/{token.id}/revoke", None),
    ]:
        assert house.call(method, path, admin, json=body).status_code == 404, path
    for path, body in [("/v1/staff", {**PERSON, "unit": "son-ca-hp"}), ("/v1/tokens", {**TOKEN, "unit": "son-ca-hp"})]:
        refused = house.call("POST", path, admin, json=body)
        assert refused.status_code == 422
        assert refused.get_json()["errors"] == {"unit": ["There is no such unit."]}
    below = house.call("POST", "/v1/units", admin, json={**UNIT, "parent": "son-ca"})
    assert below.get_json()["errors"] == {"parent": ["There is no such unit."]}
    refused = house.call("POST", "/v1/units", admin, json={**UNIT, "parent": "son-ca"})
    assert problem(refused, 422, "wrong-parent")["errors"] == {"parent": ["There is no such unit."]}
    me = house.hire("binh@example.com")
    moved = house.call("PATCH", f"/v1/staff/{me.id}", admin, json={"unit": "son-ca-hp"})
    assert moved.get_json()["errors"] == {"unit": ["There is no such unit."]}
    assert house.person(theirs.id) == theirs


@pytest.mark.parametrize("role", ["admin", "on-call"])
def test_the_mails_of_a_company_are_hidden_from_whoever_looks_after_another(
    house: House, admin: staff_model.Staff, role: str
) -> None:
    house.open_company("son-ca", branch="son-ca-hp")
    theirs = house.hire("li@example.com", unit="son-ca-hp", roles=("staff", role))
    house.call("POST", "/v1/staff", admin, json=PERSON)
    house.run()
    notify = house.of("notify")

    def listed(who: staff_model.Staff) -> list[dict[str, Any]]:
        return notify.get("/v1/messages", headers=house.signed_for(who, "notify")).get_json()["items"]

    ours = house.hire("c@example.com", unit="bien-xanh", roles=("staff", role))
    (message,) = listed(ours)
    assert message["recipient"] == PERSON["mail"]
    assert listed(theirs) == []
    for refused in (
        notify.get(f"/v1/messages/{message['id']}", headers=house.signed_for(theirs, "notify")),
        notify.post(
            f"/v1/messages/{message['id']}/resend", headers=house.signed_for(theirs, "notify"), json={"reason": "x"}
        ),
    ):
        assert refused.status_code == 404


# ---- staff


@pytest.mark.parametrize(
    ("locale", "subject", "until"),
    [
        ("vi", "Mời Anh/Chị đặt mật khẩu cho tài khoản Steward", "27/11/2026"),
        ("zh", "请设置您的 Steward 账号密码", "2026年11月27日"),
        ("en", "Choose a password for your Steward account", "27 November 2026"),
    ],
)
def test_a_new_person_gets_a_link_to_choose_a_password_and_signs_in(
    house: House, admin: staff_model.Staff, locale: str, subject: str, until: str
) -> None:
    made = house.call("POST", "/v1/staff", admin, json={**PERSON, "locale": locale, "roles": ["lead", "staff"]})
    assert made.status_code == 201
    body = made.get_json()
    assert made.headers["Location"] == f"/v1/staff/{body['id']}"
    assert (body["roles"], body["state"], body["added_by"]) == (["staff", "lead"], "active", f"staff:{admin.id}")
    assert body["possible"] == ["change", "invite", "deactivate"]
    house.run()
    [mail] = house.mails()
    assert mail["Subject"] == subject
    assert mail["To"] == "Trần Bình <binh@example.com>"
    assert until in text(mail)
    assert "Chi nhánh hai-phong" in text(mail)
    staff.reset(house.database, house.link(mail), password="hôm nay trời đẹp")
    assert house.sign_in("binh@example.com", "hôm nay trời đẹp")


def test_what_others_keep_of_a_person_follows_every_change(house: House, admin: staff_model.Staff) -> None:
    id = house.call("POST", "/v1/staff", admin, json=PERSON).get_json()["id"]
    house.call("PATCH", f"/v1/staff/{id}", admin, json={"name": "Trần Văn Bình", "locale": "zh"})
    house.call("POST", f"/v1/staff/{id}/deactivate", admin)
    house.call("POST", f"/v1/staff/{id}/reactivate", admin)
    told = [each for each in house.events("directory.staff.changed") if each["subject"] == id]
    said = [(each["data"]["name"], each["data"]["locale"], each["data"]["active"]) for each in told]
    assert said == [
        ("Trần Bình", "vi", True),
        ("Trần Văn Bình", "zh", True),
        ("Trần Văn Bình", "zh", False),
        ("Trần Văn Bình", "zh", True),
    ]


def test_a_change_that_changes_nothing_says_nothing(house: House, admin: staff_model.Staff) -> None:
    told = len(house.events("directory.staff.changed"))
    same = house.call("PATCH", f"/v1/staff/{admin.id}", admin, json={"name": admin.name})
    assert same.get_json()["version"] == 1
    assert len(house.events("directory.staff.changed")) == told


@pytest.mark.parametrize("mail", ["admin@example.com", "ADMIN@Example.COM", " admin@example.com "])
def test_a_mail_address_names_one_person_of_the_installation(house: House, admin: staff_model.Staff, mail: str) -> None:
    house.open_company("son-ca", branch="son-ca-hp")
    stranger = house.hire("li@example.com", unit="son-ca-hp", roles=("admin",))
    taken = {"mail": ["Somebody has this mail address already."]}
    refused = house.call("POST", "/v1/staff", admin, json={**PERSON, "mail": mail})
    assert problem(refused, 422, "mail-taken")["errors"] == taken
    refused = house.call("PATCH", f"/v1/staff/{stranger.id}", stranger, json={"mail": mail})
    assert problem(refused, 422, "mail-taken")["errors"] == taken


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"mail": "not an address"}, "mail"),
        ({"mail": "a@b"}, "mail"),
        ({"mail": "an@example.com\nBcc: all@example.com"}, "mail"),
        ({"locale": "fr"}, "locale"),
        ({"roles": []}, "roles"),
        ({"roles": ["owner"]}, "roles"),
        ({"unit": "nowhere"}, "unit"),
        ({"password": "geheim"}, "password"),
        ({"company": "son-ca"}, "company"),
        ({"epoch": 7}, "epoch"),
    ],
)
def test_a_person_who_is_not_valid_is_refused_at_the_field(
    still: House, standing: staff_model.Staff, change: dict[str, Any], field: str
) -> None:
    refused = still.call("POST", "/v1/staff", standing, json={**PERSON, **change})
    assert refused.status_code == 422
    assert field in refused.get_json()["errors"]
    assert still.call("GET", "/v1/staff?mail=binh@example.com", standing).get_json()["items"] == []


def test_a_person_changes_their_own_language_and_nothing_else(house: House, admin: staff_model.Staff) -> None:
    me = house.hire("binh@example.com")
    assert house.call("PATCH", f"/v1/staff/{me.id}", me, json={"locale": "zh"}).get_json()["locale"] == "zh"
    for change in ({"roles": ["admin"]}, {"locale": "en", "roles": ["admin"]}, {"unit": "bien-xanh"}):
        problem(house.call("PATCH", f"/v1/staff/{me.id}", me, json=change), 403, "forbidden")
    problem(house.call("PATCH", f"/v1/staff/{admin.id}", me, json={"locale": "zh"}), 403, "forbidden")
    assert house.person(me.id).roles == ("staff",)


@pytest.mark.parametrize("how", ["deactivate", "roles"])
def test_the_last_administrator_of_a_company_stays_one(house: House, admin: staff_model.Staff, how: str) -> None:
    house.open_company("son-ca", branch="son-ca-hp")
    house.hire("li@example.com", unit="son-ca-hp", roles=("admin",))  # an administrator elsewhere is of no help

    def leave(who: staff_model.Staff) -> TestResponse:
        if how == "roles":
            return house.call("PATCH", f"/v1/staff/{who.id}", admin, json={"roles": ["staff"]})
        return house.call("POST", f"/v1/staff/{who.id}/deactivate", admin)

    problem(leave(admin), 409, "last-admin")
    second = house.hire("binh@example.com", roles=("admin",))
    assert leave(admin).status_code == 200
    problem(leave(second), 409, "last-admin")


def _names(house: House, who: staff_model.Staff, *, limit: int) -> list[str]:
    """Everybody on the list, page by page."""

    def page(cursor: str | None) -> tuple[list[str], str | None]:
        asked = f"/v1/staff?limit={limit}" + (f"&cursor={cursor}" if cursor else "")
        found = house.call("GET", asked, who).get_json()
        return [each["name"] for each in found["items"]], found["next"]

    return keyset.whole(page)


def test_staff_are_listed_by_name_and_filtered(house: House, admin: staff_model.Staff) -> None:
    for number, name in enumerate(("Dũng", "An", "Vũ", "李娜")):
        house.hire(f"p{number}@example.com", name=name)
    house.hire("hq@example.com", name="Ở trụ sở", unit="bien-xanh")
    seen = _names(house, admin, limit=2)
    assert admin.name == "Đỗ Thanh Mai"
    assert seen == ["An", "Đỗ Thanh Mai", "Dũng", "Ở trụ sở", "Vũ", "李娜"]
    there = house.call("GET", "/v1/staff?unit=bien-xanh", admin).get_json()["items"]
    assert [each["mail"] for each in there] == ["hq@example.com"]
    [found] = house.call("GET", "/v1/staff?mail=HQ@example.com&active=true", admin).get_json()["items"]
    assert found["name"] == "Ở trụ sở"


def test_people_whom_older_code_wrote_down_are_on_the_list_once(house: House, admin: staff_model.Staff) -> None:
    for number, name in enumerate(("Dũng", "An", "Vũ")):
        house.hire(f"p{number}@example.com", name=name)
    with house.database.work() as work:
        work.execute(staff_tables.staff.update().values(name_key=None))
    assert _names(house, admin, limit=1) == ["An", "Dũng", "Vũ", "Đỗ Thanh Mai"]


def test_the_number_of_people_follows_who_comes_moves_and_goes(house: House, admin: staff_model.Staff) -> None:
    def people() -> list[int]:
        items = house.call("GET", "/v1/units", admin).get_json()["items"]
        return [each["people"] for each in items]

    assert people() == [0, 1]
    id = house.call("POST", "/v1/staff", admin, json=PERSON).get_json()["id"]
    assert people() == [0, 2]
    house.call("PATCH", f"/v1/staff/{id}", admin, json={"unit": "bien-xanh"})
    assert people() == [1, 1]
    house.call("POST", f"/v1/staff/{id}/deactivate", admin)
    assert people() == [0, 1]
    house.call("POST", f"/v1/staff/{id}/reactivate", admin)
    assert people() == [1, 1]


def test_the_same_request_twice_adds_one_person(house: House, admin: staff_model.Staff) -> None:
    key = {"Idempotency-Key": "hire-binh"}
    first = house.call("POST", "/v1/staff", admin, json=PERSON, headers=key)
    second = house.call("POST", "/v1/staff", admin, json=PERSON, headers=key)
    assert first.get_json() == second.get_json()
    house.run()
    assert len(house.mails()) == 1


@pytest.mark.parametrize("language", ["vi", "zh"])
def test_a_refusal_speaks_the_callers_language(house: House, admin: staff_model.Staff, language: str) -> None:
    headers = {"Accept-Language": language}
    refused = house.call("POST", "/v1/staff", admin, json={**PERSON, "mail": admin.mail}, headers=headers)
    body = problem(refused, 422, "mail-taken")
    assert "already" not in body["detail"] + str(body["errors"])


# ---- tokens


def test_a_token_is_shown_once_and_kept_as_a_hash(house: House, admin: staff_model.Staff) -> None:
    key = {"Idempotency-Key": "token-for-tos"}
    made = house.call("POST", "/v1/tokens", admin, json=TOKEN, headers=key)
    assert made.status_code == 201
    body = made.get_json()
    token = body["token"]
    assert re.fullmatch(r"steward_[0-9A-Za-z]{32}", token)
    assert body["hint"] == token[-4:]

    again = house.call("POST", "/v1/tokens", admin, json=TOKEN, headers=key)
    assert again.status_code == 201
    assert again.get_json() == {**body, "token": None}
    for path in ("/v1/tokens", f"/v1/tokens/{body['id']}"):
        assert token not in house.call("GET", path, admin).text
    stored = (house.home / "data" / "gateway.sqlite").read_bytes()
    stored += (house.home / "data" / "gateway.sqlite-wal").read_bytes()
    assert token.encode() not in stored
    assert token not in str(house.events("directory.access.issued"))


def test_a_token_speaks_for_its_system_its_unit_and_its_scopes_until_it_is_revoked(
    house: House, admin: staff_model.Staff
) -> None:
    made = house.call("POST", "/v1/tokens", admin, json={**TOKEN, "scopes": ["tickets", "inbound"]}).get_json()
    with house.database.reading() as connection:
        who, touch = known.caller(connection, made["token"], house.time.now())
    assert who == tokens.Caller("system", "tos", "tos", scopes=("inbound", "tickets"), unit="hai-phong")
    assert touch == made["id"]

    with house.database.work() as work:
        access.touch(work, made["id"])
    with house.database.reading() as connection:
        assert known.caller(connection, made["token"], house.time.now())[1] is None
    assert house.call("GET", f"/v1/tokens/{made['id']}", admin).get_json()["last_used_at"]

    revoked = house.call("POST", f"/v1/tokens/{made['id']}/revoke", admin)
    assert revoked.get_json()["state"] == "revoked"
    with house.database.reading() as connection, pytest.raises(errors.Unauthenticated):
        known.caller(connection, made["token"], house.time.now())
    assert problem(house.call("POST", f"/v1/tokens/{made['id']}/revoke", admin), 409, "wrong-state")["possible"] == []
    assert [each["data"]["system"] for each in house.events("directory.access.revoked")] == ["tos"]


@pytest.mark.parametrize("token", ["", "steward_", "steward_" + "x" * 32, "\x00", "\ud800", "é"])
def test_a_forged_token_is_nobody(still: House, token: str) -> None:
    with still.database.reading() as connection, pytest.raises(errors.Unauthenticated):
        known.caller(connection, token, still.time.now())


def test_a_token_of_a_closed_unit_rests_until_the_unit_opens_again(house: House, admin: staff_model.Staff) -> None:
    house.call("POST", "/v1/units", admin, json=UNIT)
    made = house.call("POST", "/v1/tokens", admin, json={**TOKEN, "unit": "sai-gon"}).get_json()
    house.call("POST", "/v1/units/sai-gon/close", admin)
    with house.database.reading() as connection, pytest.raises(errors.Unauthenticated):
        known.caller(connection, made["token"], house.time.now())
    house.call("POST", "/v1/units/sai-gon/reopen", admin)
    with house.database.reading() as connection:
        assert known.caller(connection, made["token"], house.time.now())[0].unit == "sai-gon"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"system": "steward"}, "system"),
        ({"system": "TOS"}, "system"),
        ({"system": "a.b"}, "system"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"unit": "nowhere"}, "unit"),
    ],
)
def test_a_token_that_is_not_valid_is_refused_at_the_field(
    still: House, standing: staff_model.Staff, change: dict[str, Any], field: str
) -> None:
    refused = still.call("POST", "/v1/tokens", standing, json={**TOKEN, **change})
    assert refused.status_code == 422
    assert field in refused.get_json()["errors"]


# ---- sessions


def test_a_person_sees_where_they_are_signed_in_and_ends_what_was_left_somewhere(
    house: House, admin: staff_model.Staff
) -> None:
    other = house.enter(house.hire("binh@example.com"))
    here = house.enter(admin)
    house.pass_time(minutes=5)
    there = house.enter(admin)
    items = house.call("GET", "/v1/sessions", admin).get_json()["items"]
    assert len(items) == 2
    signed = house.signed(there)
    assert signed
    assert items[0]["id"] == signed.session_id
    assert house.call("POST", f"/v1/sessions/{signed.session_id}/end", admin).status_code == 204
    assert house.signed(there) is None
    assert house.signed(here)
    problem(house.call("POST", f"/v1/sessions/{signed.session_id}/end", admin), 404, "no-such-session")
    theirs = house.signed(other)
    assert theirs
    problem(house.call("POST", f"/v1/sessions/{theirs.session_id}/end", admin), 404, "no-such-session")
    assert house.signed(other)


def test_a_system_has_no_sessions(house: House) -> None:
    system = tokens.Caller("system", "erp", "erp", scopes=("directory",), unit="hai-phong")
    problem(house.call("GET", "/v1/sessions", system), 403, "forbidden")


def test_old_sessions_do_not_pile_up(house: House, admin: staff_model.Staff) -> None:
    from services.gateway.directory.session import tables as session_tables

    for _ in range(3):
        house.enter(admin)
        house.pass_time(hours=13)
    house.enter(admin)
    with house.database.reading() as connection:
        assert len(connection.execute(session_tables.session.select()).all()) == 1
        assert connection.execute(tables.failure.select()).all() == []
