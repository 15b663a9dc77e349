"""Writing terms, in the transaction that writes the ticket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.support.search import tables
from shared.store.work import Work


def put(work: Work, *, unit: str, seq: int, terms: Mapping[str, int]) -> None:
    """Have a ticket found by these terms, each with the rank of its hit. What it is found by already stays.

    A text that was replaced stays findable: whoever looks for what was said once finds where it was said.
    """
    if not terms:
        return
    if work.dialect == "postgresql":
        work.execute(_at_once(unit, seq, terms))
        return
    rows = [{"unit": unit, "term": term, "rank": rank, "seq": seq} for term, rank in sorted(terms.items())]
    work.execute(sqlite.insert(tables.term).on_conflict_do_nothing(), rows)


def forget(work: Work, seqs: Sequence[int]) -> None:
    """Tickets that are taken back are not found any more."""
    work.execute(tables.term.delete().where(tables.term.c.seq.in_(seqs)))


def _at_once(unit: str, seq: int, terms: Mapping[str, int]) -> sa.Executable:
    """One statement with two arrays: forty rows by themselves would be forty trips of the driver."""
    words = sa.literal(list(terms), postgresql.ARRAY(sa.Text))
    ranks = sa.literal(list(terms.values()), postgresql.ARRAY(sa.SmallInteger))
    given = sa.func.unnest(words, ranks).table_valued("term", "rank").render_derived()
    chosen = sa.select(
        sa.literal(unit, sa.String),
        sa.cast(given.c.term, sa.String),
        sa.cast(given.c.rank, sa.SmallInteger),
        sa.literal(seq, sa.BigInteger),
    )
    columns = ("unit", "term", "rank", "seq")
    return postgresql.insert(tables.term).from_select(columns, chosen).on_conflict_do_nothing()
