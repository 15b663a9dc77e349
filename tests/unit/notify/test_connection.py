"""One conversation with a mail server: what each answer means, and that no server can hold a worker."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from services.notify.channel import address, connection, port
from tests.servers.patience import HASTY, OUTLASTS_S, PATIENT
from tests.unit.notify.letters import letter
from tests.unit.notify.peer import Answer, Peer, babble, certificate, dribble, drop, hang, served, trusting


class Told:
    """Counts how often it was said that the message is about to leave."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> None:
        self.times += 1


def patience_with(*answers: Answer) -> connection.Patience:
    """Long, unless one of the answers never ends."""
    return HASTY if any(answer in (hang, dribble, babble, "250-") for answer in answers) else PATIENT


@contextmanager
def connected(peer: Peer, patience: connection.Patience = PATIENT, **more: object) -> Iterator[connection.Connection]:
    """A connection to the peer."""
    where = address.Address("smtp", peer.host, peer.port, **more)  # type: ignore[arg-type]
    deadline = time.monotonic() + patience.total_s
    made = connection.Connection(where, patience, deadline=deadline, helo="steward.test", tls=None)
    try:
        yield made
    finally:
        made.close()


def connect(peer: Peer, patience: connection.Patience = PATIENT, **more: object) -> None:
    """Come as far as being ready for a letter."""
    with connected(peer, patience, **more):
        pass


def offered(**answers: Answer) -> tuple[port.Outcome, bool, int, Peer]:
    """What becomes of a letter: outcome, whether the connection is still good, how often `transmitting` was told."""
    told = Told()
    patience = patience_with(*answers.values())
    with Peer(tls=None, from_the_start=False, **answers) as peer, connected(peer, patience) as line:
        outcome = line.send(letter(), transmitting=told)
        return outcome, line.usable, told.times, peer


def test_a_letter_is_taken_once_and_the_connection_stays_good() -> None:
    outcome, usable, told, peer = offered()
    assert (outcome.kind, outcome.code, outcome.reply) == (port.SENT, 250, "250 2.0.0 taken")
    assert usable
    assert told == 1
    assert len(peer.bodies) == 1
    assert peer.heard[:4] == ["EHLO", "MAIL", "RCPT", "DATA"]


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "dot"])
@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (450, port.DEFERRED),
        (451, port.DEFERRED),
        (452, port.DEFERRED),
        (550, port.REFUSED),
        (552, port.REFUSED),
        (554, port.REFUSED),
        (530, port.DEFERRED),
        (535, port.DEFERRED),
    ],
)
def test_the_class_of_an_answer_decides(step: str, code: int, kind: str) -> None:
    outcome, _, told, peer = offered(**{step: f"{code} 5.0.0 because"})
    assert (outcome.kind, outcome.code) == (kind, code)
    assert outcome.reply == f"{code} 5.0.0 because"
    assert told == (1 if step in ("DATA", "dot") else 0)
    assert len(peer.bodies) == (1 if step == "dot" else 0)


@pytest.mark.parametrize("code", [451, 550])
def test_after_a_refusal_the_talk_is_reset_and_the_connection_stays_good(code: int) -> None:
    _, usable, _, peer = offered(RCPT=f"{code} no")
    assert usable
    assert peer.heard[:4] == ["EHLO", "MAIL", "RCPT", "RSET"]


@pytest.mark.parametrize("code", [421, 530])
def test_a_server_that_closes_or_does_not_let_us_in_is_not_asked_again_on_this_connection(code: int) -> None:
    outcome, usable, _, _ = offered(RCPT=f"{code} no")
    assert outcome.kind == port.DEFERRED
    assert not usable


@pytest.mark.parametrize("step", ["MAIL", "RCPT"])
@pytest.mark.parametrize("odd", [drop, hang, dribble, babble, "nonsense", "999", "250-"])
def test_whatever_happens_before_the_message_is_begun_it_may_be_offered_again(step: str, odd: Answer) -> None:
    begun = time.monotonic()
    outcome, usable, told, peer = offered(**{step: odd})
    assert outcome.kind in (port.DEFERRED, port.REFUSED)
    assert (outcome.kind == port.REFUSED) is (odd == "999")
    assert not usable or odd == "999"
    assert (told, peer.bodies) == (0, [])
    assert time.monotonic() - begun < HASTY.total_s + OUTLASTS_S


@pytest.mark.parametrize("odd", [drop, hang, dribble, babble])
def test_a_drop_instead_of_leave_to_send_means_that_nothing_was_sent(odd: Answer) -> None:
    outcome, usable, told, peer = offered(DATA=odd)
    assert outcome.kind == port.DEFERRED
    assert not usable
    assert (told, peer.bodies) == (1, [])


@pytest.mark.parametrize("odd", [drop, hang, dribble, babble, "nonsense", "354 more?"])
def test_without_a_clear_answer_to_the_message_its_fate_is_unknown(odd: Answer) -> None:
    begun = time.monotonic()
    outcome, usable, told, peer = offered(dot=odd)
    assert outcome.kind == port.UNKNOWN
    assert not usable
    assert (told, len(peer.bodies)) == (1, 1)
    assert time.monotonic() - begun < HASTY.total_s + OUTLASTS_S


def test_a_message_is_not_begun_when_too_little_time_is_left_for_its_answer() -> None:
    with Peer() as peer, connected(peer) as line:
        line.deadline = time.monotonic() + PATIENT.final_s / 2
        told = Told()
        outcome = line.send(letter(), transmitting=told)
        assert outcome.kind == port.DEFERRED
        assert "too slow" in outcome.reply
        assert (told.times, peer.bodies) == (0, [])
        assert not line.usable


