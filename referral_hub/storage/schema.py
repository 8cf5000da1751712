"""Tables from Structs: the fields of a record are written once, in its model.

Column types follow the annotations; a column is nullable exactly where the annotation allows None.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(sa.TypeDecorator[datetime]):
    """An aware time, kept in UTC. SQLite has no zones: there it is text that sorts, to the microsecond."""

    impl = sa.String(32)
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.TIMESTAMP(timezone=True))
        return dialect.type_descriptor(sa.String(32))

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> Any:
        if value is None:
            return None
        utc = value.astimezone(UTC)
        return utc if dialect.name == "postgresql" else utc.isoformat(timespec="microseconds")

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002  # SQLAlchemy gives it
        if value is None:
            return None
        return value.astimezone(UTC) if isinstance(value, datetime) else datetime.fromisoformat(value)


STRUCTS: dict[str, type[msgspec.Struct]] = {}
"""Table name -> the record whose fields are its columns."""

_JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
_TYPES: dict[Any, sa.types.TypeEngine[Any]] = {
    UUID: sa.Uuid(),
    str: sa.Text(),
    int: sa.BigInteger(),
    float: sa.Float(),
    bool: sa.Boolean(),
    bytes: sa.LargeBinary(),
    date: sa.Date(),
    datetime: Instant(),
}


def _column_type(annotation: Any) -> tuple[sa.types.TypeEngine[Any], bool]:
    """(type, nullable) of an annotation."""
    if typing.get_origin(annotation) in (types.UnionType, typing.Union):
        kinds = [kind for kind in typing.get_args(annotation) if kind is not type(None)]
        return _column_type(kinds[0])[0], True
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return sa.Text(), False
    if annotation is Any:
        return _JSON, True
    return _TYPES.get(annotation, _JSON), False


def table_of(
    struct: type[msgspec.Struct],
    name: str,
    *,
    primary: tuple[str, ...] = ("id",),
    references: dict[str, str] | None = None,
    unique: Iterable[tuple[str, ...]] = (),
    indexes: Iterable[tuple[str, ...]] = (),
) -> sa.Table:
    """The Core table of a Struct.

    `references` maps a column to the table whose `id` it holds; those columns are indexed.
    """
    references = references or {}
    hints = typing.get_type_hints(struct)
    columns = []
    for field in msgspec.structs.fields(struct):
        kind, nullable = _column_type(hints[field.name])
        foreign = [sa.ForeignKey(f"{references[field.name]}.id")] if field.name in references else []
        columns.append(sa.Column(field.name, kind, *foreign, primary_key=field.name in primary, nullable=nullable))
    table = sa.Table(name, metadata, *columns)
    STRUCTS[name] = struct
    for names in unique:
        table.append_constraint(sa.UniqueConstraint(*(table.c[n] for n in names)))
    for names in {*indexes, *((n,) for n in references if n not in primary)}:
        sa.Index(None, *(table.c[n] for n in names))
    return table
