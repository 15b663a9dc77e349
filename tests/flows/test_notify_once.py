"""One message for an event, a rule and a recipient, and one mail for a message: whatever comes twice or dies."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from psycopg import sql

from services.notify.channel import port
from services.notify.message import commands, model
from services.notify.rule import model as rules
from shared.envelope import cloudevent
from shared.failures import story
from shared.jobs import rows
from shared.kernel import errors
from shared.store import tables
from tests.flows.notify_child import POINTS
from tests.flows.notify_house import (
    BOTH,
    CHINESE,
    ENGLISH,
    LINK,
    VIETNAMESE,
    House,
    Open,
    event,
    houses,
    ids_of,
    ticket,
)
from tests.servers import Postgres, ScriptedPeer, SmtpSink
from tests.servers.smtp import Turn
from tests.unit.notify.peer import Peer

ROOT = Path(__file__).parents[2]
RECEIVED = "support.ticket.received"
LEASE = timedelta(seconds=rows.LEASE_S + 1)


@pytest.fixture(params=BOTH)
def open_house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    yield from houses(request, tmp_path)


def prepared(house: House) -> model.Message:
    """The one message, with a text."""
    return model.rendered(house.message(), title="T", text="t\n", html="<p>t</p>\n", sender_name="Hải Phòng")


# ---- what comes twice


def test_an_event_that_comes_fifty_times_makes_one_message_and_one_mail(open_house: Open, smtp_sink: SmtpSink) -> None:
    house = open_house(smtp_sink)
    heard = event(RECEIVED, ticket(link=LINK))
    house.deliver(*[heard] * 25)
    for _ in range(25):
        house.deliver(heard)
        house.work_off()
    assert house.message().state == "sent"
    assert len(house.mails()) == 1
    assert [e["type"] for e in house.published()] == ["notify.message.sent"]


def test_an_event_that_is_replayed_by_hand_makes_nothing_new(open_house: Open, smtp_sink: SmtpSink) -> None:
    house = open_house(smtp_sink)
    house.hear(RECEIVED, ticket())
    house.work_off()
    i = tables.inbox.c
    with house.database.work() as work:
        work.execute(tables.inbox.update().values(state="ready", done_at=None, started=0, finished=0))
    house.deliver()
    house.work_off()
    assert house.scalar(sa.select(i.state)) == "done"
    assert house.message().state == "sent"
    assert len(house.mails()) == 1


def test_a_hint_that_comes_again_has_no_effect(open_house: Open, smtp_sink: SmtpSink) -> None:
    house = open_house(smtp_sink)
    house.hear(RECEIVED, ticket())
    house.work_off()
    with house.database.work() as work:
        work.execute(tables.task.update().values(state="ready", done_at=None))
    assert house.work_off() == 1
    assert len(house.mails()) == 1
    assert house.outcomes() == ["sent"]


def test_many_workers_on_the_same_messages_send_each_once(open_house: Open, smtp_sink: SmtpSink) -> None:
    house = open_house(smtp_sink)
    for number in range(20):
        house.hear(RECEIVED, ticket(contact={**ENGLISH, "mails": [f"c{number}@example.com"]}))
    threads = [threading.Thread(target=house.work_off) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    house.work_off()
    assert Counter(str(mail["To"].addresses[0].addr_spec) for mail in house.mails()) == {
        f"c{number}@example.com": 1 for number in range(20)
    }
    assert {message.state for message in house.messages()} == {"sent"}
    assert house.failures() == []


def test_a_worker_that_was_thought_dead_and_speaks_up_does_not_send_again(
    open_house: Open, smtp_sink: SmtpSink
) -> None:
    """The first stalls right before the message leaves; another takes over, and the first is told so."""
    house = open_house(smtp_sink)
    house.hear(RECEIVED, ticket())
    other = open_house(smtp_sink)
    message_id = house.message().id
    with house.database.work() as work:
        begun = commands.begin(work, prepared(house), channel="smtp", message_id="<1@x>")
    assert other.work_off() == 1
    with pytest.raises(commands.Overtaken), house.database.work() as work:
        commands.transmit(work, message_id, attempt=begun.attempts)
    assert other.message().state == "sent"
    assert other.outcomes() == ["interrupted", "sent"]
    assert len(other.mails()) == 1


def test_an_answer_that_was_given_up_and_comes_after_all_is_believed(open_house: Open, smtp_sink: SmtpSink) -> None:
    house = open_house(smtp_sink)
    house.hear(RECEIVED, ticket())
    message_id = house.message().id
    with house.database.work() as work:
        begun = commands.begin(work, prepared(house), channel="smtp", message_id="<1@x>")
    with house.database.work() as work:
        commands.transmit(work, message_id, attempt=begun.attempts)
    house.work_off()
    assert house.message().state == "unknown"
    with house.database.work() as work:
        commands.settle(work, message_id, attempt=1, outcome=port.Outcome("sent", "250 taken", 250))
    assert house.message().state == "sent"
    with pytest.raises(commands.Overtaken), house.database.work() as work:
        commands.settle(work, message_id, attempt=1, outcome=port.Outcome("refused", "550", 550))
    assert house.message().state == "sent"


# ---- what dies

EXPECTED = {
    "nowhere": ("sent", 1, ["sent"]),
    "stored": ("sent", 1, ["sent"]),
    "composed": ("sent", 1, ["sent"]),
    "reacted": ("sent", 1, ["sent"]),
    "claimed": ("sent", 1, ["sent"]),
    "rendered": ("sent", 1, ["sent"]),
    "connected": ("sent", 1, ["sent"]),
    "begun": ("sent", 1, ["interrupted", "sent"]),
    "addressed": ("sent", 1, ["interrupted", "sent"]),
    "leaving": ("unknown", 0, ["unknown"]),
    "left": ("unknown", 1, ["unknown"]),
    "answered": ("unknown", 1, ["unknown"]),
    "settled": ("unknown", 1, ["unknown"]),
    "noted": ("sent", 1, ["sent"]),
    "finishing": ("sent", 1, ["sent"]),
}
FOLDER = {
    "begun": ("file-begun", ["interrupted", "sent"]),
    "written": ("answered", ["interrupted", "sent"]),
    "settled": ("settled", ["interrupted", "sent"]),
    "noted": ("noted", ["sent"]),
}


def test_every_point_has_its_expectation() -> None:
    assert {*EXPECTED, "file-begun"} == set(POINTS)


def child(house: House, point: str, folder: Path, *events: cloudevent.Event) -> subprocess.Popen[bytes]:
    """The house in a process of its own, on its way to the point."""
    file = folder / "events"
    file.write_text("\n".join(cloudevent.write(e).hex() for e in events), encoding="ascii")
    command = [sys.executable, "-m", "tests.flows.notify_child", point, house.time.now().isoformat(), str(file)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STEWARD_")}
    return subprocess.Popen(
        command, cwd=ROOT, env={**environment, **house.environment}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )


def ended(process: subprocess.Popen[bytes]) -> int:
    """How it ended; its last words are shown when a test fails."""
    _, said = process.communicate(timeout=60)
    print(said.decode()[-3_000:])
    return process.returncode


# The code between the points is the same on both; on PostgreSQL those are tried that its transactions decide about.
PLACES = [("embedded", point) for point in EXPECTED] + [
    pytest.param("postgres", point, marks=pytest.mark.server)
    for point in ("composed", "begun", "leaving", "settled", "noted")
]


@pytest.mark.fault
@pytest.mark.parametrize(("open_house", "point"), PLACES, indirect=["open_house"])
def test_a_process_that_dies_on_the_way_costs_no_mail_and_doubles_none(
    open_house: Open, smtp_sink: SmtpSink, tmp_path: Path, point: str
) -> None:
    house = open_house(smtp_sink)
    heard = event(RECEIVED, ticket(link=LINK))
    assert ended(child(house, point, tmp_path, heard)) == (0 if point == "nowhere" else -signal.SIGKILL)
    house.time.move(LEASE)
    house.deliver(heard)  # what was not acknowledged comes again
    for _ in range(3):
        house.work_off()
        house.time.move(LEASE)
    state, mails, outcomes = EXPECTED[point]
    assert (house.message().state, len(house.mails()), house.outcomes()) == (state, mails, outcomes)
    assert house.failures() == []
    assert house.scalar(sa.select(tables.task.c.state)) == "done"
    if state == "unknown":
        assert house.published()[-1]["type"] == "notify.message.failed"
        assert house.published()[-1]["data"]["state"] == "unknown"


@pytest.mark.fault
@pytest.mark.parametrize("open_house", ["embedded"], indirect=True)
@pytest.mark.parametrize("step", FOLDER)
def test_in_a_folder_nothing_is_ever_in_doubt(open_house: Open, tmp_path: Path, step: str) -> None:
    house = open_house()
    point, outcomes = FOLDER[step]
    assert ended(child(house, point, tmp_path, event(RECEIVED, ticket()))) == -signal.SIGKILL
    house.time.move(LEASE)
    house.work_off()
    assert (house.message().state, len(house.mails()), house.outcomes()) == ("sent", 1, outcomes)
    assert [path.suffix for path in (house.home / "mail").iterdir()] == [".eml"]


@pytest.mark.fault
@pytest.mark.parametrize("open_house", ["embedded"], indirect=True)
def test_a_message_that_kills_its_worker_each_time_is_parked_and_its_neighbours_are_sent(
    open_house: Open, smtp_sink: SmtpSink, tmp_path: Path
) -> None:
    house = open_house(smtp_sink)
    house.hear(RECEIVED, ticket())
    for _ in range(3):
        assert ended(child(house, "connected", tmp_path)) == -signal.SIGKILL
        house.time.move(LEASE)
    house.hear(RECEIVED, ticket(contact=CHINESE))
    house.work_off()
    assert house.failures() == ["kills-process"]
    assert [message.state for message in house.messages()] == ["waiting", "sent"]
    with house.database.work() as work:
        failure = work.execute(sa.select(tables.failure.c.id)).scalar_one()
        story.replay(work, failure, reason="Đã sửa máy chủ")
    house.work_off()
    assert [message.state for message in house.messages()] == ["sent", "sent"]
    assert len(house.mails()) == 2


@pytest.mark.fault
@pytest.mark.parametrize(
    ("open_house", "kills"),
    [
        ("embedded", 4),
        pytest.param("embedded", 20, marks=pytest.mark.long),
        pytest.param("postgres", 20, marks=[pytest.mark.long, pytest.mark.server]),
    ],
    indirect=["open_house"],
)
def test_a_worker_killed_at_any_moment_again_and_again_sends_each_mail_at_most_once(
    open_house: Open, smtp_sink: SmtpSink, tmp_path: Path, kills: int
) -> None:
    draw = random.Random(kills)
    house = open_house(smtp_sink)
    people = [f"c{number}@example.com" for number in range(60)]
    events = [event(RECEIVED, ticket(contact={**VIETNAMESE, "mails": [mail]})) for mail in people]
    for _ in range(kills):
        running = child(house, "nowhere", tmp_path, *events)
        try:
            running.communicate(timeout=draw.uniform(1.5, 4.0))
        except subprocess.TimeoutExpired:
            running.kill()
            running.communicate()
        house.time.move(LEASE)
    house.deliver(*events)
    for _ in range(3):
        house.work_off()
        house.time.move(LEASE)
    messages = {message.recipient: message for message in house.messages()}
    arrived = Counter(mail.recipients[0] for mail in smtp_sink.mails)
    assert set(messages) == set(people)
    assert max(arrived.values()) == 1
    assert len(set(ids_of(house.mails()))) == len(house.mails())
    for mail in people:
        assert messages[mail].state in ("sent", "unknown")
        assert arrived[mail] == 1 or messages[mail].state == "unknown"


# ---- what is away


@pytest.mark.parametrize("open_house", [pytest.param("postgres", marks=pytest.mark.server)], indirect=True)
def test_an_outcome_that_cannot_be_written_down_is_kept_until_the_database_is_back(
    open_house: Open, postgres: Postgres
) -> None:
    """Not `unknown`: the answer of the mail server was heard, and the process that heard it still lives."""

    allow = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")

    def database(*, open_: bool) -> None:
        name = sa.make_url(house.settings.database("notify")).database
        with postgres.connect() as connection:
            connection.execute(allow.format(sql.Identifier(str(name)), sql.Literal(open_)))
            if not open_:
                connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])

    def answer(line: socket.socket) -> None:
        database(open_=False)
        line.sendall(b"250 2.0.0 taken\r\n")

    with Peer(dot=answer) as peer:
        house = open_house(smtp_url=f"smtp://{peer.host}:{peer.port}")
        house.hear(RECEIVED, ticket())
        with pytest.raises(errors.DatabaseAway):
            house.work_off()
        database(open_=True)
        assert house.message().state == "transmitting"
        for _ in range(2):  # first the end of the run is written down, then the task runs again
            house.time.move(LEASE)
            house.work_off()
        assert house.message().state == "sent"
        assert house.outcomes() == ["sent"]
        assert len(peer.bodies) == 1


def test_a_server_that_takes_the_mail_and_drops_the_line_is_asked_no_second_time(open_house: Open) -> None:
    with ScriptedPeer(Turn.DROP_AFTER_DOT, Turn.TAKE) as peer:
        house = open_house(peer)
        house.hear(RECEIVED, ticket())
        for _ in range(5):
            house.work_off()
            house.pass_time(hours=1)
        assert house.message().state == "unknown"
        assert len(peer.mails) == 1
        assert peer.begun == 1


def test_every_rule_makes_its_own_message(open_house: Open) -> None:
    assert len({rule.name for rule in rules.RULES}) == len(rules.RULES)
    house = open_house()
    heard = {rule.event for rule in rules.RULES if rule.audience == rules.CLIENT}
    for type_ in heard:
        house.hear(type_, ticket(link=LINK))  # a corrected address is told of by its new link
    assert {message.rule for message in house.messages()} == {
        rule.name for rule in rules.RULES if rule.audience == rules.CLIENT
    }
