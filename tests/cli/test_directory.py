"""Units, people, tokens and the set-up code at the terminal."""

from __future__ import annotations

import re

import pytest

from services.gateway.directory.access import queries as known
from services.gateway.directory.password import hashing
from services.gateway.directory.setup import commands as setup
from services.gateway.directory.staff import tables as staff_tables
from services.gateway.directory.unit import tables as unit_tables
from shared.kernel import errors
from shared.runtime.cli import shape
from tests.cli.house import Done, House

CHOSEN = "con mèo trèo cây cau"


@pytest.fixture
def company(house: House) -> House:
    """A house with a company and a branch."""
    opened = ("unit", "open", "bien-xanh", "--kind", "company", "--title", "Biển Xanh", "--country", "VN")
    assert house.run(*opened).code == shape.OK
    branch = ("unit", "open", "hai-phong", "--parent", "bien-xanh", "--title", "Hải Phòng", "--country", "VN")
    assert house.run(*branch).code == shape.OK
    return house


def hire(house: House, mail: str, *more: str, stdin: str = "") -> Done:
    return house.run("staff", "add", mail, "--name", "Trần Bình", "--unit", "hai-phong", *more, stdin=stdin)


def hashed(house: House, mail: str) -> str | None:
    with house.database("gateway").reading() as connection:
        return staff_tables.hashed(connection, staff_tables.load_by_mail(connection, mail).id)


def test_the_operator_opens_a_company_and_lists_units(company: House) -> None:
    done = company.run("unit", "list")
    assert done.code == shape.OK
    assert "Hải Phòng" in done.out
    rows = company.run("unit", "list", "--company", "bien-xanh", "--json").json
    assert [(row["code"], row["kind"], row["state"]) for row in rows] == [
        ("bien-xanh", "company", "open"),
        ("hai-phong", "branch", "open"),
    ]
    assert company.run("unit", "list", "--company", "son-ca", "--json").json == []


def test_a_unit_is_changed_closed_and_opened_again(company: House) -> None:
    assert company.run("unit", "change", "hai-phong", "--title", "Chi nhánh Hải Phòng").code == shape.OK
    assert company.run("unit", "close", "hai-phong", "--json").json[0]["state"] == "closed"
    refused = company.run("unit", "close", "hai-phong")
    assert refused.code == shape.REFUSED
    assert 'while the state is "closed"' in refused.sentence
    assert company.run("unit", "reopen", "hai-phong", "--json").json[0]["title"] == "Chi nhánh Hải Phòng"
    assert company.run("unit", "change", "hai-phong").code == shape.USAGE


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("hai-phong", "--parent", "bien-xanh", "--title", "x", "--country", "VN"), shape.REFUSED, "already"),
        (("Huế", "--parent", "bien-xanh", "--title", "x", "--country", "VN"), shape.REFUSED, "small letters"),
        (("hue", "--parent", "nowhere", "--title", "x", "--country", "VN"), shape.REFUSED, "no such unit"),
        (("hue", "--title", "x", "--country", "VN"), shape.REFUSED, "cannot be the parent"),
        (("hue", "--parent", "bien-xanh", "--title", "x", "--country", "US"), shape.USAGE, "--country"),
        (("hue", "--parent", "bien-xanh", "--title", "x" * 201, "--country", "VN"), shape.REFUSED, "200"),
        (("hue", "--parent", "bien-xanh", "--title", "\udcff", "--country", "VN"), shape.REFUSED, "cannot be stored"),
    ],
)
def test_a_unit_that_cannot_be_is_refused_in_one_sentence(
    company: House, arguments: tuple[str, ...], code: int, says: str
) -> None:
    done = company.run("unit", "open", *arguments)
    assert done.code == code
    assert says in done.sentence


def test_a_new_person_gets_a_link_unless_a_password_is_made_here(company: House) -> None:
    assert hire(company, "binh@example.com").code == shape.OK
    assert hashed(company, "binh@example.com") is None
    made = hire(company, "an@example.com", "--role", "staff", "--role", "admin", "--generate", "--json").json[0]
    assert made["roles"] == ["staff", "admin"]
    assert hashing.verify(hashed(company, "an@example.com"), made["password"]).right
    shown = hire(company, "li@example.com", "--locale", "zh", "--generate").out
    found = re.search(r"Password \(shown once\): (\S+)", shown)
    assert found
    assert hashing.verify(hashed(company, "li@example.com"), found[1]).right
    assert [row["mail"] for row in company.run("staff", "list", "--json").json] == [
        "binh@example.com",
        "an@example.com",
        "li@example.com",
    ]


def test_a_password_is_read_from_standard_input_and_never_an_argument(company: House) -> None:
    assert hire(company, "an@example.com", "--password", stdin=f"{CHOSEN}\n").code == shape.OK
    assert hashing.verify(hashed(company, "an@example.com"), CHOSEN).right
    done = company.run("staff", "password", "AN@example.com", stdin="hôm nay trời đẹp\n")
    assert done.code == shape.OK
    assert "hôm nay" not in done.out
    assert hashing.verify(hashed(company, "an@example.com"), "hôm nay trời đẹp").right
    assert company.run("staff", "password", "an@example.com", CHOSEN).code == shape.USAGE


