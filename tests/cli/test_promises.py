"""Clocks, trails and playbooks at the terminal, on a home that a house has worked in."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from shared.playbook import reading
from shared.runtime.cli import shape
from shared.trail import checkpoint, tables
from tests.cli.house import House
from tests.flows.house import House as Flows
from tests.flows.promised import Office

LONG_AGO = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)  # so that what is open is late, whenever these tests run
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def kept(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A home with a ticket that was paused, resumed and never completed, and the ticket's id. To be copied."""
    home = shutil.copytree(prepared, tmp_path_factory.mktemp("worked") / "home")
    with Flows(home, start=LONG_AGO) as flows:
        office = Office(flows)
        id = office.brought_to("classify", request_type=3)
        office.do("assign", id, to=office.staff.id)
        flows.pass_time(10 * MINUTE)
        office.do("pause", id, reason="client", evidence="Thư")
        flows.pass_time(60 * MINUTE)
        office.do("resume", id)
        flows.pass_time(20 * MINUTE)
        checkpoint.write(flows.process.databases["support"], flows.settings.second_place / "support.checkpoints")
    return home, id


@pytest.fixture
def worked(kept: tuple[Path, str], empty: House) -> tuple[House, str]:
    """A house on such a home, of its own, with the ticket's id."""
    shutil.copytree(kept[0], empty.home)
    return empty, kept[1]


def _handling(house: House) -> dict[str, Any]:
    """The open clock of the ticket: whoever handles it owes it."""
    (row,) = (each for each in house.run("clocks", "--json").json if each["name"] == "handle")
    return row


def test_clocks_are_listed_and_the_code_says_that_one_is_late(worked: tuple[House, str]) -> None:
    house, _ = worked
    done = house.run("clocks", "--json")
    row = _handling(house)
    assert done.code == shape.FOUND
    assert (row["service"], row["name"], row["state"], row["late"]) == ("support", "handle", "running", True)
    table = house.run("clocks")
    assert row["number"] in table.out
    assert row["id"] in table.out
    assert house.run("clocks", "--service", "notify").out.strip() == "No promise is open."


def test_one_clock_is_explained_to_the_second_from_the_output_alone(worked: tuple[House, str]) -> None:
    house, _ = worked
    row = _handling(house)
    done = house.run("clocks", row["id"], "--json")
    told = done.json
    assert done.code == shape.FOUND
    assert told["counted_seconds"] == pytest.approx(sum(each["seconds"] for each in told["intervals"]))
    assert told["intervals"][0]["seconds"] == 600
    (pause,) = told["changes"]
    assert (pause["what"], pause["reason"], pause["evidence"]) == ("paused", "client", "Thư")
    assert [rung["percent"] for rung in told["ladder"]] == [80.0, 100.0]
    text = house.run("clocks", row["id"]).out
    assert "evidence" in text
    assert "Thư" in text
    unknown = house.run("clocks", "01a20f90-4000-7132-8000-000000000000")
    assert unknown.code == shape.USAGE
    assert "There is no clock" in unknown.err


def test_a_trail_is_shown_as_table_json_and_page(worked: tuple[House, str]) -> None:
    house, id = worked
    table = house.run("trail", "show", id)
    assert table.code == shape.OK
    assert "clock.paused" in table.out
    told = house.run("trail", "show", id, "--json").json
    assert told["whole"]
    assert told["entries"][0]["what"] == "received"
    page = house.run("trail", "show", id, "--html", "--language", "vi").out
    assert page.startswith("<!doctype html>")
    assert "Chuỗi nhật ký còn nguyên vẹn" in page
    assert house.run("trail", "show", "nothing").code == shape.FOUND


def _meddle(house: House, statement: sa.Executable) -> None:
    with house.database("support").engine.begin() as connection:
        connection.execute(statement)


_e, _h = tables.entry.c, tables.chain.c


def _changed(id: str) -> list[sa.Executable]:
    forged = sa.func.replace(sa.cast(_e.body, sa.Text), "clock", "klock")
    return [
        tables.entry.update().where(_e.object_id == id, _e.number == 4).values(body=sa.cast(forged, sa.LargeBinary))
    ]


def _removed(id: str) -> list[sa.Executable]:
    return [tables.entry.delete().where(_e.object_id == id, _e.number == 4)]


def _cut_off(id: str) -> list[sa.Executable]:
    """The end of the chain gone and its head moved along: only the second place knows."""
    head = sa.select(_e.hash).where(_e.object_id == id, _e.number == 3).scalar_subquery()
    return [
        tables.chain.update().where(_h.object_id == id).values(length=3, head=head),
        tables.entry.delete().where(_e.object_id == id, _e.number > 3),
    ]


