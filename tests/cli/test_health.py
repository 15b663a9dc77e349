"""The check of a role, as a container or a supervisor runs it."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from shared.runtime import beat, settings
from shared.runtime.cli import shape
from tests.cli.house import House
from tests.servers import ports


def _beat(house: House, role: str, *services: str) -> Path:
    return beat.path(settings.read(house.environment), role, services)


def test_a_running_system_is_alive_and_ready_and_a_stopped_one_is_not(house: House) -> None:
    running = house.start("all", answers=lambda: house.run("health", "all").code == shape.OK).ready()
    assert house.run("health", "all", "--ready").out == "ok\n"
    assert house.run("health", "all", "--json").json == {"alive": True, "reasons": []}
    assert running.stop() == 0
    done = house.run("health", "all", "--json")
    assert done.code == shape.FOUND
    assert done.json["alive"] is False
    beat_, http = done.json["reasons"]
    assert beat_.startswith("The role all has not said that it is alive")
    assert http.startswith(f"http://127.0.0.1:{house.port}/livez does not answer")


def test_a_process_that_hangs_is_found_by_its_silence(house: House) -> None:
    running = house.start("all", answers=lambda: house.run("health", "all").code == shape.OK).ready()
    running.tell(signal.SIGSTOP)
    file = _beat(house, "all")
    os.utime(file, (0, time.time() - beat.OLD_S - 1))  # as if it hung for so long already
    try:
        done = house.run("health", "all", "--json")
        assert done.code == shape.FOUND
        assert len(done.json["reasons"]) == 2
    finally:
        running.tell(signal.SIGCONT)
    ports.until(lambda: house.run("health", "all").code == shape.OK, timeout_s=30, what="life again")
    assert running.stop() == 0


def test_a_role_is_known_by_its_services_or_by_its_last_beat(house: House) -> None:
    beat.write(_beat(house, "bus", "support", "notify"), [])
    assert house.run("health", "bus", "notify", "support").code == shape.OK
    assert house.run("health", "bus").code == shape.OK
    assert house.run("health", "bus", "support").code == shape.FOUND
    assert house.run("health", "tasks").code == shape.FOUND


def test_a_stuck_loop_is_named(house: House) -> None:
    beat.write(_beat(house, "bus"), ["support relay (BrokerAway: away)", "notify inbox"])
    done = house.run("health", "bus")
    assert done.code == shape.FOUND
    assert done.out == "The role bus is alive, but stuck: support relay (BrokerAway: away); notify inbox.\n"


def test_a_beat_that_is_cut_off_counts_as_none(house: House) -> None:
    file = _beat(house, "bus")
    file.parent.mkdir(parents=True)
    file.write_text('{"pid": 1')
    assert house.run("health", "bus").code == shape.FOUND


@pytest.mark.parametrize("role", ["bus", "tasks"])
def test_a_role_may_beat_outside_its_home(house: House, tmp_path: Path, role: str) -> None:
    house.more["STEWARD_RUN"] = str(tmp_path / "beats")
    beat.write(_beat(house, role), [])
    assert (tmp_path / "beats" / f"{role}.alive").exists()
    assert house.run("health", role).code == shape.OK
