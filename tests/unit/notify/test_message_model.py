"""A message's life: what each verb leads to, what it refuses, and that nothing is sent twice by itself."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import timedelta

import pytest

from services.notify.message import model
from shared.kernel import errors
from tests.unit.notify.letters import NOW, message, rendered

LATER = NOW + timedelta(minutes=3)
BY = "staff:staff-2"

Do = Callable[[model.Message], model.Message]
VERBS: dict[str, Do] = {
    "begin": lambda m: model.begin(m, message_id="<1@example.com>"),
    "transmit": model.transmit,
    "deliver": lambda m: model.deliver(m, now=LATER, detail="250 taken"),
    "bounce": lambda m: model.bounce(m, now=LATER, detail="550 no such user"),
    "put_off": lambda m: model.put_off(m, now=LATER, after=timedelta(minutes=1), reason="deferred", detail="451 later"),
    "give_up": lambda m: model.put_off(
        m, now=NOW + model.GIVE_UP_AFTER, after=timedelta(seconds=1), reason="deferred", detail="451 later"
    ),
    "lose": lambda m: model.lose(m, now=LATER, detail="closed the connection"),
    "cancel": lambda m: model.cancel(m, now=LATER, by=BY, reason="Gọi điện rồi"),
}
ALLOWED = {
    "begin": {"waiting": "sending", "sending": "sending"},
    "transmit": {"sending": "transmitting"},
    "deliver": {"sending": "sent", "transmitting": "sent", "unknown": "sent"},
    "bounce": {"sending": "bounced", "transmitting": "bounced", "unknown": "bounced", "sent": "bounced"},
    "put_off": {"waiting": "waiting", "sending": "waiting", "transmitting": "waiting"},
    "give_up": {"waiting": "failed", "sending": "failed", "transmitting": "failed"},
    "lose": {"transmitting": "unknown"},
    "cancel": {"waiting": "cancelled"},
}


@pytest.mark.parametrize("state", model.LIFECYCLE.states)
@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_leads_where_the_table_says_and_is_refused_everywhere_else(verb: str, state: str) -> None:
    before = rendered(state=state)
    if (target := ALLOWED[verb].get(state)) is not None:
        assert VERBS[verb](before).state == target
        return
    with pytest.raises(errors.WrongState) as refused:
        VERBS[verb](before)
    assert refused.value.facts["state"] == state


@pytest.mark.parametrize("state", model.LIFECYCLE.states)
def test_only_a_message_that_reached_its_end_by_itself_is_sent_again(state: str) -> None:
    old = rendered(state=state)
    if state in model.ENDED and state != "folded":
        new = model.again(old, id="new", now=LATER, by=BY, reason="Khách chưa nhận", recipient=None)
        assert (new.state, new.attempts, new.created_at, new.created_by) == ("waiting", 0, LATER, BY)
        return
    with pytest.raises(errors.WrongState):
        model.again(old, id="new", now=LATER, by=BY, reason="Khách chưa nhận", recipient=None)


def test_a_message_sent_again_is_another_mail_with_the_same_text_that_names_the_first() -> None:
    old = rendered(
        state="bounced", message_id="<1@x>", reason="refused", detail="550", ended_at=NOW, attempts=3, version=9
    )
    new = model.again(old, id="new", now=LATER, by=BY, reason=" Địa chỉ sai ", recipient="huong@example.org")
    assert (new.title, new.text, new.html) == (old.title, old.text, old.html)
    assert (new.resend_of, new.resend_reason, new.recipient) == (old.id, "Địa chỉ sai", "huong@example.org")
    assert (new.source, new.event_id) == ("/steward/notify", "new")
    assert (new.message_id, new.reason, new.detail, new.ended_at, new.next_at) == (None, None, None, None, None)


@pytest.mark.parametrize(
    ("changes", "asked", "refusal"),
    [
        ({}, {"reason": "  "}, model.ReasonMissing),
        ({"recipient": "", "state": "undeliverable"}, {}, model.NoRecipient),
        ({"text": None}, {}, model.NotRendered),
    ],
)
def test_what_cannot_be_sent_again_is_refused_with_its_reason(
    changes: dict[str, object], asked: dict[str, str], refusal: type[errors.StewardError]
) -> None:
    old = rendered(**{"state": "sent", **changes})
    with pytest.raises(refusal):
        model.again(old, **{"id": "new", "now": LATER, "by": BY, "reason": "Gửi lại", "recipient": None, **asked})


def test_every_attempt_has_the_message_id_of_the_first() -> None:
    first = model.begin(message(), message_id="<first@example.com>")
    again = model.begin(dataclasses.replace(first, state="waiting"), message_id="<second@example.org>")
    assert (again.message_id, again.attempts) == ("<first@example.com>", 2)


def test_attempts_come_at_growing_distances_until_the_message_is_of_no_use() -> None:
    pauses = [model.pause(attempts) for attempts in range(1, 60)]
    assert pauses == sorted(pauses)
    assert pauses[0] == timedelta(minutes=1)
    last = pauses[-1]
    assert model.GIVE_UP_AFTER / last == 24  # a server that is away over a weekend night is asked every two hours


def test_a_message_waits_to_the_last_second_of_its_time_and_no_longer() -> None:
    sending = rendered(state="sending")
    to_the_end = NOW + model.GIVE_UP_AFTER - timedelta(minutes=1)
    minute = timedelta(minutes=1)
    waits = model.put_off(sending, now=to_the_end, after=minute, reason="deferred", detail="451")
    assert (waits.state, waits.next_at, waits.reason) == ("waiting", NOW + model.GIVE_UP_AFTER, "deferred")
    late = to_the_end + timedelta(microseconds=1)
    gone = model.put_off(sending, now=late, after=minute, reason="deferred", detail="451")
    assert (gone.state, gone.reason, gone.next_at, gone.ended_at) == ("failed", "gave-up", None, late)


def test_the_text_is_fixed_once_and_the_secret_that_made_it_is_forgotten() -> None:
    fixed = model.rendered(message(), title="T", text="Văn bản", html="<p>Văn bản</p>", sender_name="Hải Phòng")
    assert fixed.rendered
    assert fixed.facts is None


def test_a_message_whose_text_cannot_be_made_waits_and_says_why_until_it_is_mended() -> None:
    stuck = model.not_rendered(message(), reason="cannot-render", detail="no 'promised'")
    assert (stuck.state, stuck.reason, stuck.detail) == ("waiting", "cannot-render", "no 'promised'")
    mended = model.rendered(stuck, title="T", text="t", html="h", sender_name="s")
    assert (mended.reason, mended.detail) == (None, None)


def test_a_message_without_address_keeps_its_reason_when_its_text_is_made() -> None:
    nobody = message(state="undeliverable", reason="bad-address", detail="huong@")
    mended = model.rendered(nobody, title="T", text="t", html="h", sender_name="s")
    assert (mended.reason, mended.detail) == ("bad-address", "huong@")


@pytest.mark.parametrize(
    ("state", "possible"),
    [
        ("waiting", ("cancel",)),
        *((state, ()) for state in ("sending", "transmitting", "folded")),
        *((state, ("resend",)) for state in model.ENDED if state != "folded"),
    ],
)
def test_staff_may_stop_what_waits_and_repeat_what_ended(state: str, possible: tuple[str, ...]) -> None:
    assert rendered(state=state).possible == possible


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("huong.nguyen@example.com", "h***@example.com"),
        ("王@例子.cn", "王***@例子.cn"),
        ("a@b", "a***@b"),
        ("", ""),
        ("no address", ""),
        ("+84912345678", "+84***78"),
    ],
)
def test_an_address_is_masked_where_others_read_it(address: str, shown: str) -> None:
    assert model.masked(address) == shown
