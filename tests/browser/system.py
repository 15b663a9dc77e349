"""The whole system in a process of its own with the demo company, as `make run` starts it, and the mails it sends."""

from __future__ import annotations

import contextlib
import email
import email.policy
import http.client
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from services.gateway.demo import people
from tests.faults import running
from tests.servers import ports

PASSWORD = "Hải âu bay qua cảng 2026"
READY_S = 180  # a first start with the demo, on two busy cores
PATIENCE_S = 60  # for whatever takes effect in another service
LINK = re.compile(r"https?://\S+/p/[0-9A-Za-z]+")


@dataclass
class System:
    """A running system. Its people all have `PASSWORD`."""

    home: Path
    address: str
    process: running.Running
    settings: dict[str, str]

    @property
    def stands(self) -> Path:
        """While this file is there, its clock stands (see `still`)."""
        return self.home.parent / "stands"

    @contextlib.contextmanager
    def standing(self) -> Iterator[None]:
        """Within this block no time passes for it: what can be done for ten seconds can be done until the end."""
        self.stands.touch()
        try:
            yield
        finally:
            self.stands.unlink()

    def command(self, *arguments: str) -> Any:
        """What a command says beside the running system, as one document."""
        done = subprocess.run(
            [*running.steward(*arguments), "--json"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=PATIENCE_S,
            check=True,
            env=running.environment(self.settings),
        )
        return json.loads(done.stdout)

    @staticmethod
    def mail_of(box: str) -> str:
        """The mail address of somebody of the demo, which signs in."""
        return next(each.mail for each in people.PEOPLE if each.box == box)

    def mails(self, to: str) -> list[EmailMessage]:
        """What was sent to this address, oldest first."""
        found = []
        for path in sorted((self.home / "mail").glob("*.eml"), key=lambda each: each.stat().st_mtime_ns):
            message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            if isinstance(message, EmailMessage) and message["To"] and to in message["To"]:
                found.append(message)
        return found

    def link(self, to: str, number: int = 1, *, subject: str = "") -> str:
        """The link in the `number`-th mail with one to this address, of those about `subject`; waits for that mail."""

        def links() -> list[str]:
            texts = (text_of(message) for message in self.mails(to) if subject in str(message["Subject"]))
            return [match[0] for match in map(LINK.search, texts) if match]

        ports.until(lambda: len(links()) >= number, timeout_s=PATIENCE_S, what=f"mail {number} with a link to {to}")
        return links()[number - 1]


def text_of(message: EmailMessage) -> str:
    """The plain text of a mail."""
    body = message.get_body(("plain",))
    return "" if body is None else body.get_content()


@contextlib.contextmanager
def started(folder: Path) -> Iterator[System]:
    """The system on a free port, filled with the demo; ended by its process id."""
    port, home = ports.free(), folder / "home"
    settings = {
        "STEWARD_HOME": str(home),
        "STEWARD_PORT": str(port),
        "STEWARD_DEMO": "yes",
        "STEWARD_DEMO_PASSWORD": PASSWORD,
        "LANG": "C.UTF-8",
    }
    command = [sys.executable, "-m", "tests.browser.still", str(folder / "stands"), "all"]
    process = running.Running("steward all", command, settings, folder / "system.log")
    try:
        process.start().ready(READY_S)
        ports.until(lambda: _lives(port), timeout_s=PATIENCE_S, what="the first page", alive=lambda: process.alive)
        yield System(home, f"http://{ports.LOOPBACK}:{port}", process, settings)
    finally:
        process.kill()


def _lives(port: int) -> bool:
    connection = http.client.HTTPConnection(ports.LOOPBACK, port, timeout=PATIENCE_S)
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
