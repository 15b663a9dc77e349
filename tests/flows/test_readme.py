"""What the README tells a newcomer to type, typed: another system reports a client's request with its ten lines."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.running import ROOT, Running, steward
from tests.flows import house_mail
from tests.servers import ports

README = (ROOT / "README.md").read_text(encoding="utf-8")
PYTHON = re.findall(r"^```python\n(.*?)^```", README, re.M | re.S)
DEFAULT = "127.0.0.1:8080"
CLIENT = "wang@example.com"
SOON_S = 60

Run = Callable[[dict[str, str]], Running]


def lines(place: str) -> str:
    """The one piece of Python that goes to this place."""
    (found,) = (block for block in PYTHON if place in block)
    assert len(found.splitlines()) <= 10, "they are called ten lines"
    return found


def typed(command: list[str], **settings: str) -> str:
    """What the command prints. Its failure is the test's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STEWARD_")}
    done = subprocess.run(command, env=kept | settings, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    """A home and a port that nobody uses; otherwise what a newcomer has."""
    return {"STEWARD_HOME": str(tmp_path / "var"), "STEWARD_PORT": str(ports.free())}


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[[dict[str, str]], Running]]:
    """`make run`, which is the command `steward all`; returns when it is ready."""
    started: list[Running] = []

    def start(settings: dict[str, str]) -> Running:
        started.append(Running("steward all", steward("all"), settings, tmp_path / "all.log").up())
        return started[-1]

    yield start
    for each in started:
        each.kill()


def letter(home: str) -> house_mail.Letter:
    """The mail that the client got, once it is there."""
    folder = Path(home) / "mail"
    found: list[house_mail.Letter] = []

    def there() -> bool:
        found[:] = [each for each in house_mail.in_folder(folder) if each.to == CLIENT]
        return bool(found)

    ports.until(there, timeout_s=SOON_S, what=f"a mail to {CLIENT}")
    return found[0]


def test_the_ten_lines_over_http_bring_the_client_a_mail(settings: dict[str, str], run: Run) -> None:
    run(settings)
    (issue,) = re.findall(r"^export TOKEN=\$\(\.venv/bin/steward (.*)\)$", README, re.M)
    token = typed(steward(*shlex.split(issue)), **settings)
    code = lines("/v1/inbound").replace(DEFAULT, f"127.0.0.1:{settings['STEWARD_PORT']}")
    assert typed([sys.executable, "-c", code], TOKEN=token) == "202"
    assert_said(letter(settings["STEWARD_HOME"]))


def test_the_ten_lines_over_amqp_bring_the_client_a_mail(
    settings: dict[str, str], run: Run, database_url: str, amqp_url: str
) -> None:
    run(settings | {"STEWARD_DATABASE_URL": database_url, "STEWARD_AMQP_URL": amqp_url})
    typed([sys.executable, "-c", lines("steward.inbound")], STEWARD_AMQP_URL=amqp_url)
    assert_said(letter(settings["STEWARD_HOME"]))


def assert_said(mail: house_mail.Letter) -> None:
    """In the client's language, under their name, with what they asked."""
    assert mail.language.startswith("zh")
    assert "尊敬的王小明" in mail.text
    assert "我的货物什么时候到港?" in mail.text
