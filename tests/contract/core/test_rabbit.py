"""What only a broker can do to us: refuse, lose an answer, hang up, block, give a message up."""

from __future__ import annotations

import threading
import time as machine
import urllib.parse
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from shared.bus import connection, line, port, rabbit, receiver, timing, topology
from shared.failures import story
from shared.inbox import receive
from shared.kernel import errors, moment
from shared.outbox import relay
from tests.contract.core import ground
from tests.contract.core.conftest import Open
from tests.contract.core.pair import PLAN, OverRabbit
from tests.contract.core.stranger import Stranger
from tests.faults.proxy import Proxy
from tests.servers import RabbitMQ

pytestmark = pytest.mark.server

KEY = f"tos.{ground.OFFERED}"


@pytest.fixture
def open_(request: pytest.FixtureRequest, time: moment.ManualTime) -> Iterator[Open]:
    from tests.contract.core import conftest

    yield from conftest._opening(request, "postgresql", time)


@pytest.fixture
def over(open_: Open, time: moment.ManualTime, broker_url: str) -> Iterator[OverRabbit]:
    made = OverRabbit(open_("left"), open_("right"), time, broker_url)
    yield made
    made.close()


@pytest.fixture
def proxy(broker_url: str) -> Iterator[Proxy]:
    port_ = urllib.parse.urlsplit(broker_url).port
    assert port_ is not None
    with Proxy(port_) as made:
        yield made


def through(url: str, proxy: Proxy) -> str:
    """The broker's URL by way of the proxy."""
    parts = urllib.parse.urlsplit(url)
    assert parts.port is not None
    return url.replace(f":{parts.port}/", f":{proxy.port}/")


def messages(*numbers: int) -> list[port.Message]:
    return [port.Message(n, "event", f"m{n}", "a.b.c", f"s{n}", b"{}") for n in numbers]


# ---- names and properties


def test_names_and_properties_that_are_not_utf8_are_parked_and_disturb_nobody(over: OverRabbit) -> None:
    offer = ground.offered(1)
    over.arrive(offer, routing_key=b"\xff\xfe." + ground.OFFERED.encode())
    over.arrive(offer, routing_key=b"\x00." + ground.OFFERED.encode())
    over.arrive(offer, content_type=b"\xff")
    over.arrive(ground.offered(2, subject="t"), correlation_id=b"\xc3", message_id=b"\xff" * 255)
    over.arrive(ground.offered(3, subject="u"))
    over.work()
    assert ground.effects(over.right) == [("u", 3)]
    told = {failure.name: failure.reason for failure in ground.failures(over.right)}
    assert told == {
        rf"\xff\xfe.{ground.OFFERED}": "forged-source",
        rf"\x00.{ground.OFFERED}": "forged-source",
        KEY: "unreadable-event",
    }
    assert len(ground.outgoing(over.right)) == 4  # each is answered


# ---- refusals


def test_what_no_queue_takes_comes_back_and_is_refused(broker_url: str) -> None:
    with Stranger(broker_url) as somebody:
        somebody.channel.exchange_declare("bare", "topic", durable=True, auto_delete=False)
        sending = line.Line(lambda: connection.Connection(broker_url, "test"), exchange="bare", name="test")
        assert sending.publish(messages(1)) == {1: port.Outcome(False, "no queue takes a.b.c from bare")}
        somebody.channel.queue_declare("bare", durable=True, auto_delete=False)
        somebody.channel.queue_bind("bare", "bare", "a.b.#")
        assert sending.publish(messages(1)) == {1: port.CONFIRMED}
        sending.close()
        somebody.channel.queue_delete("bare")
        somebody.channel.exchange_delete("bare")


def test_what_a_full_queue_refuses_is_a_refusal_of_that_message(broker_url: str) -> None:
    with Stranger(broker_url) as somebody:
        somebody.channel.exchange_declare("narrow", "topic", durable=True, auto_delete=False)
        limits = {"x-max-length": 2, "x-overflow": "reject-publish"}
        somebody.channel.queue_declare("narrow", durable=True, auto_delete=False, arguments=limits)
        somebody.channel.queue_bind("narrow", "narrow", "#")
        sending = line.Line(lambda: connection.Connection(broker_url, "test"), exchange="narrow", name="test")
        outcomes = sending.publish(messages(*range(1, 7)))
        assert [seq for seq, outcome in outcomes.items() if outcome.confirmed] == [1, 2]
        assert {outcome.reason for outcome in outcomes.values() if not outcome.confirmed} == {
            "the broker refused the message (queue full)"
        }
        sending.close()
        somebody.channel.queue_delete("narrow")
        somebody.channel.exchange_delete("narrow")


def test_a_missing_exchange_says_what_to_do(amqp_url: str) -> None:
    with pytest.raises(connection.TopologyMissing, match=r"no exchange 'steward\.events'.*steward topology"):
        rabbit.Publisher(amqp_url, amqp_url, name="test").publish(messages(1))


