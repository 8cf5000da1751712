"""A workbook (.xlsx) row by row, as text: days, hours and figures as people write them, formulas as what they came to."""

from __future__ import annotations

import itertools
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from defusedxml.common import DefusedXmlException

from referral_hub.errors import ImportRefused
from referral_hub.partners.imports.archives import WORKBOOK, check_archive
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

HEAD_ROWS = 30
_UNREADABLE = (DefusedXmlException, zipfile.BadZipFile, KeyError, ValueError, TypeError, IndexError, AttributeError, SyntaxError, EOFError, OSError)
"""What a workbook that somebody broke makes of its reader."""


def open_xlsx(path: Path, look: Look) -> Sheet:
    """The columns of a workbook's sheet; raises Broken where it cannot be read."""
    try:
        check_archive(path, WORKBOOK)
    except ImportRefused as fault:
        raise Broken(f"the workbook is not taken: {fault.errors[0].message if fault.errors else fault.detail}") from fault
    name, remarks = _choose(path, look.sheet)
    head = [(number, cells) for number, cells, _ in itertools.islice(_records(path, name), HEAD_ROWS + (look.header_row or 0)) if any(cells)]
    if not head:
        raise Broken(f"the sheet {name} holds no rows")
    place = next((place for place, (number, _) in enumerate(head) if number == look.header_row), None) if look.header_row else find_header(head)
    if place is None:
        raise Broken("the header row that the mapping names is blank or absent", look.header_row)
    header_row, header = head[place]
    while header and not header[-1].strip():
        header.pop()
    if len(header) > COLUMN_LIMIT:
        raise Broken(f"there are {len(header):,} columns; at most {COLUMN_LIMIT} are read", header_row)
    columns = name_columns(header)

    def rows() -> Iterator[SheetRow | Broken]:
        try:
            for number, cells, computed in _records(path, name):
                if number > ROW_LIMIT:
                    yield Broken(f"there are more than {ROW_LIMIT:,} rows; split the file", number)
                    return
                if number > header_row and any(cells):
                    formulas = frozenset(columns[index] for index in computed if index < len(columns))
                    extra = tuple(cells[len(columns) :])
                    yield SheetRow(number, dict(zip(columns, cells, strict=False)), formulas, extra)
        except Broken as fault:
            yield fault

    return Sheet(file=path.name, kind="xlsx", columns=columns, header_row=header_row, rows=rows, remarks=tuple(remarks))


def _choose(path: Path, wanted: str | None) -> tuple[str, list[tuple[str, str]]]:
    """(sheet, remarks): the named one, or the first that is shown."""
    with closing(_load(path, values=True)) as book:
        shown = [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"]
    if wanted is not None:
        if wanted not in book.sheetnames:
            raise Broken(f"there is no sheet {wanted}; there are {', '.join(book.sheetnames)}")
        return wanted, []
    if not shown:
        raise Broken("every sheet of the workbook is hidden; name one in the mapping")
    others = len(book.sheetnames) - 1
    return shown[0], [(f"the workbook has {others} more sheets", f"only {shown[0]} is read")] if others else []


def _load(path: Path, *, values: bool) -> Any:
    import openpyxl  # noqa: PLC0415  # a fifth of a second that only workbooks need

    if not openpyxl.DEFUSEDXML:
        raise Broken("workbooks are not read where defusedxml is switched off (OPENPYXL_DEFUSEDXML)")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of styles and extensions that are left alone
        try:
            return openpyxl.load_workbook(path, read_only=True, data_only=values, keep_links=False)
        except _UNREADABLE as fault:
            raise Broken("the workbook is damaged, has a password, or is no .xlsx; open it and save it anew") from fault


def _records(path: Path, name: str) -> Iterator[tuple[int, list[str], list[int]]]:
    """(row, cells, places of formulas): the values beside the formulas, row by row."""
    number = 0
    with closing(_load(path, values=True)) as values, closing(_load(path, values=False)) as formulas, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for sheet in (values[name], formulas[name]):
            sheet.reset_dimensions()  # what a file says of its own size is often wrong
        try:
            pairs = zip(values[name].iter_rows(values_only=True), formulas[name].iter_rows(values_only=True), strict=False)
            for number, (shown, written) in enumerate(pairs, start=1):
                computed = [index for index, cell in enumerate(written) if is_formula(cell)]
                cells = [write_cell(cell) for cell in shown]
                for index in computed:
                    if index < len(cells) and not cells[index]:
                        cells[index] = str(getattr(written[index], "text", None) or written[index])
                yield number, cells, computed
        except _UNREADABLE as fault:
            raise Broken("the sheet is damaged from here on; open the workbook and save it anew", number + 1) from fault


def is_formula(cell: Any) -> bool:
    """Whether a cell holds a formula (also one of an array)."""
    return (isinstance(cell, str) and cell.startswith("=") and len(cell) > 1) or type(cell).__name__ in ("ArrayFormula", "DataTableFormula")


def write_cell(value: Any) -> str:
    """A cell as text: `2026-11-28`, `09:00`, `21201`, `yes`."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, timedelta):
        minutes = int(value.total_seconds() // 60)
        return f"{minutes // 60:02}:{minutes % 60:02}"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)
