"""Files of other people's taxonomies as terms: Open Eligibility (XML), the 211 taxonomy of whoever holds a licence, any CSV.

Each is kept apart, as a taxonomy of its own whose description says whose it is and under which licence.
"""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError  # nosec B405  # a type and an error: defusedxml does the parsing

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import parse
from msgspec import Struct, structs

from referral_hub.errors import FieldError, ImportRefused, Invalid
from referral_hub.partners import taxonomy
from referral_hub.partners.model import Taxonomy, TaxonomyTerm
from referral_hub.partners.term_mapping import HUMAN_SERVICES_211, LARGEST_FILE, OPEN_ELIGIBILITY, read_csv, refuse_if_faulty

FORMATS = ("openeligibility", "211", "csv")
_CODE_211 = re.compile(r"[A-Z]{1,2}|[A-Z]{2}-\d{4}(?:\.\d{4}(?:-\d{3}(?:\.\d{2})?)?)?")
_LEVELS = ("top_level", "second_level", "third_level", "fourth_level", "fifth_level")
OPEN_ELIGIBILITY_TAXONOMY = Taxonomy(
    id=taxonomy.fixed_id("taxonomy", "open-eligibility"),
    name="Open Eligibility",
    description=(
        "Human Services Taxonomy by Aunt Bertha, Inc., the Open Eligibility Project. Licence: Creative Commons"
        " Attribution-ShareAlike 3.0 Unported (https://creativecommons.org/licenses/by-sa/3.0/). The kinds of help, without the situations."
    ),
    uri="http://openeligibility.org",
)
TAXONOMY_211 = Taxonomy(
    id=taxonomy.TAXONOMY_211_ID,
    name="211 Human Services Indexing System",
    description=(
        "Taxonomy of Human Services of 211 LA County and Inform USA."
        " Licensed: only whoever holds a licence may load it, use it and pass it on."
    ),
    uri="https://www.211taxonomy.org",
)


class ForeignTaxonomy(Struct, frozen=True):
    """A taxonomy and its terms, parents before children; codes carry the taxonomy's prefix (`oe:`, `211:`, its name)."""

    scheme: Taxonomy
    terms: list[TaxonomyTerm]
    mapping_scheme: str
    """Under which its mapping is kept: it then holds for every taxonomy of this kind, whoever's directory brings it."""


class _Line(Struct, frozen=True):
    code: str
    name: str
    description: str
    parent: str | None


def read_taxonomy(path: Path, format_name: str, name: str | None = None) -> ForeignTaxonomy:
    """A taxonomy file; `name` says what a `csv` one is called.

    Raises:
        Invalid: the format is unknown, or a CSV has no name.
        ImportRefused: the file cannot be read as a whole; every fault is named.
    """
    if format_name not in FORMATS:
        raise Invalid(f"The format {format_name} is unknown. Formats: {', '.join(FORMATS)}.")
    if not path.is_file():
        raise ImportRefused(f"{path.name or path} is no file. Nothing was imported.")
    if format_name == "openeligibility":
        version, lines = _read_open_eligibility(path)
        return _made(OPEN_ELIGIBILITY_TAXONOMY, "oe", lines, OPEN_ELIGIBILITY, version)
    if format_name == "211":
        return _made(TAXONOMY_211, "211", _read_211(path), HUMAN_SERVICES_211)
    if not (name or "").strip():
        raise Invalid("Say what the taxonomy is called.", errors=(FieldError("name", "A taxonomy from a CSV needs a name."),))
    plain = " ".join((name or "").split())
    if plain.casefold() == taxonomy.NAME.casefold():
        raise Invalid("The hub's own taxonomy is part of the program.", errors=(FieldError("name", "Give another name."),))
    prefix = re.sub(r"[^a-z0-9]+", "-", plain.casefold()).strip("-") or "taxonomy"
    scheme = Taxonomy(id=taxonomy.fixed_id("taxonomy", f"csv:{prefix}"), name=plain)
    return _made(scheme, prefix, _read_plain(path), plain.casefold())


def _made(scheme: Taxonomy, prefix: str, lines: list[_Line], mapping_scheme: str, version: str | None = None) -> ForeignTaxonomy:
    ids = {line.code: taxonomy.fixed_id("taxonomy_term", f"{prefix}:{line.code}") for line in lines}
    terms = [
        TaxonomyTerm(
            id=ids[line.code],
            code=f"{prefix}:{line.code}",
            name=line.name,
            description=line.description,
            parent_id=ids[line.parent] if line.parent else None,
            taxonomy_id=scheme.id,
        )
        for line in lines
    ]
    return ForeignTaxonomy(structs.replace(scheme, version=version), terms, mapping_scheme)


