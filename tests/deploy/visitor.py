"""The tests' browser over real HTTP, before a system that runs in containers."""

from __future__ import annotations

from typing import Any

import httpx

from tests.pages.browser import Browser

PATIENCE_S = 60


class Answer:
    """An answer of the network, in the words of the browser's own test client."""

    def __init__(self, raw: httpx.Response) -> None:
        self._raw = raw
        self.status_code, self.headers = raw.status_code, raw.headers

    def get_data(self, as_text: bool = False) -> Any:
        """What was sent."""
        return self._raw.text if as_text else self._raw.content


class Visitor(Browser):
    """One browser of one person, with an address of its own as a proxy in front would tell it."""

    def __init__(self, base: str, *, language: str = "vi", address: str = "203.0.113.9") -> None:
        self._http = httpx.Client(base_url=base, timeout=PATIENCE_S, trust_env=False)
        self._language, self.address = language, address
        self.path = ""

    def raw(self, method: str, path: str, **more: Any) -> Any:
        """One request and its answer, with nothing followed."""
        headers = {
            "Accept-Language": self._language,
            "Sec-Fetch-Site": "same-origin",
            "X-Forwarded-For": self.address,
            **more.pop("headers", {}),
        }
        if "content_type" in more:
            headers["Content-Type"] = more.pop("content_type")
            more["content"] = more.pop("data")
        return Answer(self._http.request(method, path, headers=headers, **more))

    def close(self) -> None:
        """Leave."""
        self._http.close()
