"""Selects that every request asks: compiled once for each database, and asked of the driver itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa

from referral_hub.storage.engine import ask_driver

Convert = Callable[[Any], Any]


class _Form(NamedTuple):
    """The select in the words of one driver."""

    text: str
    order: list[str] | None
    """Names of the values where the driver counts them; None where it names them."""
    fixed: dict[str, Any]
    """Values that the select names itself."""
    given: dict[str, Convert]
    read: list[tuple[int, Convert]]


class Prepared:
    """A select with named values; values and columns are converted as SQLAlchemy converts them."""

    def __init__(self, statement: sa.Select[Any]) -> None:
        self._statement = statement
        self._forms: dict[str, _Form] = {}

    def rows(self, connection: sa.Connection, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """What is found; every named value must be given."""
        form = self._forms.get(connection.dialect.name)
        if form is None:
            form = self._forms[connection.dialect.name] = self._compile(connection.dialect)
        ready = {**form.fixed, **values, **{name: convert(values[name]) for name, convert in form.given.items()}}
        found = ask_driver(connection, form.text, ready if form.order is None else [ready[name] for name in form.order])
        return [_read(row, form.read) for row in found] if form.read else found

    def _compile(self, dialect: sa.Dialect) -> _Form:
        compiled: Any = self._statement.compile(dialect=dialect)
        binds = {name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in compiled.binds.items()}
        columns = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in self._statement.selected_columns]
        return _Form(
            text=compiled.string,
            order=compiled.positiontup,
            fixed={name: bind.value for name, bind in compiled.binds.items() if not bind.required},
            given={name: convert for name, convert in binds.items() if convert and compiled.binds[name].required},
            read=[(place, convert) for place, convert in enumerate(columns) if convert],
        )


def _read(row: Any, converts: list[tuple[int, Convert]]) -> tuple[Any, ...]:
    values = list(row)
    for place, convert in converts:
        values[place] = convert(values[place])
    return tuple(values)
