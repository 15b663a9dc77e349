"""The whole way under random crashes, refusals, duplicates and failures, against the simplest model there is:
each event takes effect once, and those of a subject in their order."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.bus import port
from shared.envelope import cloudevent
from shared.inbox import receive, worker
from shared.kernel import errors, moment
from shared.outbox import relay
from tests.contract.core import ground

SUBJECTS = ("a", "b", "c")
WORDS = ("fine", "fine", "shaky", "away", "bad")
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("emit"), st.sampled_from(SUBJECTS), st.sampled_from(WORDS)),
        st.tuples(st.just("relay"), st.integers(0, 2**32)),
        st.tuples(st.just("work"), st.integers(0, 2**32)),
        st.tuples(st.just("wait"), st.sampled_from((1, 6, 40, 700, 7200))),
    ),
    min_size=5,
    max_size=40,
)  # fmt: skip


class Died(BaseException):
    """The process ended here."""


class Shaky:
    """A bus that loses confirms, refuses, delivers twice, and takes the process with it."""

    def __init__(self, deliver: Any) -> None:
        self._deliver = deliver
        self.chance: random.Random | None = None

    def publish(self, messages: Sequence[port.Message]) -> dict[int, port.Outcome]:
        outcomes: dict[int, port.Outcome] = {}
        for message in messages:
            fate = self.chance.random() if self.chance else 1.0
            if fate < 0.1:
                outcomes[message.seq] = port.Outcome(False, "refused")
                continue
            if fate < 0.2:
                continue  # never arrived, and nobody knows
            for _ in range(2 if fate < 0.4 else 1):
                self._deliver(port.Delivery(message.body, cloudevent.CONTENT_TYPE, port.EVENTS, message.routing_key))
            if fate < 0.25:
                raise Died
            if fate > 0.35 or fate < 0.3:
                outcomes[message.seq] = port.CONFIRMED
        if not outcomes:
            raise errors.BrokerAway
        return outcomes

    def tick(self) -> None:
        """Nothing to keep alive."""

    def close(self) -> None:
        """Nothing to close."""


class World:
    """Two services that die and start again."""

    def __init__(self, files: ground.SqliteFiles) -> None:
        self.time = moment.ManualTime(ground.START)
        self._opened = [ground.opened(files.url(name), name, self.time) for name in ("left", "right")]
        self.left, self.right = (each.__enter__() for each in self._opened)
        self.reactor = ground.Reactor()
        self.reactor.on = {"shaky": self.shake, "away": self.leave, "bad": errors.Refused("never")}
        self.bus = Shaky(lambda delivery: receive.store(self.right, [delivery]))
        self.chance: random.Random | None = None
        self.emitted: dict[str, list[int]] = defaultdict(list)
        self.bad: set[int] = set()
        self._start()

    def _start(self) -> None:
        self.relay = relay.Relay(self.left, self.bus)
        self.worker = worker.Worker(self.right, self.reactor.reactions())

    def shake(self, unit: Any, event: Any) -> None:
        if self.chance and self.chance.random() < 0.5:
            raise RuntimeError("shaky") if self.chance.random() < 0.7 else Died

    def leave(self, unit: Any, event: Any) -> None:
        if self.chance and self.chance.random() < 0.5:
            raise errors.DatabaseAway

    def step(self, which: Any, chance: random.Random | None) -> bool:
        self.chance = self.bus.chance = chance
        try:
            return which.step()
        except errors.Transient:
            return False
        except Died:
            for each in (self.relay, self.worker):
                each.release()  # the connections of a dead process are closed
            self._start()
            return True

    def do(self, step: tuple[Any, ...]) -> None:
        verb, *rest = step
        if verb == "emit":
            subject, word = rest
            number = sum(map(len, self.emitted.values()))
            ground.emit(self.left, number, subject=subject, word=word)
            self.emitted[subject].append(number)
            if word == "bad":
                self.bad.add(number)
        elif verb == "wait":
            self.time.move(timedelta(seconds=rest[0]))
        else:
            self.step(self.relay if verb == "relay" else self.worker, random.Random(rest[0]))

    def settle(self) -> None:
        """The storm is over: everything that can still happen happens."""
        for _ in range(12):
            while self.step(self.relay, None) or self.step(self.worker, None):
                pass
            self.time.move(timedelta(hours=2))

    def close(self) -> None:
        self.relay.close()
        self.worker.close()
        for each in self._opened:
            each.__exit__(None, None, None)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_each_event_takes_effect_once_and_in_its_subjects_order(
    sqlite_files: ground.SqliteFiles, steps: list[tuple[Any, ...]]
) -> None:
    world = World(sqlite_files)
    try:
        for step in steps:
            world.do(step)
        world.settle()
        parked = {
            cloudevent.read(bytes(row.body)).data["number"]
            for row in ground.inbox(world.right)
            if row.state == "parked"
        }
        assert world.bad <= parked
        effects = ground.effects(world.right)
        assert len(effects) == len(set(effects))
        for subject, numbers in world.emitted.items():
            assert [number for of, number in effects if of == subject] == [n for n in numbers if n not in parked]
        assert all(row.sent_at for row in ground.outgoing(world.left))
        for number in parked - world.bad:  # given up by the schedule, or for the deaths it caused: never an innocent
            word = next(
                event.data["word"]
                for event in (cloudevent.read(bytes(row.body)) for row in ground.inbox(world.right))
                if event.data["number"] == number
            )
            assert word == "shaky"
    finally:
        world.close()


def test_without_a_storm_all_but_the_bad_one_take_effect(sqlite_files: ground.SqliteFiles) -> None:
    world = World(sqlite_files)
    for step in (("emit", "a", "fine"), ("emit", "a", "bad"), ("emit", "a", "shaky"), ("emit", "b", "away")):
        world.do(step)
    world.settle()
    assert sorted(ground.effects(world.right)) == [("a", 0), ("a", 2), ("b", 3)]
    world.close()
