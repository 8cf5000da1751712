"""A spreadsheet of any kind as rows: what kind it is, is told by its content."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from msgspec import Struct

from referral_hub.partners.imports.spreadsheet.text import clean_text

SIZE_LIMIT = 256 << 20
"""Bytes of a file, where no setting says otherwise."""
COLUMN_LIMIT = 500
ROW_LIMIT = 1_000_000
SAMPLE_ROWS = 200
"""Rows by which columns are guessed."""


class SheetRow(Struct, frozen=True):
    """One record; `number` counts as a spreadsheet does (ndjson: the line)."""

    number: int
    cells: dict[str, str]
    computed: frozenset[str] = frozenset()
    """Columns whose cell is a formula; the cell holds what it came to when the file was saved."""
    extra: tuple[str, ...] = ()
    """Cells beyond the last column."""
    missing: int = 0
    """Cells that the row ends too early for (CSV)."""


class Broken(Exception):  # not an error of the hub: it never leaves this package
    """The file cannot be read on; `row` says where."""

    def __init__(self, problem: str, row: int | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.row = row


class Sheet(Struct, kw_only=True):
    """The columns of a file and a way to go through its rows, any number of times."""

    file: str
    kind: str
    """`csv`, `xlsx` or `ndjson`."""
    columns: tuple[str, ...]
    header_row: int | None
    rows: Callable[[], Iterator[SheetRow | Broken]]
    """A Broken among the rows is a fault of that row; the rest can still be read."""
    remarks: tuple[tuple[str, str], ...] = ()
    """(problem, what was done) of the file as a whole."""
    lists: tuple[str, ...] = ()
    """ndjson: paths whose value is a list of objects."""


class Look(Struct, frozen=True, kw_only=True):
    """How a file is to be opened; None: found out."""

    sheet: str | None = None
    header_row: int | None = None
    delimiter: str | None = None
    encoding: str | None = None
    each: str | None = None


def kind_of(head: bytes) -> str:
    """`xlsx`, `ndjson` or `csv` by the first bytes; raises Broken for what is none of them."""
    if head.startswith(b"PK\x03\x04"):
        return "xlsx"
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise Broken("this is a workbook of Excel 97 to 2003, or one with a password; save it as .xlsx without a password")
    for magic, words in ((b"%PDF", "a PDF"), (b"\x1f\x8b", "a compressed file"), (b"<!DOC", "a web page"), (b"<html", "a web page"), (b"<?xml", "an XML file")):
        if head[: len(magic)].lower() == magic.lower():
            raise Broken(f"this is {words}, not a spreadsheet; save it as CSV or .xlsx")
    plain = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if plain.startswith(b"{"):
        return "ndjson"
    if plain.startswith(b"["):
        raise Broken("this is one JSON list; save it with one object a line (ndjson)")
    return "csv"


def name_columns(header: list[str]) -> tuple[str, ...]:
    """Names for every column: blank ones by their letters, doubled ones by a number behind."""
    names: list[str] = []
    for index, cell in enumerate(header):
        plain = " ".join(clean_text(cell)[0].split()) or f"column {letters(index)}"
        name, count = plain, 1
        while name in names:
            count += 1
            name = f"{plain} ({count})"
        names.append(name)
    return tuple(names)


def letters(index: int) -> str:
    """The letters of a column as a spreadsheet has them: 0 is A, 26 is AA."""
    out = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        out = chr(65 + rest) + out
    return out


def find_header(rows: list[tuple[int, list[str]]]) -> int:
    """The place in `rows` of the one that names the columns: the first as full as the fullest nearly is, with words in it."""
    fullest = max((sum(bool(cell.strip()) for cell in cells) for _, cells in rows), default=0)
    for place, (_, cells) in enumerate(rows):
        filled = [cell.strip() for cell in cells if cell.strip()]
        if filled and len(filled) >= 0.6 * fullest and all(any(letter.isalpha() for letter in cell) for cell in filled):
            return place
    return 0


def check_size(path: Path, limit: int) -> None:
    """Raise Broken for a file that is too large, before anything of it is read."""
    size = path.stat().st_size
    if size > limit:
        raise Broken(f"the file has {size / (1 << 20):,.0f} MB; at most {limit / (1 << 20):,.0f} MB are taken. Split it")
    if size == 0:
        raise Broken("the file is empty")
