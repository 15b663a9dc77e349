"""What a page weighs for a phone, and how files are kept in its cache."""

from __future__ import annotations

import gzip

import flask
import pytest

from services.gateway.front import assets
from tests.flows.house import House
from tests.pages.browser import Browser
from tests.pages.conftest import add_person, signed_in_as
from tests.pages.test_links import handed_over

MOST_BYTES = 150_000  # a page with everything it needs, as it comes over the air
MOST_HTML_BYTES = 60_000


def weigh(browser: Browser, path: str) -> int:
    """The bytes of a page and of all it asks for, on a first visit."""
    page = browser.open(path)
    total = len(browser.answer.data)
    assert total <= MOST_HTML_BYTES, path
    for asset in set(page.assets):
        answer = browser.raw("GET", asset, headers={"Accept-Encoding": "gzip"})
        assert answer.status_code == 200, asset
        total += len(answer.data)
    return total


def test_every_page_of_a_client_is_light(house: House, front: flask.Flask) -> None:
    _, follow, answer = handed_over(house)
    client = Browser(front)
    for path in ("/", "/r/hai-phong", f"/p/{follow}", f"/p/{answer}", "/p/sAAAAAAAAAAAAAAAAAAAAAA"):
        assert weigh(client, path) < MOST_BYTES, path


def test_a_full_list_is_light_too(house: House, front: flask.Flask) -> None:
    staff = house.client("support", house.staff("staff"))
    for _ in range(25):
        requester = {"name": "Công ty TNHH Thương mại và Dịch vụ Vận tải Biển Xanh", "mails": ["a@example.com"]}
        staff.post("/v1/tickets", {"content": "Kính gửi quý công ty, " * 900, "requester": requester}).expect(201)
    house.settle()
    browser = signed_in_as(house, front, add_person(house, "staff"))
    for path in ("/tickets", "/messages"):
        assert weigh(browser, path) < MOST_BYTES, path


def test_a_file_is_kept_for_ever_under_an_address_that_changes_with_it(visitor: Browser) -> None:
    page = visitor.open("/")
    for address in page.assets:
        answer = visitor.raw("GET", address)
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["Vary"] == "Accept-Encoding"
        old = visitor.raw("GET", address.partition("?")[0] + "?v=0123456789ab")
        assert old.headers["Cache-Control"] == "no-cache"
        assert old.data == answer.data


@pytest.mark.parametrize("name", ["bootstrap.css", "steward.css", "steward.svg"])
def test_a_file_is_the_same_compressed_or_not(visitor: Browser, name: str) -> None:
    plain = visitor.raw("GET", f"/static/{name}")
    zipped = visitor.raw("GET", f"/static/{name}", headers={"Accept-Encoding": "gzip, br"})
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(zipped.data) == plain.data == (assets.named(name) or pytest.fail(name)).body
    assert len(zipped.data) < len(plain.data)


@pytest.mark.parametrize("path", ["/static/nothing.css", "/static/../app.py", "/static/%2e%2e%2fapp.py"])
def test_nothing_else_is_served_as_a_file(visitor: Browser, path: str) -> None:
    assert visitor.raw("GET", path).status_code == 404
