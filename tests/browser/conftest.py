"""One system, one browser for all tests of this folder; a context of its own for each visitor."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from services.gateway.demo import people
from tests.browser import system as systems
from tests.browser.system import System
from tests.browser.visitor import PICTURES, WAIT_MS, Visitor, visit
from tests.servers import Unavailable
from tests.servers import browser as browsers

HERE = Path(__file__).parent
TEST_S = 300  # the first test starts everything

Visit = Callable[..., Visitor]


def locale_of(box: str) -> str:
    """The language of somebody of the demo."""
    return next(each.locale for each in people.PEOPLE if each.box == box)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here needs the browser."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.timeout(TEST_S))


@pytest.fixture(scope="package")
def chromium_path() -> str:
    """Where the browser is. Without one a machine that checks changes fails; elsewhere the reason is said."""
    try:
        return browsers.found()
    except Unavailable as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))


@pytest.fixture(scope="package")
def system(chromium_path: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """The running system; the tests of a file build on each other, so nobody takes it back to the beginning."""
    with systems.started(tmp_path_factory.mktemp("system")) as made:
        yield made


@pytest.fixture(scope="package")
def browser(chromium_path: str) -> Iterator[Browser]:
    """The one browser. For this package only: its loop stays current in the thread that started it."""
    shutil.rmtree(PICTURES, ignore_errors=True)
    expect.set_options(timeout=WAIT_MS)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="package")
def states() -> dict[str, Any]:
    """How each person's browser was left after they signed in."""
    return {}


@pytest.fixture
def visitors(browser: Browser, system: System, states: dict[str, Any]) -> Iterator[Visit]:
    """Make visitors, signed in `as_` somebody of the demo where that is given; what went wrong for any of them fails
    the test at its end."""
    with ExitStack() as held:

        def make(as_: str | None = None, **how: Any) -> Visitor:
            if as_ is not None and as_ not in states:
                with visit(browser, system) as first:
                    first.sign_in(as_)
                    states[as_] = first.context.storage_state()
            if as_ is not None:
                how.setdefault("language", locale_of(as_))
            return held.enter_context(visit(browser, system, state=states.get(as_ or ""), **how))

        yield make
