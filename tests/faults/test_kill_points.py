"""Faults 21, 23, 24, 25: a process is killed between two steps that cannot be one, or runs twice at once."""

from __future__ import annotations

import signal
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.notify.message import tables as messages
from shared.store import tables
from tests.faults.broker import Heard
from tests.faults.checker import until
from tests.faults.running import Running
from tests.faults.scene import AFTER_KILLS_S, PAST_THE_LEASE_S, SOON_S, Clock, Scene, up

_i, _m = tables.inbox.c, messages.message.c


@pytest.mark.parametrize(
    ("point", "state", "arrived"),
    [
        ("task-done", "sent", 1),  # the effect is whole: it is not repeated
        ("mail-taken", "unknown", 1),  # the mail server has it, nobody noted that: shown, not repeated
        pytest.param(
            "mail-begun", "unknown", 0, marks=pytest.mark.long
        ),  # the same for whoever looks at the database: shown, not repeated
    ],
)
def test_21_a_worker_killed_between_effect_and_mark_does_not_repeat_it(
    scene: Scene, tmp_path: Path, point: str, state: str, arrived: int
) -> None:
    system, clock = scene.system, Clock(tmp_path)
    notify = system.bus("notify", clock=clock.file)
    up({"web": system.web(), "support": system.bus("support"), "notify": notify})
    ticket = scene.submit("one ticket")
    dying = system.tasks("notify", name="dying tasks", die=point).start()
    assert dying.wait(SOON_S) == -signal.SIGKILL
    assert len(scene.sink.mails) == arrived
    system.tasks("notify", clock=clock.file).up()
    scene.ask(6, kinds=("form", "journey"))
    clock.advance(PAST_THE_LEASE_S)
    report = scene.settled(f"21, {point}")
    of_ticket = sa.select(_m.state).where(_m.related == ticket)
    assert scene.one("notify", of_ticket) == state
    assert report.unknown == (state == "unknown")


def test_21_a_mail_whose_worker_is_killed_at_every_run_is_parked_and_unknown(scene: Scene, tmp_path: Path) -> None:
    system, clock = scene.system, Clock(tmp_path)
    notify = system.bus("notify", clock=clock.file)
    up({"web": system.web(), "support": system.bus("support"), "notify": notify})
    ticket = scene.submit("one ticket")
    for point in ("mail-taken", "task-claimed", "task-claimed"):
        dying = system.tasks("notify", name="dying tasks", die=point, clock=clock.file).start()
        assert dying.wait(SOON_S) == -signal.SIGKILL
        clock.advance(PAST_THE_LEASE_S)
    system.tasks("notify", clock=clock.file).up()
    report = scene.settled("21, at every run")
    assert report.parked == ["notify.deliver kills-process"]
    assert scene.one("notify", sa.select(_m.state).where(_m.related == ticket)) == "unknown"
    assert len(scene.sink.mails) == 1


@pytest.mark.parametrize("service", ["support", pytest.param("notify", marks=pytest.mark.long)])
def test_23_a_relay_killed_between_publish_and_mark_publishes_again_and_the_inbox_absorbs_it(
    scene: Scene, service: str
) -> None:
    system = scene.system
    other = "notify" if service == "support" else "support"
    up({"web": system.web(), "other": system.bus(other), "tasks": system.tasks("notify")})
    scene.ask(8, kinds=("form", "journey"))
    dying = system.bus(service, name="dying bus", die="relay-published").start()
    assert dying.wait(SOON_S) == -signal.SIGKILL
    up({"bus": system.bus(service)})
    scene.settled(f"23, {service}")
    assert twice(scene.broker.heard(), service), "nothing was published twice: the kill missed its point"


@pytest.mark.parametrize(
    "point",
    [
        pytest.param("receiver-taken", marks=pytest.mark.long),
        "receiver-stored",
        pytest.param("reaction-run", marks=pytest.mark.long),
    ],
)
def test_24_a_consumer_killed_before_or_after_its_commit_takes_every_event_once(scene: Scene, point: str) -> None:
    system = scene.system
    up({"web": system.web(), "support": system.bus("support"), "tasks": system.tasks("notify")})
    scene.ask(8, kinds=("form", "journey"))
    dying = system.bus("notify", name="dying bus", die=point).start()
    assert dying.wait(SOON_S) == -signal.SIGKILL
    stored = scene.one("notify", sa.select(sa.func.count()).select_from(tables.inbox))
    done = scene.one("notify", sa.select(sa.func.count()).where(_i.state == "done"))
    assert (stored == 0) == (point == "receiver-taken")
    assert done == 0
    up({"notify": system.bus("notify")})
    scene.settled(f"24, {point}")


def test_25_two_of_every_role_at_once_share_the_work_and_the_survivor_takes_over(scene: Scene) -> None:
    system = scene.system

    def pair(number: int) -> dict[str, Running]:
        return {
            f"support {number}": system.bus("support", name=f"bus support {number}"),
            f"notify {number}": system.bus("notify", name=f"bus notify {number}"),
            f"tasks {number}": system.tasks("notify", name=f"tasks {number}"),
        }

    first, second = pair(1), pair(2)
    up({"web": system.web(), **first, **second})
    scene.ask(40, threads=3)
    scene.settled("25, two of each")
    heard = scene.broker.heard()
    assert not twice(heard, "support")  # nobody died, so nothing went out twice
    assert not twice(heard, "notify")
    assert in_order(heard)

    with scene.load(threads=2):
        before = len(scene.ledger)
        for role in first.values():
            role.kill()
        until(lambda: len(scene.ledger) > before + 20, timeout_s=SOON_S, what="requests are still answered")
    scene.settled("25, one of each killed", timeout_s=AFTER_KILLS_S)
    assert in_order(scene.broker.heard())


def twice(heard: list[Heard], service: str) -> list[str]:
    """Ids of a service's events that went out more than once."""
    counted = Counter(each.id for each in heard if each.type.startswith(f"{service}."))
    return [id for id, count in counted.items() if count > 1]


def in_order(heard: list[Heard]) -> bool:
    """Whether each object's events came out in order, the first time each was published."""
    last: dict[str, int] = {}
    seen: set[str] = set()
    for each in heard:
        if each.id not in seen:
            seen.add(each.id)
            if each.sequence != last.get(each.subject, 0) + 1:
                return False
            last[each.subject] = each.sequence
    return True
