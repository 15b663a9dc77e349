"""Faults 13 to 18: messages that come twice, in the wrong order, that fail, kill, or cannot be read."""

from __future__ import annotations

import pickle
import random
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from shared.bus import port
from shared.envelope import cloudevent
from shared.failures import policy, story
from shared.inbox import receive
from shared.kernel import ids
from shared.store import tables
from tests.faults import load
from tests.faults.checker import until
from tests.faults.scene import PAST_THE_LEASE_S, SOON_S, Clock, Scene, deaths, up
from tests.faults.system import driven

_i, _f, _t = tables.inbox.c, tables.failure.c, tables.task.c
HOUR = 3_600


def test_13_the_same_event_50_times_to_8_consumers_at_once_has_one_effect(scene: Scene) -> None:
    queues = [f"copy-{number}" for number in range(8)]
    for queue in queues:
        scene.broker.queue(queue, (port.INBOUND, "*.request.submitted"))
    mark = f"mark-{ids.new()}"
    body = load.submitted(random.Random(13), mark)
    assert scene.broker.publish(port.INBOUND, "tos.request.submitted", [body] * 50) == 50
    scene.start("bus", "tasks")
    for some in (queues[:4], queues[4:]):  # eight connections in two processes, beside the service's own receiver
        command = driven("receivers", "support", queues=",".join(some))
        scene.system.run(f"receivers {some[0]}", command).up()
    report = scene.settled("13")  # 450 deliveries are gone from the queues
    assert scene.inbox("support", _i.event_id == mark) == [("done", 0)]
    assert report.effects == 2  # a ticket and a message
    assert len(scene.sink.mails) == 1


def test_14_the_newest_state_stands_however_the_events_are_shuffled(scene: Scene) -> None:
    order = list(range(1, 21))
    random.Random(14).shuffle(order)
    newest = [n for place, n in enumerate(order) if n == max(order[: place + 1])]
    scene.start("bus")
    scene.broker.publish(port.EVENTS, "directory.unit.changed", [unit_changed(n) for n in order])
    for service in ("support", "notify"):
        there = sa.select(sa.func.count()).where(_i.type == "directory.unit.changed", _i.state == "done")
        until(lambda s=service, q=there: scene.one(s, q) == 20, timeout_s=SOON_S, what="20 events taken")
        overtaken = there.where(_i.outcome == "overtaken")
        assert scene.one(service, overtaken) == 20 - len(newest)
        kept = sa.select(tables.unit.c.title).where(tables.unit.c.code == "da-nang")
        assert scene.one(service, kept) == "Đà Nẵng 20"
    scene.settled("14")


def test_16_an_event_that_always_fails_waits_alone_is_parked_and_can_be_replayed(scene: Scene, tmp_path: Path) -> None:
    system, clock = scene.system, Clock(tmp_path)
    poison = 'reaction:stumble&"state":"received":raise'  # only the first event of that one ticket
    stumbling = system.bus("notify", poison=poison, clock=clock.file)
    up({"web": system.web(), "support": system.bus("support"), "tasks": system.tasks("notify"), "notify": stumbling})
    ticket = scene.submit("stumble")
    scene.handle(ticket)
    scene.ask(15, kinds=("form", "journey"))
    until(lambda: len(scene.sink.mails) >= 15, timeout_s=SOON_S, what="mails of everybody else")
    failing = sa.and_(_i.subject == ticket, _i.type == "support.ticket.received")
    later = sa.and_(_i.subject == ticket, _i.type != "support.ticket.received")
    for used in range(1, len(policy.DELAYS_S) + 1):
        until(lambda n=used: scene.inbox("notify", failing) == [("retry", n)], timeout_s=SOON_S, what=f"attempt {used}")
        assert {state for state, _ in scene.inbox("notify", later)} <= {"ready"}  # only the same object waits
        clock.advance(2 * HOUR)
    until(lambda: scene.inbox("notify", failing)[0][0] == "parked", timeout_s=SOON_S, what="the event is parked")
    told = scene.failures("notify")
    assert [(f.reason, f.attempts) for f in told] == [("exhausted", 6)]
    assert told[0].cause == "support.ticket.received RuntimeError in driver:_stumble"
    report = scene.settled("16")  # the later events of the object have gone on
    assert len(report.parked) == 1

    stumbling.stop()
    system.bus("notify", clock=clock.file).up()
    with system.database("notify").work(actor="staff:on-call") as unit:
        story.replay(unit, told[0].id, reason="the mistake is mended")
    until(lambda: scene.inbox("notify", failing) == [("done", 0)], timeout_s=SOON_S, what="the replayed event is done")
    assert scene.settled("16, replayed").parked == []


