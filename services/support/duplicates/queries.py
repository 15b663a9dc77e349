"""Tickets that may be the same request as one: found by the terms of who asks, judged by what they share."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa

from services.support.duplicates import model, tables
from services.support.search import model as search
from services.support.search import tables as index
from services.support.ticket import model as tickets
from services.support.ticket import tables as ticket_tables
from shared.store import types
from shared.text import fold, terms

LOOKED_AT = 200  # tickets that share a fact, the newest
MOST = 10  # suggestions
READ = 2_000  # characters of each text that are compared

_t, _x = ticket_tables.ticket.c, index.term.c


@dataclass(frozen=True, slots=True)
class Candidate:
    """A ticket that may be the same, why (codes of `model.REASONS`), and how similar the words are, 0–100."""

    ticket: tickets.Ticket
    reasons: tuple[str, ...]
    alike: int


def candidates(connection: sa.Connection, ticket: tickets.Ticket, units: Collection[str]) -> list[Candidate]:
    """The likeliest first; what is linked already is no candidate any more."""
    keys = _keys(ticket)
    linked = {each.across(ticket.id)[0] for each in tables.of(connection, ticket.id)}
    near = (
        sa.select(_t.seq)
        .join(index.term, sa.and_(_x.seq == _t.seq, _x.unit == _t.unit))
        .where(_x.unit.in_(units), _x.term.in_(keys), _x.rank == search.NAME, _t.id != ticket.id)
        .where(_t.received_at.between(ticket.received_at - model.WITHIN, ticket.received_at + model.WITHIN))
        .distinct()
        .order_by(_t.seq.desc())
        .limit(LOOKED_AT)
    )
    seqs = list(connection.execute(near).scalars())
    compared = sa.select(
        _t.id, _t.seq, _t.requester, _t.reference, sa.func.substr(_t.content, 1, READ).label("content")
    )
    rows = connection.execute(compared.where(types.among(_t.seq, seqs, connection.dialect.name)))
    words = _words(ticket.content)
    judged = [_judged(ticket, words, row) for row in rows if row.id not in linked]
    worth = sorted((each for each in judged if each.reasons), key=_likeliest, reverse=True)[:MOST]
    whole = sa.select(ticket_tables.ticket).where(_t.seq.in_([each.seq for each in worth]))
    found = {row.seq: ticket_tables.read(row) for row in connection.execute(whole)}
    return [Candidate(found[each.seq], each.reasons, each.alike) for each in worth]


def _keys(ticket: tickets.Ticket) -> list[str]:
    who = ticket.requester
    phones = {f"#{phone.lstrip('+')}" for phone in who.phones}
    keys = {*map(terms.of_key, who.mails), *phones, terms.of_key(who.name)}
    return sorted(keys | ({terms.of_key(ticket.reference)} if ticket.reference else set()))


class _Judged(NamedTuple):
    """The same of a ticket of which no more was read than is compared."""

    seq: int
    reasons: tuple[str, ...]
    alike: int


def _likeliest(judged: _Judged) -> tuple[int, int, int]:
    return len(judged.reasons), judged.alike, judged.seq


def _judged(ticket: tickets.Ticket, words: str, other: Any) -> _Judged:
    alike = _alike(words, _words(other.content))
    return _Judged(other.seq, model.worth(_same(ticket, other), alike), alike)


def _same(ticket: tickets.Ticket, other: Any) -> frozenset[str]:
    """What two tickets share of who asks and what they refer to."""
    one, another = ticket.requester, other.requester
    shared = {
        "mail": set(map(str.casefold, one.mails)) & set(map(str.casefold, another["mails"])),
        "phone": set(one.phones) & set(another["phones"]),
        "name": terms.of_key(one.name) == terms.of_key(another["name"]),
        "reference": bool(ticket.reference and other.reference)
        and terms.of_key(ticket.reference or "") == terms.of_key(other.reference or ""),
    }
    return frozenset(name for name, found in shared.items() if found)


def _words(text: str) -> str:
    return " ".join(fold.words(text[:READ]))


def _alike(one: str, another: str) -> int:
    """How similar two folded texts are, whatever the order of their words; accents and capitals do not count."""
    from rapidfuzz import fuzz

    if one == another:
        return 100
    return round(max(fuzz.ratio(one, another), fuzz.token_sort_ratio(one, another)))
