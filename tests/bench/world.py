"""The servers and databases of the benchmarks: durable, on this machine, the run's own."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import psycopg

from shared.bus import topology
from shared.runtime import declare, manifest, settings
from shared.store import migrate
from shared.web import tokens
from tests.servers import Postgres, RabbitMQ


@dataclass
class World:
    """One PostgreSQL and one RabbitMQ, with fresh databases and a fresh virtual host."""

    url: str
    amqp_url: str
    home: Path

    @cached_property
    def settings(self) -> settings.Settings:
        """The settings of a process on these servers."""
        return settings.read(self.environment)

    @property
    def environment(self) -> dict[str, str]:
        """The same as environment variables, for real processes."""
        return {
            "STEWARD_HOME": str(self.home),
            "STEWARD_DATABASE_URL": self.url,
            "STEWARD_AMQP_URL": self.amqp_url,
        }

    def connect(self, service: str) -> psycopg.Connection[Any]:
        """A bare connection to a service's database."""
        return psycopg.connect(f"{self.url}_{service}")


@contextlib.contextmanager
def world() -> Iterator[World]:
    """Migrated databases of every service and the whole topology."""
    with (
        Postgres.found(durable=True, own=True) as postgres,
        RabbitMQ.found(own=True) as rabbitmq,
        postgres.fresh() as url,
        tempfile.TemporaryDirectory() as folder,
    ):
        made = World(url, rabbitmq.vhost(), Path(folder))
        tokens.ensure_key(made.home / "keys" / "gateway.json")
        names = manifest.existing()
        for name in names:
            migrate.upgrade(made.settings.database(name), name)
        topology.apply(declare.wanted(names), made.amqp_url, made.amqp_url)
        yield made
