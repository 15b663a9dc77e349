"""A home that cannot be used: one sentence, an exit code, and nothing started, changed or lost."""

from __future__ import annotations

import http.client
import json
import resource
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from shared.runtime import home
from shared.runtime.cli import shape
from tests.cli import traffic
from tests.cli.house import House
from tests.faults.running import Running
from tests.servers import ports
from tests.start import disks

QUIET = {"STEWARD_LOG": "json", "STEWARD_LOG_LEVEL": "warning"}


def test_a_new_home_on_a_read_only_disk_is_refused(empty: House, tmp_path: Path) -> None:
    with disks.read_only(tmp_path / "disk") as folder:
        empty.home = folder / "home"
        done = empty.really("all")
    assert done.code == shape.REFUSED
    assert done.sentence.startswith(f"The home {empty.home} cannot be written (")
    assert not ports.listening(empty.port)


def test_a_filled_home_on_a_read_only_disk_is_refused_and_kept(house: House, tmp_path: Path) -> None:
    with disks.read_only(tmp_path / "disk", holding=house.home) as folder:
        before = sorted(path.relative_to(folder) for path in folder.rglob("*"))
        done = house.run("all", env={"STEWARD_HOME": str(folder)})
        after = sorted(path.relative_to(folder) for path in folder.rglob("*"))
    assert done.code == shape.REFUSED
    assert done.sentence.startswith(f"The home {folder} cannot be written (")
    assert before == after


def test_a_home_below_a_file_is_refused(empty: House, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    empty.home = tmp_path / "file" / "home"
    done = empty.run("all")
    assert done.code == shape.REFUSED
    assert done.sentence.startswith(f"The home {empty.home} cannot be written (")


def test_a_disk_with_too_little_room_is_refused_before_anything_is_written(empty: House, tmp_path: Path) -> None:
    with disks.small(tmp_path / "disk", mebi=16) as mounted:
        if mounted:
            empty.home = tmp_path / "disk" / "home"
            done = empty.run("all")
            assert done.code == shape.REFUSED
            said = done.sentence
            assert list((empty.home / "data").iterdir()) == []
        else:
            with pytest.raises(home.HomeFull) as refused, home.opened(empty.home, least_free_bytes=2**62):
                pass
            said = str(refused.value)
    assert said.startswith(f"The disk of the home {empty.home} has ")
    assert said.endswith("Nothing was started.")


def test_a_disk_without_any_room_is_refused(house: House, tmp_path: Path) -> None:
    with disks.small(tmp_path / "disk", mebi=16) as mounted:
        if mounted:
            shutil.copytree(house.home, tmp_path / "disk" / "home")
            house.home = tmp_path / "disk" / "home"
            with disks.filled(tmp_path / "disk"):
                done = house.run("all")
            assert done.code == shape.REFUSED
            said = done.sentence
        else:
            with pytest.raises(home.HomeFull) as refused, home.facts_of_disk(house.home):
                Path("/dev/full").write_bytes(b"\0")  # what such a disk answers
            said = str(refused.value)
    assert said.startswith(f"The disk of the home {house.home} has ")


@contextmanager
def _out_of_room(house: House, running: Running, disk: Path | None) -> Iterator[None]:
    """The running system cannot make its files any larger."""
    if disk is not None:
        with disks.filled(disk):
            yield
        return
    before = resource.prlimit(running.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(running.pid, resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        yield
    finally:
        resource.prlimit(running.pid, resource.RLIMIT_FSIZE, before)


@pytest.mark.fault
def test_a_disk_that_fills_up_refuses_requests_until_there_is_room_and_loses_nothing(
    house: House, tmp_path: Path
) -> None:
    house.more.update(QUIET)
    with disks.small(tmp_path / "disk", mebi=160) as mounted:
        disk = tmp_path / "disk" if mounted else None
        if disk is not None:
            shutil.copytree(house.home, disk / "home")
            house.home = disk / "home"
        token = traffic.opened(house)
        running = house.start("all", answers=lambda: traffic.ready(house)).ready()
        with traffic.Load(house, token).running() as load:
            load.more(10)
            with _out_of_room(house, running, disk):
                ports.until(lambda: load.refused[503] > 5, timeout_s=60, what="refusals", alive=lambda: running.alive)
                assert house.run("health", "all").code == shape.OK, "it lives, it only cannot write"
            load.more(10)
        assert set(load.refused) == {503}
        ports.until(lambda: traffic.settled(house), timeout_s=90, what="rest", alive=lambda: running.alive)
        traffic.one_instant(house)
        assert traffic.each_once(house) >= len(load.taken)
        assert running.stop() == 0
        house.close()


@pytest.mark.fault
def test_a_full_disk_is_said_to_whoever_asks_as_a_problem_that_passes(house: House, tmp_path: Path) -> None:
    house.more.update(QUIET)
    token = traffic.opened(house)
    running = house.start("all", answers=lambda: traffic.ready(house)).ready()
    with _out_of_room(house, running, None):
        connection = http.client.HTTPConnection(ports.LOOPBACK, house.port, timeout=30)
        headers = {
            "Content-Type": "application/cloudevents+json",
            "Authorization": f"Bearer {token}",
            "Accept-Language": "vi",
        }
        connection.request("POST", "/api/support/v1/inbound", traffic.event("1"), headers)
        answer = connection.getresponse()
        problem = json.loads(answer.read())
        connection.close()
    assert answer.status == 503
    assert answer.headers["Retry-After"]
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert problem["type"] == "urn:steward:problem:database-away"
    assert running.stop() == 0


def test_a_home_in_use_is_refused_and_its_holder_named(house: House) -> None:
    running = house.up(env=QUIET)
    done = house.run("all", env={"STEWARD_PORT": str(ports.free())})
    assert done.code == shape.REFUSED
    assert done.sentence.startswith(
        f"The home {house.home} is in use by another Steward process (process {running.pid})"
    )
    assert house.run("health", "all").code == shape.OK, "the holder goes on"
    assert running.stop() == 0


@pytest.mark.fault
def test_a_home_whose_holder_was_killed_is_free_again(house: House) -> None:
    running = house.up(env=QUIET)
    running.kill()
    running.start().ready()
    assert running.stop() == 0


def test_a_home_is_made_for_its_owner_alone(empty: House) -> None:
    running = empty.up(env=QUIET)
    assert running.stop() == 0
    for folder in (empty.home, *(empty.home / name for name in home.FOLDERS)):
        assert folder.stat().st_mode & 0o077 == 0, folder
