"""The contact book: who is who, from what events say of clients, whenever and in whatever order they say it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.notify.contact import tables
from tests.flows.notify_house import BOTH, START, House, Open, event, houses, ticket

RECEIVED = "support.ticket.received"


@pytest.fixture(params=BOTH)
def open_house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    yield from houses(request, tmp_path)


@pytest.fixture
def house(open_house: Open) -> House:
    """Mails go nowhere in these tests: nobody works them off."""
    return open_house()


def mention(
    house: House, name: str, *addresses: str, party: str | None = None, minute: int = 0, locale: str = "vi"
) -> None:
    """An event says this of a client."""
    mails = [each for each in addresses if "@" in each]
    phones = [each for each in addresses if "@" not in each]
    who = {"name": name, "locale": locale, "mails": mails, "phones": phones}
    house.deliver(event(RECEIVED, ticket(contact=who, party=party), at=START + timedelta(minutes=minute)))


def book(house: House) -> list[dict[str, Any]]:
    """Every contact with its addresses, oldest first."""
    c, a = tables.contact.c, tables.address.c
    with house.database.reading() as connection:
        contacts = connection.execute(sa.select(tables.contact).order_by(c.created_at, c.id)).all()
        addresses = connection.execute(sa.select(a.contact_id, a.value).order_by(a.kind, a.key)).all()
    return [
        {
            "name": contact.name,
            "locale": contact.locale,
            "party": contact.party,
            "addresses": [value for id, value in addresses if id == contact.id],
        }
        for contact in contacts
    ]


def test_a_client_who_is_mentioned_again_is_the_same_contact(house: House) -> None:
    mention(house, "Hường", "huong@example.com", "0912345678")
    mention(house, "Nguyễn Thị Hường", "Huong@Example.com", minute=1)
    mention(house, "Nguyễn Thị Hường", "+84912345678", "huong@work.example", minute=2)
    (contact,) = book(house)
    assert contact["name"] == "Nguyễn Thị Hường"
    assert contact["addresses"] == ["huong@example.com", "huong@work.example", "+84912345678"]


def test_clients_who_share_nothing_are_two(house: House) -> None:
    mention(house, "Hường", "huong@example.com")
    mention(house, "Hường", "huong@example.org")
    assert len(book(house)) == 2


def test_the_newest_mention_decides_whatever_order_they_come_in(house: House) -> None:
    mention(house, "Old name", "a@example.com", minute=1, locale="en")
    mention(house, "Tên mới", "a@example.com", minute=9, locale="vi")
    mention(house, "旧的名字", "a@example.com", minute=5, locale="zh")
    (contact,) = book(house)
    assert (contact["name"], contact["locale"]) == ("Tên mới", "vi")


def test_a_name_that_was_said_again_later_is_not_undone_by_a_late_event(house: House) -> None:
    mention(house, "Hường", "a@example.com", minute=1)
    mention(house, "Hường", "a@example.com", minute=9)  # nothing new, but newer
    mention(house, "Hương", "a@example.com", minute=5)
    assert book(house)[0]["name"] == "Hường"


def test_a_party_is_known_by_its_id_whatever_address_it_uses(house: House) -> None:
    mention(house, "Hường", "a@example.com", party="party-1")
    mention(house, "Hường", "b@example.com", party="party-1", minute=1)
    (contact,) = book(house)
    assert contact["party"] == "party-1"
    assert contact["addresses"] == ["a@example.com", "b@example.com"]


def test_a_contact_becomes_the_party_that_it_turns_out_to_be(house: House) -> None:
    mention(house, "Hường", "a@example.com")
    mention(house, "Hường", "a@example.com", party="party-1", minute=1)
    mention(house, "Hường", "b@example.com", party="party-1", minute=2)
    (contact,) = book(house)
    assert contact["party"] == "party-1"
    assert contact["addresses"] == ["a@example.com", "b@example.com"]


def test_two_parties_who_share_a_mailbox_stay_two(house: House) -> None:
    mention(house, "Hường", "office@example.com", party="party-1")
    mention(house, "Minh", "office@example.com", party="party-2", minute=1)
    assert [(contact["name"], contact["party"]) for contact in book(house)] == [
        ("Hường", "party-1"),
        ("Minh", "party-2"),
    ]


def test_a_party_that_is_told_late_takes_the_name_that_was_told_last(house: House) -> None:
    mention(house, "Tên mới", "a@example.com", minute=9)
    mention(house, "Tên cũ", "a@example.com", party="party-1", minute=1)
    (contact,) = book(house)
    assert (contact["name"], contact["party"]) == ("Tên mới", "party-1")


def test_somebody_without_any_address_and_party_is_nobody_to_remember(house: House) -> None:
    mention(house, "Hường")
    mention(house, "Hường", "not@", "12")
    assert book(house) == []


def test_an_event_with_thousands_of_addresses_is_read_to_a_limit(house: House) -> None:
    mention(house, "Hường", *(f"a{number}@example.com" for number in range(5_000)))
    (contact,) = book(house)
    assert len(contact["addresses"]) == 10
    assert len(house.messages()) == 10


def test_the_same_event_twice_changes_nothing(house: House) -> None:
    who = {"name": "Hường", "locale": "vi", "mails": ["a@example.com"], "phones": []}
    heard = event(RECEIVED, ticket(contact=who))
    house.deliver(heard)
    before = house.scalar(sa.select(tables.contact.c.version))
    house.deliver(heard)
    assert house.scalar(sa.select(tables.contact.c.version)) == before
