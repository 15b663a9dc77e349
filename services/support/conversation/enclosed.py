"""Files on a reply: bound to it while it waits, the ticket's once it has left, free again when it is taken back.

Invariant: a file stands among the ticket's files exactly when the reply that brings it has left.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from services.support.attachment import commands as attachments
from services.support.attachment import model as files
from services.support.attachment import queries
from services.support.conversation import model
from services.support.ticket import enclosing
from services.support.ticket import model as tickets
from shared.kernel import errors
from shared.store.work import Work

KIND = model.LIFECYCLE.name
TOGETHER = 10 * 1024 * 1024
"""Bytes of all files of one reply: a third more as mail, which servers that take less than 20 MB still take."""


class NoMail(errors.Invalid):
    """Files go by mail, and no mail address of this client is known. Send the reply without them, or ask for one."""

    code = "no-mail-for-files"


def take(
    work: Work,
    ticket: tickets.Ticket,
    reply: str,
    tokens: Sequence[str],
    again: Sequence[str],
    limits: files.Limits,
) -> tuple[dict[str, Any], ...]:
    """Bind what the caller uploaded, or had on a reply that they took back, to a reply that waits.

    Raises `NoMail` and what `attachments.attach` raises; then nothing is bound.
    """
    if not tokens and not again:
        return ()
    if not ticket.requester.mails:
        raise NoMail(fields={"attachments": ["No mail address of this client is known."]})
    narrowed = dataclasses.replace(limits, together=min(limits.together, TOGETHER))
    old = attachments.attach_again(work, again, kind=KIND, id=reply)
    taken = (*old, *attachments.attach(work, tokens, kind=KIND, id=reply, limits=narrowed))
    files.check_together(taken, narrowed)
    return tuple(_kept(each) for each in taken)


def leave(work: Work, ticket: tickets.Ticket, reply: str) -> None:
    """The reply leaves: from now on its files are the ticket's, and stand on its trail."""
    if uploads := queries.of_object(work.connection, reply):
        enclosing.bind(work, ticket, uploads)


def free(work: Work, reply: str) -> None:
    """The reply was taken back: whoever wrote it may send its files with another one, within the hour."""
    attachments.release(work, kind=KIND, id=reply)


def _kept(upload: files.Upload) -> dict[str, Any]:
    """What stays written down of a file with the reply: it is told to whoever delivers it."""
    return {name: getattr(upload, name) for name in ("id", "name", "type", "size", "hash")}
