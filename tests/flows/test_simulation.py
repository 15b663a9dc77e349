"""`steward simulate`: a company's day, and what is found when something of it goes wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from services.gateway.simulation import checking, cli, playing
from services.notify.message import tables as messages
from services.support.ticket import model as tickets
from shared.clocks import tables as clocks
from shared.runtime import process

REQUESTS, SEED = 16, 19  # with these: every way in, every ending, every verb
VERBS = {move.verb for move in tickets.LIFECYCLE.moves}


def simulate(home: Path, requests: int = REQUESTS, seed: int = SEED) -> tuple[int, dict[str, Any]]:
    arguments = ["--home", str(home), "--requests", str(requests), "--seed", str(seed), "--json"]
    done = CliRunner().invoke(cli.simulate, arguments, standalone_mode=False)
    assert done.exception is None, done.exception
    return done.return_value, json.loads(done.stdout)


def test_a_simulated_day_uses_every_verb_and_leaves_every_clock_explained_and_every_client_told_once(
    tmp_path: Path,
) -> None:
    code, said = simulate(tmp_path / "day")
    assert (code, said["found"]) == (0, [])
    assert said["requests"] > REQUESTS  # some asked twice
    assert said["clocks"] >= 4 * REQUESTS
    assert set(said["by_verb"]) - {"arrive"} == VERBS


def test_a_client_not_told_and_a_clock_that_does_not_add_up_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check is worth something: what it is to find is put in, behind its back."""
    checked: Callable[[playing.Player, process.Process], checking.Verdict] = checking.check

    def spoiled(player: playing.Player, running: process.Process) -> checking.Verdict:
        with running.databases["support"].work(actor="system:test") as work:
            c = clocks.clock.c
            work.execute(clocks.clock.update().where(c.name == "classify").values(used_us=c.used_us + 7_000_000))
        with running.databases["notify"].work(actor="system:test") as work:
            m = messages.message.c
            work.execute(messages.message.update().where(m.template == "ticket-received").values(template="another"))
        return checked(player, running)

    monkeypatch.setattr(checking, "check", spoiled)
    code, said = simulate(tmp_path / "day", requests=2)
    found = " ".join(said["found"])
    assert code == 1
    assert "clock classify is not explained" in found
    assert "ticket-received came 0 times, not 1" in found


def test_a_folder_that_is_not_empty_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    done = CliRunner().invoke(cli.simulate, ["--home", str(tmp_path)], standalone_mode=False)
    assert isinstance(done.exception, cli.NotEmpty)
    assert [each.name for each in tmp_path.iterdir()] == ["mine.txt"]
