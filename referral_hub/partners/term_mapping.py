"""From the terms of other taxonomies to codes of ours: tables of names or codes, and what follows for a tagged service.

`relation` says what the other term is to our code: the same (exact), a part of it (narrower), or more than it
(broader). A service under an exact or narrower term is a service under our code; from a broader one nothing follows.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from msgspec import Struct

from referral_hub.errors import FieldError, ImportRefused
from referral_hub.partners import taxonomy
from referral_hub.partners.model import Taxonomy, TaxonomyTerm

OPEN_ELIGIBILITY, HUMAN_SERVICES_211 = "open-eligibility", "211"
SCHEMES: dict[str, tuple[str, ...]] = {
    OPEN_ELIGIBILITY: ("open eligibility", "openeligibility"),
    HUMAN_SERVICES_211: ("211 ", "2-1-1", "airs ", "inform usa"),
}
"""Scheme -> words by which the name or description of a taxonomy tells that it is one."""
LABEL = "mapped from "
"""How the label of every attribute begins that was derived here; the name of the other term follows."""
LARGEST_FILE = 20_000_000
"""Bytes."""


class Relation(StrEnum):
    """What another taxonomy's term is to a code of ours."""

    EXACT = "exact"
    NARROWER = "narrower"
    BROADER = "broader"


class TermMapping(Struct, frozen=True, kw_only=True):
    """One line of a mapping; `key` is the other term's code or name, in small letters."""

    id: UUID
    scheme: str
    """A key of SCHEMES, or the name of an imported taxonomy in small letters."""
    key: str
    code: str
    """Ours."""
    relation: Relation


def mapping_line(scheme: str, key: str, code: str, relation: Relation) -> TermMapping:
    """A line with the id that it has everywhere."""
    plain = plain_key(key)
    line_id = taxonomy.fixed_id("term_mapping", f"{scheme}|{plain}|{code}")
    return TermMapping(id=line_id, scheme=scheme, key=plain, code=code, relation=relation)


def plain_key(text: str) -> str:
    """A name or code as mappings compare it."""
    return " ".join(text.casefold().replace(" and ", " & ").split())


@lru_cache(maxsize=1)
def open_eligibility() -> tuple[TermMapping, ...]:
    """The mapping that comes with the hub: names of Open Eligibility to our codes."""
    return tuple(read_mapping(Path(__file__).with_name("open_eligibility.csv"), OPEN_ELIGIBILITY))


def read_mapping(path: Path, scheme: str) -> list[TermMapping]:
    """A CSV with `name` (or `term`: the other taxonomy's code), `code` (ours) and `relation`.

    Raises:
        ImportRefused: a line names no code of ours or no relation; every fault is named.
    """
    faults, lines = [], []
    for number, cells in enumerate(read_csv(path, ("code", "relation")), start=2):
        key = cells.get("term") or cells.get("name") or ""
        code, relation = cells["code"].strip(), cells["relation"].strip().lower()
        if not key.strip():
            faults.append(FieldError(f"{path.name}, row {number}, term", "the other taxonomy's code or name is blank"))
        elif code not in taxonomy.BY_CODE:
            faults.append(FieldError(f"{path.name}, row {number}, code", f"{code[:60] or '(blank)'} is no code of ours"))
        elif relation not in list(Relation):
            faults.append(FieldError(f"{path.name}, row {number}, relation", "this is exact, narrower or broader"))
        else:
            lines.append(mapping_line(scheme, key, code, Relation(relation)))
    refuse_if_faulty(faults)
    return lines


def read_csv(path: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    """The rows of a CSV file by their columns in small letters; raises ImportRefused where it is none or lacks a column."""
    if path.stat().st_size > LARGEST_FILE:
        raise ImportRefused(f"{path.name} is larger than 20 MB: this is no taxonomy. Nothing was imported.")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = [cell.strip().lower() for cell in next(reader, [])]
            rows = [dict(zip(header, cells, strict=False)) for cells in reader if any(cells)]
    except (csv.Error, UnicodeDecodeError) as fault:
        raise ImportRefused(f"{path.name} is no CSV in UTF-8. Nothing was imported.") from fault
    if missing := [column for column in columns if column not in header]:
        raise ImportRefused(f"{path.name} has no column {missing[0]}. Nothing was imported.")
    return [dict.fromkeys(header, "") | row for row in rows]


def refuse_if_faulty(faults: list[FieldError]) -> None:
    """Raise ImportRefused for all of them at once (the first fifty are named)."""
    if faults:
        first = faults[0]
        raise ImportRefused(f"{len(faults)} faults; the first: {first.field}: {first.message}.", errors=tuple(faults[:50]))


def schemes_of(scheme: Taxonomy) -> frozenset[str]:
    """The mappings that hold for a taxonomy, by what it says of itself."""
    if scheme.id == taxonomy.TAXONOMY_ID:
        return frozenset()
    said = f"{scheme.name} {scheme.description} ".casefold()
    known = {name for name, words in SCHEMES.items() if any(word in said for word in words)}
    return frozenset({*known, scheme.name.casefold()})


def mapped_codes(term: TaxonomyTerm, schemes: Iterable[str], lines: dict[tuple[str, str], list[TermMapping]]) -> list[str]:
    """Our codes that follow from a term: its own code is tried first, its name where no line has the code."""
    for key in (plain_key(bare_code(term.code)), plain_key(term.name)):
        found = [line for scheme in schemes for line in lines.get((scheme, key), ())]
        if found:
            return sorted({line.code for line in found if line.relation is not Relation.BROADER})
    return []


def bare_code(code: str) -> str:
    """A term's code without the network or the taxonomy before it, and without the id behind a double."""
    return re.sub(r"#[^#]*$", "", code.split(":", 1)[-1])


def by_key(lines: Iterable[TermMapping]) -> dict[tuple[str, str], list[TermMapping]]:
    """Lines by scheme and key."""
    found: dict[tuple[str, str], list[TermMapping]] = {}
    for line in lines:
        found.setdefault((line.scheme, line.key), []).append(line)
    return found
