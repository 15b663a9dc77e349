"""Faults 1, 5, 6, 9: the broker is killed, frozen, out of memory, or its answers are lost."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from shared.bus import timing
from shared.store import tables
from tests.faults.broker import Broker
from tests.faults.checker import until
from tests.faults.proxy import Proxy
from tests.faults.running import Running
from tests.faults.scene import SOON_S, Scene, up
from tests.faults.system import System
from tests.servers import Postgres, RabbitMQ, SmtpSink

_o = tables.outbox.c
UNSENT = sa.select(sa.func.count()).where(_o.sent_at.is_(None), _o.kind == "event")
BACK_S = 90  # until loops that waited longer each time have found the broker again and everything has flowed


@pytest.fixture
def scene(tmp_path: Path, postgres: Postgres, own_rabbitmq: RabbitMQ, smtp_sink: SmtpSink) -> Iterator[Scene]:
    """A split system over a broker that the test may harm."""
    broker = Broker(own_rabbitmq)
    with System.split(tmp_path, postgres, broker, smtp_sink) as system:
        broker.settle()
        yield Scene(system, smtp_sink)


def test_01_a_killed_broker_costs_nothing_but_time(scene: Scene, own_rabbitmq: RabbitMQ) -> None:
    roles = scene.start()
    before = baseline(scene, roles)
    clients, another_system = scene.load(threads=2, pause_s=0.2), scene.load(threads=1, kinds=("published",), seed=2)
    with clients, another_system:
        own_rabbitmq.kill()
        asked_meanwhile(scene)
        until(lambda: scene.one("support", UNSENT) > 5, timeout_s=SOON_S, what="the outbox grows")
        own_rabbitmq.start()
        until(lambda: scene.one("support", UNSENT) < 5, timeout_s=BACK_S, what="the outbox drains")
    scene.settled("1")
    back_to(before, scene, roles)


@pytest.mark.parametrize(
    "seconds", [timing.CONFIRM_TIMEOUT_S + 4, pytest.param(75, marks=[pytest.mark.long, pytest.mark.timeout(240)])]
)
def test_05_a_frozen_broker_hangs_nobody(scene: Scene, own_rabbitmq: RabbitMQ, seconds: int) -> None:
    """The long one outlasts two heartbeats, so that connections are given up; the short one a confirm."""
    roles = scene.start()
    before = baseline(scene, roles)
    with scene.load(threads=2, pause_s=0.2):
        own_rabbitmq.freeze()
        frozen_at = time.monotonic()
        try:
            asked_meanwhile(scene)
            leaving = scene.system.bus("support", name="second bus").up()
            assert leaving.stop() == 0  # nobody waits for a broker that does not answer
            until(lambda: time.monotonic() - frozen_at > seconds, timeout_s=seconds + 5, what="time passes")
            asked_meanwhile(scene)
        finally:
            own_rabbitmq.thaw()
        until(lambda: scene.one("support", UNSENT) < 5, timeout_s=BACK_S, what="the outbox drains")
    scene.settled("5")
    assert [role.name for role in roles.values() if not role.alive] == []
    assert "loops_stuck" not in "".join(role.said for role in roles.values())
    back_to(before, scene, roles)


def test_06_a_broker_out_of_memory_blocks_publishers_only_and_nobody_hangs_in_closing(
    scene: Scene, own_rabbitmq: RabbitMQ
) -> None:
    roles = scene.start()
    before = baseline(scene, roles)
    scene.ask(5)
    own_rabbitmq.ctl("set_vm_memory_high_watermark", "absolute", "1MB")
    try:
        with scene.load(threads=2, pause_s=0.1):
            asked_meanwhile(scene)
            until(lambda: scene.one("support", UNSENT) > 5, timeout_s=SOON_S, what="the outbox grows")
        bus = roles["bus"]
        began = time.monotonic()
        assert bus.stop() == 0  # with a publish that the broker does not read
        assert time.monotonic() - began < SOON_S
        bus.up()
        scene.ask(5)
    finally:
        own_rabbitmq.ctl("set_vm_memory_high_watermark", "absolute", "1GiB")
    scene.settled("6")
    back_to(before, scene, roles)


@pytest.mark.parametrize("cut", [True, False], ids=["cut", "silent"])
def test_09_a_lost_confirm_is_sent_again_and_absorbed(scene: Scene, own_rabbitmq: RabbitMQ, cut: bool) -> None:
    """The broker has the messages and its confirms are lost: with the connection, or in silence until the deadline."""
    system, broker = scene.system, scene.broker
    with Proxy(port_of(broker.url)) as proxy:
        through = broker.url.replace(f":{port_of(broker.url)}/", f":{proxy.port}/")
        relaying = system.bus("support", environment={"STEWARD_AMQP_URL": through})
        up({"web": system.web(), "support": relaying, "notify": system.bus("notify"), "tasks": system.tasks("notify")})
        until(lambda: proxy.connections >= 2, timeout_s=SOON_S, what="receiver and its fellow are connected")
        scene.ask(1, kinds=("form",))
        scene.settled("9, before")  # the relay's connection is open
        proxy.swallow()
        scene.ask(6, kinds=("form",))
        until(lambda: len(broker.heard()) >= 2, timeout_s=SOON_S, what="the broker has what was published")
        assert scene.one("support", UNSENT) == 6  # nobody told the relay
        if not cut:
            until(lambda: "publish_interrupted" in relaying.said, timeout_s=SOON_S, what="the deadline has passed")
        proxy.heal()
        proxy.cut()
        scene.ask(3)
        scene.settled(f"9, {'cut' if cut else 'silent'}", timeout_s=BACK_S)
        heard = [each.id for each in broker.heard() if each.type.startswith("support.")]
        assert len(heard) > len(set(heard)), "nothing was published twice: the fault missed its point"


# ---- what they share


def asked_meanwhile(scene: Scene) -> None:
    """The API goes on answering 2xx."""
    before = len(scene.ledger)
    until(lambda: len(scene.ledger) >= before + 10, timeout_s=SOON_S, what="ten requests are answered meanwhile")


def baseline(scene: Scene, roles: dict[str, Running]) -> dict[str, int]:
    """Descriptors of each role and connections to the broker, when everything is warm."""
    scene.ask(12, kinds=("form", "journey", "inbound"), threads=3)
    scene.settled("-")
    return held(scene, roles)


def held(scene: Scene, roles: dict[str, Running]) -> dict[str, int]:
    """What is held now."""
    return {"broker": len(scene.broker.connections())} | {name: role.open_files() for name, role in roles.items()}


def back_to(before: dict[str, int], scene: Scene, roles: dict[str, Running]) -> None:
    """Nothing more is held than before the fault: no connection, file or socket was left behind."""
    spare = 4  # a pool may have grown by a connection or two under the load

    def back() -> bool:
        now = held(scene, roles)
        return now["broker"] <= before["broker"] and all(now[name] <= before[name] + spare for name in roles)

    try:
        until(back, timeout_s=SOON_S, what="connections and files are back to where they were")
    except AssertionError as error:
        error.add_note(f"before {before}, now {held(scene, roles)}; {scene.broker.connections()}")
        raise


def port_of(url: str) -> int:
    """The port in a broker's URL."""
    return int(url.rpartition("/")[0].rpartition(":")[2])
