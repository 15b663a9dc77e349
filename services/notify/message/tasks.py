"""Delivering a message: rendered once, offered to the channel, and what became of it written down.

Invariants: `transmitting` is committed before the message leaves, so that a kill in between is seen as `unknown` and
never silently repeated; the same message keeps its Message-ID over all attempts. Safe to run again after a crash
anywhere.
"""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

import prometheus_client as prometheus
import structlog

from services.notify.channel import choice, mail, port
from services.notify.message import commands, enclosed, facts, memory, model, queries, tables
from services.notify.people import queries as people
from services.notify.rule import model as rules
from services.notify.template import rendering
from shared.jobs import Task
from shared.jobs.runner import Job
from shared.kernel import errors
from shared.store.work import Work

ROUND = timedelta(seconds=1)  # pauses are whole seconds
SETTLE_PAUSES_S = (0.5, 2.0)  # between tries to write down an outcome while the database is away
INTERRUPTED = port.Outcome(port.UNKNOWN, "the worker stopped after the message was begun and before the answer came")

_DELIVERIES = prometheus.Counter("steward_deliveries", "Messages offered to a channel", ("channel", "outcome"))

log = structlog.get_logger(__name__)


class PutOff(errors.Transient):
    """The message was put off: {why}."""

    code = "put-off"

    def __init__(self, why: str, *, after: timedelta) -> None:
        super().__init__(why=why)
        self.retry_after_seconds = max(int(after.total_seconds()), 0)


def deliver(job: Job, message_id: str) -> dict[str, Any]:
    """Bring one message to its recipient. Raises `PutOff` and `port.Unreachable`, which have it run again later."""
    with job.database.reading() as connection:
        message = tables.load(connection, message_id)
        unit = people.unit(connection, message.unit)
    if message.next_at and rules.audience(message.rule) in rules.SEVERAL and not message.rendered:
        left = message.next_at - job.database.time.now()
        if message.state == model.LIFECYCLE.initial and left > timedelta(0):
            raise PutOff("it is told with what else there is to tell in these minutes", after=left + ROUND)
    known = memory.outcomes(job.resources.extras).of(message.id, message.attempts)
    if message.state == "transmitting" or (known and message.state == "sending"):
        return _settle(job, message, known or INTERRUPTED)
    if message.channel == model.SMS and choice.for_sms(job.resources.settings, job.resources.extras) is None:
        message = model.by_mail(message)
    prepared = message if message.rendered else _rendered(job, message, unit)
    if message.state == model.LIFECYCLE.initial and not message.sendable:
        return _no_way(job, prepared)
    if message.state in ("waiting", "sending"):
        try:
            return _offer(job, prepared)
        except port.Unreachable as error:
            _wait(job, prepared, error)
            raise
    if not message.rendered:
        with _work(job) as work:
            commands.render(work, prepared)
    return {"state": message.state}


def _rendered(job: Job, message: model.Message, unit: people.Unit) -> model.Message:
    """The message with its text: written down with what happens next, so that it costs no transaction of its own."""
    settings = job.resources.settings
    sender = unit.title or choice.sender(settings).name or "Steward"
    about = {"sender": sender, "country": unit.country, "reached": unit.reached}
    words = facts.said(message, **about, public_url=settings.public_url)
    try:
        said = rendering.render(message.template, message.locale, words)
    except errors.Refused as error:  # it is parked; staff see on the message why it does not leave
        with _work(job) as work:
            commands.not_rendered(work, message.id, reason=error.code, detail=str(error))
        raise
    if message.channel == model.SMS:  # no client's message is without one: the start checks that
        return model.rendered(message, title=said.subject, text=said.sms or "", html="", sender_name=sender)
    return model.rendered(message, title=said.subject, text=said.text, html=said.html, sender_name=sender)


