"""The pool: connections are kept open and used again, looked after, and let go; a server that is away is left alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from services.notify.channel import connection, port, smtp
from tests.servers.patience import HASTY, PATIENT
from tests.unit.notify.letters import letter
from tests.unit.notify.peer import Peer, hang

WAIT_S = 60


class Clock:
    """The time of the pauses."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def peer() -> Iterator[Peer]:
    """A polite server."""
    with Peer() as made:
        yield made


def pool(peer: Peer, patience: connection.Patience = PATIENT, **more: object) -> smtp.Smtp:
    """The channel to it."""
    return smtp.Smtp(f"smtp://{peer.host}:{peer.port}", patience=patience, **more)  # type: ignore[arg-type]


def send(channel: smtp.Smtp) -> port.Outcome:
    """One letter, in a session of its own."""
    with channel.session() as session:
        return session.send(letter(), transmitting=lambda: None)


def until(holds: Callable[[], bool]) -> None:
    """Wait for a condition of another thread."""
    end = time.monotonic() + WAIT_S
    while not holds():
        assert time.monotonic() < end, "did not come true"
        time.sleep(0.01)


def test_a_connection_is_kept_open_and_asked_before_it_is_used_again(peer: Peer) -> None:
    channel = pool(peer)
    assert [send(channel).kind for _ in range(5)] == [port.SENT] * 5
    assert peer.connections == 1
    assert peer.heard.count("EHLO") == 1
    assert peer.heard.count("NOOP") == 4
    channel.close()
    until(lambda: peer.open_connections == 0)
    assert peer.heard[-1] == "QUIT"


def test_a_refused_letter_leaves_the_connection_to_the_next(peer: Peer) -> None:
    channel = pool(peer)
    peer.now(RCPT="550 no such user")
    assert send(channel).kind == port.REFUSED
    peer.now(RCPT="250 ok")
    assert send(channel).kind == port.SENT
    assert peer.connections == 1
    channel.close()


def test_a_connection_ends_after_so_many_letters(peer: Peer) -> None:
    channel = pool(peer)
    for _ in range(smtp.LETTERS + 1):
        assert send(channel).kind == port.SENT
    assert peer.connections == 2
    channel.close()


def test_a_connection_that_nobody_uses_is_closed_politely(peer: Peer) -> None:
    channel = pool(peer, idle_s=0.2)
    send(channel)
    until(lambda: peer.open_connections == 0)
    assert peer.heard[-1] == "QUIT"
    assert send(channel).kind == port.SENT
    assert peer.connections == 2
    channel.close()


def test_connections_that_the_server_dropped_are_replaced_without_an_outcome(peer: Peer) -> None:
    channel = pool(peer)
    with channel.session() as one, channel.session() as other:  # two threads at once
        for session in (one, other):
            session.send(letter(), transmitting=lambda: None)
    assert peer.connections == 2
    peer.hang_up()
    assert send(channel).kind == port.SENT
    assert send(channel).kind == port.SENT
    assert peer.connections == 3
    channel.close()


def test_a_connection_that_no_longer_answers_is_replaced_in_time(peer: Peer) -> None:
    channel = pool(peer, HASTY)
    send(channel)
    peer.now(NOOP=hang)
    assert send(channel).kind == port.SENT
    assert peer.connections == 2
    channel.close()


def test_many_threads_never_share_a_connection_and_never_have_more_than_one_each(peer: Peer) -> None:
    channel = pool(peer)
    outcomes: list[str] = []

    def work() -> None:
        outcomes.extend(send(channel).kind for _ in range(20))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == [port.SENT] * 80
    assert len(peer.bodies) == 80
    assert peer.connections <= 4
    channel.close()


def test_while_the_server_is_away_it_is_asked_once_a_pause_and_the_pauses_grow() -> None:
    with Peer(greeting="421 not today") as peer:
        clock = Clock()
        channel = pool(peer, clock=clock)
        asked, pauses = [], []
        for _ in range(8):
            with pytest.raises(port.Unreachable) as told:
                send(channel)
            pauses.append(told.value.retry_after_seconds)
            for _ in range(3):  # the others are told at once
                with pytest.raises(port.Unreachable, match="not today"):
                    send(channel)
            asked.append(peer.connections)
            clock.now += told.value.retry_after_seconds
        assert asked == [1, 2, 3, 4, 5, 6, 7, 8]
        assert pauses == [5, 10, 20, 40, 60, 60, 60, 60]
        channel.close()


def test_one_that_is_told_to_wait_is_told_how_long() -> None:
    with Peer(greeting="421 not today") as peer:
        clock = Clock()
        channel = pool(peer, clock=clock)
        with pytest.raises(port.Unreachable):
            send(channel)
        clock.now += 2.5
        with pytest.raises(port.Unreachable) as told:
            send(channel)
        assert told.value.retry_after_seconds == 3
        channel.close()


def test_when_the_server_is_back_all_are_let_through_again() -> None:
    with Peer(greeting="421 not today") as peer:
        clock = Clock()
        channel = pool(peer, clock=clock)
        for _ in range(3):
            with pytest.raises(port.Unreachable):
                send(channel)
            clock.now += 100
        peer.now(greeting="220 back again")
        assert send(channel).kind == port.SENT
        peer.hang_up()
        peer.now(greeting="421 away again")
        with pytest.raises(port.Unreachable) as told:
            send(channel)
        assert told.value.retry_after_seconds == smtp.PAUSES_S[0]  # the count began anew
        channel.close()


def test_only_one_looks_whether_the_server_is_back_while_the_others_work_on() -> None:
    with Peer(greeting="421 not today") as peer:
        clock = Clock()
        channel = pool(peer, HASTY, clock=clock)
        with pytest.raises(port.Unreachable):
            send(channel)
        clock.now += 100
        peer.now(greeting=hang)

        def look() -> None:
            with pytest.raises(port.Unreachable):
                send(channel)

        looking = threading.Thread(target=look)
        looking.start()
        until(lambda: peer.connections == 2)
        with pytest.raises(port.Unreachable):
            send(channel)  # told without asking; were it to ask as well, the hang would count a third connection
        assert peer.connections == 2
        looking.join()
        channel.close()


def test_a_session_that_is_interrupted_gives_no_connection_back(peer: Peer) -> None:
    class Interrupt(BaseException):
        pass

    channel = pool(peer)

    def interrupted() -> None:
        raise Interrupt

    with pytest.raises(Interrupt), channel.session() as session:
        session.send(letter(), transmitting=interrupted)
    until(lambda: peer.open_connections == 0)
    assert send(channel).kind == port.SENT
    assert peer.connections == 2
    channel.close()


def test_what_is_in_use_when_the_channel_is_closed_is_closed_when_it_is_given_back(peer: Peer) -> None:
    channel = pool(peer)
    with channel.session() as session:
        channel.close()
        assert session.send(letter(), transmitting=lambda: None).kind == port.SENT
    until(lambda: peer.open_connections == 0)
