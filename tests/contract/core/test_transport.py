"""From a commit to the subscriber's inbox: one contract for direct delivery and for RabbitMQ."""

from __future__ import annotations

from itertools import pairwise

import pytest
import sqlalchemy as sa

from shared import outbox
from shared.envelope import catalogue, cloudevent
from shared.kernel import errors
from shared.outbox import relay
from shared.store import tables
from tests.contract.core import ground
from tests.contract.core.pair import Pair


def test_an_event_arrives_if_its_transaction_committed(both: Pair) -> None:
    sent = ground.emit(both.left, 7)
    both.settle()
    assert [row.event_id for row in ground.inbox(both.right)] == [sent.id]
    assert ground.effects(both.right) == [("s", 7)]


def test_an_event_of_a_transaction_that_failed_never_leaves(both: Pair) -> None:
    with pytest.raises(RuntimeError):
        _emit_and_fail(both)
    both.settle()
    assert ground.outgoing(both.left) == []
    assert ground.inbox(both.right) == []


def test_what_is_sent_is_marked_and_not_sent_again(both: Pair) -> None:
    ground.emit(both.left)
    both.send()
    both.send()
    assert len(both.batches) == 1
    assert ground.outgoing(both.left)[0].sent_at == both.time.now()


def test_the_events_of_a_subject_arrive_in_their_order_and_one_at_a_time(both: Pair) -> None:
    for number in range(1, 25):
        ground.emit(both.left, number, subject=f"s{number % 4}")
    both.settle()
    for batch in both.batches:
        assert len({message.subject for message in batch}) == len(batch)
    for subject in ("s0", "s1", "s2", "s3"):
        numbers = [number for of, number in ground.effects(both.right) if of == subject]
        assert len(numbers) == 6
        assert all(before < after for before, after in pairwise(numbers))


def test_the_sequence_of_a_subject_counts_from_one_without_gaps_over_failed_transactions(both: Pair) -> None:
    for number in range(3):
        ground.emit(both.left, number)
        with pytest.raises(RuntimeError):
            _emit_and_fail(both)
    sequences = [cloudevent.read(bytes(row.body)).sequence for row in ground.outgoing(both.left)]
    assert sequences == [1, 2, 3]


def _emit_and_fail(both: Pair) -> None:
    with both.left.work() as unit:
        outbox.emit(unit, ground.NOTED, "s", {"number": 1, "word": "fine"})
        raise RuntimeError("the use case failed")


def test_an_event_that_is_sent_twice_is_stored_once(both: Pair) -> None:
    ground.emit(both.left, 1)
    both.send()
    with both.left.work() as unit:  # the relay died between the confirm and its mark
        unit.execute(tables.outbox.update().values(sent_at=None))
    both.settle()
    assert len(both.batches) == 2
    assert ground.effects(both.right) == [("s", 1)]


def test_an_event_that_nobody_listens_to_leaves_all_the_same(both: Pair) -> None:
    with both.left.work() as unit:
        outbox.emit(unit, ground.UNHEARD, "s", {"number": 1, "word": "fine"})
    both.settle()
    assert ground.outgoing(both.left)[0].sent_at is not None
    assert ground.inbox(both.right) == []


def test_a_subscriber_that_is_away_gets_everything_when_it_is_back(both: Pair) -> None:
    both.right_away = True
    for number in range(5):
        ground.emit(both.left, number, subject=f"s{number}")
    with pytest.raises(errors.Transient):
        both.settle()
    assert ground.inbox(both.right) == []
    both.right_away = False
    both.settle()
    assert sorted(ground.effects(both.right)) == [(f"s{number}", number) for number in range(5)]


def test_of_two_relays_one_is_active_and_the_other_takes_over_when_it_ends(both: Pair) -> None:
    second = relay.Relay(both.left, both.transport())
    ground.emit(both.left, 1)
    both.send()
    ground.emit(both.left, 2)
    assert second.step() is False
    assert len(both.batches) == 1
    both.relay.close()
    assert second.step() is True
    second.close()
    both.take()
    both.work()
    assert ground.effects(both.right) == [("s", 1), ("s", 2)]


def test_a_subject_with_very_many_events_does_not_hold_up_the_others(both: Pair) -> None:
    with both.left.work() as unit:
        for number in range(relay.BATCH + 20):
            outbox.emit(unit, ground.UNHEARD, "busy", {"number": number, "word": "fine"})
        outbox.emit(unit, ground.UNHEARD, "quiet", {"number": 1, "word": "fine"})
    assert both.relay.step() is True
    assert [message.subject for message in both.batches[0]] == ["busy", "quiet"]


def test_an_event_of_a_mebibyte_arrives_and_one_byte_more_is_refused_before_the_outbox(both: Pair) -> None:
    empty = len(bytes(_sized(both, 0).body))
    with both.left.work() as unit:
        unit.execute(tables.outbox.delete())
    largest = _sized(both, cloudevent.MAX_BYTES - empty)
    assert len(bytes(largest.body)) == cloudevent.MAX_BYTES
    with pytest.raises(cloudevent.TooLarge):
        _sized(both, cloudevent.MAX_BYTES - empty + 1)
    both.settle()
    assert ground.effects(both.right) == [("large", 1)]
    assert [row.message_id for row in ground.outgoing(both.left)] == [largest.message_id]


def _sized(both: Pair, letters: int) -> sa.Row:
    with both.left.work(actor="staff:lan", trace="00-" + "0" * 32 + "-" + "0" * 16 + "-01") as unit:
        unit.execute(tables.stream.delete())  # so that the sequence has as many digits each time
        outbox.emit(unit, ground.NOTED, "large", {"number": 1, "word": "x" * letters})
    return ground.outgoing(both.left)[-1]


def test_data_that_does_not_fit_the_published_schema_is_refused_before_anything_is_written(both: Pair) -> None:
    with pytest.raises(catalogue.InvalidData), both.left.work() as unit:
        outbox.emit(unit, ground.NOTED, "s", {"number": 1})
    assert ground.outgoing(both.left) == []


def test_the_event_on_the_wire_carries_who_acted_what_and_in_which_trace(both: Pair) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    with both.left.work(actor="staff:lan", on_behalf_of="staff:minh", trace=trace) as unit:
        outbox.emit(unit, ground.NOTED, "Hồ sơ 档案", {"number": 1, "word": "Nguyễn Thị Hường 王小明"})
    both.send()
    both.take()
    event = cloudevent.read(bytes(ground.inbox(both.right)[0].body))
    assert (event.source, event.type, event.subject) == ("/steward/left", ground.NOTED.name, "Hồ sơ 档案")
    assert (event.actor, event.onbehalfof, event.traceparent) == ("staff:lan", "staff:minh", trace)
    assert event.data["word"] == "Nguyễn Thị Hường 王小明"
    assert event.time == both.time.now()


def test_a_task_hint_leaves_by_the_outbox_and_disturbs_no_event(both: Pair) -> None:
    with both.left.work() as unit:
        outbox.hint(unit, queue="steward.left.tasks", task_id="task-1", body=b"{}")
        outbox.emit(unit, ground.NOTED, "s", {"number": 1, "word": "fine"})
    both.settle()
    assert all(row.sent_at for row in ground.outgoing(both.left))
    assert ground.effects(both.right) == [("s", 1)]
