"""The relay: what it does with what became of its messages, against a scripted bus, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
import sqlalchemy as sa

from shared import outbox
from shared.bus import embedded, port
from shared.inbox import receive
from shared.kernel import errors, moment
from shared.outbox import relay
from shared.store import engine
from tests.contract.core import ground
from tests.contract.core.conftest import Open
from tests.servers import ports

REFUSED = port.Outcome(False, "no queue takes it")
Bus = Callable[[Sequence[port.Message]], dict[int, port.Outcome]]


class Scripted:
    """A bus that does with a batch what `does` says, and remembers what it was given."""

    def __init__(self) -> None:
        self.does: Bus = confirm
        self.batches: list[list[port.Message]] = []
        self.ticks = 0

    @property
    def seen(self) -> list[str]:
        """Subject by subject, in the order given."""
        return [message.subject for batch in self.batches for message in batch]

    def publish(self, messages: Sequence[port.Message]) -> dict[int, port.Outcome]:
        self.batches.append(list(messages))
        return self.does(messages)

    def tick(self) -> None:
        self.ticks += 1

    def close(self) -> None:
        """Nothing to close."""


def confirm(messages: Sequence[port.Message]) -> dict[int, port.Outcome]:
    return {message.seq: port.CONFIRMED for message in messages}


def refuse(*subjects: str) -> Bus:
    return lambda messages: {m.seq: REFUSED if m.subject in subjects else port.CONFIRMED for m in messages}


@pytest.fixture
def left(open_: Open) -> engine.Database:
    return open_("left")


@pytest.fixture
def bus() -> Scripted:
    return Scripted()


def test_a_refused_row_is_tried_again_slowly_and_holds_up_its_own_subject_alone(
    left: engine.Database, bus: Scripted, time: moment.ManualTime
) -> None:
    bus.does = refuse("bad")
    moving = relay.Relay(left, bus)
    for number, subject in enumerate(("bad", "bad", "good", "good"), 1):
        ground.emit(left, number, subject=subject)
    for delay in (*relay.REFUSED_DELAYS_S, relay.REFUSED_DELAYS_S[-1]):
        bus.batches.clear()
        while moving.step():
            pass
        assert bus.seen.count("bad") == 1
        first, second, *_ = ground.outgoing(left)
        assert (first.sent_at, first.error, second.attempts) == (None, REFUSED.reason, 0)
        waits = (first.retry_at - time.now()).total_seconds()
        assert 0.8 * delay <= waits <= 1.2 * delay
        time.set(first.retry_at - timedelta(microseconds=1))
        assert moving.step() is False
        time.move(timedelta(microseconds=1))
    assert [row.sent_at is not None for row in ground.outgoing(left)] == [False, False, True, True]
    bus.does = confirm
    bus.batches.clear()
    while moving.step():
        pass
    assert [[message.seq for message in batch] for batch in bus.batches] == [[1], [2]]
    moving.close()


def test_a_batch_of_refusals_alone_does_not_make_the_rest_wait(left: engine.Database, bus: Scripted) -> None:
    bus.does = refuse(*(f"bad{number}" for number in range(3)))
    moving = relay.Relay(left, bus)
    for number in range(3):
        ground.emit(left, number, subject=f"bad{number}")
    assert moving.step() is True  # there may be more behind them
    moving.close()


def test_without_an_outcome_the_rows_stay_and_go_again_under_the_same_ids(left: engine.Database, bus: Scripted) -> None:
    moving = relay.Relay(left, bus)
    for number in range(4):
        ground.emit(left, number, subject=f"s{number}")
    bus.does = lambda messages: {message.seq: port.CONFIRMED for message in messages[:2]}
    with pytest.raises(errors.BrokerAway):
        moving.step()
    assert [row.sent_at is not None for row in ground.outgoing(left)] == [True, True, False, False]
    assert [row.attempts for row in ground.outgoing(left)] == [0, 0, 0, 0]
    bus.does = confirm
    while moving.step():
        pass
    again = bus.batches[1]
    assert [message.message_id for message in again] == [message.message_id for message in bus.batches[0][2:]]
    moving.close()


def test_a_relay_whose_bus_is_away_lets_a_copy_try(left: engine.Database, bus: Scripted) -> None:
    def away(messages: Sequence[port.Message]) -> dict[int, port.Outcome]:
        raise errors.BrokerAway

    other = Scripted()
    one, two = relay.Relay(left, bus), relay.Relay(left, other)
    bus.does = away
    ground.emit(left, 1)
    with pytest.raises(errors.BrokerAway):
        one.step()
    assert two.step() is True
    assert one.step() is False
    one.close()
    two.close()


def test_a_relay_that_lost_its_lock_while_it_sent_marks_nothing_and_stops(left: engine.Database, bus: Scripted) -> None:
    """Its connection broke during the publish, and a copy took over: the copy's word counts, the inbox absorbs both."""
    other = Scripted()
    one, two = relay.Relay(left, bus), relay.Relay(left, other)

    def cut(messages: Sequence[port.Message]) -> dict[int, port.Outcome]:
        assert one._held._connection is not None
        one._held._connection.invalidate()
        ports.until(two.step, timeout_s=30, what="the lock of the lost connection is free")
        return {message.seq: REFUSED for message in messages}

    bus.does = cut
    ground.emit(left, 1)
    with pytest.raises(errors.DatabaseAway):
        one.step()
    (row,) = ground.outgoing(left)
    assert (row.sent_at is not None, row.attempts) == (True, 0)
    assert one.step() is False
    one.close()
    two.close()


