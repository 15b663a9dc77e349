"""Fixtures of the house, for every test: `house`, `house_with_smtp`, `house_on_postgres`, `house_on_servers`.

`any_house` and `house_on_either` are several of them in turn.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.flows.house import House
    from tests.servers import Postgres, SmtpSink


@pytest.fixture(scope="session")
def migrated_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose databases are migrated and empty, to be copied."""
    from shared.runtime import manifest, settings
    from shared.store import migrate

    home = tmp_path_factory.mktemp("migrated")
    given = settings.read({"STEWARD_HOME": str(home)})
    for name in manifest.existing():
        migrate.upgrade(given.database(name), name)
    return home


@pytest.fixture(scope="session")
def furnished_home(tmp_path_factory: pytest.TempPathFactory, migrated_home: Path) -> Path:
    """The same with the company and its branches, which every service knows."""
    from tests.flows.house import House

    home = copied(migrated_home, tmp_path_factory.mktemp("furnished"))
    with House(home):
        pass
    return home


@pytest.fixture
def house(tmp_path: Path, furnished_home: Path) -> Iterator[House]:
    """All services embedded; mails go into a folder."""
    from tests.flows.house import House

    with House(copied(furnished_home, tmp_path), ready=True) as made:
        yield made


@pytest.fixture
def house_with_smtp(tmp_path: Path, furnished_home: Path, smtp_sink: SmtpSink) -> Iterator[House]:
    """All services embedded; mails go to a mail server."""
    from tests.flows.house import House

    with House(copied(furnished_home, tmp_path), sink=smtp_sink, ready=True) as made:
        yield made


@pytest.fixture
def migrated_url(postgres: Postgres) -> Iterator[str]:
    """As `database_url`, with every service's database migrated and empty."""
    from shared.runtime import manifest
    from shared.store import migrate

    def migrated(service: str) -> Callable[[str], None]:
        return lambda url: print(migrate.upgrade(url, service))

    templates = {name: postgres.template(f"house_{name}", migrated(name)) for name in manifest.existing()}
    with postgres.fresh(templates) as url:
        yield url


@pytest.fixture
def house_on_servers(tmp_path: Path, migrated_url: str, amqp_url: str, smtp_sink: SmtpSink) -> Iterator[House]:
    """All services on PostgreSQL and RabbitMQ; mails go to a mail server."""
    from tests.flows.house import House

    with House(tmp_path, database_url=migrated_url, amqp_url=amqp_url, sink=smtp_sink) as made:
        yield made


@pytest.fixture
def house_on_postgres(tmp_path: Path, migrated_url: str) -> Iterator[House]:
    """All services on PostgreSQL, without a broker: for what only the database decides."""
    from tests.flows.house import House

    with House(tmp_path, database_url=migrated_url) as made:
        yield made


DATABASES = ["house", pytest.param("house_on_postgres", marks=pytest.mark.server)]


@pytest.fixture(params=DATABASES)
def house_on_either(request: pytest.FixtureRequest) -> House:
    """On SQLite and on PostgreSQL."""
    return request.getfixturevalue(request.param)


HOUSES = ["house", "house_with_smtp", pytest.param("house_on_servers", marks=pytest.mark.server)]


@pytest.fixture(params=HOUSES)
def any_house(request: pytest.FixtureRequest) -> House:
    """Each of the three in turn: what holds in one must hold in the others."""
    return request.getfixturevalue(request.param)


def copied(furnished: Path, home: Path) -> Path:
    """The home with everything that is in the furnished one."""
    return shutil.copytree(furnished, home, dirs_exist_ok=True)
