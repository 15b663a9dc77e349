"""The servers that other tests stand on are what they say they are."""

from __future__ import annotations

import smtplib
import socket
import time
from collections.abc import Iterator
from email.message import EmailMessage

import kombu
import psycopg
import pytest

from tests.servers import Postgres, RabbitMQ, ScriptedPeer, SmtpSink, ports
from tests.servers.smtp import Turn

NAMES = "Nguyễn Thị Ánh Đào · 张伟 · 張偉"


def test_each_test_gets_databases_of_its_own_that_keep_letters(postgres: Postgres, database_url: str) -> None:
    prefix = database_url.rpartition("/")[2]
    url = postgres.create(f"{prefix}_support")
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE people (name text)")
        connection.execute("INSERT INTO people VALUES (%s)", [NAMES])
        row = connection.execute("SELECT name, lower(name) FROM people").fetchone()
    assert row == (NAMES, NAMES.lower())


def test_databases_of_a_test_are_gone_after_it_even_with_somebody_connected(postgres: Postgres) -> None:
    with postgres.fresh() as url:
        prefix = url.rpartition("/")[2]
        guest = psycopg.connect(postgres.create(f"{prefix}_care"), autocommit=True)
    with pytest.raises(psycopg.OperationalError):
        guest.execute("SELECT 1")
    guest.close()
    with postgres.connect() as connection:
        left = connection.execute(
            "SELECT count(*) FROM pg_database WHERE starts_with(datname, %s)", [prefix]
        ).fetchone()
    assert left == (0,)


def test_a_template_is_built_once_and_copied(postgres: Postgres) -> None:
    built: list[str] = []

    def build(url: str) -> None:
        built.append(url)
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE made_in_template (id int)")

    for _ in range(2):
        with (
            postgres.fresh({"support": postgres.template("servers_test", build)}) as url,
            psycopg.connect(f"{url}_support") as copy,
        ):
            assert copy.execute("SELECT count(*) FROM made_in_template").fetchone() == (0,)
    assert len(built) == 1


def test_virtual_hosts_do_not_hear_each_other(rabbitmq: RabbitMQ, amqp_url: str) -> None:
    other = rabbitmq.vhost()
    assert other != amqp_url
    with kombu.Connection(amqp_url) as here, kombu.Connection(other) as there:
        with here.SimpleQueue("words", queue_args={"x-queue-type": "quorum"}) as queue:
            queue.put(NAMES)
            message = queue.get(timeout=10)
            message.ack()
            assert message.payload == NAMES
        with pytest.raises(there.channel_errors):
            there.default_channel.queue_declare("words", passive=True)


def test_the_sink_keeps_envelope_and_bytes(smtp_sink: SmtpSink) -> None:
    message = EmailMessage()
    message["Subject"] = NAMES
    message["From"], message["To"] = "steward@example.test", "client@example.test"
    message.set_content(f"Kính gửi {NAMES}\n.\nend\n")
    with smtplib.SMTP(smtp_sink.host, smtp_sink.port, timeout=10) as client:
        client.send_message(message)
    (mail,) = smtp_sink.wait_for(1)
    assert (mail.sender, mail.recipients) == ("steward@example.test", ("client@example.test",))
    assert mail.parsed["Subject"] == NAMES
    assert mail.parsed.get_content().replace("\r\n", "\n") == f"Kính gửi {NAMES}\n.\nend\n"


SEEN: list[tuple[Turn, type[Exception] | None, int | None, int]] = [
    # turn, what the sender sees, its SMTP code, how many mails the peer took
    (Turn.TAKE, None, None, 1),
    (Turn.RCPT_421, smtplib.SMTPRecipientsRefused, 421, 0),
    (Turn.RCPT_451, smtplib.SMTPRecipientsRefused, 451, 0),
    (Turn.RCPT_452, smtplib.SMTPRecipientsRefused, 452, 0),
    (Turn.RCPT_550, smtplib.SMTPRecipientsRefused, 550, 0),
    (Turn.DATA_451, smtplib.SMTPDataError, 451, 0),
    (Turn.DATA_552, smtplib.SMTPDataError, 552, 0),
    (Turn.DATA_554, smtplib.SMTPDataError, 554, 0),
    (Turn.DROP_BEFORE_DATA, smtplib.SMTPServerDisconnected, None, 0),
    (Turn.DROP_IN_DATA, OSError, None, 0),
    (Turn.DROP_AFTER_DOT, smtplib.SMTPServerDisconnected, None, 1),
    (Turn.HANG_AT_RCPT, OSError, None, 0),
    (Turn.HANG_AFTER_DOT, OSError, None, 1),
]


