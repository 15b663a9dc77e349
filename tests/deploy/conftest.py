"""The system in containers, started once for all tests that walk through it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.deploy.stack import Stack, missing
from tests.servers import SmtpSink


@pytest.fixture(scope="module")
def mails() -> Iterator[SmtpSink]:
    """A mail server that containers of this machine reach."""
    with SmtpSink(host="0.0.0.0") as sink:
        yield sink


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, mails: SmtpSink) -> Iterator[Stack]:
    """Every role in its container. Skipped where there is no container engine: nothing else needs one."""
    if lacks := missing():
        pytest.skip(f"this test starts containers, and {lacks} on this machine")
    with Stack.up(tmp_path_factory.mktemp("stack"), mails) as made:
        yield made
