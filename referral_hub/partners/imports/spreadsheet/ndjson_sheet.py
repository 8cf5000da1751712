"""One JSON object a line: nested keys become columns with dots, lists become lines of a cell or rows of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from referral_hub.partners.imports.spreadsheet.sheet import COLUMN_LIMIT, ROW_LIMIT, Broken, Look, Sheet, SheetRow

LINE_LIMIT = 4 << 20
"""Bytes in one line."""
DEPTH = 20


def open_ndjson(path: Path, look: Look) -> Sheet:
    """The columns of a file of JSON objects, in the order in which they are met; raises Broken where it holds none."""
    columns: dict[str, None] = {}
    lists: dict[str, None] = {}
    first: Broken | None = None
    for item in _objects(path):
        if isinstance(item, Broken):
            first = first or item
            continue
        _, value = item
        for row in explode(value, look.each):
            columns.update(dict.fromkeys(row))
        _note_lists(value, "", lists)
        if len(columns) > COLUMN_LIMIT:
            raise Broken(f"there are more than {COLUMN_LIMIT} columns", item[0])
    if not columns:
        raise first or Broken("the file holds no objects")

    def rows() -> Iterator[SheetRow | Broken]:
        for item in _objects(path):
            if isinstance(item, Broken):
                yield item
                continue
            for cells in explode(item[1], look.each):
                if any(cells.values()):
                    yield SheetRow(item[0], cells)

    return Sheet(file=path.name, kind="ndjson", columns=tuple(columns), header_row=None, rows=rows, lists=tuple(lists))


def explode(value: dict[str, Any], each: str | None) -> Iterator[dict[str, str]]:
    """The row of an object, or one for each item of the list at `each`; an object with an empty list is still a row."""
    if each is None:
        yield flatten(value)
        return
    found = _at(value, each.split("."))
    rest = flatten(value, leave=each)
    items = [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []
    for item in items:
        yield rest | flatten(item, path=each)
    if not items:
        yield rest


def flatten(value: dict[str, Any], path: str = "", leave: str | None = None) -> dict[str, str]:
    """Columns of an object: `{"a": {"b": 1}}` is `a.b`; a list is a line an item."""
    out: dict[str, str] = {}
    for key, item in value.items():
        name = f"{path}.{key}" if path else str(key)
        if name == leave:
            continue
        if isinstance(item, dict):
            out.update(flatten(item, name, leave))
        elif isinstance(item, list):
            out.update(_flatten_list(item, name, leave))
        else:
            out[name] = _write(item)
    return out


def _flatten_list(items: list[Any], name: str, leave: str | None) -> dict[str, str]:
    """Columns of a list: its items side by side, a blank line where one does not say."""
    objects = [flatten(item, name, leave) for item in items if isinstance(item, dict)]
    plain = [_write(item).replace("\n", " ") for item in items if not isinstance(item, dict | list)]
    out = {name: "\n".join(plain)} if plain or not items else {}
    for column in dict.fromkeys(column for row in objects for column in row):
        out[column] = "\n".join(row.get(column, "") for row in objects)
    return out


def _note_lists(value: dict[str, Any], path: str, lists: dict[str, None]) -> None:
    for key, item in value.items():
        name = f"{path}.{key}" if path else str(key)
        if isinstance(item, dict):
            _note_lists(item, name, lists)
        elif isinstance(item, list) and any(isinstance(part, dict) for part in item):
            lists[name] = None
            for part in item:
                if isinstance(part, dict):
                    _note_lists(part, name, lists)


def _at(value: Any, path: list[str]) -> Any:
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _write(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def _objects(path: Path) -> Iterator[tuple[int, dict[str, Any]] | Broken]:
    """(line, object) of every line that holds one; a Broken for every other."""
    with path.open("rb") as file:
        for number, line in enumerate(_lines(file), start=1):
            plain = line.removeprefix(b"\xef\xbb\xbf").strip() if number == 1 else line.strip()
            if not plain:
                continue
            if number > ROW_LIMIT:
                yield Broken(f"there are more than {ROW_LIMIT:,} lines; split the file", number)
                return
            if len(line) >= LINE_LIMIT:
                yield Broken("a line is longer than 4 MB", number)
                return
            try:
                value = msgspec.json.decode(plain)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                yield Broken("this line is no JSON", number)
                continue
            if not isinstance(value, dict) or _is_deep(value, DEPTH):
                yield Broken("this line is no JSON object, or nested too deeply", number)
                continue
            yield number, value


def _is_deep(value: Any, left: int) -> bool:
    if left == 0:
        return True
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(isinstance(item, dict | list) and _is_deep(item, left - 1) for item in items)


def _lines(file: BinaryIO) -> Iterator[bytes]:
    while line := file.readline(LINE_LIMIT):
        yield line
