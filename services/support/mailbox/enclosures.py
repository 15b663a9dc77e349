"""The files of a mail: into the store before any ticket knows of them, then onto the ticket; what is refused is said.

They are held to the same checks and limits as whatever is uploaded. A mail never fails for its files.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

from services.support.attachment import commands as attachments
from services.support.attachment import model as files
from services.support.attachment import receiving
from services.support.conversation import commands as conversation
from services.support.mailbox import reading
from services.support.ticket import enclosing
from services.support.ticket import model as tickets
from services.support.ticket_file.commands import Closed
from shared import locale as languages
from shared.files import port
from shared.kernel import errors, filename
from shared.store.work import Work

NOT_TAKEN = "Not taken from the mail: {name}. {why}"
MAX_NAMED = 20  # refused files that are named; a mail may have hundreds of parts


@dataclass(frozen=True, slots=True)
class Enclosed:
    """What came with a mail: in the store, or refused with the reason."""

    kept: tuple[receiving.Received, ...] = ()
    refused: tuple[tuple[str, errors.StewardError], ...] = ()


def take_in(store: port.Store, raw: bytes, limits: files.Limits) -> Enclosed:
    """Look at every file of the mail and keep those that are taken, up to the limits of one request.

    Raises `port.Away`: then the mail waits. A mail that cannot be read has no files.
    """
    try:
        found = reading.files(raw)
    except reading.UNREADABLE:
        return Enclosed()
    kept: list[receiving.Received] = []
    refused: list[tuple[str, errors.StewardError]] = []
    for name, declared, body in found:
        try:
            if len(kept) >= limits.files:
                raise files.TooManyAtOnce(most=limits.files)
            if sum(each.stored.size for each in kept) + len(body) > limits.together:
                raise files.TooLargeTogether(limit=port.megabytes(limits.together))
            kept.append(receiving.take(store, io.BytesIO(body), name=name, declared=declared, limit=limits.file))
        except errors.Refused as error:
            refused.append((filename.clean(name), error))
    return Enclosed(tuple(kept), tuple(refused))


def bind(work: Work, ticket: tickets.Ticket, enclosed: Enclosed, locale: str) -> tuple[str, ...]:
    """Attach what was kept, as sent by the client. Returns the ids.

    What was not taken stands in the conversation, for colleagues. A closed ticket takes no more files: its record is
    written.
    """
    refused, ids = list(enclosed.refused), []
    if tickets.LIFECYCLE.possible(ticket.state):
        uploads = [attachments.keep(work, each, by=f"client:{ticket.id}")[0] for each in enclosed.kept]
        ids = [each.id for each in enclosing.bind(work, ticket, uploads)]
    else:
        refused += [(each.name, Closed()) for each in enclosed.kept]
    if refused:
        said = [_said(name, error, locale) for name, error in refused[:MAX_NAMED]]
        said += ["…"] if len(refused) > MAX_NAMED else []
        conversation.remark(work, ticket, text="\n".join(said))
    return tuple(ids)


def _said(name: str, error: errors.StewardError, locale: str) -> str:
    why = languages.translate(error.template, locale, **error.facts)
    return languages.translate(NOT_TAKEN, locale, name=name, why=why)
