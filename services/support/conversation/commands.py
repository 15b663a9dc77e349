"""What is said: to the client, among colleagues, and by the client.

Every verb asks who may, writes what was said, and says so on the ticket's trail, in one transaction. A reply is told to
the world only when it leaves, so that what was taken back never reached anybody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.support.attachment.model import Limits
from services.support.consultation import tables as consultation
from services.support.conversation import enclosed, events, model, tables
from services.support.return_address import tables as return_address
from services.support.ticket import events as ticket_events
from services.support.ticket import gate, promising, saying
from services.support.ticket import model as tickets
from services.support.ticket import tables as ticket_tables
from services.support.ticket.flow import TICKET
from shared import jobs, trail
from shared.kernel import errors, ids, moment
from shared.people import permission, standing
from shared.playbook import book, shelf
from shared.playbook.model import Playbook
from shared.store.work import Work
from shared.web.tokens import Caller

LEAVE = "support.reply.leave"
SPEAKS = {"classify": "classify"}
"""By step, a verb whose letters decide who speaks for the house; elsewhere it is that of the support."""
CLIENT = "client"
"""What a procedure calls waiting for the client, among its reasons for a pause."""
USUALLY = "pause"  # of the step of the support, and bound to no authority: an answer is not yet a decision


class NotAsked(errors.Forbidden):
    """Only somebody who was asked for advice about this ticket can give it here; write a note instead."""

    code = "not-asked"


class NotConsulted(errors.Invalid):
    """The role {role} is consulted in no step of this kind now; name a person instead."""

    code = "not-consulted"


class NobodyThere(errors.Invalid):
    """Nobody in this unit has the role {role}; name a person instead."""

    code = "nobody-there"


class AskWhom(errors.Invalid):
    """Please say whom you ask: one person, or one role."""

    code = "ask-whom"


def reply(
    work: Work,
    id: str,
    who: Caller,
    *,
    text: str,
    limits: Limits,
    attachments: Sequence[str] = (),
    again: Sequence[str] = (),
) -> model.Entry:
    """Write to the client; it leaves in ten seconds unless it is taken back.

    `attachments` are tokens of uploads, `again` the ids of files of a reply that was taken back. Raises what
    `enclosed.take` raises.
    """
    ticket = _for_speaking(work, id, who)
    leaves_at, reply_id = work.now + model.UNDO_FOR, ids.new()
    files = enclosed.take(work, ticket, reply_id, attachments, again, limits)
    state = {"state": model.LIFECYCLE.initial, "leaves_at": leaves_at}
    written = _add(work, ticket, model.REPLY, text, id=reply_id, attachments=files, **state)
    jobs.add_later(work, LEAVE, at=leaves_at, reply_id=written.id)
    _note_on_trail(work, ticket, "reply_written", {"reply": written.id, "leaves_at": leaves_at})
    return written


def undo(work: Work, reply_id: str, who: Caller) -> model.Entry:
    """Take a reply back within its ten seconds. Raises `model.AlreadyGone`, `model.AlreadyTakenBack`."""
    found = tables.reply(work.connection, reply_id)
    try:
        ticket = _for_speaking(work, found.ticket, who)
    except errors.NotFound:
        raise tables.NoSuchReply from None  # which ticket it is about is nobody's business either
    taken = tables.save(work, model.undo(tables.reply(work.connection, reply_id, lock=True), now=work.now))
    enclosed.free(work, taken.id)
    _note_on_trail(work, ticket, "reply_taken_back", {"reply": taken.id})
    return taken


def leave(work: Work, reply_id: str) -> bool:
    """The reply leaves: the world is told once. False when it was taken back, or has left before."""
    ticket = ticket_tables.load(work.connection, tables.reply(work.connection, reply_id).ticket, lock=True)
    waiting = tables.reply(work.connection, reply_id, lock=True)
    if waiting.state != model.LIFECYCLE.initial:
        return False
    work.actor = waiting.by
    sent = tables.save(work, model.leave(waiting, now=work.now))
    thread = return_address.of(work, ticket.id, ticket.unit)
    enclosed.leave(work, ticket, sent.id)
    files = list(sent.attachments)
    own = {"reply_id": sent.id, "text": sent.text, "subject": thread.subject, "files": files}
    own |= {"attachments": [each["id"] for each in files]}
    saying.mention(work, events.REPLIED, ticket, own=own, facts={"reply": sent.id}, private=sent.text)
    return True


def note(work: Work, id: str, who: Caller, *, text: str) -> model.Entry:
    """Keep something for colleagues. It is told in no event: what nobody is sent cannot reach the client."""
    ticket = _for_colleagues(work, id, who)
    kept = _add(work, ticket, model.NOTE, text)
    _note_on_trail(work, ticket, "note_kept", {"note": kept.id}, private=text)
    return kept


def consult(
    work: Work, id: str, who: Caller, *, text: str, to: str | None = None, role: str | None = None
) -> model.Entry:
    """Ask a colleague, or everybody with a role that has the letter C in the step (S004-36, S004-146).

    They are told, may see the ticket and advise. Raises `AskWhom`, `NotConsulted`, `NobodyThere`, `gate.NotThere`.
    """
    ticket = _for_speaking(work, id, who)
    if (to is None) == (role is None):
        raise AskWhom(fields={"to": ["Please name one person or one role."]})
    asked = (to,) if to is not None else _holders(work, ticket, role or "")
    for person in asked:
        gate.check_there(work, ticket, person)
    consultation.add(work, ticket.id, asked)
    question = _add(work, ticket, model.QUESTION, text, asked=asked)
    own = {"question_id": question.id, "question": text, "asked_by": work.actor}
    facts = {"question": question.id, "asked": list(asked)}
    saying.mention(work, events.CONSULTED, ticket, own=own, facts=facts, private=text, consulted=asked)
    return question


def advise(work: Work, id: str, who: Caller, *, text: str) -> model.Entry:
    """Whoever was asked says what they think (letter C: helps and advises, decides nothing). Raises `NotAsked`."""
    ticket = _for_colleagues(work, id, who)
    if not consultation.asked(work.connection, ticket.id, who.id):
        raise NotAsked
    advice = _add(work, ticket, model.ADVICE, text)
    _note_on_trail(work, ticket, "advised", {"advice": advice.id}, private=text)
    return advice


def answer(
    work: Work,
    ticket: tickets.Ticket,
    *,
    text: str,
    mail: str | None = None,
    sender: str | None = None,
    attachments: Sequence[str] = (),
) -> model.Entry:
    """The client wrote something more. A ticket that waited for them goes on; nothing else of it changes.

    Whoever handles it is told. `sender` is where it says it came from: it is shown, and gives no right to anything;
    `attachments` are the ids of files that came with it.
    """
    work.actor = f"client:{ticket.id}"
    if ticket.state == "waiting" and ticket.waits_for == CLIENT:
        playbook = shelf.kept(work.connection, ticket.playbook, ticket.playbook_version)
        promising.run_again(work, ticket.id, playbook)
        ticket = saying.change(work, tickets.resume(ticket), ticket_events.RESUMED)
    said = _add(work, ticket, model.ANSWER, text, mail=mail, sender=sender)
    own = {"answer_id": said.id, "channel": "email", "sender": sender, "text": text, "attachments": list(attachments)}
    saying.mention(work, events.ANSWERED, ticket, own=own, facts={"answer": said.id}, private=text)
    return said


def remark(work: Work, ticket: tickets.Ticket, *, text: str) -> model.Entry:
    """Note something for colleagues that no person wrote: what became of a mail's files. Told in no event."""
    kept = _add(work, ticket, model.NOTE, text[: model.MAX_TEXT])
    _note_on_trail(work, ticket, "note_kept", {"note": kept.id}, private=kept.text)
    return kept


