"""What every test can have. Steward's own settings are taken out of the environment first: a test means what it says,
whatever the shell it was started from had set."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

for _name in list(os.environ):
    # STEWARD_TEST_* say where tests find servers; PG* would quietly point every PostgreSQL client elsewhere.
    if (_name.startswith("STEWARD_") and not _name.startswith("STEWARD_TEST_")) or _name.startswith("PG"):
        del os.environ[_name]

import hypothesis
import pytest

if TYPE_CHECKING:
    from tests.servers import Postgres, RabbitMQ, SmtpSink

pytest_plugins = ["tests.marks", "tests.flows.house_fixtures"]

# Machines that run tests are shared and noisy: a slow example says nothing about the code.
hypothesis.settings.register_profile(
    "steward", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow], database=None
)
hypothesis.settings.load_profile("steward")

SERVER_FIXTURES = {"postgres", "database_url", "rabbitmq", "amqp_url", "own_postgres", "own_rabbitmq"}
MOST_WORKERS = 3  # each pytest-xdist worker starts servers of its own
FAULTS = "tests/faults/"
"""Each of these runs a dozen processes and watches how long they take: never two at once."""
TOGETHER = (FAULTS, "tests/browser/")
"""Folders whose tests stay on one worker: the second share one system and one browser, which take long to start."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A test that uses a real server is marked `server` without having to say so.

    Fixtures fetched by `request.getfixturevalue` are not seen here: mark such a parameter itself.

    One worker begins with what must stay together and takes longest, so that short files are left for the end.
    """
    for item in items:
        names = set(getattr(item, "fixturenames", ()))
        if names & SERVER_FIXTURES:
            item.add_marker(pytest.mark.server)
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: not item.nodeid.startswith(FAULTS))


def pytest_xdist_auto_num_workers() -> int:
    """What `-n auto` is: one more than there are cores, because the one with the fault tests waits half of its time."""
    return min(MOST_WORKERS, (os.cpu_count() or 1) + 1)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """What stays together on one worker, in its order: the tests of a file, and those of the folders `TOGETHER`."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return next((folder for folder in TOGETHER if file.startswith(folder)), file)

    return Scheduling(config, log)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The run's PostgreSQL, shared by all tests and without fsync: not to be stopped or killed (see `own_postgres`)."""
    from tests import servers

    with servers.Postgres.found() as server:
        yield server
        server.forget_templates()


@pytest.fixture
def database_url(postgres: Postgres) -> Iterator[str]:
    """A prefix of its own, `postgresql://.../t1a2b3c`; services use `t1a2b3c_<service>`. All is dropped afterwards."""
    with postgres.fresh() as url:
        yield url


@pytest.fixture(scope="session")
def rabbitmq() -> Iterator[RabbitMQ]:
    """The run's RabbitMQ, shared by all tests: not to be stopped or killed (see `own_rabbitmq`)."""
    from tests import servers

    with servers.RabbitMQ.found() as server:
        yield server


@pytest.fixture
def amqp_url(rabbitmq: RabbitMQ) -> str:
    """A virtual host that nobody used before."""
    return rabbitmq.vhost()


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[Postgres]:
    """A PostgreSQL for this module alone, with fsync: tests may stop, kill and freeze it, and leave it running."""
    from tests import servers

    with servers.Postgres.found(durable=True, own=True) as server:
        yield server


@pytest.fixture(scope="module")
def own_rabbitmq() -> Iterator[RabbitMQ]:
    """A RabbitMQ for this module alone: tests may stop, kill and freeze it, and leave it running."""
    from tests import servers

    with servers.RabbitMQ.found(own=True) as server:
        yield server


@pytest.fixture
def smtp_sink() -> Iterator[SmtpSink]:
    """A mail server that takes and keeps everything."""
    from tests import servers

    with servers.SmtpSink() as sink:
        yield sink
