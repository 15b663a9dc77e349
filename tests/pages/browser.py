"""A browser without scripts, as a phone in the field may be one: it follows links and redirects, keeps cookies, and can
send only the forms that a page really offers."""

from __future__ import annotations

import itertools
from typing import Any
from urllib.parse import urlsplit

import flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.flows.house import PUBLIC_URL
from tests.pages.page import Page

_addresses = itertools.count()
SESSION = "__Host-steward-session"


class Browser:
    """One browser of one person. `page` is what it shows; `status` and `headers` how that came."""

    def __init__(self, front: flask.Flask, *, language: str = "vi", address: str | None = None) -> None:
        self._client: FlaskClient = front.test_client()
        self._language, self.address = language, address or f"203.0.113.{next(_addresses) % 250 + 1}"
        self.page: Page = Page("")
        self.answer: TestResponse
        self.path = ""

    @property
    def status(self) -> int:
        """Of the page shown."""
        return self.answer.status_code

    def open(self, path: str, **more: Any) -> Page:
        """Go there, over redirects."""
        return self._arrive(self.raw("GET", path, **more), path)

    def follow(self, text: str) -> Page:
        """Click the link with this text."""
        return self.open(self.page.links[text])

    def send(self, action: str, /, **typed: str | list[str]) -> Page:
        """Fill in the form of the page whose action ends so, and press its button."""
        return self._arrive(self.post(action, **typed), self.page.form(action).action)

    def post(self, action: str, /, **typed: str | list[str]) -> TestResponse:
        """As `send`, and stay where the answer is, whatever it is."""
        form = self.page.form(action)
        unknown = set(typed) - form.names
        assert not unknown, f"the form {action} has no field {unknown}; it has {sorted(form.names)}"
        return self.raw("POST", form.action, data={**form.values, **form.many, **typed})

    def raw(self, method: str, path: str, **more: Any) -> TestResponse:
        """One request and its answer, with nothing followed."""
        headers = {"Accept-Language": self._language, "Sec-Fetch-Site": "same-origin", **more.pop("headers", {})}
        return self._client.open(
            path,
            method=method,
            base_url=PUBLIC_URL,
            headers={name: value for name, value in headers.items() if value is not None},
            environ_overrides={"REMOTE_ADDR": self.address, **more.pop("environ", {})},
            **more,
        )

    def sign_in(self, secret: str) -> Browser:
        """Hold this session from now on."""
        self._client.set_cookie(SESSION, secret, domain=urlsplit(PUBLIC_URL).hostname or "", secure=True)
        return self

    def cookie(self, name: str) -> str | None:
        """The value of a cookie that it holds."""
        found = self._client.get_cookie(f"__Host-steward-{name}", domain=urlsplit(PUBLIC_URL).hostname or "")
        return found.value if found else None

    def forget(self, name: str) -> None:
        """Lose a cookie."""
        self._client.delete_cookie(f"__Host-steward-{name}", domain=urlsplit(PUBLIC_URL).hostname or "")

    def _arrive(self, answer: TestResponse, path: str) -> Page:
        hops = 0
        while answer.status_code in (301, 302, 303, 307, 308):
            target = answer.headers["Location"]
            assert urlsplit(target).netloc in ("", urlsplit(PUBLIC_URL).netloc), f"sent away to {target}"
            hops += 1
            assert hops < 5, "sent around in a circle"
            path, answer = target, self.raw("GET", target)
        self.answer, self.path = answer, path
        self.page = Page.read(answer.get_data(as_text=True))
        return self.page
