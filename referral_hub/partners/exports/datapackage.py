"""The file that describes the tables: types, constraints and keys, as Frictionless Data defines them. Pure.

HSDS demands that some fields be filled, that an address on the web be one, and so on; a real directory
does not always do so. A promise that the rows break is not made, and `Promises.broken` names it: the
package says of its tables what holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from referral_hub.partners import hsds
from referral_hub.partners.tabular import OWN_EXPORT, Column, Table

NAME = "referral-hub-directory"
_EMAIL = re.compile(r"[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
_URI = re.compile(r"https?://[A-Za-z0-9._-]+(?::\d+)?(?:[/?#][A-Za-z0-9._~:/?#@!$&'()*+,;=%-]*)?")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d")
_HOLDS: dict[str, Callable[[str], object]] = {
    "email": _EMAIL.fullmatch,
    "uri": _URI.fullmatch,
    "uuid": _UUID.fullmatch,
    "time": _TIME.fullmatch,
}
"""Form -> whether a filled cell has it; narrower than any validator's."""


class Promises:
    """What the package may say of one table, given every row of it."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.rows = 0
        self._open = [(column, place, self._checks(column)) for place, column in enumerate(table.columns) if self._checks(column)]
        self.broken: dict[tuple[str, str], int] = {}
        """(column, promise) -> how many rows break it."""

    @staticmethod
    def _checks(column: Column) -> dict[str, Callable[[str], object]]:
        checks: dict[str, Callable[[str], object]] = {}
        if column.required:
            checks["required"] = bool
        for form in (column.format, column.type):
            if form in _HOLDS:
                checks[form] = _empty_or(_HOLDS[form])
        if column.choices:
            checks["enum"] = _empty_or(frozenset(column.choices).__contains__)
        return checks

    def look_at(self, cells: list[str]) -> None:
        """One row, as written."""
        self.rows += 1
        for column, place, checks in self._open:
            for promise, holds in checks.items():
                if not holds(cells[place]):
                    key = (column.name, promise)
                    self.broken[key] = self.broken.get(key, 0) + 1

    def describe(self) -> dict[str, Any]:
        """The table as a resource of the package."""
        columns = self.table.columns
        return {
            "name": self.table.kind,
            "path": self.table.file,
            "profile": "tabular-data-resource",
            "format": "csv",
            "mediatype": "text/csv",
            "encoding": "utf-8",
            "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True, "header": True},
            "schema": {
                "fields": [self._describe(column) for column in columns],
                "missingValues": [""],
                "primaryKey": "id",
                "foreignKeys": [_reference(self.table, column) for column in columns if column.reference],
            },
        }

    def _describe(self, column: Column) -> dict[str, Any]:
        kept = {promise for promise in self._checks(column) if (column.name, promise) not in self.broken}
        field: dict[str, Any] = {"name": column.name, "type": column.type if column.type != "time" or "time" in kept else "string"}
        if column.format and column.format in kept:
            field["format"] = column.format
        if column.is_ours:
            field |= {"title": f"{column.field} (not a field of HSDS)", OWN_EXPORT: True}
        field["constraints"] = {"required": column.required and "required" in kept, "unique": column.name == "id"}
        if "enum" in kept:
            field["constraints"]["enum"] = list(column.choices)
        return field


def describe_package(promises: Iterable[Promises]) -> dict[str, Any]:
    """The whole datapackage.json."""
    return {
        "name": NAME,
        "title": "Directory of services",
        "description": "Organizations, the services they offer, and where, in the words of the Human Services Data Specification."
        " Columns that begin with x_ are the hub's own. Confidential places stand without address and coordinates.",
        "profile": "tabular-data-package",
        "version": hsds.VERSION,
        "homepage": hsds.PROFILE,
        OWN_EXPORT: {"version": 1},
        "resources": [promise.describe() for promise in promises],
    }


def _reference(table: Table, column: Column) -> dict[str, Any]:
    resource = "" if column.reference == table.kind else column.reference
    return {"fields": column.name, "reference": {"resource": resource, "fields": "id"}}


def _empty_or(holds: Callable[[str], object]) -> Callable[[str], object]:
    return lambda cell: not cell or holds(cell)
