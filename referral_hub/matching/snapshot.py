"""The match index as one file, so that a worker that starts need not read a million records.

A snapshot is never trusted further than it can be checked: it names its form, the database and the change number
that it was made of, and is put in place whole or not at all. What changed since is read from the database.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import numpy as np
from msgspec import Struct

from referral_hub.matching.columns import OTHER_TYPES, TABLE_TYPES, Columns, Numbering
from referral_hub.matching.kernel import Postings, WordRows

FORM = 4
"""To be raised when the columns are made differently from the same records."""
_MAGIC = b"referral-hub match index\n"
_TYPES: dict[str, Any] = TABLE_TYPES | OTHER_TYPES
_SPARE = 1_024
_WORDS = WordRows._fields[:-1]


class Part(Struct):
    """An array: its type, its length."""

    name: str
    kind: str
    size: int


class Header(Struct):
    """What stands before the arrays."""

    form: int
    shape: str
    identity: int
    directory: int
    taxonomy: int
    parts: list[Part]
    above: dict[str, tuple[str, ...]]
    numbers: dict[str, list[str]]
    keys: dict[str, dict[int, int]]
    sets: dict[str, list[list[list[int]]]]
    raw: dict[str, dict[int, bytes]]
    newer: list[tuple[bytes, int]]
    named: list[tuple[bytes, int]]
    later_words: dict[int, list[int]]
    width: int
    """Of the words that are kept as bits, see kernel.WordRows."""


class Numbers(Struct, frozen=True):
    """The change numbers of which an index was made, and the database."""

    identity: int
    directory: int
    taxonomy: int


def save_snapshot(path: Path, columns: Columns, numbers: Numbers) -> None:
    """Write the columns to a file beside the old one, then put it in its place."""
    arrays = _arrays(columns)
    header = Header(
        form=FORM,
        shape=_shape(),
        identity=numbers.identity,
        directory=numbers.directory,
        taxonomy=numbers.taxonomy,
        parts=[Part(name, array.dtype.str if array.dtype.names is None else "record", len(array)) for name, array in arrays.items()],
        above=columns.above,
        numbers={kind: list(names) for kind, names in columns.numbers.items()},
        keys=columns.keys,
        sets=columns.sets,
        raw=columns.raw,
        newer=[(listing_id.bytes, row) for listing_id, row in columns.newer.items()],
        named=columns.named,
        later_words=columns.later_words,
        width=columns.words.width,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    written = path.with_suffix(f".{os.getpid()}")
    try:
        with written.open("wb") as file:
            head = msgspec.msgpack.encode(header)
            file.write(_MAGIC + len(head).to_bytes(8, "big") + head)
            for array in arrays.values():
                file.write(np.ascontiguousarray(array).view(np.uint8).data)
            file.flush()
            os.fsync(file.fileno())
        written.replace(path)
    finally:
        written.unlink(missing_ok=True)


def load_snapshot(path: Path, identity: int) -> tuple[Columns, Numbers] | None:
    """The columns of a file; None where there is none, or it is of another database, another form, or broken."""
    try:
        with path.open("rb") as file:
            if file.read(len(_MAGIC)) != _MAGIC:
                return None
            header = msgspec.msgpack.decode(file.read(int.from_bytes(file.read(8), "big")), type=Header)
            if (header.form, header.shape, header.identity) != (FORM, _shape(), identity):
                return None
            arrays = {part.name: _read_array(file, part) for part in header.parts}
            if file.read(1):
                return None
    except (OSError, EOFError, ValueError, msgspec.DecodeError, msgspec.ValidationError):
        return None
    return _columns(header, arrays), Numbers(header.identity, header.directory, header.taxonomy)


def _arrays(columns: Columns) -> dict[str, Any]:
    return {
        **{name: columns.tables[name].array for name in _TYPES},
        **{f"base.{name}": getattr(columns.base, name) for name in Postings._fields},
        **{f"fresh.{name}": getattr(columns.fresh, name) for name in Postings._fields},
        **{f"words.{name}": getattr(columns.words, name) for name in _WORDS},
        "by_id": columns.by_id,
        "by_rank": columns.by_rank,
    }


def _read_array(file: Any, part: Part) -> Any:
    kind = _TYPES[part.name] if part.kind == "record" else np.dtype(part.kind)
    # Room for what comes later, so that the first change copies nothing.
    array = np.zeros(part.size + (part.size // 16 + _SPARE if part.name in _TYPES else 0), kind)
    view = array[: part.size].view(np.uint8).data
    if file.readinto(view) != len(view):
        raise EOFError
    return array


def _columns(header: Header, arrays: dict[str, Any]) -> Columns:
    columns = Columns(header.above)
    for part in header.parts:
        if part.name in _TYPES:
            columns.tables[part.name].hold(arrays[part.name], part.size)
    columns.base = Postings(*(arrays[f"base.{name}"] for name in Postings._fields))
    columns.fresh = Postings(*(arrays[f"fresh.{name}"] for name in Postings._fields))
    columns.words = WordRows._make((*(arrays[f"words.{name}"] for name in _WORDS), header.width))
    columns.later_words = header.later_words
    columns.newer, columns.named = {UUID(bytes=listing_id): row for listing_id, row in header.newer}, header.named
    columns.order_ids(arrays["by_id"])
    columns.by_rank = arrays["by_rank"]
    columns.numbers = {kind: Numbering(zip(names, range(len(names)), strict=True)) for kind, names in header.numbers.items()}
    columns.keys, columns.raw = header.keys, header.raw
    columns.sets = header.sets
    return columns


def _shape() -> str:
    """What the arrays look like: another program's are not taken."""
    return repr([(name, np.dtype(kind).descr) for name, kind in _TYPES.items()])