def _read_open_eligibility(path: Path) -> tuple[str | None, list[_Line]]:
    if path.stat().st_size > LARGEST_FILE:
        raise ImportRefused(f"{path.name} is larger than 20 MB: this is no taxonomy. Nothing was imported.")
    try:
        root = parse(path).getroot()
    except (ParseError, DefusedXmlException, ValueError) as fault:
        raise ImportRefused(f"{path.name} is no XML of Open Eligibility. Nothing was imported.") from fault
    services = root.find("services") if root is not None else None
    if root is None or services is None:
        raise ImportRefused(f"{path.name} is no XML of Open Eligibility: it has no services. Nothing was imported.")
    said = {one.get("id", ""): " ".join((one.text or "").split()) for one in services.iter("category")}
    lines: list[_Line] = []
    faults: list[FieldError] = []
    _walk(services, None, said, {}, lines, faults)
    refuse_if_faulty(faults)
    version = root.findtext("version")
    return (version.strip() if version else None), lines


def _walk(
    element: Element, parent: str | None, said: dict[str, str], doubles: dict[str, int], lines: list[_Line], faults: list[FieldError]
) -> None:
    for child in element:
        if child.tag not in _LEVELS:
            continue
        code, title = (child.get("id") or "").strip(), " ".join((child.get("title") or "").split())
        if not code or not title:
            faults.append(FieldError(f"{child.tag} {code or title or '(blank)'}", "a term needs an id and a title"))
            continue
        doubles[code] = doubles.get(code, 0) + 1
        unique = code if doubles[code] == 1 else f"{code}-{doubles[code]}"  # the project gave an id twice
        lines.append(_Line(unique, title, said.get(code, ""), parent))
        _walk(child, unique, said, doubles, lines, faults)


def _read_211(path: Path) -> list[_Line]:
    """`code`, `name`, `definition`; what a term lies under follows from its code (`BD-1800.2000` under `BD-1800`, `BD`, `B`)."""
    rows = read_csv(path, ("code", "name"))
    codes = {row["code"].strip() for row in rows}
    return _checked(path, [(row, _above(row["code"].strip(), codes)) for row in rows], pattern=_CODE_211)


def _above(code: str, known: set[str]) -> str | None:
    """The nearest code above that the file has."""
    while code:
        found = re.match(r"(.+)[.-]\d+$", code)
        code = found[1] if found else code[:-1]
        if code in known:
            return code
    return None


def _read_plain(path: Path) -> list[_Line]:
    """`code`, `name`, and if there are `definition` (or `description`) and `parent` (a code)."""
    rows = read_csv(path, ("code", "name"))
    return _checked(path, [(row, row.get("parent", "").strip() or None) for row in rows])


def _checked(path: Path, rows: list[tuple[dict[str, str], str | None]], pattern: re.Pattern[str] | None = None) -> list[_Line]:
    """Lines with parents before children; blank or doubled codes, unknown parents and rings are faults."""
    faults: list[FieldError] = []
    found: dict[str, _Line] = {}
    numbers: dict[str, int] = {}
    for number, (row, parent) in enumerate(rows, start=2):
        code, name = row["code"].strip(), " ".join(row["name"].split())
        where = f"{path.name}, row {number}"
        if not code or not name:
            faults.append(FieldError(f"{where}, {'name' if code else 'code'}", "this is blank"))
        elif code in found:
            faults.append(FieldError(f"{where}, code", f"{code[:60]} is also that of row {numbers[code]}"))
        elif pattern is not None and not pattern.fullmatch(code):
            faults.append(FieldError(f"{where}, code", f"{code[:60]} is no code such as BD-1800.2000"))
        else:
            description = " ".join((row.get("definition") or row.get("description") or "").split())
            found[code], numbers[code] = _Line(code, name, description, parent), number
    for code, line in found.items():
        if line.parent is not None and line.parent not in found:
            faults.append(FieldError(f"{path.name}, row {numbers[code]}, parent", f"there is no term {line.parent[:60]}"))
    refuse_if_faulty(faults)
    ordered: dict[str, _Line] = {}
    waiting = list(found.values())
    while waiting:
        ready = [line for line in waiting if line.parent is None or line.parent in ordered]
        if not ready:
            refuse_if_faulty([FieldError(f"{path.name}, row {numbers[waiting[0].code]}, parent", "the terms above it lead back to it")])
        ordered.update((line.code, line) for line in ready)
        waiting = [line for line in waiting if line.code not in ordered]
    if not ordered:
        raise ImportRefused(f"{path.name} holds no term. Nothing was imported.")
    return list(ordered.values())
