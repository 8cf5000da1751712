"""Which column holds what, from headers and contents. Pure: the same file gives the same guess."""

from __future__ import annotations

import itertools
import re

from msgspec import Struct

from referral_hub.partners.imports.spreadsheet.contents import TESTS
from referral_hub.partners.imports.spreadsheet.fields import FIELDS, Field
from referral_hub.partners.imports.spreadsheet.mapping import Mapping
from referral_hub.partners.imports.spreadsheet.sheet import SAMPLE_ROWS, Sheet, SheetRow
from referral_hub.partners.imports.spreadsheet.text import clean_text

SHOWN = 3
"""Samples of a column that a person is shown."""
LEAST = 0.5
"""A guess below this score is none."""
_CONTENT_ALONE = frozenset({"email", "url", "zip", "phone"})
"""Content so plain that it needs no header."""
BARE = "name"
"""In place of a field: a header that says `name`, and not whose."""
_AGREES = 0.6
"""Share of cells that must pass a field's test."""


class Column(Struct, frozen=True):
    """One column, its first few different values, and the field that it seems to hold ("": none)."""

    name: str
    samples: tuple[str, ...]
    field: str = ""
    score: float = 0.0
    filled: int = 0
    """Cells that hold something, among the first rows."""


def guess_mapping(sheet: Sheet) -> Mapping:
    """The likeliest mapping of a sheet; fields nobody could name are left out."""
    each = find_each(sheet)
    return mapping_of(guess_columns(sheet, each), each)


def mapping_of(columns: list[Column], each: str | None = None) -> Mapping:
    """A mapping of columns with their fields; a field of several columns takes them in order, those of `each` first."""
    fields: dict[str, list[str]] = {}
    for column in sorted(columns, key=lambda column: not (each and column.name.startswith(f"{each}."))):
        if column.field:
            fields.setdefault(column.field, []).append(column.name)
    return Mapping(fields={field: names[0] if len(names) == 1 else names for field, names in fields.items()}, each=each)


def find_each(sheet: Sheet) -> str | None:
    """ndjson: the outermost list whose items are places or services of their own (they have a name or a street)."""
    for path in sorted(sheet.lists, key=lambda path: path.count(".")):
        inner = {_words(column.removeprefix(f"{path}.")) for column in sheet.columns if column.startswith(f"{path}.")}
        if inner & {"name", "title"} and inner & {"address", "street", "address 1", "city", "zip", "postal code"}:
            return path
    return None


def guess_columns(sheet: Sheet, each: str | None = None) -> list[Column]:
    """Every column with the field that it seems to hold, surest guess first to choose."""
    samples = sample_columns(sheet)
    inside = {name for name in sheet.columns if each and name.startswith(f"{each}.")}
    ranked = sorted(
        ((score, -place, name, field) for place, name in enumerate(sheet.columns) if name not in sheet.lists for field, score in _scores(name, samples[name], each).items() if score >= LEAST),
        reverse=True,
    )
    chosen: dict[str, tuple[str, float]] = {}
    taken: dict[tuple[str, bool], str] = {}
    for score, _, name, field in ranked:
        slot = (field, name in inside)
        if name in chosen or (slot in taken and (field == BARE or not FIELDS[field].joins)):
            continue
        chosen[name] = (field, score)
        taken[slot] = name
    _settle_names(chosen, inside)
    return [
        Column(name, tuple(dict.fromkeys(samples[name]))[:SHOWN], *chosen.get(name, ("", 0.0)), len(samples[name]))
        for name in sheet.columns
    ]


def sample_columns(sheet: Sheet) -> dict[str, list[str]]:
    """The filled cells of the first rows, cleaned, by column."""
    found: dict[str, list[str]] = {name: [] for name in sheet.columns}
    for row in itertools.islice(sheet.rows(), SAMPLE_ROWS):
        if not isinstance(row, SheetRow):
            continue
        for name, cell in row.cells.items():
            text = clean_text(cell)[0] if cell else ""
            if text:
                found.setdefault(name, []).append(text)
    return found


def _scores(name: str, samples: list[str], each: str | None) -> dict[str, float]:
    """Field -> how likely the column holds it, 0 to 1."""
    found: dict[str, float] = {}
    tail = _words(name.removeprefix(f"{each}.")) if each else _words(name)
    last, two = _words(name.rpartition(".")[2]), _words(" ".join(name.split(".")[-2:]))
    if last == BARE and not any(_header_score(two, FIELDS[field]) for field in FIELDS):
        return {BARE: 0.99}
    several = name.rpartition(".")[2].lower() == "services"  # a list of what is offered, not one's name
    for field, known in FIELDS.items():
        header = max(_header_score(words, known) for words in (last, two, tail))
        if last.split()[-1:] == ["id"] and not known.is_key:
            continue
        if several and field in ("service.name", "service.terms"):
            header = 0.97 if field == "service.terms" else 0.0
        if not header and not (known.test in _CONTENT_ALONE and field in ("service.email", "service.url", "address.postal_code", "phone.number")):
            continue
        share = _share(samples, known.test) if known.test else None
        if share is None:
            found[field] = header
        elif header and share >= _AGREES:
            found[field] = 0.8 * header + 0.2 * share
        elif not header and share > 0.9 and len(samples) > 1:
            found[field] = 0.55
        elif header == 1.0 and not samples:
            found[field] = 0.6
    return found


def _header_score(words: str, known: Field) -> float:
    for place, header in enumerate(known.headers):
        if words == header:
            return 1.0 - 0.01 * place
    tokens = words.split()
    for header in known.headers:
        parts = header.split()
        if len(parts) > 1 and len(tokens) <= len(parts) + 2 and set(parts) <= set(tokens):
            return 0.75
    return 0.0


def _share(samples: list[str], test: str) -> float | None:
    """The share of cells (lines of a list count singly) that pass; None where there are none."""
    lines = [line for text in samples for line in (text.split("\n") if test != "hours" else [text]) if line.strip()]
    return sum(map(TESTS[test], lines)) / len(lines) if lines else None


def _settle_names(chosen: dict[str, tuple[str, float]], inside: set[str]) -> None:
    """A bare `name` is the service's where a column names the organization, and the organization's where none does; so with the bare id of a list's owner."""
    fields = {field for field, _ in chosen.values()}
    for name in [*chosen]:
        last = _words(name.rpartition(".")[2])
        if name not in inside and last == "id" and chosen[name][0] == "service.id" and inside:
            chosen[name] = ("organization.id", chosen[name][1])
    bare = [name for name, (field, _) in chosen.items() if field == BARE]
    for name in bare:
        target = "service.name" if name in inside or ("organization.name" in fields and "service.name" not in fields) else "organization.name"
        if target in fields and "location.name" not in fields:
            target = "location.name"
        chosen[name] = (target, chosen[name][1])
        fields.add(target)


def _words(header: str) -> str:
    """A header as words: `orgName`, `Org_Name` and `Org. names` are `org name`."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", header)
    words = re.sub(r"[^a-z0-9]+", " ", parted.lower().replace("e-mail", "email")).split()
    return " ".join(_singular(word) for word in words)


def _singular(word: str) -> str:
    if len(word) > 3 and word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us")) else word
