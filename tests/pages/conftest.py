"""Fixtures of the pages: the house with its front, and somebody to sit before it.

The house stands for a whole module, because building it takes half a second: a test brings its own people, clients and
addresses, and lets time only go on.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import flask
import pytest

from services.gateway.directory.password import hashing
from services.gateway.directory.session import commands as sessions
from services.gateway.directory.staff import commands as staff
from services.gateway.directory.staff import model as people
from tests.flows.house import HAI_PHONG, House
from tests.flows.house_fixtures import copied
from tests.pages.browser import Browser

PASSWORD = "Hải cảng lúc bình minh 2026"

SignedIn = Callable[..., Browser]


_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def house(furnished_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """All services embedded; mails go into a folder."""
    with House(copied(furnished_home, tmp_path_factory.mktemp("pages")), ready=True) as made:
        yield made


@pytest.fixture(scope="module")
def front(house: House) -> flask.Flask:
    """The gateway's front before all services of the house."""
    return house.process.front(house.apps)


@pytest.fixture
def visitor(front: flask.Flask) -> Browser:
    """Somebody without an account, who reads Vietnamese."""
    return Browser(front)


@functools.cache
def hashed() -> str:
    """`PASSWORD` as it is kept; hashing takes a good tenth of a second."""
    return hashing.make(PASSWORD)


def add_person(house: House, *roles: str, **facts: str) -> people.Staff:
    """Somebody of the branch in Hai Phong who can sign in with `PASSWORD`."""
    mail = f"huong{next(_numbers)}@bienxanh.example.com"
    given = {"name": "Nguyễn Thị Hường", "mail": mail, "locale": "vi", "unit": HAI_PHONG, **facts}
    with house.work("gateway") as work:
        return staff.add(work, roles=roles or ("staff",), hashed=hashed(), **given)  # type: ignore[arg-type]


def signed_in_as(house: House, front: flask.Flask, person: people.Staff) -> Browser:
    """A browser in which this person is signed in."""
    with house.work("gateway") as work:
        _, secret = sessions.open_(work, person)
    return Browser(front, language=person.locale).sign_in(secret)


@pytest.fixture
def signed_in(house: House, front: flask.Flask) -> SignedIn:
    """Make somebody with these roles, and sign them in."""

    def make(*roles: str, **facts: str) -> Browser:
        return signed_in_as(house, front, add_person(house, *roles, **facts))

    return make
