"""What the mail server answers decides what becomes of a message: again later, never, or a person is told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.notify.message import model
from shared.store import tables
from tests.flows.notify_house import BOTH, CHINESE, ENGLISH, Open, houses, ids_of, ticket
from tests.servers import ScriptedPeer, SmtpSink
from tests.servers.patience import PATIENT
from tests.servers.smtp import Turn
from tests.unit.notify.peer import Peer, certificate, served, trusting

RECEIVED = "support.ticket.received"
LATER = [Turn.RCPT_421, Turn.RCPT_451, Turn.RCPT_452, Turn.DATA_451]
NEVER = [Turn.RCPT_550, Turn.DATA_552, Turn.DATA_554]
IN_DOUBT = [Turn.DROP_IN_DATA, Turn.DROP_AFTER_DOT, Turn.HANG_AFTER_DOT]


@pytest.fixture(params=BOTH)
def open_house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    yield from houses(request, tmp_path)


embedded = pytest.mark.parametrize("open_house", ["embedded"], indirect=True)


# ---- again later


@embedded
@pytest.mark.parametrize("turn", LATER)
def test_a_server_that_says_later_is_asked_later_with_the_same_message_id(open_house: Open, turn: Turn) -> None:
    with ScriptedPeer(turn, turn, Turn.TAKE) as peer:
        house = open_house(peer)
        house.hear(RECEIVED, ticket())
        house.work_off()
        waits = house.message()
        assert (waits.state, waits.reason, waits.attempts) == ("waiting", "deferred", 1)
        assert waits.detail == turn.value
        assert waits.next_at == house.time.now() + model.pause(1)
        assert house.pass_time(seconds=59) == 0  # not before its time
        assert house.pass_time(seconds=2) == 1
        assert house.message().next_at == house.time.now() + model.pause(2)
        assert house.pass_time(minutes=4) == 0
        assert house.pass_time(minutes=1, seconds=1) == 1
        assert house.message().state == "sent"
        assert house.outcomes() == ["deferred", "deferred", "sent"]
        assert [attempt["code"] for attempt in house.attempts()] == [int(turn.value[:3])] * 2 + [250]
        (mail,) = house.mails()
        assert mail["Message-ID"] == waits.message_id
        assert [event["type"] for event in house.published()] == ["notify.message.sent"]


@embedded
def test_each_attempt_carries_the_same_message_id_and_text(open_house: Open) -> None:
    """A server that kept what it said "later" to can recognise it."""
    with Peer(dot="451 later") as peer:
        house = open_house(smtp_url=f"smtp://{peer.host}:{peer.port}")
        house.hear(RECEIVED, ticket())
        for _ in range(3):
            house.work_off()
            house.pass_time(hours=1)
        assert len(peer.bodies) >= 3
        without_date = {re.sub(rb"(?m)^Date: .*$", b"", body) for body in peer.bodies}
        assert len(without_date) == 1


@embedded
def test_a_server_that_says_later_for_two_days_is_given_up_and_staff_are_told(open_house: Open) -> None:
    with ScriptedPeer(Turn.RCPT_451) as peer:
        house = open_house(peer)
        house.hear(RECEIVED, ticket())
        house.work_off()
        for _ in range(60):
            house.pass_time(hours=1)
        gone = house.message()
        assert (gone.state, gone.reason) == ("failed", "gave-up")
        assert gone.ended_at is not None
        assert gone.ended_at - gone.created_at <= model.GIVE_UP_AFTER
        assert 20 <= peer.begun <= 40
        assert [event["data"]["state"] for event in house.published()] == ["failed"]
        begun = peer.begun
        house.pass_time(hours=100)
        assert peer.begun == begun


@embedded
def test_a_drop_before_the_message_is_begun_is_no_attempt_in_doubt(open_house: Open) -> None:
    with ScriptedPeer(Turn.DROP_BEFORE_DATA, Turn.HANG_AT_RCPT, Turn.TAKE) as peer:
        house = open_house(peer)
        house.hear(RECEIVED, ticket())
        house.work_off()
        house.pass_time(minutes=2)
        house.pass_time(minutes=6)
        assert house.message().state == "sent"
        assert house.outcomes() == ["deferred", "deferred", "sent"]
        assert len(house.mails()) == 1


# ---- never


@embedded
@pytest.mark.parametrize("turn", NEVER)
def test_a_server_that_says_no_is_not_asked_again_and_staff_are_told(open_house: Open, turn: Turn) -> None:
    with ScriptedPeer(turn, Turn.TAKE) as peer:
        house = open_house(peer)
        house.hear(RECEIVED, ticket())
        house.work_off()
        house.pass_time(days=3)
        bounced = house.message()
        assert (bounced.state, bounced.reason, bounced.detail) == ("bounced", "refused", turn.value)
        assert peer.begun == 1
        assert house.mails() == []
        (event,) = house.published()
        assert event["type"] == "notify.message.failed"
        assert (event["data"]["state"], event["data"]["reason"]) == ("bounced", "refused")
        assert event["data"]["people"] == {
            "responsible": ["staff-1"],
            "accountable": [],
            "consulted": [],
            "informed": [],
        }


@embedded
def test_a_refused_recipient_does_not_keep_the_next_from_their_mail(open_house: Open) -> None:
    with ScriptedPeer(Turn.RCPT_550, Turn.TAKE) as peer:
        house = open_house(peer)
        house.hear(RECEIVED, ticket())
        house.hear(RECEIVED, ticket(contact=CHINESE))
        house.work_off()
        assert [message.state for message in house.messages()] == ["bounced", "sent"]
        assert peer.connections == 1


# ---- nobody knows


@pytest.mark.parametrize("turn", IN_DOUBT)
def test_when_nobody_can_say_whether_it_was_taken_it_is_shown_and_never_repeated(open_house: Open, turn: Turn) -> None:
    with ScriptedPeer(turn, Turn.TAKE) as peer:
        house = open_house(peer)
        house.hear(RECEIVED, ticket())
        house.work_off()
        for _ in range(50):
            house.pass_time(hours=1)
        lost = house.message()
        assert (lost.state, lost.reason) == ("unknown", "unknown")
        assert "after the message was begun" in (lost.detail or "")
        assert house.outcomes() == ["unknown"]
        assert peer.begun == 1
        assert len(peer.mails) == (0 if turn is Turn.DROP_IN_DATA else 1)
        (event,) = house.published()
        assert (event["type"], event["data"]["state"]) == ("notify.message.failed", "unknown")
        assert house.failures() == []


# ---- away


def test_a_server_that_is_away_costs_time_and_no_attempt(open_house: Open) -> None:
    with ScriptedPeer() as gone:
        pass  # its port is free again
    house = open_house(smtp_url=f"smtp://{gone.host}:{gone.port}")
    house.hear(RECEIVED, ticket())
    house.work_off()
    for _ in range(30):
        house.pass_time(minutes=2)
    waits = house.message()
    assert (waits.state, waits.reason, waits.attempts) == ("waiting", "channel-away", 0)
    assert waits.next_at is not None
    assert "cannot be reached" in (waits.detail or "")
    assert house.attempts() == []
    assert house.failures() == []
    task = house.scalar(sa.select(tables.task.c.attempts))
    assert task == 0


@embedded
def test_when_the_server_is_back_everything_that_waited_leaves(open_house: Open) -> None:
    with Peer(greeting="421 maintenance") as peer:
        house = open_house(smtp_url=f"smtp://{peer.host}:{peer.port}")
        for number in range(5):
            house.hear(RECEIVED, ticket(contact={**ENGLISH, "mails": [f"c{number}@example.com"]}))
        house.work_off()
        assert peer.connections == 1  # the first finds out, the others believe it
        assert {message.reason for message in house.messages()} == {"channel-away"}
        peer.now(greeting="220 back")
        for _ in range(5):
            house.pass_time(minutes=1)
        assert {message.state for message in house.messages()} == {"sent"}
        assert {message.attempts for message in house.messages()} == {1}
        assert {(message.reason, message.next_at) for message in house.messages()} == {(None, None)}
        assert len(peer.bodies) == 5
        assert peer.connections == 2


@embedded
def test_a_message_that_waited_two_days_for_the_server_is_given_up(open_house: Open) -> None:
    with Peer(greeting="421 maintenance") as peer:
        house = open_house(smtp_url=f"smtp://{peer.host}:{peer.port}")
        house.hear(RECEIVED, ticket())
        house.work_off()
        for _ in range(50):
            house.pass_time(hours=1)
        assert (house.message().state, house.message().reason) == ("failed", "gave-up")
        assert house.published()[-1]["type"] == "notify.message.failed"


# ---- connections


@embedded
def test_many_mails_take_one_connection(open_house: Open) -> None:
    with ScriptedPeer() as peer:
        house = open_house(peer)
        for number in range(40):
            house.hear(RECEIVED, ticket(contact={**ENGLISH, "mails": [f"c{number}@example.com"]}))
        house.work_off()
        assert len(peer.mails) == 40
        assert peer.connections == 1
        assert len(set(ids_of(house.mails()))) == 40


@embedded
def test_a_server_that_hung_up_meanwhile_is_called_again(open_house: Open) -> None:
    with Peer() as peer:
        house = open_house(smtp_url=f"smtp://{peer.host}:{peer.port}")
        for _ in range(3):
            house.hear(RECEIVED, ticket())
            house.work_off()
            peer.hang_up()
        assert {message.state for message in house.messages()} == {"sent"}
        assert {message.attempts for message in house.messages()} == {1}
        assert len(peer.bodies) == 3
        assert peer.connections == 3


@embedded
def test_the_house_says_goodbye_to_the_server_when_it_closes(open_house: Open) -> None:
    with Peer() as peer:
        house = open_house(smtp_url=f"smtp://{peer.host}:{peer.port}")
        house.hear(RECEIVED, ticket())
        house.work_off()
        assert peer.heard[-1] == "DATA"
        house.close()
        peer.until_quiet()
        assert peer.heard[-1] == "QUIT"


# ---- TLS


@embedded
@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_a_trusted_server_gets_the_mail_over_tls(open_house: Open, tmp_path: Path, scheme: str) -> None:
    from services.notify.channel.smtp import Smtp

    ours = certificate(tmp_path, "127.0.0.1")
    with Peer(tls=served(ours), from_the_start=scheme == "smtps") as peer:
        url = f"{scheme}://{peer.host}:{peer.port}"
        house = open_house(smtp_url=url)
        house.use(Smtp(url, patience=PATIENT, tls=trusting(ours)))
        house.hear(RECEIVED, ticket())
        house.work_off()
        assert house.message().state == "sent"
        assert len(peer.bodies) == 1


@embedded
@pytest.mark.parametrize("fault", ["no starttls", "stranger", "stranger from the start"])
def test_a_server_that_cannot_be_trusted_gets_no_mail_however_long_it_takes(
    open_house: Open, tmp_path: Path, fault: str
) -> None:
    theirs = certificate(tmp_path, "127.0.0.1")
    more = {"EHLO": "250 peer.test"} if fault == "no starttls" else {}
    with Peer(tls=served(theirs), from_the_start="start" in fault.split(), **more) as peer:
        scheme = "smtps" if "start" in fault.split() else "smtp+starttls"
        house = open_house(smtp_url=f"{scheme}://{peer.host}:{peer.port}")
        house.hear(RECEIVED, ticket())
        house.work_off()
        for _ in range(5):
            house.pass_time(minutes=5)
        waits = house.message()
        assert (waits.state, waits.reason, waits.attempts) == ("waiting", "channel-away", 0)
        assert ("STARTTLS" if fault == "no starttls" else "could not be trusted") in (waits.detail or "")
        assert peer.bodies == []
        assert "MAIL" not in peer.heard


# ---- a text that cannot be made


@embedded
def test_a_message_whose_text_cannot_be_made_says_so_and_leaves_once_it_is_mended(
    open_house: Open, smtp_sink: SmtpSink
) -> None:
    from services.notify.message import tables as messages
    from shared.failures import story

    house = open_house(smtp_sink)
    house.hear("support.ticket.classified", ticket(promised_at=None))  # nothing to promise
    house.work_off()
    stuck = house.message()
    assert (stuck.state, stuck.reason) == ("waiting", "cannot-render")
    assert "promised" in (stuck.detail or "")
    assert house.failures() == ["cannot-render"]
    with house.database.work() as work:
        facts = {**(stuck.facts or {}), "promised_at": "2026-11-24T07:30:00.000000Z"}
        work.execute(messages.message.update().values(facts=facts))
        story.replay(work, work.execute(sa.select(tables.failure.c.id)).scalar_one(), reason="Đã sửa")
    house.work_off()
    assert (house.message().state, house.message().reason) == ("sent", None)
    assert len(house.mails()) == 1
