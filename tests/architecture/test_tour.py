"""No page is forgotten by the tests in a real browser."""

from __future__ import annotations

from tests.browser import tour


def test_the_tour_of_the_browser_tests_knows_how_every_page_is_reached() -> None:
    assert tour.unreached() == set(), "add a line to tests/browser/tour.py"
    assert tour.gone() == set()
