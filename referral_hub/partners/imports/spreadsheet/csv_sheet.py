"""CSV of any make: encoding, delimiter and header are found out, rows come one by one."""

from __future__ import annotations

import codecs
import csv
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from charset_normalizer import from_bytes

from referral_hub.partners.imports.spreadsheet.mapping import DELIMITERS
from referral_hub.partners.imports.spreadsheet.sheet import (
    COLUMN_LIMIT,
    ROW_LIMIT,
    Broken,
    Look,
    Sheet,
    SheetRow,
    find_header,
    name_columns,
)
from referral_hub.partners.imports.tables import CELL_LIMIT

LINE_LIMIT = 1 << 20
"""Characters in one line: a longer one is no directory, and is never read to its end."""
CHUNK = 1 << 20
HEAD_ROWS = 30
SAMPLE = 64 << 10
WESTERN = "cp1252"
"""What spreadsheets of the United States write when they do not write UTF-8."""
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_NAMES = {"utf-8-sig": "UTF-8", "cp1252": "Windows-1252", "mac_roman": "Mac Roman"}


def open_csv(path: Path, look: Look) -> Sheet:
    """The columns of a CSV file; raises Broken where it cannot be read as one."""
    encoding, remarks = (look.encoding, []) if look.encoding else find_encoding(path)
    with _open(path, encoding) as file:
        first = file.readline(LINE_LIMIT)
    told = first.strip().lower().startswith("sep=") and len(first.strip()) == 5  # `sep=;`, which Excel hides
    delimiter = look.delimiter or (first.strip()[4] if told else _find_delimiter(path, encoding))
    head = [
        (number, cells)
        for number, cells in itertools.islice(_records(path, encoding, delimiter, skip=told), HEAD_ROWS + (look.header_row or 0))
        if not isinstance(cells, Broken) and any(cells)
    ]
    if not head:
        raise Broken("the file holds no rows")
    place = next((place for place, (number, _) in enumerate(head) if number == look.header_row), None) if look.header_row else find_header(head)
    if place is None:
        raise Broken("the header row that the mapping names is blank or absent", look.header_row)
    header_row, header = head[place]
    if len(header) > COLUMN_LIMIT:
        raise Broken(f"there are {len(header):,} columns; at most {COLUMN_LIMIT} are read", header_row)
    while header and not header[-1].strip():
        header.pop()
    columns = name_columns(header)

    def rows() -> Iterator[SheetRow | Broken]:
        for number, cells in _records(path, encoding, delimiter, skip=told):
            if isinstance(cells, Broken):
                yield cells
            elif number > header_row and any(cell.strip() for cell in cells):
                yield SheetRow(
                    number,
                    dict(zip(columns, cells, strict=False)),
                    extra=tuple(cells[len(columns) :]),
                    missing=max(0, len(columns) - len(cells)),
                )

    return Sheet(file=path.name, kind="csv", columns=columns, header_row=header_row, rows=rows, remarks=tuple(remarks))


def find_encoding(path: Path) -> tuple[str, list[tuple[str, str]]]:
    """(encoding, remarks). Bytes that are no UTF-8 in a file that mostly is, are left for each cell to mend."""
    with path.open("rb") as file:
        head = file.read(SAMPLE)
        if mark := next((name for mark, name in _MARKS if head.startswith(mark)), None):
            said = "the file begins with a byte order mark" if mark == "utf-8-sig" else f"the file is {mark.upper()}"
            return mark, [(said, "read without it" if mark == "utf-8-sig" else "read as such")]
        if wide := _wide(head):
            return wide, [(f"the file is {wide.upper()} without a byte order mark", "read as such")]
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while chunk := file.read(CHUNK):
                if b"\0" in chunk:
                    raise Broken("the file holds zero bytes; it is no CSV")
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            file.seek(0)
            return _find_old_encoding(file.readlines(CHUNK * 8))
        return "utf-8", []


def _wide(head: bytes) -> str | None:
    """UTF-16 without a mark: every second byte of English is zero."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) * 5 < len(head):
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _find_old_encoding(lines: list[bytes]) -> tuple[str, list[tuple[str, str]]]:
    strange = [line for line in lines if not _is_utf8(line)]
    proper = any(not line.isascii() for line in lines if _is_utf8(line))
    if proper or not strange:
        return "utf-8", []  # mixed: cell by cell
    sample = b"".join(strange)[:SAMPLE]
    encoding = WESTERN if _reads_western(sample) else (found.encoding if (found := from_bytes(sample).best()) else None)
    if encoding is None:
        raise Broken("the text is in an encoding that cannot be told; save the file as CSV UTF-8")
    name = _NAMES.get(encoding, encoding)
    return encoding, [("the file is not UTF-8", f"read as {name}")]


def _reads_western(sample: bytes) -> bool:
    """Whether the bytes make Western letters and signs as Windows-1252."""
    try:
        text = sample.decode(WESTERN)
    except UnicodeDecodeError:
        return False
    odd = [letter for letter in text if not letter.isascii()]
    return all(letter in "’‘“”–—…•·®™©°½¼¾¿¡«»€£§´`¨\xa0" or letter.isalpha() for letter in odd) and "ÃÂ" not in text


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _open(path: Path, encoding: str) -> TextIO:
    errors = "surrogateescape" if encoding in ("utf-8", "utf-8-sig") else "strict"
    return path.open(encoding=encoding, errors=errors, newline="")


def _find_delimiter(path: Path, encoding: str) -> str:
    """The delimiter that parts the first rows into most columns of one and the same number."""
    best, wins = ",", (0.0, 0)
    for delimiter in DELIMITERS:
        widths = [len(cells) for _, cells in itertools.islice(_records(path, encoding, delimiter), HEAD_ROWS) if not isinstance(cells, Broken) and cells]
        usual = max(set(widths), key=lambda width: (widths.count(width), width)) if widths else 0
        if usual > 1 and (widths.count(usual) / len(widths), usual) > wins:
            best, wins = delimiter, (widths.count(usual) / len(widths), usual)
    return best


def _records(path: Path, encoding: str, delimiter: str, *, skip: bool = False) -> Iterator[tuple[int, list[str] | Broken]]:
    """(row, cells) of every record; a Broken where one cannot be parted into cells."""
    number = 0
    try:
        with _open(path, encoding) as file:
            if skip:
                file.readline(LINE_LIMIT)
            reader = csv.reader(_lines(file), delimiter=delimiter, strict=True)
            while True:
                number += 1
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error as fault:
                    yield number, Broken(_say(fault), number)
                    continue
                if number > ROW_LIMIT:
                    yield number, Broken(f"there are more than {ROW_LIMIT:,} rows; split the file", number)
                    return
                if any(len(cell) > CELL_LIMIT for cell in cells):
                    yield number, Broken("a cell is larger than 128 KB", number)
                    continue
                yield number, cells
    except Broken as fault:
        yield number, Broken(fault.problem, number)
    except UnicodeError:
        yield number, Broken(f"the text is not {encoding}; leave the encoding out of the mapping, or save the file as CSV UTF-8", number)


def _lines(file: TextIO) -> Iterator[str]:
    while line := file.readline(LINE_LIMIT):
        if len(line) == LINE_LIMIT and not line.endswith("\n"):
            raise Broken("a line is longer than 1 MB: one of its cells is too large")
        yield line


def _say(fault: csv.Error) -> str:
    if "field larger" in str(fault):
        return "a cell is larger than 128 KB"
    return "the file ends inside a quoted cell" if "unexpected end" in str(fault) else "a quote is out of place"
