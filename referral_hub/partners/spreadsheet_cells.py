"""Cells of a CSV that people open in a spreadsheet. A data package's cells are values and do not pass through here. Pure."""

from __future__ import annotations

import re

_FORMULA = frozenset("=+-@\t\r\n＝＋－＠")
"""What a spreadsheet takes for the start of a formula, in the wide letters of some keyboards too."""
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
_INVISIBLE = " \u00a0\u200b\u2060\ufeff\0"


def neutralize(cell: str) -> str:
    """A cell that no spreadsheet runs: what might begin a formula gets an apostrophe before it; a number stays one."""
    begins = cell.lstrip(_INVISIBLE)[:1]
    if not begins or begins not in _FORMULA or _NUMBER.fullmatch(cell):
        return cell
    return f"'{cell}"
