"""People as rules, without a database."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.gateway.directory.staff import model
from shared.kernel import errors

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
AN = model.Staff(
    id="1",
    version=1,
    name="Nguyễn Văn An",
    mail="An@Example.com",
    locale="vi",
    unit="hai-phong",
    company="bien-xanh",
    roles=("staff",),
    state="active",
    epoch=1,
    added_at=NOW,
    added_by="system:setup",
)


def test_two_spellings_of_an_address_are_one() -> None:
    assert AN.mail_key == model.key(" AN@example.COM ") == "an@example.com"
    assert model.key("STRASSE@example.com") == model.key("straße@example.com")


def test_roles_are_kept_once_and_in_their_order() -> None:
    assert model.roles(["admin", "staff", "admin"]) == ("staff", "admin")


@pytest.mark.parametrize("wanted", [[], ["owner"], ["staff", "Admin"], [""]])
def test_a_person_has_at_least_one_role_that_exists(wanted: list[str]) -> None:
    with pytest.raises(model.WrongRoles):
        model.roles(wanted)


@pytest.mark.parametrize(
    ("change", "ends"),
    [
        ({"name": "An"}, False),
        ({"mail": "an.nguyen@example.com"}, False),
        ({"locale": "zh"}, False),
        ({"wanted_roles": ["staff"]}, False),
        ({"wanted_roles": ["staff", "lead"]}, True),
        ({"unit": "sai-gon"}, True),
    ],
)
def test_other_roles_or_another_unit_end_the_sessions_and_nothing_else(change: dict[str, object], ends: bool) -> None:
    assert (model.change(AN, **change).epoch > AN.epoch) is ends  # type: ignore[arg-type]


def test_who_left_can_only_come_back() -> None:
    gone = model.deactivate(AN, now=NOW)
    assert (gone.active, gone.deactivated_at, gone.epoch) == (False, NOW, 2)
    assert gone.possible == ("reactivate",)
    with pytest.raises(errors.WrongState):
        model.change(gone, name="x")
    with pytest.raises(errors.WrongState):
        model.deactivate(gone, now=NOW)
    back = model.reactivate(gone)
    assert (back.active, back.deactivated_at) == (True, None)