def test_a_missing_queue_says_what_to_do(amqp_url: str) -> None:
    taking = receiver.Receiver(amqp_url, "steward.right", name="test", store=lambda some: None)
    with pytest.raises(connection.TopologyMissing, match=r"no queue 'steward\.right'.*steward topology"):
        taking.step(0.1)


@pytest.mark.parametrize("wrong", ["password", "virtual host"])
def test_a_wrong_password_or_virtual_host_is_said_and_not_called_weather(broker_url: str, wrong: str) -> None:
    parts = urllib.parse.urlsplit(broker_url)
    url = (
        f"amqp://guest:wrong@{parts.hostname}:{parts.port}{parts.path}" if wrong == "password" else broker_url + "nope"
    )
    with pytest.raises(connection.BrokerRefuses):
        connection.Connection(url, "test")


# ---- answers that do not arrive


def test_a_lost_confirm_leaves_the_row_unsent_and_the_inbox_absorbs_the_second(
    over: OverRabbit, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timing, "CONFIRM_TIMEOUT_S", 0.5)
    url = through(over.url, proxy)
    sending = relay.Relay(over.left, rabbit.Publisher(url, url, name="proxied"))
    ground.emit(over.left, 1)
    assert sending.step() is True
    ground.emit(over.left, 2)
    proxy.swallow()
    with pytest.raises(errors.BrokerAway):
        sending.step()
    assert [row.sent_at is None for row in ground.outgoing(over.left)] == [False, True]
    proxy.cut()
    proxy.heal()
    assert sending.step() is True
    sending.close()
    over.take()
    over.work()
    assert ground.effects(over.right) == [("s", 1), ("s", 2)]
    assert all(row.sent_at for row in ground.outgoing(over.left))


def test_a_receiver_that_was_hung_up_on_connects_again_and_misses_nothing(over: OverRabbit, proxy: Proxy) -> None:
    taking = receiver.Receiver(through(over.url, proxy), "steward.right", name="proxied", store=over.store)
    ground.emit(over.left, 1)
    over.send()
    assert taking.step(5) is True
    proxy.cut()
    ground.emit(over.left, 2)
    over.send()
    with pytest.raises(errors.BrokerAway):
        _take_for_ever(taking)
    assert taking.step(5) is True
    taking.close()
    over.work()
    assert ground.effects(over.right) == [("s", 1), ("s", 2)]


def _take_for_ever(taking: receiver.Receiver) -> None:
    while True:
        taking.step(0.1)


def test_while_the_database_is_away_deliveries_are_held_and_none_is_taken_anew(over: OverRabbit) -> None:
    for number in range(1, 4):
        ground.emit(over.left, number, subject=f"s{number}")
    over.send()
    assert over.receiver.step(5) or over.receiver.step(5)
    over.take()
    over.right_away = True
    ground.emit(over.left, 4)
    over.send()
    for _ in range(3):
        with pytest.raises(errors.DatabaseAway):
            over.receiver.step(1)
    with Stranger(over.url) as somebody:
        assert somebody.depth("steward.right") == 0  # it is in our hands, and not acknowledged
        over.receiver.close()
        for _ in range(3):
            with pytest.raises(errors.DatabaseAway):
                over.receiver.step(0.1)
        _until(lambda: somebody.depth("steward.right") == 1)  # given back once, and left there
    over.right_away = False
    over.take()
    over.work()
    assert sorted(number for _, number in ground.effects(over.right)) == [1, 2, 3, 4]


def test_a_connection_that_ended_is_not_opened_again_behind_our_back(broker_url: str) -> None:
    """py-amqp does that when it is asked for anything; a consumer would wait for ever on what consumes nothing."""
    for end in ("close", "drop"):
        made = connection.Connection(broker_url, "test")
        getattr(made, end)()
        for use in (made.channel, made.heartbeat_check, made.breathe, lambda c=made: c.drain_events(timeout=1)):
            with pytest.raises(ConnectionResetError):
                use()
        made.close()


# ---- what the broker gave up


def test_a_message_that_the_broker_gave_up_is_drained_and_a_replay_has_its_effect(over: OverRabbit) -> None:
    event = ground.offered(1)
    with Stranger(over.url) as somebody:
        somebody.publish(event)
        tag = somebody.channel.basic_consume("steward.right", callback=_give_back)
        _until(lambda: somebody.depth("steward.right.dead") == 1)
        somebody.channel.basic_cancel(tag)
    draining = receiver.Receiver(
        over.url, "steward.right.dead", name="dead", store=lambda some: receive.store_dead(over.right, some)
    )
    assert draining.step(5) is True
    draining.close()
    (failure,) = ground.failures(over.right)
    assert (failure.reason, failure.name, failure.source) == ("delivery-limit", KEY, port.INBOUND)
    with over.right.work(actor="staff:huong") as unit:
        story.replay(unit, failure.id, reason="the receiver is mended")
    over.work()
    assert ground.effects(over.right) == [("s", 1)]