@pytest.mark.parametrize("meddle", [_changed, _removed, _cut_off])
def test_meddling_with_the_database_is_found_and_the_entry_named(
    worked: tuple[House, str], meddle: Callable[[str], list[sa.Executable]]
) -> None:
    house, id = worked
    whole = house.run("trail", "verify")
    assert (whole.code, "The trail is whole." in whole.out) == (shape.OK, True)
    for statement in meddle(id):
        _meddle(house, statement)
    done = house.run("trail", "verify", "--json")
    assert done.code == shape.FOUND
    found = {(each["service"], each["object"], each["entry"]) for each in done.json["findings"]}
    assert ("support", id, 4) in found
    assert id in house.run("trail", "verify").out


# ---- playbooks


def _own(house: House, change: Callable[[str], str] = lambda text: text) -> Path:
    folder = house.logs / "playbooks"
    folder.mkdir(exist_ok=True)
    text = (reading.PACKAGED / "vimc-support.yaml").read_text(encoding="utf-8")
    (folder / "vimc-support.yaml").write_text(change(text), encoding="utf-8")
    house.more["STEWARD_PLAYBOOKS"] = str(folder)
    return folder


def _next_version(text: str) -> str:
    newer = text.replace("version: 2026-11-29", "version: 2027-01-01", 1)
    return newer.replace("within: 1h", "within: 2h")


def test_the_packaged_playbook_is_checked_and_shown(house: House) -> None:
    checked = house.run("playbooks", "check")
    assert (checked.code, "vimc-support" in checked.out) == (shape.OK, True)
    shown = house.run("playbooks", "show", "vimc-support")
    assert shown.code == shape.OK
    for word in ("hand_over", "R", "30m", "by type", "staff, lead"):
        assert word in shown.out
    assert house.run("playbooks", "show", "vimc-support", "--json").json["id"] == "vimc-support"
    unknown = house.run("playbooks", "show", "nothing")
    assert unknown.code == shape.USAGE
    assert "vimc-support" in unknown.err


def test_a_faulty_playbook_is_told_by_file_line_and_path_and_stops_the_start(house: House) -> None:
    folder = _own(house, lambda text: text.replace("within: 30m", "within: half an hour", 1))
    lines = (folder / "vimc-support.yaml").read_text(encoding="utf-8").splitlines()
    line = next(number for number, text in enumerate(lines, 1) if "within: half an hour" in text)
    where = f"vimc-support.yaml:{line}: clocks.classify.within: "
    checked = house.run("playbooks", "check")
    assert checked.code == shape.FOUND
    assert where in checked.err
    assert where in house.run("playbooks", "check", str(folder)).err
    started = house.run("all")
    assert started.code != shape.OK
    assert where in started.sentence


def test_another_content_under_the_same_version_is_refused_at_the_start(worked: tuple[House, str]) -> None:
    house, _ = worked
    _own(house, lambda text: text.replace("within: 30m", "within: 40m", 1))
    started = house.run("all")
    assert started.code != shape.OK
    assert "give it a new version" in started.sentence
    assert "vimc-support" in started.sentence


def test_a_new_version_is_compared_installed_and_open_clocks_are_priced_by_it(worked: tuple[House, str]) -> None:
    house, id = worked
    assert house.run("playbooks", "diff", "vimc-support").code == shape.OK
    _own(house, _next_version)
    differs = house.run("playbooks", "diff", "vimc-support", "--json")
    assert differs.code == shape.FOUND
    assert {row["path"] for row in differs.json} == {"version", "request_types.1.within", "request_types.2.within"}
    folder = Path(house.more["STEWARD_PLAYBOOKS"])
    before = _handling(house)
    with Flows(house.home, start=LONG_AGO + 95 * MINUTE, playbooks=folder) as flows:
        assert _handling(house)["id"] == before["id"]
        asked = house.run("playbooks", "reprice", "vimc-support", "--reason", "Thời hạn mới")
        assert asked.code == shape.OK
        assert "2027-01-01" in asked.out
        flows.settle()
        (event,) = flows.events("support", "support.clock.repriced")
        assert event["data"]["due_before"] != event["data"]["due_at"]
        assert event["data"]["reason"] == "Thời hạn mới"
        assert event["data"]["playbook_version"] == "2026-11-29"  # the record keeps its version
    after = _handling(house)
    assert after["allowance_seconds"] == 2 * before["allowance_seconds"] == 7200
    entries = house.run("trail", "show", id, "--json").json["entries"]
    assert [entry["what"] for entry in entries][-1] == "clock.repriced"
    unknown = house.run("playbooks", "reprice", "nothing", "--reason", "x")
    assert unknown.code == shape.USAGE