def _offer(job: Job, prepared: model.Message) -> dict[str, Any]:
    settings = job.resources.settings
    sender = choice.sender(settings).address
    by_sms = choice.for_sms(settings, job.resources.extras) if prepared.channel == model.SMS else None
    channel = by_sms or choice.channel(settings, job.resources.extras)
    files = enclosed.read(job, prepared)
    with channel.session() as session:
        try:
            with _work(job) as work:
                named = mail.message_id(prepared.id, sender, reply_to=prepared.reply_to)
                begun = commands.begin(work, prepared, channel=channel.name, message_id=named)
                at, thread = work.now, queries.thread(work.connection, begun)
            outcome = session.send(
                _letter(begun, sender, at, thread, files), transmitting=lambda: _transmit(job, begun.id, begun.attempts)
            )
        except commands.Overtaken:
            return {"state": "overtaken"}
    _DELIVERIES.labels(channel.name, outcome.kind).inc()
    log.info("message_offered", message=begun.id, attempt=begun.attempts, outcome=outcome.kind, code=outcome.code)
    return _settle(job, begun, outcome)


def _no_way(job: Job, prepared: model.Message) -> dict[str, Any]:
    try:
        with _work(job) as work:
            found = commands.no_way(work, prepared)
    except commands.Overtaken:
        return {"state": "overtaken"}
    log.warning("message_failed", message=found.id, state=found.state, reason=found.reason)
    return {"state": found.state}


def _letter(
    message: model.Message, sender: str, at: datetime, thread: tuple[str, ...], files: tuple[port.File, ...]
) -> port.Letter:
    return port.Letter(
        id=message.id,
        message_id=message.message_id or "",
        sender_name=message.sender_name or "",
        sender=sender,
        recipient_name=message.recipient_name,
        recipient=message.recipient,
        locale=message.locale,
        subject=message.title or "",
        text=message.text or "",
        html=message.html or "",
        at=at,
        reply_to=message.reply_to,
        in_reply_to=message.in_reply_to,
        thread=thread,
        files=files,
    )


def _transmit(job: Job, id: str, attempt: int) -> None:
    with _work(job) as work:
        commands.transmit(work, id, attempt=attempt)


def _settle(job: Job, message: model.Message, outcome: port.Outcome) -> dict[str, Any]:
    """Write the outcome down; while the database is away it is kept here, where the next run finds it."""
    outcomes = memory.outcomes(job.resources.extras)
    outcomes.keep(message.id, message.attempts, outcome)
    try:
        settled = _write_down(job, message, outcome)
    except commands.Overtaken:
        outcomes.forget(message.id, message.attempts)
        return {"state": "overtaken"}
    outcomes.forget(message.id, message.attempts)
    if settled.state == "waiting" and settled.next_at:
        raise PutOff(outcome.reply, after=settled.next_at - job.database.time.now())
    if settled.state in model.FAILED:
        log.warning("message_failed", message=settled.id, state=settled.state, reason=settled.reason)
    return {"state": settled.state}


def _write_down(job: Job, message: model.Message, outcome: port.Outcome) -> model.Message:
    pauses = list(SETTLE_PAUSES_S)
    while True:
        try:
            with _work(job) as work:
                return commands.settle(work, message.id, attempt=message.attempts, outcome=outcome)
        except errors.DatabaseAway:
            if not pauses:
                raise
            time.sleep(pauses.pop(0))


def _wait(job: Job, prepared: model.Message, error: port.Unreachable) -> None:
    with _work(job) as work:
        commands.wait(work, prepared, after=timedelta(seconds=error.retry_after_seconds), why=error.why)


def cut_off(work: Work, message_id: str) -> None:
    """Its delivery is given up after crashes: if it was on its way out, nobody knows whether it arrived."""
    message = tables.load(work.connection, message_id, lock=True)
    if message.state == "transmitting":
        commands.settle(work, message.id, attempt=message.attempts, outcome=INTERRUPTED)


def _work(job: Job) -> AbstractContextManager[Work]:
    return job.database.work(actor="system:notify", trace=job.trace)


TASKS = (Task(commands.DELIVER, deliver, cut_off=cut_off),)