def _give_back(message: Any) -> None:
    """As a receiver does that dies."""
    message.channel.basic_reject(message.delivery_tag, requeue=True)


def _until(condition: Callable[[], bool]) -> None:
    until = machine.monotonic() + 60
    while not condition():
        assert machine.monotonic() < until, "not in time"
        machine.sleep(0.01)


# ---- topology


def test_the_topology_is_applied_twice_without_a_word_and_what_is_gone_is_unbound(amqp_url: str) -> None:
    old = topology.plan({"right": (["left.thing.noted", "left.thing.gone"], ["thing.offered"])}, with_tasks=["left"])
    for _ in range(2):
        topology.apply(old, amqp_url, amqp_url)
    new = topology.plan({"right": (["left.thing.noted"], [])}, with_tasks=["left"])
    gone = set(old.bindings) - set(new.bindings)
    for _ in range(2):
        topology.apply(new, amqp_url, amqp_url, gone=gone)
    with Stranger(amqp_url) as somebody:
        somebody.publish(port.Delivery(b"1", None, port.EVENTS, "left.thing.noted"))
        somebody.publish(port.Delivery(b"2", None, port.EVENTS, "left.thing.gone"))
        somebody.publish(port.Delivery(b"3", None, port.INBOUND, "tos.thing.offered"))
        _until(lambda: (somebody.depth("steward.right"), somebody.depth(port.UNROUTED)) == (1, 2))
    counted: list[port.Delivery] = []
    counting = receiver.Receiver(amqp_url, port.UNROUTED, name="unrouted", store=counted.extend)
    while len(counted) < 2:
        counting.step(1)
    counting.close()
    assert [(each.exchange, each.routing_key) for each in counted] == [
        (port.EVENTS, "left.thing.gone"),
        (port.INBOUND, "tos.thing.offered"),
    ]


def test_a_queue_with_other_arguments_is_named_and_left_alone(amqp_url: str) -> None:
    with Stranger(amqp_url) as somebody:
        somebody.channel.queue_declare("steward.right", durable=True, auto_delete=False)
        with pytest.raises(topology.ArgumentsDiffer, match=r"steward\.right .*inequivalent arg"):
            topology.apply(PLAN, amqp_url, amqp_url)
        assert somebody.depth("steward.right") == 0


def test_one_consumer_is_active_and_the_next_takes_over(over: OverRabbit) -> None:
    second = receiver.Receiver(over.url, "steward.right", name="second", store=over.store)
    assert over.receiver.step(0.1) is False
    assert second.step(0.1) is False
    ground.emit(over.left, 1)
    over.send()
    assert second.step(0.3) is False
    assert over.receiver.step(5) is True
    over.receiver.close()
    ground.emit(over.left, 2)
    over.send()
    assert second.step(5) is True
    second.close()
    over.work()
    assert ground.effects(over.right) == [("s", 1), ("s", 2)]


def test_the_same_event_from_many_publishers_at_once_takes_effect_once(over: OverRabbit) -> None:
    event = ground.offered(1, id="order-1")

    def send() -> None:
        with Stranger(over.url) as somebody:
            for _ in range(7):
                somebody.publish(event)

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    over.take()
    over.work()
    assert len(ground.inbox(over.right)) == 1
    assert ground.effects(over.right) == [("s", 1)]


# ---- a broker that is short of memory


def test_a_memory_alarm_delays_everything_loses_nothing_and_hangs_nobody(
    own_rabbitmq: RabbitMQ, open_: Open, time: moment.ManualTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And it fills the broker with no copies: what was sent is waited for (seen with 3.10: it is taken in the end)."""
    url = own_rabbitmq.vhost()
    topology.apply(PLAN, url, url)
    monkeypatch.setattr(timing, "CONFIRM_TIMEOUT_S", 1.0)
    over = OverRabbit(open_("left"), open_("right"), time, url)
    ground.emit(over.left, 1, subject="before")
    over.settle()
    own_rabbitmq.ctl("set_vm_memory_high_watermark", "absolute", "1MB")
    try:
        for number in range(2, 6):
            ground.emit(over.left, number, subject=f"s{number}")
        for _ in range(4):
            with pytest.raises(errors.BrokerAway):
                over.relay.step()
        began = machine.monotonic()
        other = connection.Connection(url, "blocked, too")
        other.default_channel.basic_publish(other.default_channel.prepare_message(b"x"), exchange="", routing_key="x")
        other.close()
        assert machine.monotonic() - began < timing.CLOSE_TIMEOUT_S + 30  # and not for ever
    finally:
        own_rabbitmq.ctl("set_vm_memory_high_watermark", "absolute", "1GiB")
    _until(lambda: _goes(over))
    over.settle()
    assert sorted(number for _, number in ground.effects(over.right)) == [1, 2, 3, 4, 5]
    over.close()


def _goes(over: OverRabbit) -> bool:
    try:
        return over.relay.step()
    except errors.BrokerAway:
        return False
