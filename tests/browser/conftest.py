"""One system, one browser for all tests of this folder; a context of its own for each visitor."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, StorageState, expect, sync_playwright

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


class Sessions:
    """How each person's browser was left after they signed in: once a run, because a password takes long to check."""

    def __init__(self, browser: Browser, system: System) -> None:
        self._browser, self._system = browser, system
        self._states: dict[str, StorageState] = {}

    def of(self, box: str) -> StorageState:
        """To begin another browser of this person with."""
        if box not in self._states:
            with visit(self._browser, self._system) as first:
                first.sign_in(box)
                self._states[box] = first.context.storage_state()
        return self._states[box]

    def cookies(self, box: str) -> dict[str, str]:
        """The same for a program."""
        return {each.get("name", ""): each.get("value", "") for each in self.of(box).get("cookies", [])}


@pytest.fixture(scope="package")
def sessions(browser: Browser, system: System) -> Sessions:
    """Who is signed in."""
    return Sessions(browser, system)


@pytest.fixture
def visitors(browser: Browser, system: System, sessions: Sessions) -> Iterator[Visit]:
    """Make visitors, signed in `as_` somebody of the demo where that is given, in whose language unless another is
    chosen. What went wrong for any of them fails the test at its end."""
    with ExitStack() as held:

        def make(as_: str | None = None, **how: Any) -> Visitor:
            if as_ is not None:
                how = {"language": locale_of(as_), "state": sessions.of(as_), **how}
            return held.enter_context(visit(browser, system, **how))

        yield make
