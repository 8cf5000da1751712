"""What people call a county: `24510` is Baltimore city, MD."""

from __future__ import annotations

from functools import cache
from pathlib import Path

COUNTY_NAMES = Path(__file__).parent.parent / "assets" / "county_names.tsv"


def say_county(code: str) -> str:
    """The county's name with its state; the code itself where the built table does not have it."""
    return _names().get(code, code)


@cache
def _names() -> dict[str, str]:
    if not COUNTY_NAMES.is_file():
        return {}
    lines = COUNTY_NAMES.read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t", 1) for line in lines if "\t" in line)
