"""A ticket's rules, without a database: what each verb writes and refuses, and that nothing else changes a ticket."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.support.ticket import detours, model
from shared.kernel import errors

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=5)
ME = "0193f1c2-7a5e-7c11-8a55-0f3d6e1b2c3d"
BY = f"staff:{ME}"

RECEIVED = model.Ticket(
    id="0193f1c2-7a5e-7c11-8a55-0f3d6e1b2c3d",
    version=1,
    seq=123,
    year=2026,
    unit="hai-phong",
    state=model.LIFECYCLE.initial,
    channel="website",
    topic="question",
    content="Hàng bao giờ đến?",
    requester=model.Requester("Lê Văn Nam", "vi", ("nam@example.com",)),
    received_by="client:anonymous",
    received_at=NOW,
    playbook="vimc-support",
    playbook_version="2026-11-24",
    verified_at=NOW,
    verified_by=BY,
)

Do = Callable[[model.Ticket, datetime], model.Ticket]
VERBS: dict[str, Do] = {
    "classify": lambda t, now: model.classify(
        t, request_type=3, promised_at=now + timedelta(hours=1), by=BY, owner=ME, now=now
    ),
    "assign": lambda t, now: model.assign(t, to=ME),
    "pause": lambda t, now: model.pause(t, reason="client"),
    "resume": lambda t, now: model.resume(t),
    "escalate": lambda t, now: model.escalate(t, to="lead-1", promised_at=now + timedelta(hours=2), now=now),
    "take_over": lambda t, now: model.take_over(t, by="lead-1"),
    "complete": lambda t, now: model.complete(t, method="Hỏi kho", result="Ngày mai", by=BY, owner=ME, now=now),
    "hand_over": lambda t, now: model.hand_over(t, now=now),
    "confirm": lambda t, now: model.confirm(t, rating=5, comment="Hài lòng", now=now),
    "refuse": lambda t, now: model.refuse(t, reason="Chưa có giờ", now=now),
    "log": lambda t, now: model.log(t, now=now),
    "verify": lambda t, now: detours.verify(t, topic="price", requester=None, by=BY, now=now),
    "take": lambda t, now: detours.take(t, by=ME, holder="Trần Văn Nữ"),
    "reclassify": lambda t, now: detours.reclassify(
        t, request_type=1 if t.request_type == 3 else 3, promised_at=now + timedelta(hours=1), owner=ME, now=now
    ),
    "promise": lambda t, now: detours.promise(t, promised_at=now + timedelta(hours=3), now=now),
    "progress": lambda t, now: detours.progress(t, text="Tàu đã rời cảng", now=now),
    "ask_goods": lambda t, now: detours.ask_goods(t, goods={"reference": "MAEU1234567"}),
    "send_back": lambda t, now: detours.send_back(t, now=now),
    "withdraw": lambda t, now: detours.withdraw(t, reason="Đã tự tìm được", now=now),
    "log_unanswered": lambda t, now: detours.log_unanswered(t, reason="Không trả lời", now=now),
    "close_duplicate": lambda t, now: detours.close_duplicate(t, reason="Cùng một lô hàng"),
    "reopen_duplicate": lambda t, now: detours.reopen_duplicate(t),
}

WRITES: dict[str, set[str]] = {
    "classify": {"request_type", "promised_at", "promised_since", "classified_at", "handler", "owner"},
    "assign": {"owner"},
    "pause": {"waits_for"},
    "resume": {"waits_for"},
    "escalate": {"owner", "escalated_to", "promised_at"},
    "take_over": {"owner", "waits_for"},
    "complete": {"method", "result", "handler", "completed_at", "owner"},
    "hand_over": {"handed_over_at", "reason", "answered_at"},
    "confirm": {"rating", "comment", "answered_at"},
    "refuse": {"reason", "answered_at", "promised_at", "promised_since"},
    "log": {"logged_at"},
    "verify": {"topic", "verified_at", "verified_by"},
    "take": {"owner"},
    "reclassify": {"request_type", "promised_at", "promised_since", "owner"},
    "promise": {"promised_at"},
    "progress": {"progress", "progressed_at"},
    "ask_goods": {"goods"},
    "send_back": {"promised_at", "promised_since"},
    "withdraw": {"closing_reason", "waits_for", "withdrawn_at"},
    "log_unanswered": {"closing_reason", "logged_at"},
    "close_duplicate": {"closing_reason", "waits_for"},
    "reopen_duplicate": {
        *("closing_reason", "request_type", "promised_at", "promised_since"),
        *("classified_at", "owner", "escalated_to"),
    },
}


def after(*verbs: str) -> model.Ticket:
    """A ticket with which this was done, a minute apart."""
    ticket, now = RECEIVED, NOW
    for verb in verbs:
        now += timedelta(minutes=1)
        ticket = VERBS[verb](ticket, now)
    return ticket


def test_every_verb_of_the_lifecycle_is_one_of_the_model() -> None:
    assert {move.verb for move in model.LIFECYCLE.moves} == set(VERBS)


def test_the_number_is_made_of_the_year_and_six_digits() -> None:
    assert RECEIVED.number == "TCK-2026-000123"
    assert dataclasses.replace(RECEIVED, seq=1_234_567).number == "TCK-2026-1234567"


def test_the_whole_way_leaves_its_marks() -> None:
    ticket = after("classify", "complete", "hand_over", "confirm", "log")
    assert ticket.state == "logged"
    marks = [ticket.classified_at, ticket.completed_at, ticket.handed_over_at, ticket.answered_at, ticket.logged_at]
    assert marks == [NOW + timedelta(minutes=n) for n in range(1, 6)]
    assert (ticket.request_type, ticket.handler, ticket.rating, ticket.comment) == (3, BY, 5, "Hài lòng")


def test_a_refused_ticket_is_handled_again_and_loses_the_reason_with_the_next_handover() -> None:
    refused = after("classify", "complete", "hand_over", "refuse")
    assert (refused.state, refused.reason) == ("reopened", "Chưa có giờ")
    again = after("classify", "complete", "hand_over", "refuse", "complete", "hand_over")
    assert (again.state, again.reason) == ("handed_over", None)


@pytest.mark.parametrize("late_by", [timedelta(0), timedelta(microseconds=1), timedelta(days=1)])
def test_nothing_is_promised_for_a_time_that_has_passed(late_by: timedelta) -> None:
    with pytest.raises(model.PromiseInThePast) as refused:
        model.classify(RECEIVED, request_type=1, promised_at=LATER - late_by, by=BY, owner=ME, now=LATER)
    assert list(refused.value.fields) == ["promised_at"]


def test_the_shortest_promise_is_any_time_at_all() -> None:
    soon = NOW + timedelta(microseconds=1)
    assert model.classify(RECEIVED, request_type=1, promised_at=soon, by=BY, owner=ME, now=NOW).promised_at == soon


def test_a_wrong_state_is_said_before_a_wrong_promise() -> None:
    with pytest.raises(errors.WrongState):
        model.classify(after("classify"), request_type=1, promised_at=NOW, by=BY, owner=ME, now=LATER)


def test_what_nobody_has_checked_is_not_completed() -> None:
    unchecked = dataclasses.replace(after("classify"), verified_at=None)
    with pytest.raises(model.NotVerified):
        VERBS["complete"](unchecked, LATER)
    assert VERBS["complete"](VERBS["verify"](unchecked, LATER), LATER).state == "completed"


def test_what_is_done_once_more_is_promised_for_as_long_again_however_often() -> None:
    ticket, now = after("classify", "complete"), LATER
    for _ in range(3):
        ticket, now = VERBS["send_back"](ticket, now), now + timedelta(hours=1)
        assert ticket.promised_at == now
        ticket = VERBS["complete"](ticket, now)


def test_of_two_who_take_it_the_second_hears_who_has_it() -> None:
    taken = VERBS["take"](after("classify"), NOW)
    with pytest.raises(detours.TakenAlready, match="Trần Văn Nữ"):
        detours.take(taken, by="another", holder="Trần Văn Nữ")


@pytest.mark.parametrize("reason", ["", "   ", "\n\t"])
def test_whoever_refuses_a_result_says_why(reason: str) -> None:
    with pytest.raises(model.ReasonMissing) as refused:
        model.refuse(after("classify", "complete", "hand_over"), reason=reason, now=LATER)
    assert list(refused.value.fields) == ["reason"]


def test_an_empty_comment_is_no_comment() -> None:
    assert model.confirm(after("classify", "complete", "hand_over"), rating=3, comment="", now=LATER).comment is None


def test_staff_are_never_offered_what_only_the_client_can_do() -> None:
    handed_over = after("classify", "complete", "hand_over")
    assert model.LIFECYCLE.possible(handed_over.state) == ("confirm", "refuse", "log_unanswered")
    assert handed_over.possible == ("log_unanswered",)


def test_a_requester_is_reachable_by_mail_or_by_phone() -> None:
    assert model.Requester("A", "en", mails=("a@example.com",)).reachable
    assert model.Requester("A", "en", phones=("+84912345678",)).reachable
    assert not model.Requester("A", "en").reachable


@given(st.lists(st.sampled_from(sorted(VERBS)), max_size=25))
def test_whatever_is_tried_in_whatever_order_only_the_lifecycle_is_walked(tries: list[str]) -> None:
    ticket, now = RECEIVED, NOW
    for verb in tries:
        now += timedelta(minutes=1)
        if verb in model.LIFECYCLE.possible(ticket.state):
            if verb == "take" and ticket.state == "assigned":
                ticket = dataclasses.replace(ticket, owner=ME)
            changed = VERBS[verb](ticket, now)
            assert changed.state == model.LIFECYCLE.after(ticket.state, verb)
            assert _changed(ticket, changed) <= WRITES[verb] | {"state"}
            ticket = changed
        else:
            with pytest.raises(errors.WrongState) as refused:
                VERBS[verb](ticket, now)
            assert refused.value.facts["state"] == ticket.state
    _holds(ticket)


def _changed(before: model.Ticket, now: model.Ticket) -> set[str]:
    return {name for name in model.Ticket.__slots__ if getattr(before, name) != getattr(now, name)}


def _holds(ticket: model.Ticket) -> None:
    """What a ticket in this state must have, however it came there."""
    needs: dict[str, list[Any]] = {
        "received": [],
        "classified": [ticket.promised_at],
        "assigned": [ticket.promised_at, ticket.owner],
        "waiting": [ticket.promised_at, ticket.owner, ticket.waits_for],
        "completed": [ticket.promised_at, ticket.result],
        "handed_over": [ticket.promised_at, ticket.result, ticket.handed_over_at],
        "reopened": [ticket.promised_at, ticket.result, ticket.reason],
        "confirmed": [ticket.rating, ticket.answered_at],
        "logged": [ticket.logged_at, ticket.closing_reason if ticket.without_answer else ticket.rating],
        "withdrawn": [ticket.withdrawn_at],
        "duplicate": [ticket.closing_reason],
    }
    assert set(needs) == set(model.LIFECYCLE.states)
    assert all(need is not None for need in needs[ticket.state])
    passed = [at for at in (ticket.received_at, ticket.classified_at) if at is not None]
    if ticket.state in ("completed", "handed_over", "reopened", "confirmed", "logged"):
        # Earlier it may be the moment of a result that was sent back, before a duplicate was taken up again.
        passed.append(ticket.completed_at or NOW)
    assert passed == sorted(passed)


def test_a_duplicate_that_was_sent_back_before_is_classified_again() -> None:
    ticket = after("classify", "complete", "send_back", "close_duplicate", "reopen_duplicate", "classify")
    _holds(ticket)
    assert (ticket.state, ticket.classified_at) == ("classified", NOW + timedelta(minutes=6))