def test_an_idle_relay_keeps_its_connection_alive(left: engine.Database, bus: Scripted) -> None:
    moving = relay.Relay(left, bus)
    assert moving.step() is False
    assert bus.ticks == 1
    moving.close()


def test_a_batch_has_a_limit_in_bytes(left: engine.Database, bus: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "BATCH_BYTES", 8_000)
    moving = relay.Relay(left, bus)
    with left.work() as unit:
        for number in range(20):
            outbox.emit(unit, ground.NOTED, f"s{number}", {"number": number, "word": "x" * (900 if number else 9_000)})
    while moving.step():
        pass
    assert len(bus.seen) == 20
    sizes = [sum(len(message.body) for message in batch) for batch in bus.batches]
    assert len(bus.batches[0]) == 1  # larger than the limit alone, and sent all the same
    assert max(sizes[1:]) <= relay.BATCH_BYTES
    assert len(sizes) < 8
    moving.close()


def test_a_row_that_commits_late_is_not_passed_over(open_: Open, bus: Scripted) -> None:
    """Numbers are given before the commit: a relay that remembered the last one would lose the slower transaction."""
    left = open_("left")
    if left.dialect == "sqlite":
        return  # one writer at a time: there is no slower transaction
    moving = relay.Relay(left, bus)
    with left.work() as slow:
        outbox.emit(slow, ground.NOTED, "slow", {"number": 1, "word": "fine"})
        slow.close()  # written, numbered, not committed
        ground.emit(left, 2, subject="quick")
        while moving.step():
            pass
        assert bus.seen == ["quick"]
    while moving.step():
        pass
    assert bus.seen == ["quick", "slow"]
    assert [row.subject for row in ground.outgoing(left)] == ["slow", "quick"]
    moving.close()


def test_direct_delivery_to_one_of_two_subscribers_that_is_away_is_repeated_for_both_and_absorbed(open_: Open) -> None:
    left, right = open_("left"), open_("right")
    stored: list[int] = []
    away = True

    def second(deliveries: Sequence[port.Delivery]) -> None:
        if away:
            raise errors.DatabaseAway
        stored.append(len(deliveries))

    def first(deliveries: Sequence[port.Delivery]) -> None:
        receive.store(right, deliveries)

    routes = {ground.NOTED.name: [first, second]}
    moving = relay.Relay(left, embedded.Embedded(routes, wake_tasks=lambda: None))
    ground.emit(left, 1)
    with left.work() as unit:
        outbox.emit(unit, ground.UNHEARD, "other", {"number": 2, "word": "fine"})
    for _ in range(2):
        with pytest.raises(errors.BrokerAway):
            moving.step()
    assert [row.sent_at is not None for row in ground.outgoing(left)] == [False, True]
    away = False
    while moving.step():
        pass
    assert stored == [1]
    assert len(ground.inbox(right)) == 1
    moving.close()


def test_two_services_that_deliver_to_each_other_at_once_do_not_lock_each_other_out(open_: Open) -> None:
    """The relay holds no write lock of its own while it writes into the other's inbox."""
    import threading

    left, right = open_("left"), open_("right")
    for number in range(40):
        ground.emit(left, number, subject=f"s{number}")
        ground.emit(right, number, subject=f"s{number}")
    failed: list[BaseException] = []

    def move(mine: engine.Database, theirs: engine.Database) -> None:
        routes = {ground.NOTED.name: [lambda some: receive.store(theirs, some)]}
        moving = relay.Relay(mine, embedded.Embedded(routes, wake_tasks=lambda: None))
        try:
            while moving.step():
                pass
        except BaseException as error:  # noqa: BLE001 - for the test's own thread to see
            failed.append(error)
        finally:
            moving.close()

    threads = [threading.Thread(target=move, args=pair) for pair in ((left, right), (right, left))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failed == []
    for database in (left, right):
        assert len(ground.rows(database, sa.select(ground.tables.inbox))) == 40
