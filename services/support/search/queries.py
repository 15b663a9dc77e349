"""Finding tickets: the best hits first, the newest first within, from the rarest term.

A way whose rarest term few tickets have is answered whole: those tickets' terms are read and judged. A way of frequent
terms is read off the index, newest first, and stops when the page is full. So a name that half of all clients have and
a word that two tickets have both cost a page.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from services.support.search import model, tables
from shared.store import cursor as cursors
from shared.store import types
from shared.text import terms

FEW = 300  # tickets of a term that are judged one by one
RANKS = 4  # more than there are: the cursor is the number times this, and the rank

_t = tables.term.c
_Place = tuple[str, int]  # a unit, and the number of a ticket of it
_GIVEN = {"at": sa.String(), "below": sa.BigInteger(), "most": sa.Integer()}
Only = Callable[[sa.ColumnElement[int]], sa.ColumnElement[bool]]
"""A condition on the ticket with this number."""


def understood(query: str) -> model.Sought:
    """What somebody typed."""
    return model.Sought(terms.ways(query), model.number(query))


def page(
    connection: sa.Connection,
    sought: model.Sought,
    *,
    units: Collection[str],
    numbered: Callable[[int, int | None], int | None],
    only: Only | None = None,
    limit: int,
    cursor: str | None = None,
) -> tuple[list[int], str | None]:
    """The numbers of the tickets that fit, in order, and the cursor of the next page.

    `numbered` says whether there is a ticket with this number and year that fits `only`.
    """
    finder = _Finder(connection, sought, sorted(units), only)
    rank, below = _read(cursor)
    exact = numbered(*sought.number) if sought.number else None
    found: list[tuple[int, int]] = []
    if rank == model.NUMBER and exact is not None:
        found.append((model.NUMBER, exact))
    for each in (model.NAME, model.TEXT):
        if each >= rank and len(found) <= limit:
            start = below if each == rank else cursors.LARGEST
            found += [(each, seq) for seq in finder.hits(each, start, limit + 1 - len(found), {exact})]
    last = found[limit - 1] if len(found) > limit else None
    return [seq for _, seq in found[:limit]], None if last is None else cursors.write(last[1] * RANKS + last[0])


def _read(cursor: str | None) -> tuple[int, int]:
    """From which rank and below which number a page goes on."""
    if cursor is None:
        return model.NUMBER, cursors.LARGEST
    below, rank = divmod(cursors.read(cursor), RANKS)
    if rank not in (model.NUMBER, model.NAME, model.TEXT):
        raise cursors.BadCursor
    return (model.NAME, cursors.LARGEST) if rank == model.NUMBER else (rank, below)


class _Finder:
    """One search in one transaction."""

    def __init__(self, connection: sa.Connection, sought: model.Sought, units: list[str], only: Only | None) -> None:
        self._connection, self._sought, self._units, self._only = connection, sought, units, only
        self._of_rank = self._sized(sorted(sought.terms))
        self._sizes = {term: sum(of.values()) for term, of in self._of_rank.items()}
        found = [sorted(way, key=lambda each: (self._sizes[each], each)) for way in sought.ways]
        ways = [way for way in found if self._sizes[way[0]]]
        self._frequent = [way for way in ways if self._sizes[way[0]] > FEW]
        self._judged = self._judge({way[0] for way in ways if self._sizes[way[0]] <= FEW})

    def hits(self, rank: int, below: int, wanted: int, but: set[int | None]) -> list[int]:
        """The newest numbers below one that fit with exactly this rank."""
        found = {seq for seq, best in self._judged.items() if best == rank and seq < below}
        if self._frequent:
            found |= self._streamed(rank, below, wanted, but)
        return sorted(found - but, reverse=True)[:wanted]

    def _streamed(self, rank: int, below: int, wanted: int, but: set[int | None]) -> set[int]:
        found: set[int] = set()
        while len(found) < wanted:
            some = self._stream(rank, below, wanted)
            fresh = {each for each in some if each[1] not in but and each[1] not in self._judged}
            better = self._ranks(fresh) if rank == model.TEXT else {}  # another way may have found it by the name
            found |= {seq for _, seq in fresh if better.get(seq, rank) == rank}
            if len(some) < wanted:
                break
            below = some[-1][1]
        return found

    def _sized(self, asked: list[str]) -> dict[str, dict[int, int]]:
        """How many tickets have each term with each rank, up to one more than few."""
        sizes: dict[str, dict[int, int]] = {term: {model.NAME: 0, model.TEXT: 0} for term in asked}
        if not asked or not self._units:
            return sizes
        counts = []
        for at, (term, rank) in enumerate(itertools.product(asked, (model.NAME, model.TEXT))):
            where = (self._in_units(), _t.term == term, _t.rank == rank)
            some = sa.select(_t.seq).where(*where).limit(FEW + 1).subquery()
            counts.append(sa.select(sa.literal(at).label("at"), sa.func.count().label("size")).select_from(some))
        for row in self._connection.execute(sa.union_all(*counts)):
            sizes[asked[row.at // 2]][model.TEXT if row.at % 2 else model.NAME] = row.size
        return sizes

    def _in_units(self) -> sa.ColumnElement[bool]:
        return types.among(_t.unit, self._units, self._connection.dialect.name)

    def _judge(self, rarest: Collection[str]) -> dict[int, int]:
        """The rank of every ticket that has one of these terms and fits."""
        if not rarest:
            return {}
        statement = sa.select(_t.unit, _t.seq).where(self._in_units(), _t.term.in_(sorted(rarest)))
        if self._only is not None:
            statement = statement.where(self._only(_t.seq))
        return self._ranks({(row.unit, row.seq) for row in self._connection.execute(statement)})

    def _ranks(self, candidates: Collection[_Place]) -> dict[int, int]:
        """How good a hit each of some tickets is; those that fit in no way are left out."""
        has: dict[int, dict[str, int]] = {seq: {} for _, seq in candidates}
        if not has:
            return {}
        for row in (*self._rare, *self._having(candidates)):
            if row.seq in has:
                has[row.seq][row.term] = row.rank
        ranks = {seq: model.rank(self._sought, terms) for seq, terms in has.items()}
        return {seq: rank for seq, rank in ranks.items() if rank is not None}

    @functools.cached_property
    def _rare(self) -> Sequence[Any]:
        """All that there is of the rare terms."""
        rare = [term for term, size in self._sizes.items() if 0 < size <= FEW]
        statement = sa.select(_t.seq, _t.term, _t.rank).where(self._in_units(), _t.term.in_(rare))
        return self._connection.execute(statement).all() if rare else ()

    def _having(self, candidates: Collection[_Place]) -> Iterator[Any]:
        """Which of the candidates have a frequent term, and which."""
        frequent = [term for term, size in self._sizes.items() if size > FEW]
        by_unit: dict[str, list[int]] = {}
        for unit, seq in candidates if frequent else ():
            by_unit.setdefault(unit, []).append(seq)
        for unit, seqs in by_unit.items():
            where = (_t.unit == unit, _t.term.in_(frequent), _t.rank.in_((model.NAME, model.TEXT)))
            wanted = types.among(_t.seq, sorted(seqs), self._connection.dialect.name)
            yield from self._connection.execute(sa.select(_t.seq, _t.term, _t.rank).where(*where, wanted))

    def _stream(self, rank: int, below: int, wanted: int) -> list[_Place]:
        """The newest that the frequent ways find with this rank.

        Each unit and way is a lane, read off its own index; a few of each first, and more only of the lanes that may
        still have newer ones than the last that is wanted.
        """
        lanes = [
            (self._newest(first, [each for each in way if each != first], rank), unit, below)
            for way in self._frequent
            for first in self._leading(way, rank)
            for unit in self._units
        ]
        some = max(2, 2 * wanted // max(1, len(lanes)))
        found: set[_Place] = set()
        best: list[_Place] = []
        while lanes:
            further = []
            for statement, unit, at in lanes:
                given: dict[str, Any] = {"at": unit, "below": at, "most": some}
                seqs = self._connection.execute(statement, given).scalars().all()
                found.update((unit, seq) for seq in seqs)
                if len(seqs) == some:
                    further.append((statement, unit, seqs[-1]))
            best = sorted(found, key=lambda each: -each[1])[:wanted]
            last = best[-1][1] if len(best) == wanted else 0
            lanes = [lane for lane in further if lane[2] > last]
            some *= 2
        return best

    def _leading(self, way: list[str], rank: int) -> list[str]:
        """The terms by which to read: by the name the one that fewest have, by the text each that is in a text."""
        sizes = {term: self._of_rank[term][rank] for term in way}
        if rank == model.NAME:
            return [min(way, key=lambda each: sizes[each])] if all(sizes.values()) else []
        return [term for term in way if sizes[term]]

    def _newest(self, first: str, others: Sequence[str], rank: int) -> sa.Select[Any]:
        """By the name: all terms have that rank. By the text: this one has, the others may be in the name.

        The other terms are asked for one ticket at a time, as a value: as a condition, PostgreSQL joins all tickets
        that have them first and takes the newest of those then.
        """
        ranks = (rank,) if rank == model.NAME else (model.NAME, model.TEXT)
        unit, below, most = (sa.bindparam(name, type_=kind) for name, kind in _GIVEN.items())
        where = [_t.unit == unit, _t.term == first, _t.rank == rank, _t.seq < below]
        for each in others:
            o = tables.term.alias().c
            best = sa.select(sa.func.min(o.rank)).where(o.unit == unit, o.term == each, o.rank.in_(ranks))
            where.append(best.where(o.seq == _t.seq).scalar_subquery().is_not(None))
        if self._only is not None:
            where.append(self._only(_t.seq))
        return sa.select(_t.seq).where(*where).order_by(_t.seq.desc()).limit(most)
