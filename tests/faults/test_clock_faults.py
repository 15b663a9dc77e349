"""Faults of time, real processes: 38, a machine's clock that jumps or differs from the database's; 39, zones, Tết and
the nights when clocks change; a process killed with promises due. No rung is lost, fires twice, or fires early."""

from __future__ import annotations

import shutil
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.kernel import moment
from shared.runtime.cli import shape
from tests.cli.fixtures import prepared, warm
from tests.cli.house import House
from tests.cli.warm import Warm
from tests.faults.checker import until
from tests.faults.running import ROOT
from tests.flows.house import House as Flows
from tests.flows.promised import Office
from tests.flows.test_directory_promises import WORKING
from tests.servers import Unavailable, apt

SOON_S = 60
pytestmark = pytest.mark.fault
__all__ = ["prepared", "warm"]


@pytest.fixture
def house(tmp_path: Path, warm: Warm, prepared: Path) -> Iterator[House]:
    """A home of its own, embedded."""
    made = House(tmp_path / "home", tmp_path, warm)
    shutil.copytree(prepared, made.home)
    yield made
    made.close()


def _due(house: House, tickets: int = 1, *, ago: timedelta = timedelta(minutes=40)) -> list[str]:
    """Tickets received so long ago that both rungs of their first promise are due by the machine's true time."""
    url = house.more.get("STEWARD_DATABASE_URL")
    with Flows(house.home, database_url=url, start=datetime.now(UTC) - ago) as flows:
        office = Office(flows)
        return [office.receive() for _ in range(tickets)]


def _fired(house: House) -> Counter[tuple[str, int]]:
    """How often each rung of each ticket's promise fired."""
    with Flows(house.home, database_url=house.more.get("STEWARD_DATABASE_URL")) as flows:
        found = [event["data"] for event in flows.events("support", "support.clock.reached")]
    return Counter((data["of"]["id"], data["rung"]["number"]) for data in found)


def _library() -> str:
    """Debian's libfaketime, installed when it is missing. Raises `Unavailable`."""
    for _ in range(2):
        if found := sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1")):
            return str(found[0])
        if not apt.possible():
            break
        apt.install("libfaketime")
    raise Unavailable("the faults of a clock need libfaketime; on Debian: apt-get install libfaketime")


def _faked(offset: str, file: Path | None = None) -> dict[str, str]:
    preloaded = {"LD_PRELOAD": _library(), "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_NO_CACHE": "1"}
    return {**preloaded, **({"FAKETIME_TIMESTAMP_FILE": str(file)} if file else {"FAKETIME": offset})}


def test_38_a_machine_whose_clock_differs_from_the_databases_fires_nothing_and_says_so(
    house: House, migrated_url: str
) -> None:
    house.more["STEWARD_DATABASE_URL"] = migrated_url
    (id,) = _due(house, ago=timedelta(0))  # nothing is due before 15 minutes
    running = house.start("all", env=_faked("+2h"), answers=house.lives).ready()
    until(lambda: "TimeNotTrusted" in running.said, timeout_s=SOON_S, what="the log tells of it")
    assert "this machine's clock and the database's are 7" in running.said  # about 7,200 s apart
    until(lambda: house.run("health", "all").code == shape.FOUND, timeout_s=SOON_S, what="the health check says so")
    assert "clock (TimeNotTrusted: " in house.run("health", "all").out
    assert "Set the time right" in house.run("health", "all", "--ready").out
    threading.Event().wait(3)  # the loop has tried again meanwhile
    running.kill()  # libfaketime breaks the sleep of an orderly end
    assert _fired(house) == {}
    assert id


def test_38_a_clock_that_jumps_under_a_running_process_fires_nothing_until_it_is_right_again(house: House) -> None:
    (id,) = _due(house, ago=timedelta(0))
    file = house.logs / "offset"
    file.write_text("+0")
    running = house.start("all", env=_faked("", file), answers=house.lives).ready()
    file.write_text("+2h")
    until(lambda: "has jumped" in running.said, timeout_s=SOON_S, what="the jump is told")
    file.write_text("+0")
    running.kill()  # libfaketime breaks the sleep of an orderly end
    assert _fired(house) == {}
    assert id


TET = datetime(2026, 2, 13, 2, 0, tzinfo=UTC)  # the last Friday before the Lunar New Year, 9:00 in Hải Phòng
SWITCHES = [("Europe/Berlin", "@2026-03-29 02:30:00"), ("America/New_York", "@2026-11-01 01:30:00")]


def test_39_minutes_over_tet_are_exact_on_a_machine_of_any_zone_in_the_night_its_clock_changes(house: House) -> None:
    folder = house.logs / "playbooks"
    folder.mkdir()
    (folder / "working-hours.yaml").write_text(WORKING, encoding="utf-8")
    with Flows(house.home, start=TET, playbooks=folder) as flows:
        office = Office(flows)
        id = office.receive()
        flows.pass_time(timedelta(days=10, hours=1))  # Monday 10:00, the first day of work: 1 h 30 min before the break
        office.do("classify", id, request_type=3)
        told = office.explain(id, "classify")
    assert moment.parse(told["due_at"]) == datetime(2026, 2, 25, 10, 30, tzinfo=UTC)  # Wednesday 17:30
    worked = [timedelta(hours=3), timedelta(hours=4), timedelta(hours=2)]  # Friday from 9:00, and Monday until 10:00
    assert [timedelta(seconds=each["seconds"]) for each in told["intervals"]] == worked
    assert told["counted_seconds"] == 9 * 3600
    house.more["STEWARD_PLAYBOOKS"] = str(folder)
    for zone, night in SWITCHES:
        done = house.really("clocks", told["id"], "--json", env={**_faked(night), "TZ": zone, "PYTHONPATH": str(ROOT)})
        assert done.code == shape.OK, done.err
        again = done.json
        assert moment.parse(again["due_at"]) == moment.parse(told["due_at"])
        assert [(moment.parse(each["from"]), each["seconds"]) for each in again["intervals"]] == [
            (moment.parse(each["from"]), each["seconds"]) for each in told["intervals"]
        ]
        assert (again["counted_seconds"], again["late"]) == (told["counted_seconds"], told["late"])


def test_what_came_due_while_nothing_ran_fires_once_over_kills_and_restarts(house: House) -> None:
    ids = _due(house, 20)
    for wait in (0.0, 0.3, 1.0):
        running = house.up()
        if wait:
            threading.Event().wait(wait)
        running.kill()
    running = house.up()
    until(lambda: "clocks" in running.said or house.run("clocks").code == shape.FOUND, timeout_s=SOON_S, what="late")
    assert running.stop() == 0
    assert _fired(house) == Counter({(id, number): 1 for id in ids for number in (0, 1)})
