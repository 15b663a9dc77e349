"""Every role of a split system under load: killed at any moment, and asked to stop at any moment."""

from __future__ import annotations

import os
import random
import secrets
import signal
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.faults.checker import until
from tests.faults.running import Running
from tests.faults.scene import PAST_THE_LEASE_S, SEED, SOON_S, Clock, Scene, half_done, up
from tests.servers import processes

LONGEST_LIFE_S = 1.5  # of the role that is killed next


@pytest.mark.parametrize("kills", [6, pytest.param(40, marks=[pytest.mark.long, pytest.mark.timeout(900)])])
def test_random_kills_of_every_role_lose_and_double_nothing(scene: Scene, tmp_path: Path, kills: int) -> None:
    seed = os.environ.get(SEED) or secrets.token_hex(4)
    print(f"{SEED}={seed}")
    draw, clock = random.Random(seed), Clock(tmp_path)
    roles = up(all_roles(scene, clock=clock.file))
    with scene.load(threads=2, pause_s=0.15, seed=draw.randrange(10**6)):
        for _ in range(kills):
            threading.Event().wait(draw.uniform(0.1, LONGEST_LIFE_S))
            killed = roles[draw.choice(sorted(roles))]
            killed.kill()
            killed.up()
    clock.advance(PAST_THE_LEASE_S)  # tasks that were cut off
    scene.settled_after_kills(f"kill -9 of roles ×{kills}")


def test_sigterm_of_every_role_under_load_finishes_what_is_in_hand(scene: Scene) -> None:
    roles = up(all_roles(scene))
    with scene.load(threads=3, pause_s=0.15):
        for name, role in roles.items():
            before = len(scene.ledger)
            until(lambda n=before: len(scene.ledger) > n + 10, timeout_s=SOON_S, what="requests are answered")
            assert role.stop() == 0, f"{name} had to leave something"
            assert processes.descendants(role.pid) == []
            if name in ("support", "notify"):
                assert half_done(scene, [name], tasks=False) == []
            if name == "tasks":
                assert half_done(scene, ["notify"], inbox=False) == []
            role.up()
    scene.settled("SIGTERM of roles")  # what was given back needs no lease to end


def test_a_killed_web_worker_is_replaced_and_what_it_had_promised_stands(scene: Scene) -> None:
    web = scene.start()["web"]
    with scene.load(threads=3, pause_s=0.15):
        until(lambda: len(scene.ledger) > 15, timeout_s=SOON_S, what="requests are answered")
        processes.send(workers(web), signal.SIGKILL)
        before = len(scene.ledger)
        until(lambda: len(scene.ledger) > before + 15, timeout_s=SOON_S, what="requests are answered again")
    assert web.alive
    scene.settled("kill -9 of a web worker")


def test_a_worker_does_not_outlive_its_web_role(scene: Scene) -> None:
    """Else the port stays taken, or old code goes on answering."""
    web = scene.system.web().up()
    orphans = workers(web)
    assert orphans
    web.tell(signal.SIGKILL)  # the parent alone
    assert web.wait(SOON_S) == -signal.SIGKILL
    until(lambda: not any(map(processes.alive, orphans)), timeout_s=SOON_S, what="the workers are gone")
    web.up()
    scene.ask(3, kinds=("form",))


def all_roles(scene: Scene, **arranged: Any) -> dict[str, Running]:
    """Every role in a process of its own; those that know of tasks may see another clock."""
    system = scene.system
    return {
        "web": system.web(),
        "support": system.bus("support"),
        "notify": system.bus("notify", **arranged),
        "tasks": system.tasks("notify", **arranged),
    }


def workers(web: Running) -> list[int]:
    """The processes that answer for a web role."""
    return processes.descendants(web.pid)
