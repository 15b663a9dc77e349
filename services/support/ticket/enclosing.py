"""Attaching files to a ticket, with their trail. While a request is open anybody who may see it may add to it."""

from __future__ import annotations

from collections.abc import Sequence

from services.support.attachment import commands as attachments
from services.support.attachment.model import Limits, Upload
from services.support.ticket import model
from services.support.ticket.flow import TICKET
from shared import trail
from shared.store.work import Work


def attach(work: Work, ticket: model.Ticket, tokens: Sequence[str], limits: Limits) -> tuple[Upload, ...]:
    """Attach what the caller uploaded. Raises what `attachments.attach` raises; then nothing is changed."""
    return _written(work, ticket, attachments.attach(work, tokens, kind=TICKET.name, id=ticket.id, limits=limits))


def bind(work: Work, ticket: model.Ticket, uploads: Sequence[Upload]) -> tuple[Upload, ...]:
    """Attach what this transaction wrote down itself (`attachments.keep`): the parts of a mail."""
    return _written(work, ticket, attachments.bind(work, uploads, kind=TICKET.name, id=ticket.id))


def _written(work: Work, ticket: model.Ticket, attached: tuple[Upload, ...]) -> tuple[Upload, ...]:
    """The trail holds what cannot be disputed later: type, size and hash; the name may be personal and is sealed."""
    trail.append(
        work,
        *(
            trail.Entry(
                TICKET.name,
                ticket.id,
                "attached",
                {"attachment": each.id, "type": each.type, "size": each.size, "hash": each.hash, "by": each.by},
                person=f"ticket:{ticket.id}",
                private=each.name,
            )
            for each in attached
        ),
    )
    return attached
