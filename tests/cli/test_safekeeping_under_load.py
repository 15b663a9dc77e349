"""Backups of a system that is working hard: each is one instant of all databases, and the system goes on from it.

Events cross from the gateway to support and from support to notify while the backups are made. What is restored must
fit together: every event that left a service is in its subscribers' inboxes, nothing arrived that was never sent, and
when the restored system has come to rest, every request has had each of its effects once.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from shared.runtime.cli import shape
from shared.store import tables
from tests.cli import traffic
from tests.cli.house import House
from tests.servers import ports

BACKUPS = 4
BETWEEN = 15  # requests between two backups at least


@pytest.mark.fault
def test_backups_under_load_are_one_instant_each_and_the_system_goes_on_from_every_one(house: House) -> None:
    house.more.update(STEWARD_LOG_LEVEL="warning", STEWARD_LOG="json")
    token = traffic.opened(house)
    house.start("all", answers=lambda: traffic.ready(house)).ready()
    archives: list[tuple[Path, set[str]]] = []
    with traffic.Load(house, token).running() as load:
        for number in range(BACKUPS):
            load.more(BETWEEN)
            before = set(load.taken)
            done = house.run("backup", f"backup-{number}.tar.gz", "--json")
            assert done.code == shape.OK, done.err
            archives.append((Path(done.json["path"]), before))
        load.more(BETWEEN)
    house.close()  # the original is lost

    for number, (archive, before) in enumerate(archives):
        other = House(house.logs / f"restored-{number}", house.logs, house.warm, more=house.more)
        try:
            assert other.run("restore", str(archive)).code == shape.OK
            traffic.one_instant(other)
            with other.database("support").reading() as connection:
                saved: set[Any] = set(connection.execute(sa.select(tables.inbox.c.event_id)).scalars())
            assert before <= saved, "taken before the backup began, but not in it"
            if number in (0, BACKUPS - 1):
                _goes_on(other, before)
        finally:
            other.close()


def _goes_on(house: House, before: set[str]) -> None:
    running = house.start("all", answers=lambda: ports.listening(house.port)).ready()
    ports.until(lambda: traffic.settled(house), timeout_s=90, what="rest", alive=lambda: running.alive)
    traffic.one_instant(house)
    assert traffic.each_once(house) >= len(before) > 0
    assert running.stop() == 0
