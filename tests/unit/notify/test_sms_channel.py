"""SMS over HTTP: what the provider is told, and what each of its answers means."""

from __future__ import annotations

import pytest

from services.notify.channel import port, sms
from tests.servers import SmsProvider, SmsTurn, ports
from tests.unit.notify.letters import letter

PATIENT = sms.Patience(connect_s=60.0, answer_s=60.0, total_s=180.0)
HASTY = sms.Patience(connect_s=60.0, answer_s=1.5, total_s=5.0)  # where the provider says nothing on purpose
TEXT = "Biển Xanh: Đã tiếp nhận yêu cầu TCK-2026-000123 của Quý khách."


def offered(url: str, *, begun: list[bool] | None = None, patience: sms.Patience = PATIENT) -> port.Outcome:
    """What becomes of one message."""
    channel = sms.Sms(url, "s3cret", sender="BIENXANH", patience=patience)
    told = begun if begun is not None else []
    try:
        with channel.session() as session:
            return session.send(
                letter(recipient="+84912345678", text=TEXT, html=""), transmitting=lambda: told.append(True)
            )
    finally:
        channel.close()


def test_a_provider_gets_the_text_whole_with_a_key_that_stays_the_same() -> None:
    with SmsProvider(SmsTurn.AWAY, SmsTurn.TAKE) as provider:
        assert [offered(provider.url).kind for _ in range(2)] == [port.DEFERRED, port.SENT]
        (taken,) = provider.taken
    assert taken.secret == "Bearer s3cret"
    assert taken.key == letter().id
    assert taken.body == {
        "to": "+84912345678",
        "from": "BIENXANH",
        "text": TEXT,
        "reference": letter().id,
        "alphabet": "ucs2",
        "parts": 1,
    }


@pytest.mark.parametrize(
    ("turn", "kind", "code"),
    [
        (SmsTurn.TAKE, port.SENT, 202),
        (SmsTurn.REFUSE, port.REFUSED, 422),
        (SmsTurn.TOO_MANY, port.DEFERRED, 429),
        (SmsTurn.NOT_LET_IN, port.DEFERRED, 401),  # our fault, not the message's: it waits until that is mended
        (SmsTurn.ELSEWHERE, port.DEFERRED, 302),
        (SmsTurn.AWAY, port.DEFERRED, 503),
        (SmsTurn.LOST_BEHIND, port.UNKNOWN, 504),
        (SmsTurn.DROP, port.UNKNOWN, None),
        (SmsTurn.HANG, port.UNKNOWN, None),
    ],
)
def test_each_answer_has_its_meaning_and_nothing_is_asked_twice(turn: SmsTurn, kind: str, code: int | None) -> None:
    begun: list[bool] = []
    with SmsProvider(turn) as provider:
        outcome = offered(provider.url, begun=begun, patience=HASTY if turn is SmsTurn.HANG else PATIENT)
        assert (outcome.kind, outcome.code) == (kind, code)
        assert provider.asked == 1
    assert begun == [True]
    assert "s3cret" not in outcome.reply
    if code is not None:
        assert turn.name.lower() in outcome.reply


def test_a_provider_that_is_not_there_has_nothing_and_is_asked_again_later() -> None:
    assert offered(f"http://{ports.LOOPBACK}:{ports.free()}/sms").kind == port.DEFERRED


def test_nothing_is_sent_when_the_beginning_cannot_be_written_down() -> None:
    def gone() -> None:
        raise RuntimeError("the database is away")

    with SmsProvider() as provider:
        channel = sms.Sms(provider.url, "s3cret", patience=PATIENT)
        with channel.session() as session, pytest.raises(RuntimeError):
            session.send(letter(recipient="+84912345678", text=TEXT), transmitting=gone)
        channel.close()
        assert provider.asked == 0


@pytest.mark.parametrize(
    ("url", "token", "error"),
    [
        ("http://sms.example.com/send", "s3cret", sms.BadSmsUrl),
        ("https://sms.example.com/send", None, sms.NoSmsToken),
        ("https://sms.example.com/send", "mật-khẩu", sms.NoSmsToken),
        ("https://sms.example.com/send", "a\nb", sms.NoSmsToken),
    ],
)
def test_a_secret_goes_over_no_open_network_and_must_fit_a_header(
    url: str, token: str | None, error: type[Exception]
) -> None:
    with pytest.raises(error):
        sms.check(url, token)
