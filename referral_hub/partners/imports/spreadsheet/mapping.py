"""The mapping of a spreadsheet: which column goes to which field, written as JSON and read strictly."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

import msgspec
from msgspec import Struct, field

from referral_hub.errors import FieldError, Invalid
from referral_hub.partners import taxonomy
from referral_hub.partners.imports.spreadsheet.fields import FIELDS

LARGEST = 256 << 10
"""Bytes of a mapping file."""
DELIMITERS = (",", ";", "\t", "|")


class Mapping(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a spreadsheet is to be read. What is not named is found out or left alone."""

    fields: dict[str, str | list[str]]
    """Field (a name of `fields.FIELDS`) -> column, or several: a text joins them, a key is made of them, else the first filled counts."""
    constants: dict[str, str] = field(default_factory=dict)
    """Field -> what it holds where its cell is blank or no column goes to it."""
    terms: dict[str, str | list[str]] = field(default_factory=dict)
    """The source's words for kinds of help -> codes of ours; an empty list: none."""
    network: str | None = None
    """What the source is called, so that its next import updates what this one made."""
    each: str | None = None
    """ndjson: the path of a list; each of its items is a row of its own."""
    sheet: str | None = None
    """XLSX: the sheet's name; otherwise the first that is not hidden."""
    header_row: int | None = None
    """The row that names the columns; otherwise it is found."""
    delimiter: str | None = None
    encoding: str | None = None
    fill_down: list[str] = field(default_factory=list)
    """Columns whose blank cells take the cell above (merged cells, groups)."""

    def columns_of(self, name: str) -> tuple[str, ...]:
        """The columns of a field, in order."""
        given = self.fields.get(name, ())
        return (given,) if isinstance(given, str) else tuple(given)

    def columns(self) -> tuple[str, ...]:
        """Every column that is used, each once."""
        return tuple(dict.fromkeys(column for name in self.fields for column in self.columns_of(name)))

    def has(self, name: str) -> bool:
        """Whether the source says anything of a field."""
        return bool(self.columns_of(name)) or bool(self.constants.get(name))

    def codes_of(self, word: str) -> list[str] | None:
        """Our codes for the source's word, or None where the table does not know it."""
        wanted = _plain(word)
        for known, codes in self.terms.items():
            if _plain(known) == wanted:
                return [codes] if isinstance(codes, str) else list(codes)
        return None


def read_mapping(data: bytes) -> Mapping:
    """A mapping file.

    Raises:
        Invalid: it is no mapping; each fault names the place in the file.
    """
    if len(data) > LARGEST:
        raise Invalid("The mapping is larger than 256 KB; it is a small JSON file.")
    try:
        mapping = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"), type=Mapping)
    except msgspec.ValidationError as fault:
        message, _, where = str(fault).partition(" - at `$")
        raise Invalid("The mapping cannot be read.", errors=(FieldError(where.rstrip("`").lstrip(".") or "mapping", message),)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise Invalid("The mapping cannot be read.", errors=(FieldError("mapping", f"This is not JSON ({fault})."),)) from None
    check_mapping(mapping)
    return mapping


def check_mapping(mapping: Mapping) -> None:
    """Whether fields, constants and terms exist and a row can be told whose it is.

    Raises:
        Invalid: every fault, by its place in the file.
    """
    errors = [
        FieldError(f"{part}.{name}", f"There is no such field.{_similar(name, FIELDS)}")
        for part, names in (("fields", mapping.fields), ("constants", mapping.constants))
        for name in names
        if name not in FIELDS
    ]
    for name in mapping.fields:
        columns = mapping.columns_of(name)
        if not columns or not all(columns):
            errors.append(FieldError(f"fields.{name}", "Name a column, or leave the field out."))
    for word in mapping.terms:
        errors += [
            FieldError(f"terms.{word}", f"There is no code {code} of ours.{_similar(code, taxonomy.BY_CODE)}")
            for code in mapping.codes_of(word) or []
            if code not in taxonomy.BY_CODE
        ]
    if not mapping.has("organization.name") and not mapping.has("service.name"):
        errors.append(FieldError("fields.organization.name", "Say which column names the organization (or the service)."))
    if mapping.header_row is not None and mapping.header_row < 1:
        errors.append(FieldError("header_row", "Rows are counted from 1."))
    if mapping.delimiter is not None and mapping.delimiter not in DELIMITERS:
        errors.append(FieldError("delimiter", "This is a comma, a semicolon, a tab or a bar."))
    if mapping.encoding is not None and not _is_encoding(mapping.encoding):
        errors.append(FieldError("encoding", "There is no such encoding. Leave it out, or say utf-8 or windows-1252."))
    if mapping.network is not None and not 0 < len(mapping.network.strip()) <= 100:
        errors.append(FieldError("network", "A name of 1 to 100 characters."))
    if errors:
        raise Invalid("The mapping has faults.", errors=tuple(errors))


def write_mapping(mapping: Mapping) -> bytes:
    """The mapping as a file that read_mapping takes, without what says nothing."""
    plain = {name: value for name, value in msgspec.to_builtins(mapping).items() if value not in (None, {}, [])}
    return msgspec.json.format(msgspec.json.encode(plain), indent=2) + b"\n"


def _is_encoding(name: str) -> bool:
    try:
        b"a".decode(name)
    except (LookupError, ValueError):
        return False
    return True


def _similar(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f" Did you mean {near[0]}?" if near else ""


def _plain(word: str) -> str:
    return re.sub(r"\s+", " ", word).strip().casefold()
