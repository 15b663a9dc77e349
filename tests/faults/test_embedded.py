"""The embedded mode under load: killed at any moment, and asked to stop at any moment."""

from __future__ import annotations

import os
import random
import secrets
import threading

import pytest

from tests.faults.checker import until
from tests.faults.scene import SEED, SOON_S, Scene, half_done

LONGEST_LIFE_S = 2.5  # between being ready and being killed
IN_THE_START = 0.2  # of the kills happen before it is ready
START_S = 20  # on two cores that a whole test run shares; `make bench` measures the figure of 3 s


@pytest.mark.parametrize("kills", [10, pytest.param(50, marks=[pytest.mark.long, pytest.mark.timeout(900)])])
def test_random_kills_of_the_embedded_mode_lose_and_double_nothing(embedded: Scene, kills: int) -> None:
    seed = os.environ.get(SEED) or secrets.token_hex(4)
    print(f"{SEED}={seed}")
    draw, system = random.Random(seed), embedded.system
    everything = system.all_().up()
    system.open_unit()
    starts: list[float] = []
    with embedded.load(threads=3, pause_s=0.05, seed=draw.randrange(10**6)):
        for _ in range(kills):
            if draw.random() < IN_THE_START:
                everything.kill()
                everything.start()
                threading.Event().wait(draw.uniform(0, 2.0))
            else:
                threading.Event().wait(draw.uniform(0.1, LONGEST_LIFE_S))
            everything.kill()
            everything.up()
            starts.append(everything.ready_s)
    report = embedded.settled_after_kills(f"kill -9 ×{kills}")
    print(f"starts after a kill: median {sorted(starts)[len(starts) // 2]:.1f} s, longest {max(starts):.1f} s")
    assert max(starts) < START_S
    assert report.confirmed > 5 * kills, "there was no load to speak of"


def test_sigterm_in_the_middle_of_load_finishes_what_is_in_hand(embedded: Scene) -> None:
    system = embedded.system
    everything = system.all_().up()
    system.open_unit()
    with embedded.load(threads=4, pause_s=0.02):
        for _ in range(3):
            before = len(embedded.ledger)
            until(lambda n=before: len(embedded.ledger) > n + 20, timeout_s=SOON_S, what="requests are answered")
            assert everything.stop() == 0
            assert half_done(embedded, system.services) == []
            everything.up()
    embedded.settled("SIGTERM")
