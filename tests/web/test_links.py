"""Public links: a secret for one purpose, used once, on both databases."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from shared.kernel import errors, ids
from shared.store import tables
from shared.web import links
from tests.flows.house import House

WEEK = timedelta(days=7)


def issue(house: House, *, purpose: str = "ticket.answer", subject: str = "T-1") -> str:
    with house.work("support") as unit:
        return links.issue(unit, letter="s", purpose=purpose, subject=subject, lifetime=WEEK)


def look(house: House, token: str, *, purpose: str = "ticket.answer") -> links.Link:
    with house.process.databases["support"].reading() as connection:
        return links.look(connection, token, purpose=purpose, now=house.time.now())


def use(house: House, token: str, *, purpose: str = "ticket.answer") -> links.Link:
    with house.work("support") as unit:
        return links.use(unit, token, purpose=purpose)


def test_a_token_is_a_letter_and_22_characters_and_fits_a_short_message(house: House) -> None:
    token = issue(house)
    assert token[0] == "s"
    assert len(token) == 23
    assert token.isalnum()


def test_only_the_hash_of_a_token_is_stored(house: House) -> None:
    token = issue(house)
    with house.process.databases["support"].reading() as connection:
        (row,) = connection.execute(sa.select(tables.link)).all()
    assert token not in str(row)
    assert token[1:] not in str(row)
    assert row.digest == links.digest(token)


def test_looking_changes_nothing(house_on_either: House) -> None:
    token = issue(house_on_either)
    before = house_on_either.snapshot("support")
    assert look(house_on_either, token).subject == look(house_on_either, token).subject == "T-1"
    assert house_on_either.snapshot("support") == before


def test_a_link_acts_once(house_on_either: House) -> None:
    token = issue(house_on_either)
    assert use(house_on_either, token).subject == "T-1"
    for again in (look, use):
        with pytest.raises(links.Used):
            again(house_on_either, token)


def test_of_many_who_use_a_link_at_once_one_succeeds(house_on_either: House) -> None:
    gate = threading.Barrier(6)
    token = issue(house_on_either)

    def run(_: int) -> str:
        gate.wait(20)
        try:
            use(house_on_either, token)
        except links.Used:
            return "used"
        return "done"

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(run, range(6))) == ["done", "used", "used", "used", "used", "used"]


def test_a_use_that_is_rolled_back_leaves_the_link_usable(house_on_either: House) -> None:
    token = issue(house_on_either)
    with contextlib.suppress(errors.Conflict), house_on_either.work("support") as unit:
        links.use(unit, token, purpose="ticket.answer")
        raise errors.Conflict
    assert use(house_on_either, token).subject == "T-1"


def test_a_newer_link_of_the_same_purpose_replaces_the_older(house: House) -> None:
    older = issue(house)
    newer = issue(house)
    for again in (look, use):
        with pytest.raises(links.Revoked):
            again(house, older)
    assert use(house, newer).subject == "T-1"


def beside(house: House) -> str:
    with house.work("support") as unit:
        return links.issue(unit, letter="s", purpose="ticket.answer", subject="T-1", lifetime=WEEK, beside=True)


def test_links_beside_each_other_work_until_one_of_them_is_used(house_on_either: House) -> None:
    first, second = issue(house_on_either), beside(house_on_either)
    for each in (first, second):
        assert look(house_on_either, each).subject == "T-1"
    use(house_on_either, second)
    for each in (first, second):
        for again in (look, use):
            with pytest.raises(links.Used):
                again(house_on_either, each)


def test_of_many_who_use_links_beside_each_other_at_once_one_succeeds(house_on_either: House) -> None:
    gate = threading.Barrier(6)
    tokens = [issue(house_on_either), *(beside(house_on_either) for _ in range(5))]

    def run(token: str) -> str:
        gate.wait(20)
        try:
            use(house_on_either, token)
        except links.Used:
            return "used"
        return "done"

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(run, tokens)) == ["done", "used", "used", "used", "used", "used"]


def test_links_of_another_purpose_or_object_stay(house: House) -> None:
    follow, other, token = issue(house, purpose="ticket.follow"), issue(house, subject="T-2"), issue(house)
    assert look(house, follow, purpose="ticket.follow").subject == "T-1"
    assert look(house, other).subject == "T-2"
    assert look(house, token).subject == "T-1"


@pytest.mark.parametrize("seconds", [0, 1])
def test_a_link_ends_on_the_second(house: House, seconds: int) -> None:
    token = issue(house)
    house.time.move(WEEK - timedelta(seconds=1))
    look(house, token)
    house.time.move(timedelta(seconds=1 + seconds))
    for again in (look, use):
        with pytest.raises(links.Expired):
            again(house, token)


@pytest.mark.parametrize(
    "forge",
    [
        lambda token: token[:-1] + ("a" if token[-1] != "a" else "b"),
        lambda token: token.swapcase(),
        lambda token: "n" + token[1:],
        lambda token: token + " ",
        lambda _: "s" + ids.secret(),
        lambda _: "",
        lambda _: "s" * 10_000,
        lambda _: "Đặng阳",
    ],
)
def test_a_forged_link_is_unknown(house: House, forge: Callable[[str], str]) -> None:
    forged = forge(issue(house))
    for again in (look, use):
        with pytest.raises(links.Unknown):
            again(house, forged)
    with house.process.databases["support"].reading() as connection, pytest.raises(links.Unknown):
        links.purpose(connection, forged)


def test_a_link_is_unknown_for_any_purpose_but_its_own(house: House) -> None:
    token = issue(house)
    for again in (look, use):
        with pytest.raises(links.Unknown):
            again(house, token, purpose="ticket.follow")
    with house.process.databases["support"].reading() as connection:
        assert links.purpose(connection, token) == "ticket.answer"


def test_a_used_link_says_so_also_when_it_has_expired_since(house: House) -> None:
    token = issue(house)
    use(house, token)
    house.time.move(2 * WEEK)
    with pytest.raises(links.Used):
        look(house, token)
