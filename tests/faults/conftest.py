"""Scenes for fault tests. Databases and virtual hosts are each test's own; a server is only where it is harmed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.broker import Broker
from tests.faults.scene import Scene
from tests.faults.system import System, smtp_url
from tests.servers import Postgres, RabbitMQ, SmtpSink

SCENES = {"scene", "embedded", "mailing_to"}
LIMIT_S = 600  # more than others have: a dozen processes share two cores with the run's other worker


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that harms a system of real processes is a fault test; those of the tools are ordinary tests."""
    for item in items:
        if SCENES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.fault)
        if item.get_closest_marker("fault") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(LIMIT_S))


@pytest.fixture
def scene(tmp_path: Path, postgres: Postgres, rabbitmq: RabbitMQ, smtp_sink: SmtpSink) -> Iterator[Scene]:
    """Services in roles of their own, which a test may harm, over servers that it may not; nothing runs yet.

    A module that harms a server has a `scene` of its own.
    """
    with System.split(tmp_path, postgres, Broker(rabbitmq), smtp_sink) as system:
        yield Scene(system, smtp_sink)


@pytest.fixture
def embedded(tmp_path: Path, smtp_sink: SmtpSink) -> Iterator[Scene]:
    """`steward all` on a home of its own; not yet started."""
    with System.embedded(tmp_path, smtp_url(smtp_sink), {"STEWARD_DEMO": "no"}) as system:
        yield Scene(system, smtp_sink)
