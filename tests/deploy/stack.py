"""The compose file started for real, under a name of its own, with its own secrets and volumes; removed afterwards.

Three things are opened that production keeps shut, so that the checker of the fault tests can look: databases and the
API of support are published on the loopback, and mails go to a sink of the test instead of a mail server.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import yaml

from shared.bus import port as bus
from shared.kernel import moment
from shared.runtime import manifest, settings
from shared.store import engine, tables
from shared.web import tokens
from tests.deploy import composed
from tests.faults.load import UNIT, Way
from tests.faults.running import Running
from tests.faults.system import STAFF, SYSTEM, TOKEN_S
from tests.servers import SmtpSink, ports

IMAGE = "steward:test"
BUILD_S, UP_S, COMMAND_S = 900, 600, 180
BACK_S = 240  # a killed container is there again and its check has said so
KEPT = (bus.UNROUTED,)  # queues in which something may lie
LOOK_S = 0.5


def missing() -> str | None:
    """What this machine lacks to run containers, in words; None when it can."""
    if shutil.which("docker") is None:
        return "there is no docker command"
    for command, what in (
        (("info",), "no container engine answers"),
        (("compose", "version"), "compose v2 is missing"),
    ):
        if subprocess.run(["docker", *command], capture_output=True, check=False, timeout=60).returncode:
            return what
    return None


class Stack:
    """A running project. Has what the checker asks a system for: `services`, `database`, `broker`, `processes`."""

    services = manifest.existing()

    def __init__(self, folder: Path, sink: SmtpSink) -> None:
        self.folder, self._sink = folder / "compose", sink
        self.port, self._api, self._postgres = ports.free(), ports.free(), ports.free()
        self.base = f"http://{ports.LOOPBACK}:{self.port}"
        self.processes: list[Running] = []
        self._environment = {
            **os.environ,
            "COMPOSE_PROJECT_NAME": f"steward-test-{secrets.token_hex(3)}",
            "STEWARD_IMAGE": IMAGE,
            "STEWARD_PORT": str(self.port),
        }
        self._databases: dict[str, engine.Database] = {}

    @staticmethod
    @contextlib.contextmanager
    def up(folder: Path, sink: SmtpSink) -> Iterator[Stack]:
        """Build the image, start everything, wait until all is well."""
        made = Stack(folder, sink)
        made._prepare()
        try:
            made.compose("up", "--detach", "--wait", "--wait-timeout", str(UP_S), timeout_s=UP_S + 60)
            yield made
        finally:
            for database in made._databases.values():
                database.close()
            made.compose("--profile", "*", "down", "--volumes", "--timeout", "20", timeout_s=UP_S)

    def _prepare(self) -> None:
        shutil.copytree(composed.FOLDER, self.folder, ignore=shutil.ignore_patterns("secrets", ".env"))
        index = ["--build-arg", "PIP_INDEX_URL"] if "PIP_INDEX_URL" in os.environ else []
        _run(
            "docker", "build", *index, "-f", str(composed.DOCKERFILE), "-t", IMAGE, str(composed.ROOT), within_s=BUILD_S
        )
        _run(str(self.folder / "first-run"), within_s=60)
        mail = self.folder / "secrets" / "smtp_url"
        mail.unlink()
        mail.write_text(f"smtp://host.docker.internal:{self._sink.port}\n")
        opened = {
            "networks": {"opened": {}},
            "services": {
                "web-gateway": {"environment": {"STEWARD_TRUSTED_PROXIES": "1"}},
                "web-support": {"ports": [f"127.0.0.1:{self._api}:8080"], "networks": ["opened"]},
                "postgres": {"ports": [f"127.0.0.1:{self._postgres}:5432"], "networks": ["opened"]},
                "tasks": {"extra_hosts": ["host.docker.internal:host-gateway"]},
            },
        }
        (self.folder / "opened.yaml").write_text(yaml.safe_dump(opened))

    # ---- commands

    def compose(self, *arguments: str, timeout_s: float = COMMAND_S) -> str:
        """A command of compose on this project; returns what it printed. Raises `AssertionError` with its words."""
        files = ("--file", str(self.folder / "compose.yaml"), "--file", str(self.folder / "opened.yaml"))
        return _run("docker", "compose", *files, *arguments, within_s=timeout_s, environment=self._environment)

    def hands(self, *arguments: str) -> str:
        """A command of the operator, as `make hands` runs it."""
        return self.compose("run", "--rm", "--no-deps", "--no-TTY", "steward", *arguments)

    def inspect(self, name: str) -> dict[str, Any]:
        """What the engine knows of the container of a service."""
        (found,) = self.compose("ps", "--all", "--quiet", name).split()
        return json.loads(_run("docker", "inspect", found, within_s=COMMAND_S))[0]

    def kill(self, name: str) -> float:
        """SIGKILL the container's first process, as the kernel short of memory would; return, in how many seconds, when
        the engine has started it again and its own check says that it is well."""
        before, started = self.inspect(name), time.monotonic()
        try:
            os.kill(before["State"]["Pid"], signal.SIGKILL)
        except (PermissionError, ProcessLookupError):  # not root, or the engine is in another machine
            self.compose("kill", "--signal", "KILL", name)
            self.compose("start", name)
        self.until_well(name, since=before["State"]["StartedAt"])
        return time.monotonic() - started

    def until_well(self, name: str, *, since: str = "") -> None:
        """Wait until the container, started later than `since`, is healthy."""

        def well() -> bool:
            state = self.inspect(name)["State"]
            return state["StartedAt"] != since and state["Running"] and state["Health"]["Status"] == "healthy"

        ports.until(well, timeout_s=BACK_S, what=f"{name} is well again")

    # ---- the ways in

    def open_unit(self, code: str, *, title: str) -> None:
        """Open a unit, and wait until the services have heard of it."""
        self.hands("unit", "open", code, "--kind", "company", "--title", title, "--country", "VN")
        there = sa.select(tables.unit.c.code).where(tables.unit.c.code == code)

        def known(service: str) -> bool:
            with self.database(service).reading() as connection:
                return connection.execute(there).first() is not None

        for service in ("support", "notify"):
            ports.until(lambda s=service: known(s), timeout_s=COMMAND_S, what=f"{service} knows {code}")

    def way_of_systems(self) -> Way:
        """Through the gateway, with a token of the system TOS."""
        scopes = [f"--scope={scope}" for scope in SYSTEM.scopes]
        token = self.hands("token", "issue", SYSTEM.id, "--unit", UNIT, *scopes).split()[-1]
        return Way(ports.LOOPBACK, self.port, "/api/support", lambda _path: token, handles=False)

    def way_of_staff(self) -> Way:
        """Straight to support, with tokens signed by the gateway's key, of a person who handles tickets and of TOS."""
        key = self.compose("exec", "--no-TTY", "web-gateway", "cat", "/var/lib/steward/keys/gateway.json")
        signer, kept = tokens.Signer(json.loads(key), time=moment.SystemTime()), {}

        def authorize(path: str) -> str:
            now = time.monotonic()
            if now - kept.get("at", -TOKEN_S) >= TOKEN_S:
                kept.update(at=now, system=signer.sign(SYSTEM, audience="support"))
                kept.update(staff=signer.sign(STAFF, audience="support"))
            return kept["staff" if path.startswith(("/v1/tickets", "/v1/clocks")) else "system"]

        return Way(ports.LOOPBACK, self._api, "", authorize, handles=True)

    # ---- what the checker looks at

    @property
    def broker(self) -> Stack:
        """Who knows the queues' depths."""
        return self

    def depths(self) -> dict[str, int]:
        """Messages per queue that wait or are in somebody's hand."""
        ask = ("rabbitmqctl", "--quiet", "-p", "steward", "list_queues", "name", "messages", "--formatter", "json")
        found = json.loads(self.compose("exec", "--no-TTY", "rabbitmq", *ask))
        return {q["name"]: q["messages"] for q in found if q["name"] not in KEPT and not q["name"].endswith(".XQ")}

    def database(self, service: str) -> engine.Database:
        """A reader of a service's database, beside its roles."""
        if service not in self._databases:
            url = (self.folder / "secrets" / "database_url").read_text().strip()
            opened = url.replace("@postgres/", f"@{ports.LOOPBACK}:{self._postgres}/")
            given = settings.read({"STEWARD_DATABASE_URL": opened})
            self._databases[service] = engine.Database(given.database(service), service=service, pool_size=2)
        return self._databases[service]


def _run(*command: str, within_s: float, environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        command,
        env=environment,
        capture_output=True,
        text=True,
        timeout=within_s,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
    return done.stdout
