"""Faults 40 to 43: mail servers that ask for patience, refuse, vanish at every step, or cannot be trusted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

import pytest
import sqlalchemy as sa

from services.notify.message import model, tables
from shared.store import tables as stored
from tests.faults.broker import Broker
from tests.faults.checker import until
from tests.faults.scene import SOON_S, Clock, Scene, up
from tests.faults.system import System
from tests.servers import Mail, Postgres, RabbitMQ, ScriptedPeer
from tests.servers.smtp import Turn
from tests.unit.notify.peer import Peer, certificate, served

_m, _a = tables.message.c, tables.attempt.c
HOUR = 3_600
HANG_S = 80  # a session with a server that hangs is given up after 18 s
SECRET = "canary-b7f3"


class Server(Protocol):
    """A mail server as a scene needs it."""

    host: str
    port: int

    @property
    def mails(self) -> list[Mail]: ...


class Secure:
    """What a `Peer` took, as mails."""

    def __init__(self, peer: Peer) -> None:
        self.host, self.port, self.peer = peer.host, peer.port, peer

    @property
    def mails(self) -> list[Mail]:
        return [Mail("", (), body) for body in self.peer.bodies]


Opens = Callable[[Any], Scene]


@pytest.fixture
def mailing_to(tmp_path: Path, postgres: Postgres, rabbitmq: RabbitMQ) -> Iterator[Opens]:
    """Opens a split system whose mails go to a server of the test."""
    with ExitStack() as closing:

        def opened(server: Any) -> Scene:
            system = closing.enter_context(System.split(tmp_path, postgres, Broker(rabbitmq), server))
            return Scene(system, server)

        yield opened


def start(scene: Scene, clock: Clock, **environment: str) -> None:
    """Every role; those of notify see the clock of the test."""
    system = scene.system
    up(
        {
            "web": system.web(),
            "support": system.bus("support"),
            "notify": system.bus("notify", clock=clock.file),
            "tasks": system.tasks("notify", clock=clock.file, environment=environment),
        }
    )


def messages(scene: Scene) -> dict[str, sa.Row[Any]]:
    """Every message by recipient."""
    with scene.system.database("notify").reading() as connection:
        return {row.recipient: row for row in connection.execute(sa.select(tables.message).order_by(_m.seq))}


def states(scene: Scene) -> list[str]:
    """The messages' states, in order."""
    return [row.state for row in messages(scene).values()]


def outcomes(scene: Scene, row: sa.Row[Any]) -> list[tuple[str | None, int | None]]:
    """What became of each attempt, and the answer's code."""
    with scene.system.database("notify").reading() as connection:
        found = connection.execute(sa.select(_a.outcome, _a.code).where(_a.message_id == row.id).order_by(_a.number))
        return [(each.outcome, each.code) for each in found]


def one_by_one(
    scene: Scene, count: int, *, done: Callable[[sa.Row[Any]], bool], timeout_s: float = SOON_S
) -> list[str]:
    """Requests in turn, each only when the mail of the one before was offered. Returns their recipients."""
    mails = [f"c{number}@example.com" for number in range(count)]
    for mail in mails:
        scene.submit("Hàng bao giờ đến?", mail=mail)
        until(
            lambda m=mail: m in messages(scene) and done(messages(scene)[m]),
            timeout_s=timeout_s,
            what=f"the mail to {mail} was offered",
        )
    return mails


def told(scene: Scene) -> list[tuple[str, str]]:
    """The events by which staff are told of messages, as they were published: type and state."""
    o = stored.outbox.c
    published = sa.select(o.body).where(o.routing_key.startswith("notify.message."), o.sent_at.is_not(None))
    with scene.system.database("notify").reading() as connection:
        events = [json.loads(bytes(body)) for body in connection.execute(published.order_by(o.seq)).scalars()]
    return [(event["type"], event["data"]["state"]) for event in events]


@pytest.mark.timeout(180)
def test_40_a_server_that_asks_for_patience_gets_the_same_mail_later(mailing_to: Opens, tmp_path: Path) -> None:
    turns = (Turn.RCPT_421, Turn.RCPT_451, Turn.RCPT_452, Turn.DATA_451)
    with ScriptedPeer(*turns, Turn.TAKE) as peer:
        scene, clock = mailing_to(peer), Clock(tmp_path)
        start(scene, clock)
        mails = one_by_one(scene, 4, done=lambda row: row.reason == "deferred")
        first = messages(scene)
        assert [first[mail].state for mail in mails] == ["waiting"] * 4
        assert peer.mails == []
        clock.advance(2 * 60)  # the first pause is a minute
        until(lambda: states(scene) == ["sent"] * 4, timeout_s=SOON_S, what="all are sent")
        report = scene.settled("40")
        assert (report.unknown, report.parked) == (0, [])
        last = messages(scene)
        for mail, turn in zip(mails, turns, strict=True):
            assert outcomes(scene, last[mail]) == [("deferred", int(turn.value[:3])), ("sent", 250)]
            assert last[mail].message_id == first[mail].message_id
        assert sorted(mail.parsed["Message-ID"] for mail in peer.mails) == sorted(last[m].message_id for m in mails)
        assert peer.begun == 8


