"""An event that kills its process parks itself, and takes no neighbour with it."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from shared.failures import policy
from shared.inbox import receive
from tests.contract.core import ground
from tests.contract.core.conftest import Open

ROOT = Path(__file__).parents[3]


def test_poison_parks_itself_and_not_its_neighbours(open_: Open) -> None:
    database = open_()
    arriving = [
        ground.noted(number, subject=f"s{number}", word="kill" if number == 50 else "fine") for number in range(1, 101)
    ]
    receive.store(database, arriving)
    url = database.engine.url.render_as_string(hide_password=False)
    deaths: list[str] = []
    while (done := _run(url)).returncode == -signal.SIGABRT:
        deaths += [line for line in done.stdout.splitlines() if line.isdecimal()]  # the log is there, too
        assert len(deaths) <= policy.MAX_CRASHES
    assert done.returncode == 0, done.stderr
    assert deaths == ["50"] * policy.MAX_CRASHES  # the first in its batch, the others alone
    assert [number for _, number in ground.effects(database)] == [n for n in range(1, 101) if n != 50]
    assert [(failure.ref, failure.reason) for failure in ground.failures(database)] == [("50", "kills-process")]
    healthy = [row for row in ground.inbox(database) if row.state == "done"]
    assert all(row.started == row.finished for row in healthy)


def _run(url: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.contract.core.dying", url]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
