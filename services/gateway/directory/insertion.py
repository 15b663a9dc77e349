"""Inserting what may be there already, without breaking the transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from shared.store import work


def if_new(to: work.Work, table: sa.Table, row: Mapping[str, Any], *, key: Sequence[str]) -> bool:
    """Insert the row; False, and nothing changed, when another has its key. Of two at once one waits for the other."""
    insert = postgresql.insert if to.dialect == "postgresql" else sqlite.insert
    return to.execute(insert(table).values(row).on_conflict_do_nothing(index_elements=key)).rowcount == 1
