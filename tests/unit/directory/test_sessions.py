"""When a session ends, and what tells of its secret."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.gateway.directory.access import model as access
from services.gateway.directory.session import model
from services.gateway.directory.setup import model as setup
from shared.kernel import errors

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
TICK = timedelta(microseconds=1)


def session(**more: object) -> model.Session:
    facts = {"id": "1", "staff_id": "2", "epoch": 3, "opened_at": NOW, "seen_at": NOW, **more}
    return model.Session(**facts)  # type: ignore[arg-type]


def test_a_session_lives_until_half_an_hour_of_rest_or_twelve_hours_in_all() -> None:
    assert session().alive(3, now=NOW + timedelta(minutes=30) - TICK)
    assert not session().alive(3, now=NOW + timedelta(minutes=30))
    late = session(seen_at=NOW + timedelta(hours=12) - TICK)
    assert late.alive(3, now=NOW + timedelta(hours=12) - TICK)
    assert not late.alive(3, now=NOW + timedelta(hours=12))


def test_a_session_ends_with_the_epoch_it_was_opened_in_and_when_it_was_ended() -> None:
    assert not session().alive(4, now=NOW)
    assert not session(ended_at=NOW).alive(3, now=NOW)


def test_secrets_are_long_and_never_the_same() -> None:
    secrets = {model.new_secret() for _ in range(100)} | {access.new_token() for _ in range(100)}
    assert len(secrets) == 200
    assert min(map(len, secrets)) >= 40
    assert len({setup.new_code() for _ in range(100)}) == 100


@pytest.mark.parametrize("typed", ["7KQ4-M2XP-9TRD-HW3C", "7kq4m2xp9trdhw3c", " 7KQ4 M2XP 9TRD HW3C "])
def test_a_set_up_code_is_read_however_it_is_typed(typed: str) -> None:
    assert setup.digest(typed) == setup.digest("7KQ4-M2XP-9TRD-HW3C")
    assert setup.digest(typed) != setup.digest("7KQ4-M2XP-9TRD-HW3D")


@pytest.mark.parametrize("system", ["", "t", "TOS", "steward", "tos.", "a.b", "#", "x" * 41, "tos\n"])
def test_a_system_cannot_take_a_name_that_a_routing_key_cannot_carry(system: str) -> None:
    with pytest.raises(access.BadSystem):
        access.check(system, ["inbound"])


@pytest.mark.parametrize("scopes", [[], ["everything"], ["inbound", "*"]])
def test_a_token_is_for_something_that_exists(scopes: list[str]) -> None:
    with pytest.raises(access.WrongScopes):
        access.check("tos", scopes)


def test_what_was_revoked_stays_revoked() -> None:
    valid = access.Access("1", 1, "tos", "hp", "son-ca", ("inbound",), "x9Ka", "valid", NOW, "system:operator")
    revoked = access.revoke(valid, now=NOW)
    assert (revoked.state, revoked.revoked_at, revoked.possible) == ("revoked", NOW, ())
    with pytest.raises(errors.WrongState):
        access.revoke(revoked, now=NOW)


def test_use_is_written_down_once_a_minute() -> None:
    used = access.Access(
        "1", 1, "tos", "hp", "son-ca", ("inbound",), "x9Ka", "valid", NOW, "system:operator", last_used_at=NOW
    )
    assert used.touch_due(NOW + timedelta(seconds=59)) is False
    assert used.touch_due(NOW + timedelta(seconds=60)) is True
