"""Somebody before a screen: a browser context of their own, what they read and press, and what went wrong meanwhile.

Texts are named by their English sentence and looked for in the visitor's language, by role and label as a screen reader
has them: a test finds nothing that a newcomer would not find.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    Response,
    StorageState,
    expect,
)

from shared import locale
from tests.browser.system import PASSWORD, System

PICTURES = Path(__file__).parents[2] / "var" / "screenshots"
"""Test output: what every page looked like in the last run."""
WAIT_MS = 60_000
DESKTOP, PHONE = (1280, 800), (360, 740)
TAGS = {"vi": "vi-VN", "zh": "zh-CN", "en": "en-GB"}
ZONES = {"vi": "Asia/Ho_Chi_Minh", "zh": "Asia/Shanghai", "en": "Asia/Ho_Chi_Minh"}


class Visitor:
    """One person at one browser. Leaving the tests' `visit` fails when anything of `wrong` happened."""

    def __init__(self, context: BrowserContext, system: System, language: str) -> None:
        self.system, self.language, self.context = system, language, context
        self.wrong: list[str] = []
        self._expected: set[int] = set()
        self.page: Page = context.new_page()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.wrong.append(f"error in a script: {error}"))
        self.page.on("requestfailed", self._failed)
        self.page.on("response", self._answered)

    # --- what went wrong ---------------------------------------------------------------------------------------------

    def _console(self, message: ConsoleMessage) -> None:
        # What a status means is judged where the answer arrives; everything else that a browser complains of is ours,
        # a violation of the content security policy above all.
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
            self.wrong.append(f"console: {message.text} ({message.location.get('url')})")

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # a download, or a page left before all of it came
            self.wrong.append(f"no answer: {request.method} {request.url}: {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self._expected:
            self.wrong.append(f"{response.status}: {response.request.method} {response.url}")

    @contextlib.contextmanager
    def expecting(self, *statuses: int) -> Iterator[None]:
        """Within this block these statuses are what the test is about."""
        self._expected |= set(statuses)
        yield
        self._expected -= set(statuses)

    # --- reading and pressing ----------------------------------------------------------------------------------------

    def say(self, sentence: str, **facts: object) -> str:
        """The English sentence as this visitor reads it."""
        return locale.translate(sentence, self.language, **facts)

    def choose(self, language: str) -> None:
        """Read everything in this language from now on, as after a click on its name."""
        self.language = language
        self.context.add_cookies([{"name": "steward-language", "value": language, "url": self.system.address}])

    def open(self, path: str) -> Page:
        """Go to an address of the system."""
        self.page.goto(path if path.startswith("http") else self.system.address + path)
        return self.page

    def button(self, sentence: str, within: Locator | None = None) -> Locator:
        """The button of this name."""
        return (within or self.page).get_by_role("button", name=self.say(sentence), exact=True)

    def link(self, sentence: str, within: Locator | None = None) -> Locator:
        """The link of this name."""
        return (within or self.page).get_by_role("link", name=self.say(sentence), exact=True)

    def heading(self, sentence: str) -> Locator:
        """The heading with these words."""
        return self.page.get_by_role("heading", name=self.say(sentence))

    def field(self, sentence: str, within: Locator | None = None) -> Locator:
        """The field with this label, required or not."""
        label = re.compile(rf"^\s*{re.escape(self.say(sentence))}\s*([(（].*[)）])?\s*$")  # optional ones say so
        return (within or self.page).get_by_label(label)

    def unfold(self, sentence: str) -> Locator:
        """The part of the page behind this line, unfolded."""
        summary = self.page.locator("summary", has_text=self.say(sentence)).first
        details = summary.locator("xpath=..")
        if details.get_attribute("open") is None:
            summary.click()
        return details

    def sees(self, sentence: str) -> None:
        """The sentence is somewhere on the page, now or soon."""
        expect(self.page.get_by_text(self.say(sentence)).first).to_be_visible()

    def arrives(self, path: str) -> None:
        """The address becomes this, a regular expression of a path."""
        expect(self.page).to_have_url(re.compile(re.escape(self.system.address) + path))

    def sign_in(self, box: str) -> None:
        """Sign in at the page for it, as somebody of the demo."""
        self.open("/sign-in")
        self.field("Mail address").fill(self.system.mail_of(box))
        self.field("Password").fill(PASSWORD)
        self.button("Sign in").click()
        self.arrives("/desk")

    @contextlib.contextmanager
    def time_stands(self) -> Iterator[None]:
        """Within this block no time passes, neither here nor for the system: nobody is too late for anything."""
        with self.system.standing():
            self.page.clock.install()
            self.page.clock.pause_at(self.page.evaluate("Date.now()") / 1000 + 1)
            yield
            self.page.clock.resume()

    # --- looking -----------------------------------------------------------------------------------------------------

    def picture(self, name: str) -> Path:
        """Keep what the whole page looks like."""
        path = PICTURES / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=path, full_page=True)
        return path

    def overflow(self) -> list[str]:
        """What is wider than the screen; nothing on a good page."""
        return self.page.evaluate(
            """() => {
              const root = document.documentElement;
              if (root.scrollWidth <= root.clientWidth) return [];
              const moves = each =>
                each && (getComputedStyle(each).overflowX !== 'visible' || moves(each.parentElement));
              const wide = [...document.body.querySelectorAll('*')].filter(each =>
                each.getBoundingClientRect().right > root.clientWidth + 1 && !moves(each.parentElement));
              return wide.slice(0, 5).map(each =>
                `${each.tagName.toLowerCase()}.${each.className}: ${each.textContent.trim().slice(0, 40)}`);
            }"""
        )


@contextlib.contextmanager
def visit(
    browser: Browser,
    system: System,
    *,
    language: str = "vi",
    size: tuple[int, int] = DESKTOP,
    scheme: str = "light",
    scripts: bool = True,
    state: StorageState | None = None,
) -> Iterator[Visitor]:
    """A visitor with a browser of their own; `state` is the signed-in state of an earlier one.

    The language is the browser's and, for whoever is signed in, the one chosen before on this machine.
    """
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        locale=TAGS[language],
        timezone_id=ZONES[language],
        color_scheme=scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
        java_script_enabled=scripts,
        storage_state=state,
        accept_downloads=True,
    )
    context.set_default_timeout(WAIT_MS)
    try:
        visitor = Visitor(context, system, language)
        if state is not None:
            visitor.choose(language)
        yield visitor
        assert not visitor.wrong, "\n".join(visitor.wrong)
    finally:
        context.close()
