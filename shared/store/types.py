"""Column types that behave the same on SQLite and PostgreSQL, and the table metadata of each service."""

from __future__ import annotations

import functools
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

ID_LENGTH = 36

Id = sa.String(ID_LENGTH)
Serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite numbers rows only through INTEGER
# None is NULL, on both: the JSON word null would be something that is there.
Json = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


class Moment(sa.types.TypeDecorator[datetime]):
    """An aware UTC datetime. SQLite would drop the offset without converting, so it gets sortable text instead."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> Any:
        """Text on SQLite, timestamptz elsewhere."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sa.String(27))
        return dialect.type_descriptor(sa.DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> Any:
        """Refuses a naive datetime: nobody could say which moment it means."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its offset from UTC")
        value = value.astimezone(UTC)
        return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:
        """Aware, in UTC."""
        if value is None:
            return None
        if isinstance(value, str):
            return datetime.fromisoformat(value.replace("Z", "+00:00"))
        return value.astimezone(UTC)


@functools.cache
def metadata(service: str) -> sa.MetaData:
    """The one MetaData that all tables of a service hang on; `shared` holds the tables that every service has."""
    return sa.MetaData(naming_convention=NAMING)


def among(column: sa.ColumnElement[Any], values: list[Any], dialect: str) -> sa.ColumnElement[bool]:
    """`column` is one of `values`: one array parameter on PostgreSQL (a long IN list is planned again each time)."""
    if dialect == "postgresql":
        return column == sa.func.any(
            sa.cast(sa.literal(values, postgresql.ARRAY(column.type)), postgresql.ARRAY(column.type))
        )
    return column.in_(values)


def among_bound(column: sa.ColumnElement[Any], name: str, dialect: str) -> sa.ColumnElement[bool]:
    """The same for a statement that is built once: the values come as the parameter `name`."""
    if dialect == "postgresql":
        return column == sa.func.any(sa.bindparam(name, type_=postgresql.ARRAY(column.type)))
    return column.in_(sa.bindparam(name, expanding=True))