# ---- who may


def refusals(
    connection: sa.Connection, ticket: tickets.Ticket, who: Caller, now: datetime
) -> dict[str, errors.Refused | None]:
    """For each way to speak, None or what keeps the caller, who may see the ticket, from it."""
    speaking = _speaking(connection, ticket, who, now)
    person = None if who.kind == "staff" else permission.PeopleOnly()
    asked = person is None and consultation.asked(connection, ticket.id, who.id)
    return {"reply": speaking, "note": person, "consult": speaking, "advise": None if asked else person or NotAsked()}


def _speaking(connection: sa.Connection, ticket: tickets.Ticket, who: Caller, now: datetime) -> errors.Refused | None:
    found = permission.possible(
        connection,
        shelf.kept(connection, ticket.playbook, ticket.playbook_version),
        TICKET,
        _by(ticket),
        who,
        unit=ticket.unit,
        day=book.of(connection).places(connection, promising.about(ticket)).day_of(now),
        escalated=gate.granted(ticket, who),
    )
    return None if None in found.values() else next(iter(found.values()))


def _for_speaking(work: Work, id: str, who: Caller) -> tickets.Ticket:
    """The ticket, locked, if the caller may speak for the house: by a letter R or A in the step, or in the support."""
    ticket = ticket_tables.load(work.connection, id, lock=True)
    gate.seen(work.connection, ticket, who, work.now)
    playbook = shelf.kept(work.connection, ticket.playbook, ticket.playbook_version)
    refused = []
    for verb in _by(ticket):
        try:
            _act(work, playbook, ticket, verb, who)
        except errors.Forbidden as refusal:
            refused.append(refusal)
        else:
            return ticket
    raise refused[0]