def test_when_it_cannot_be_noted_that_the_message_leaves_it_does_not_leave() -> None:
    def cannot() -> None:
        raise ConnectionError("the database is away")

    with Peer() as peer, connected(peer) as line:
        with pytest.raises(ConnectionError):
            line.send(letter(), transmitting=cannot)
        assert "DATA" not in peer.heard
        assert line.usable
        assert line.send(letter(), transmitting=Told()).kind == port.SENT


def test_a_line_that_begins_with_a_dot_does_not_end_the_message() -> None:
    text = ".\r\n..\r\nhết\r\n"
    with Peer() as peer, connected(peer) as line:
        line.send(letter(text=text, subject="."), transmitting=Told())
        line.send(letter(), transmitting=Told())
        assert len(peer.bodies) == 2


@pytest.mark.parametrize("greeting", [drop, hang, dribble, babble, "554 no service", "421 too many"])
def test_a_server_that_does_not_greet_is_away(greeting: Answer) -> None:
    begun = time.monotonic()
    with Peer(greeting=greeting) as peer, pytest.raises(port.Unreachable, match=rf"127\.0\.0\.1:{peer.port}"):
        connect(peer, patience_with(greeting))
    assert time.monotonic() - begun < HASTY.total_s + OUTLASTS_S


def test_a_server_that_is_not_there_is_away() -> None:
    with Peer() as peer:
        pass
    with pytest.raises(port.Unreachable, match="cannot be reached"):
        connect(peer)


def test_a_server_that_offers_no_way_to_sign_in_is_away() -> None:
    with Peer() as peer, pytest.raises(port.Unreachable, match="sign in"):
        connect(peer, user="steward", password="geheim")


def test_a_wrong_password_is_said_without_saying_it() -> None:
    ehlo = "250-peer.test\r\n250 AUTH PLAIN"
    with Peer(EHLO=ehlo, AUTH="535 5.7.8 bad") as peer, pytest.raises(port.Unreachable, match="535") as refused:
        connect(peer, user="steward", password="geheim")
    assert "geheim" not in str(refused.value)


# ---- TLS


def secure(peer: Peer, scheme: str, tls: object, patience: connection.Patience = PATIENT) -> port.Outcome:
    """Offer a letter over TLS."""
    where = address.Address(scheme, peer.host, peer.port)
    deadline = time.monotonic() + patience.total_s
    made = connection.Connection(where, patience, deadline=deadline, helo="steward.test", tls=tls)  # type: ignore[arg-type]
    try:
        return made.send(letter(), transmitting=Told())
    finally:
        made.close()


@pytest.mark.parametrize(("scheme", "from_the_start"), [("smtps", True), ("smtp+starttls", False)])
def test_a_server_with_a_certificate_that_we_trust_gets_the_letter(
    tmp_path: Path, scheme: str, from_the_start: bool
) -> None:
    ours = certificate(tmp_path, "127.0.0.1")
    with Peer(tls=served(ours), from_the_start=from_the_start) as peer:
        assert secure(peer, scheme, trusting(ours)).kind == port.SENT
        assert len(peer.bodies) == 1
        assert peer.heard.count("EHLO") == (1 if from_the_start else 2)  # what was said in plain text is forgotten


@pytest.mark.parametrize(("scheme", "from_the_start"), [("smtps", True), ("smtp+starttls", False)])
@pytest.mark.parametrize("fault", ["stranger", "other name", "expired"])
def test_a_certificate_that_cannot_be_trusted_gets_nothing(
    tmp_path: Path, scheme: str, from_the_start: bool, fault: str
) -> None:
    ours = certificate(tmp_path, "127.0.0.1")
    shown = {
        "stranger": lambda: certificate(tmp_path / "stranger", "127.0.0.1"),
        "other name": lambda: certificate(tmp_path, "mail.example.com"),
        "expired": lambda: certificate(tmp_path, "127.0.0.1", days=-1),
    }
    (tmp_path / "stranger").mkdir()
    theirs = shown[fault]()
    trusted = trusting(ours if fault == "stranger" else theirs)
    with Peer(tls=served(theirs), from_the_start=from_the_start) as peer:
        with pytest.raises(port.Unreachable, match="could not be trusted"):
            secure(peer, scheme, trusted)
        assert peer.bodies == []
        assert "MAIL" not in peer.heard


def test_a_server_without_starttls_gets_nothing(tmp_path: Path) -> None:
    ours = certificate(tmp_path, "127.0.0.1")
    with Peer(EHLO="250 peer.test") as peer:
        with pytest.raises(port.Unreachable, match="STARTTLS"):
            secure(peer, "smtp+starttls", trusting(ours))
        assert "MAIL" not in peer.heard


@pytest.mark.parametrize("answer", ["454 not now", "220 go ahead\r\n250 2.0.0 injected", drop, hang])
def test_a_starttls_that_fails_or_is_meddled_with_gets_nothing_in_plain_text(tmp_path: Path, answer: Answer) -> None:
    ours = certificate(tmp_path, "127.0.0.1")
    with Peer(tls=served(ours), STARTTLS=answer) as peer:
        try:
            outcome = secure(peer, "smtp+starttls", trusting(ours), patience_with(answer))
        except port.Unreachable:
            assert peer.bodies == []
        else:  # the line that somebody slipped in before TLS was thrown away, and what was agreed on counts
            assert isinstance(answer, str)
            assert "injected" not in outcome.reply
