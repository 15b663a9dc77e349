"""Talking to an API of the house: one signed call at a time, as the gateway makes them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.web import tokens


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        """The JSON of it; None when there is none."""
        return json.loads(self.raw) if self.raw else None

    @property
    def code(self) -> str:
        """The stable code of a problem."""
        return self.body["type"].removeprefix("urn:steward:problem:")

    @property
    def version(self) -> int:
        """What `ETag` says."""
        return int(self.headers["ETag"].strip('"'))

    def expect(self, status: int) -> Any:
        """The body of an answer with this status; anything else fails the test and shows the answer."""
        assert self.status == status, f"{self.status} instead of {status}: {self.raw.decode(errors='replace')[:2000]}"
        return self.body


@dataclass(frozen=True)
class Client:
    """Calls one service's API as somebody (None: a client without an account), each call with a fresh token."""

    app: Any
    sign: Callable[[tokens.Caller], str]
    who: tokens.Caller | None = None
    language: str | None = None

    def get(self, path: str, **more: Any) -> Answer:
        """GET."""
        return self.call("GET", path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> Answer:
        """POST this as JSON (None: without a body)."""
        return self.call("POST", path, body=body, **more)

    def patch(self, path: str, body: Any = None, **more: Any) -> Answer:
        """PATCH this as JSON."""
        return self.call("PATCH", path, body=body, **more)

    def call(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        raw: bytes | None = None,
        kind: str | None = None,
        key: str | None = None,
        version: int | str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Any call. `raw` with the content type `kind` is sent as it stands; `version` goes into `If-Match`."""
        sent: dict[str, str] = {}
        if self.who is not None:
            sent["Authorization"] = f"Bearer {self.sign(self.who)}"
        if self.language is not None:
            sent["Accept-Language"] = self.language
        if key is not None:
            sent["Idempotency-Key"] = key
        if version is not None:
            sent["If-Match"] = f'"{version}"'
        if body is not None:
            raw, kind = json.dumps(body, ensure_ascii=False).encode(), kind or "application/json"
        response = self.app.test_client().open(
            path, method=method, data=raw, content_type=kind, headers=sent | dict(headers or {})
        )
        with response:
            return Answer(response.status_code, dict(response.headers), response.get_data())