@pytest.mark.timeout(180)
def test_41_a_server_that_refuses_is_not_asked_again_and_staff_are_told(mailing_to: Opens, tmp_path: Path) -> None:
    turns = (Turn.RCPT_550, Turn.DATA_552, Turn.DATA_554)
    with ScriptedPeer(*turns, Turn.TAKE) as peer:
        scene, clock = mailing_to(peer), Clock(tmp_path)
        start(scene, clock)
        mails = one_by_one(scene, 4, done=lambda row: row.state in model.ENDED)
        assert states(scene) == ["bounced"] * 3 + ["sent"]
        clock.advance(72 * HOUR)
        scene.submit("Còn tôi?", mail="last@example.com")
        until(lambda: len(peer.mails) == 2, timeout_s=SOON_S, what="the next client gets their mail")
        report = scene.settled("41")
        assert (report.unknown, report.parked, report.lost) == (0, [], 0)
        assert peer.begun == 5  # each once
        found = messages(scene)
        assert [found[mail].detail for mail in mails[:3]] == [turn.value for turn in turns]
        until(lambda: len(told(scene)) == 5, timeout_s=SOON_S, what="what became of each was published")
        assert told(scene).count(("notify.message.failed", "bounced")) == 3


@pytest.mark.timeout(240)
def test_42_a_server_that_vanishes_leaves_a_retry_or_an_honest_unknown(mailing_to: Opens, tmp_path: Path) -> None:
    turns = (Turn.DROP_BEFORE_DATA, Turn.DROP_IN_DATA, Turn.DROP_AFTER_DOT, Turn.HANG_AFTER_DOT)
    with ScriptedPeer(*turns, Turn.TAKE) as peer:
        scene, clock = mailing_to(peer), Clock(tmp_path)
        start(scene, clock)
        mails = one_by_one(
            scene, 4, done=lambda row: row.reason == "deferred" or row.state in model.ENDED, timeout_s=HANG_S
        )
        assert states(scene) == ["waiting", "unknown", "unknown", "unknown"]
        for _ in range(5):
            clock.advance(HOUR)
            until(lambda: states(scene)[0] == "sent", timeout_s=SOON_S, what="what was not begun is sent")
        report = scene.settled("42")
        assert (report.unknown, report.parked, report.duplicates) == (3, [], 0)
        assert peer.begun == 5
        to = [mail.recipients[0] for mail in peer.mails]
        assert to == [mails[2], mails[3], mails[0]]  # taken before the drop, before the hang, and at the second attempt
        until(lambda: len(told(scene)) == 4, timeout_s=SOON_S, what="what became of each was published")
        assert told(scene).count(("notify.message.failed", "unknown")) == 3


@pytest.mark.timeout(240)
def test_43_a_server_that_cannot_be_trusted_gets_neither_mail_nor_password(mailing_to: Opens, tmp_path: Path) -> None:
    ours, theirs = certificate(tmp_path, "127.0.0.1"), tmp_path / "theirs"
    theirs.mkdir()
    ehlo = "250-peer.test\r\n250-STARTTLS\r\n250 AUTH PLAIN"
    stripped = "250-peer.test\r\n250 AUTH PLAIN"
    with Peer(tls=served(certificate(theirs, "127.0.0.1")), EHLO=stripped, AUTH="235 ok") as peer:
        scene, clock = mailing_to(Secure(peer)), Clock(tmp_path)
        url = f"smtp+starttls://steward:{SECRET}@{peer.host}:{peer.port}"
        start(scene, clock, STEWARD_SMTP_URL=url, SSL_CERT_FILE=str(ours[0]))
        scene.submit("Hàng bao giờ đến?", mail="c@example.com")

        def waits(why: str) -> None:
            until(lambda: why in str(detail()), timeout_s=SOON_S, what=f"the message waits: {why}")
            assert [(row.state, row.reason, row.attempts) for row in messages(scene).values()] == [
                ("waiting", "channel-away", 0)
            ]
            assert peer.bodies == []
            assert not {"AUTH", "MAIL"} & set(peer.heard)

        def detail() -> str | None:
            return next((row.detail for row in messages(scene).values()), None)

        waits("offers no STARTTLS")
        peer.now(EHLO=ehlo)  # now it has TLS, with a certificate of a stranger
        clock.advance(5 * 60)
        waits("could not be trusted")
        assert SECRET not in "".join(role.said for role in scene.system.processes)

        peer.show(served(ours))
        clock.advance(5 * 60)
        until(lambda: states(scene) == ["sent"], timeout_s=90, what="the mail is sent")
        report = scene.settled("43")
        assert (report.effects, report.unknown, report.parked) == (2, 0, [])
        assert len(peer.bodies) == 1
        assert SECRET not in "".join(role.said for role in scene.system.processes)