@pytest.mark.parametrize(("turn", "error", "code", "taken"), SEEN, ids=[turn.name.lower() for turn, *_ in SEEN])
def test_a_scripted_peer_misbehaves_as_told(
    turn: Turn, error: type[Exception] | None, code: int | None, taken: int
) -> None:
    with ScriptedPeer(turn) as peer:
        client = smtplib.SMTP(peer.host, peer.port, timeout=1)
        try:
            if error is None:
                assert client.sendmail("a@example.test", ["b@example.test"], b"hello\r\n" * 20_000) == {}
            else:
                with pytest.raises(error) as caught:
                    client.sendmail("a@example.test", ["b@example.test"], b"hello\r\n" * 20_000)
                assert _code(caught.value) == code
        finally:
            client.close()
        assert [mail.recipients for mail in peer.mails] == [("b@example.test",)] * taken
        assert (peer.begun, peer.connections) == (1, 1)


def test_a_script_goes_on_over_one_kept_open_connection() -> None:
    with ScriptedPeer(Turn.RCPT_451, Turn.TAKE) as peer, smtplib.SMTP(peer.host, peer.port, timeout=10) as client:
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            client.sendmail("a@example.test", ["b@example.test"], b"one\r\n")
        for _ in range(2):
            client.sendmail("a@example.test", ["b@example.test"], b"two\r\n")
        assert [mail.raw for mail in peer.mails] == [b"two\r\n"] * 2
        assert peer.connections == 1


@pytest.mark.fault
def test_a_killed_postgres_keeps_what_it_confirmed(own_postgres: Postgres) -> None:
    with own_postgres.fresh() as url:
        connection = psycopg.connect(url, autocommit=True)
        connection.execute("CREATE TABLE promises (id int)")
        connection.execute("INSERT INTO promises VALUES (1)")
        own_postgres.kill()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
        connection.close()
        own_postgres.start()
        with psycopg.connect(url) as again:
            assert again.execute("SELECT id FROM promises").fetchone() == (1,)


@pytest.mark.fault
def test_a_frozen_postgres_answers_nobody_until_it_is_thawed(own_postgres: Postgres) -> None:
    with psycopg.connect(own_postgres.url, autocommit=True) as connection:
        own_postgres.freeze()
        try:
            with pytest.raises(psycopg.errors.ConnectionTimeout):
                psycopg.connect(own_postgres.url, connect_timeout=2)
        finally:
            own_postgres.thaw()
        assert connection.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.fault
def test_a_killed_broker_keeps_what_it_confirmed_and_comes_back_on_its_port(own_rabbitmq: RabbitMQ) -> None:
    url = own_rabbitmq.vhost()
    quorum = {"x-queue-type": "quorum"}
    with kombu.Connection(url, transport_options={"confirm_publish": True}) as before:
        before.SimpleQueue("kept", queue_args=quorum).put("promise")
        own_rabbitmq.settle()
        own_rabbitmq.kill()
    own_rabbitmq.start()
    with kombu.Connection(url) as after:
        message = after.SimpleQueue("kept", queue_args=quorum).get(timeout=20)
        message.ack()
        assert message.payload == "promise"


@pytest.mark.fault
def test_a_frozen_broker_says_nothing_until_it_is_thawed(own_rabbitmq: RabbitMQ) -> None:
    port = int(own_rabbitmq.base.rpartition(":")[2])
    own_rabbitmq.freeze()
    try:
        assert not ports.speaks_amqp(port)
    finally:
        own_rabbitmq.thaw()
    ports.until(lambda: ports.speaks_amqp(port), timeout_s=20, what="the thawed broker answers")


def test_a_wait_ends_at_once_when_the_process_is_gone() -> None:
    begun = time.monotonic()
    with pytest.raises(TimeoutError, match="the process ended"):
        ports.until(lambda: False, timeout_s=60, what="nothing", alive=lambda: False)
    assert time.monotonic() - begun < 30


@pytest.fixture
def occupied() -> Iterator[int]:
    with socket.create_server((ports.LOOPBACK, 0)) as listener:
        yield listener.getsockname()[1]


def test_a_port_that_is_merely_open_is_no_broker(occupied: int) -> None:
    assert ports.listening(occupied)
    assert not ports.speaks_amqp(occupied)


def _code(error: BaseException) -> int | None:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        ((answer, _),) = error.recipients.values()
        return answer
    return error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else None
