"""Every page as people have it: two widths, light and dark, three languages. Nothing that a screen reader would stumble
over, nothing wider than a phone, nothing in a language that the reader did not choose, no complaint of the browser.

Leaves pictures of each in `var/screenshots/`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from tests.browser import words
from tests.browser.conftest import Sessions, Visit
from tests.browser.system import System
from tests.browser.tour import Stop, stops
from tests.browser.visitor import DESKTOP, PHONE, Visitor
from tests.browser.world import World

WCAG = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
"""What another width or another scheme can break that the whole check has not seen."""
LOOKS: tuple[tuple[str, tuple[int, int], str, dict[str, Any]], ...] = (
    ("vi", DESKTOP, "light", WCAG),
    ("vi", PHONE, "dark", WCAG),
    ("zh", PHONE, "light", COLOURS),
    ("en", DESKTOP, "dark", COLOURS),
)
"""Language, size, scheme, and what axe is asked."""


@pytest.fixture(scope="module")
def world(system: System, sessions: Sessions) -> Iterator[World]:
    """The demo, a little fuller."""
    made = World(system, sessions.cookies)
    yield made
    made.close()


def faults(visitor: Visitor, asked: dict[str, Any]) -> list[str]:
    """What axe finds, a line each."""
    if not visitor.page.evaluate("'axe' in window"):  # half a megabyte: once a page
        visitor.page.evaluate(AXE_SCRIPT)
    options = {"runOnly": asked, "resultTypes": ["violations"]}
    found = visitor.page.evaluate("options => axe.run(document, options).then(found => found.violations)", options)
    return [
        f"{each['id']}: {node['target'][0]} {node['html'][:120]} ({' '.join(node['failureSummary'].split())[:200]})"
        for each in found
        for node in each["nodes"][:4]
    ]


def looked_at(visitor: Visitor, stop: Stop, path: str) -> Iterator[str]:
    """What is wrong with a page, a line each."""
    shown = ""
    for language, size, scheme, asked in LOOKS:
        visitor.page.set_viewport_size({"width": size[0], "height": size[1]})
        visitor.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        if language != shown:
            visitor.choose(language)
            with visitor.expecting(stop.status):
                answer = visitor.page.goto(path if path.startswith("http") else visitor.system.address + path)
            assert answer is not None
            assert answer.status == stop.status
            shown = language
            yield from (f"{language}: not translated: {each}" for each in words.foreign(visitor.page, language))
        name = f"{stop.name}-{language}-{'phone' if size == PHONE else 'wide'}-{scheme}"
        yield from (f"{name}: {each}" for each in faults(visitor, asked))
        visitor.picture(name)
        visitor.page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        yield from (f"{language}: too wide for a phone: {each}" for each in visitor.overflow())


@pytest.mark.parametrize("stop", stops(), ids=str)
def test_a_page_is_fit_to_be_used(visitors: Visit, world: World, stop: Stop) -> None:
    wrong = list(looked_at(visitors(as_=stop.as_), stop, stop.path(world)))
    assert not wrong, "\n".join(dict.fromkeys(wrong))