def _by(ticket: tickets.Ticket) -> tuple[str, ...]:
    """The verbs one of whose letters lets somebody speak for the house now."""
    return tuple(dict.fromkeys((SPEAKS.get(_step(ticket), USUALLY), USUALLY)))


def _act(work: Work, playbook: Playbook, ticket: tickets.Ticket, verb: str, who: Caller) -> None:
    permission.act(
        work,
        playbook,
        TICKET,
        verb,
        who,
        unit=ticket.unit,
        day=promising.day_of(work, ticket),
        escalated=gate.granted(ticket, who),
    )


def _for_colleagues(work: Work, id: str, who: Caller) -> tickets.Ticket:
    """The ticket, if the caller is a person who may see it."""
    ticket = gate.seen(work.connection, ticket_tables.load(work.connection, id), who, work.now)
    if who.kind != "staff":
        raise permission.PeopleOnly
    return ticket


def _step(ticket: tickets.Ticket) -> str:
    """The step that the ticket is in: that of the first thing that staff may do with it."""
    steps = (TICKET.step_of(verb) for verb in ticket.possible)
    return next((step for step in steps if step), "support")


def _holders(work: Work, ticket: tickets.Ticket, role: str) -> tuple[str, ...]:
    """Who has the role, where it is consulted in the step that the ticket is in."""
    playbook = shelf.kept(work.connection, ticket.playbook, ticket.playbook_version)
    if role not in playbook.holders(_step(ticket), "C"):
        raise NotConsulted(role=role, fields={"role": ["This role is not consulted in this step."]})
    found = standing.holders(work.connection, ticket.unit, role, promising.day_of(work, ticket))
    if not found:
        raise NobodyThere(role=role, fields={"role": ["Nobody has this role here."]})
    return found


def _add(work: Work, ticket: tickets.Ticket, kind: str, text: str, **more: Any) -> model.Entry:
    facts = {"id": ids.new(), "state": model.KEPT, **more}
    new = model.Entry(version=1, seq=0, ticket=ticket.id, kind=kind, text=text, by=work.actor, at=work.now, **facts)
    return tables.add(work, new)


def _note_on_trail(
    work: Work, ticket: tickets.Ticket, what: str, facts: Mapping[str, Any], *, private: str | None = None
) -> None:
    """What is told to nobody still stands on the ticket's trail."""
    said = {name: moment.text(each) if isinstance(each, datetime) else each for name, each in facts.items()}
    entry = trail.Entry(TICKET.name, ticket.id, what, said, person=f"ticket:{ticket.id}", private=private)
    trail.append(work, entry)
