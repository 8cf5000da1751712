"""Structs to rows and back: validated on the way out, whole on the way in."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, TypeVar
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

S = TypeVar("S", bound=msgspec.Struct)
BATCH = 500


def to_row(record: msgspec.Struct) -> dict[str, Any]:
    """Column values of a record; nested Structs become plain JSON."""
    return {name: _plain(getattr(record, name)) for name in record.__struct_fields__}


def _plain(value: Any) -> Any:
    return msgspec.to_builtins(value) if isinstance(value, list | dict | msgspec.Struct) else value


def from_row(kind: type[S], row: sa.Row[Any]) -> S:
    """A validated record; raises msgspec.ValidationError where the database holds what the model forbids."""
    return msgspec.convert({f"{name}": value for name, value in row._mapping.items()}, kind, strict=False)


def insert(connection: sa.Connection, table: sa.Table, records: Sequence[msgspec.Struct]) -> None:
    """Insert all; an empty list is no statement."""
    if records:
        connection.execute(sa.insert(table), [to_row(record) for record in records])


def insert_into(connection: sa.Connection, table: sa.Table) -> postgresql.Insert | sqlite.Insert:
    """An insert that knows ON CONFLICT, in the words of the connection's database."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def is_among(connection: sa.Connection, column: sa.Column[Any], ids: Collection[UUID]) -> sa.ColumnElement[bool]:
    """Whether a column's id is one of these, however many: they are one bound value, where IN would bind each."""
    if connection.dialect.name == "postgresql":
        return column == sa.any_(sa.literal(list(ids), postgresql.ARRAY(sa.Uuid())))
    each = sa.func.json_each(msgspec.json.encode([one.hex for one in ids]).decode()).table_valued("value")
    return sa.cast(column, sa.Text()).in_(sa.select(each.c.value))


def upsert(connection: sa.Connection, table: sa.Table, records: Iterable[msgspec.Struct]) -> None:
    """Insert, or replace the record of the same primary key."""
    rows = [to_row(record) for record in records]
    if not rows:
        return
    statement = insert_into(connection, table)
    keys = [column.name for column in table.primary_key]
    changes = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in keys}
    statement = statement.on_conflict_do_update(index_elements=keys, set_=changes)
    for start in range(0, len(rows), BATCH):
        connection.execute(statement, rows[start : start + BATCH])
