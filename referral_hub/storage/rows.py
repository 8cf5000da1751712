"""Structs to rows and back: validated on the way out, whole on the way in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from operator import attrgetter
from types import NoneType
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
    if not records:
        return
    if connection.dialect.positional:
        text, names, converts = _compiled_insert(table, connection.dialect)
        columns: list[Sequence[Any]] = list(zip(*map(attrgetter(*names), records), strict=True))
        for place, convert in converts:
            columns[place] = convert(columns[place])
        connection.exec_driver_sql(text, list(zip(*columns, strict=True)))
    else:
        connection.execute(sa.insert(table), [to_row(record) for record in records])


ConvertColumn = Callable[[Sequence[Any]], Sequence[Any]]


_inserts: dict[tuple[str, str], tuple[str, list[str], list[tuple[int, ConvertColumn]]]] = {}
"""By table and kind of database."""


def _compiled_insert(table: sa.Table, dialect: sa.Dialect) -> tuple[str, list[str], list[tuple[int, ConvertColumn]]]:
    """An insert in the driver's words, its fields in order, and what turns a column of values into the driver's.

    SQLAlchemy would do the same value by value, which takes longer than the database does.
    """
    found = _inserts.get((table.name, dialect.name))
    if found is None:
        compiled: Any = sa.insert(table).compile(dialect=dialect)
        converts = [(place, _column_converter(table.c[name].type, dialect)) for place, name in enumerate(compiled.positiontup)]
        found = compiled.string, compiled.positiontup, [(place, convert) for place, convert in converts if convert]
        _inserts[table.name, dialect.name] = found
    return found


def _column_converter(kind: sa.types.TypeEngine[Any], dialect: sa.Dialect) -> ConvertColumn | None:
    if isinstance(kind, sa.Uuid):
        return lambda values: [None if value is None else value.int.to_bytes(16, "big").hex() for value in values]
    if isinstance(kind, sa.Text):
        return _plain_texts
    convert = kind.dialect_impl(dialect).bind_processor(dialect)
    if convert is None:
        return None
    if isinstance(kind, sa.JSON):
        return lambda values: [convert(_plain(value)) for value in values]
    return lambda values: [None if value is None else convert(value) for value in values]


def _plain_texts(values: Sequence[Any]) -> Sequence[Any]:
    """Names of enumerations as mere text."""
    if set(map(type, values)) <= {str, NoneType}:
        return values
    return [None if value is None else str(value) for value in values]


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