def test_17_an_event_that_kills_its_process_parks_itself_and_no_neighbour(scene: Scene, tmp_path: Path) -> None:
    system, clock = scene.system, Clock(tmp_path)
    up({"web": system.web(), "support": system.bus("support"), "tasks": system.tasks("notify")})
    scene.submit("stumble")
    scene.ask(12, kinds=("form",))
    until(lambda: len(scene.broker.heard()) >= 13, timeout_s=SOON_S, what="all events in the queue")
    dying = system.bus("notify", poison="reaction:stumble:abort", clock=clock.file)
    assert deaths(dying, over=lambda: bool(scene.failures("notify"))) == policy.MAX_CRASHES
    assert [f.reason for f in scene.failures("notify")] == ["kills-process"]
    report = scene.settled("17")
    assert dying.alive
    assert len(report.parked) == 1
    assert len(scene.sink.mails) == 12


def test_17_a_task_that_kills_its_worker_parks_itself_and_no_neighbour(scene: Scene, tmp_path: Path) -> None:
    system, clock = scene.system, Clock(tmp_path)
    notify = system.bus("notify", clock=clock.file)
    up({"web": system.web(), "support": system.bus("support"), "notify": notify})
    scene.submit("ticket", mail="stumble@example.com")
    scene.ask(12, kinds=("form",))
    ready = sa.select(sa.func.count()).where(_t.state == "ready")
    until(lambda: scene.one("notify", ready) == 13, timeout_s=SOON_S, what="all tasks wait")
    dying = system.tasks("notify", poison="task:stumble:abort", clock=clock.file)
    over, lease_ends = lambda: bool(scene.failures("notify")), lambda: clock.advance(PAST_THE_LEASE_S)
    died = deaths(dying, over=over, between=lease_ends)
    assert died == policy.MAX_CRASHES
    assert [(f.kind, f.reason) for f in scene.failures("notify")] == [("task", "kills-process")]
    report = scene.settled("17, task")
    assert dying.alive
    assert len(report.parked) == 1
    assert 12 - report.unknown <= len(scene.sink.mails) <= 12  # unknown: it was on its way out when the worker died


class Trap:
    """What unpickling this would do."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return (Path.touch, (self.file,))


def test_18_what_cannot_be_read_is_parked_with_its_bytes_and_never_decoded(scene: Scene, tmp_path: Path) -> None:
    trap = tmp_path / "decoded"
    good = load.submitted(random.Random(18), f"mark-{ids.new()}")
    key, json_type = "tos.request.submitted", cloudevent.CONTENT_TYPE
    wrong: list[tuple[bytes, str | None, str, str]] = [
        (b"\x00\xff not JSON", json_type, key, "unreadable-event"),
        (b"", json_type, key, "unreadable-event"),
        (pickle.dumps(Trap(trap)), "application/x-python-serialize", key, "unreadable-event"),
        (pickle.dumps([Trap(trap)]), json_type, key, "unreadable-event"),
        (good, "text/plain", key, "unreadable-event"),
        (b"[" * 100_000, json_type, key, "unreadable-event"),
        (good, json_type, "crm.request.submitted", "forged-source"),
        (b'{"specversion":"1.0"}', json_type, key, "unreadable-event"),
        (good[:-1] + b" " * 1024 * 1024 + b"}", json_type, key, "event-too-large"),
    ]
    scene.start("bus", "tasks")
    for body, content_type, routing_key, _ in wrong:
        scene.broker.publish(port.INBOUND, routing_key, [body], content_type=content_type)
    scene.ask(10, kinds=("published",))
    until(
        lambda: len(scene.failures("support")) == len(wrong), timeout_s=SOON_S, what="everything unreadable is parked"
    )
    told = scene.failures("support")
    kept = {(body[: receive.KEPT_BYTES], *rest) for body, *rest in wrong}
    assert {(bytes(f.raw), f.headers["content_type"], f.headers["routing_key"], f.reason) for f in told} == kept
    assert not trap.exists()
    report = scene.settled("18")
    assert len(scene.sink.mails) == 10
    assert len(report.parked) == len(wrong)


# ---- what they share


def unit_changed(sequence: int) -> bytes:
    """The directory says that a unit is called by its number now."""
    event = cloudevent.Event(
        id=ids.new(),
        source="/steward/directory",
        type="directory.unit.changed",
        subject="unit-1",
        time=datetime.now(UTC),
        data={"code": "da-nang", "title": f"Đà Nẵng {sequence}", "country": "VN", "active": True},
        sequence=sequence,
    )
    return cloudevent.write(event)
