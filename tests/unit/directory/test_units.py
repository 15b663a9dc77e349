"""Units as rules, without a database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from services.gateway.directory.unit import model
from shared.kernel import errors

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def opened(code: str = "bien-xanh", kind: str = "company", parent: model.Unit | None = None, **more: Any) -> model.Unit:
    facts = {"title": "Biển Xanh", "country": "VN", "demo": False, **more}
    return model.open_(id="1", code=code, kind=kind, parent=parent, now=NOW, **facts)


def test_a_company_is_its_own_root_and_everything_below_belongs_to_it() -> None:
    company = opened()
    branch = opened("hai-phong", "branch", company)
    department = opened("phap-che", "department", branch)
    assert [each.company for each in (company, branch, department)] == ["bien-xanh"] * 3
    assert [each.parent for each in (company, branch, department)] == [None, "bien-xanh", "hai-phong"]


def test_what_hangs_below_the_demo_is_the_demo_whatever_is_said() -> None:
    assert opened("hai-phong", "branch", opened(demo=True), demo=False).demo is True
    assert opened("hai-phong", "branch", opened(demo=False), demo=True).demo is False


@pytest.mark.parametrize(
    ("kind", "above"),
    [
        ("company", "company"),
        ("company", "branch"),
        ("branch", None),
        ("branch", "department"),
        ("department", None),
    ],
)
def test_a_unit_hangs_only_below_what_may_be_above_it(kind: str, above: str | None) -> None:
    company = opened()
    parents = {"company": company, "branch": opened("hai-phong", "branch", company)}
    parents["department"] = opened("phap-che", "department", company)
    with pytest.raises(model.WrongParent) as refused:
        opened("moi", kind, parents[above] if above else None)
    assert list(refused.value.fields) == ["parent"]


@pytest.mark.parametrize("code", ["hp", "a1", "thuong-hai-2", "x" * 40])
def test_a_code_can_stand_in_an_address(code: str) -> None:
    assert opened(code).code == code


@pytest.mark.parametrize(
    "code", ["", "h", "x" * 41, "Hai-Phong", "hải-phòng", "1hp", "-hp", "hp-", "h--p", "h p", "hp/..", "hp\n"]
)
def test_a_code_that_cannot_is_refused(code: str) -> None:
    with pytest.raises(model.BadCode):
        opened(code)


def test_a_closed_unit_can_only_be_opened_again() -> None:
    closed = model.close(opened(), now=NOW)
    assert closed.active is False
    assert closed.closed_at == NOW
    assert closed.possible == ("reopen",)
    for verb in (lambda: model.close(closed, now=NOW), lambda: model.change(closed, title="x", country=None)):
        with pytest.raises(errors.WrongState) as refused:
            verb()
        assert refused.value.facts["possible"] == "reopen"
    assert model.reopen(closed).closed_at is None


def test_nothing_is_opened_below_a_closed_unit() -> None:
    with pytest.raises(model.WrongParent):
        opened("hai-phong", "branch", model.close(opened(), now=NOW))


def test_a_change_leaves_what_is_not_given() -> None:
    changed = model.change(opened(), title="Biển Xanh mới", country=None)
    assert (changed.title, changed.country, changed.code) == ("Biển Xanh mới", "VN", "bien-xanh")