@pytest.mark.parametrize("typed", ["", "ngắn\n", "an@example.com\n"])
def test_a_weak_password_changes_nothing(company: House, typed: str) -> None:
    assert hire(company, "an@example.com", "--password", stdin=f"{CHOSEN}\n").code == shape.OK
    done = company.run("staff", "password", "an@example.com", stdin=typed)
    assert done.code == shape.REFUSED
    assert "This password cannot be used" in done.sentence
    assert hashing.verify(hashed(company, "an@example.com"), CHOSEN).right


def test_who_leaves_is_listed_only_with_all_and_can_come_back(company: House) -> None:
    hire(company, "binh@example.com")
    assert company.run("staff", "deactivate", "binh@example.com", "--json").json[0]["state"] == "inactive"
    assert company.run("staff", "list", "--json").json == []
    assert len(company.run("staff", "list", "--all", "--json").json) == 1
    assert company.run("staff", "invite", "binh@example.com").code == shape.REFUSED
    assert company.run("staff", "reactivate", "binh@example.com", "--json").json[0]["state"] == "active"
    assert company.run("staff", "invite", "binh@example.com").code == shape.OK


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("staff", "password", "nobody@example.com", "--generate"), "no such person"),
        (("staff", "add", "not-a-mail", "--name", "x", "--unit", "hai-phong"), "mail: Not a valid email address"),
        (("staff", "add", "x@example.com", "--name", "x", "--unit", "nowhere"), "no such unit"),
        (("token", "issue", "TOS", "--unit", "hai-phong", "--scope", "inbound"), "small letters"),
        (("token", "issue", "tos", "--unit", "nowhere", "--scope", "inbound"), "no unit nowhere"),
        (("token", "revoke", "nothing"), "no such token"),
    ],
)
def test_a_mistake_is_one_sentence(company: House, arguments: tuple[str, ...], says: str) -> None:
    done = company.run(*arguments)
    assert done.code == shape.REFUSED
    assert says in done.sentence


def test_a_token_is_printed_alone_and_once(company: House) -> None:
    done = company.run("token", "issue", "tos", "--unit", "hai-phong", "--scope", "inbound")
    assert done.code == shape.OK
    token = done.out.strip()
    assert re.fullmatch(r"steward_[0-9A-Za-z]{32}", token)
    (row,) = company.run("token", "list", "--json").json
    assert (row["system"], row["hint"], row["state"]) == ("tos", token[-4:], "valid")
    assert token not in company.run("token", "list").out

    assert company.run("token", "revoke", row["id"]).code == shape.OK
    with company.database("gateway").reading() as connection, pytest.raises(errors.Unauthenticated):
        known.known(connection, token)
    assert company.run("token", "list", "--json").json == []
    assert [each["state"] for each in company.run("token", "list", "--all", "--json").json] == ["revoked"]
    assert company.run("token", "revoke", row["id"]).code == shape.REFUSED


def test_a_set_up_code_is_printed_until_there_is_a_company(house: House) -> None:
    code = house.run("setup-code").out.strip()
    facts = house.run("setup-code", "--json").json
    assert facts["address"].endswith("/setup")
    assert facts["code"] != code
    company = setup.Company("bien-xanh", "Biển Xanh", "VN")
    admin = setup.Administrator("Đỗ Thanh Mai", "mai@example.com", "vi", CHOSEN)
    setup.set_up(house.database("gateway"), facts["code"], company=company, admin=admin)
    refused = house.run("setup-code")
    assert refused.code == shape.REFUSED
    assert "already set up" in refused.sentence


def test_what_the_operator_does_bears_their_name(company: House) -> None:
    hire(company, "binh@example.com")
    (row,) = company.run("staff", "list", "--json").json
    assert row["added_by"].startswith("system:operator")
    with company.database("gateway").reading() as connection:
        assert unit_tables.load(connection, "hai-phong").people == 1


def test_the_operator_declares_a_year_and_lists_what_is_known(company: House) -> None:
    line = ("year", "declare", "VN", "2026", "--off", "2026-09-01", "--off", "2026-09-02", "--made-up")
    wrong = company.run(*line, "2026-08-22=someday")
    assert (wrong.code, "is not like 2026-08-22=mon" in wrong.sentence) == (shape.USAGE, True)
    assert company.run(*line[:-3], "--off", "2025-09-02").code == shape.REFUSED, "a day of another year"
    (declared,) = company.run(*line, "2026-08-22=mon", "--json").json
    assert (declared["official"], declared["off"], declared["made_up"]) == (
        True,
        ["2026-09-01", "2026-09-02"],
        {"2026-08-22": "mon"},
    )
    known = company.run("year", "list", "--country", "VN", "--json").json
    assert [row for row in known if row["year"] == 2026] == [declared]
    assert company.run("year", "list", "--country", "CN", "--json").json == []
