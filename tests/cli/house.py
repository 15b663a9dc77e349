"""An embedded home and the command as users type it: its own process, its output, its exit code."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shared.kernel import moment
from shared.runtime import settings
from shared.store import engine
from tests.cli import warm
from tests.faults import running
from tests.faults.running import Running
from tests.servers import ports


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, as one document."""
        return json.loads(self.out)

    @property
    def sentence(self) -> str:
        """The one line by which it said why it was refused. Anything else on stderr fails."""
        assert self.err.startswith("steward: "), self.err
        assert self.err.count("\n") == 1, self.err
        return self.err.removeprefix("steward: ").strip()


@dataclass
class House:
    """One home. `run` is the command; `database` looks into (and prepares) what the command works on."""

    home: Path
    logs: Path
    warm: warm.Warm
    port: int = field(default_factory=ports.free)
    more: dict[str, str] = field(default_factory=dict)
    _databases: dict[str, engine.Database] = field(default_factory=dict)
    _running: list[Running] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """The settings of every process of this house."""
        return {
            "STEWARD_HOME": str(self.home),
            "STEWARD_PORT": str(self.port),
            "STEWARD_DEMO": "no",
            "LANG": "C.UTF-8",
            **self.more,
        }

    def run(self, *arguments: str, stdin: str = "", env: Mapping[str, str] | None = None) -> Done:
        """Run one command to its end, in a process of its own."""
        environment = {**_inherited(), **self.environment, **(env or {})}
        return Done(*self.warm.run(list(arguments), environment=environment, folder=self.logs, stdin=stdin))

    def really(self, *arguments: str, env: Mapping[str, str] | None = None) -> Done:
        """The same through the installed command and a new interpreter."""
        done = subprocess.run(
            running.steward(*arguments),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=warm.TIMEOUT_S,
            check=False,
            cwd=self.logs,
            env={**_inherited(), **self.environment, **(env or {})},
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str, env: Mapping[str, str] | None = None, **how: Any) -> Running:
        """Start a command that stays; it ends with the test at the latest."""
        log = self.logs / f"{len(self._running)}-{arguments[0]}.log"
        made = Running(
            " ".join(arguments), running.steward(*arguments), {**self.environment, **(env or {})}, log, **how
        )
        self._running.append(made)
        return made.start()

    def up(self, *, env: Mapping[str, str] | None = None) -> Running:
        """The whole system in one process, answering."""
        return self.start("all", env=env, answers=self.lives).ready()

    def lives(self) -> bool:
        """Whether it answers on its address."""
        connection = http.client.HTTPConnection(ports.LOOPBACK, self.port, timeout=5)
        try:
            connection.request("GET", "/livez")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def database(self, service: str) -> engine.Database:
        """A service's database, as the commands see it."""
        if service not in self._databases:
            url = settings.read(self.environment).database(service)
            self._databases[service] = engine.Database(url, service=service, time=moment.SystemTime(), pool_size=2)
        return self._databases[service]

    def count(self, service: str, statement: Any) -> Any:
        """One value of a service's database."""
        with self.database(service).reading() as connection:
            return connection.execute(statement).scalar()

    def close(self) -> None:
        """End every process and let go of the files."""
        for each in self._running:
            each.kill()
        for database in self._databases.values():
            database.close()
        self._databases.clear()


def _inherited() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("STEWARD_", "PG", "LC_", "LANG"))}
