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


def find_county(name: str, state: str | None) -> str | None:
    """The FIPS code of a county by its name (`Harford County`); None where several bear it and `state` (two letters) does not tell."""
    found = {code for where, code in _codes().get(" ".join(name.casefold().split()), ()) if state is None or where == state}
    return found.pop() if len(found) == 1 else None


@cache
def _codes() -> dict[str, list[tuple[str, str]]]:
    """Name, letters without case -> (state, code)."""
    found: dict[str, list[tuple[str, str]]] = {}
    for code, name in _names().items():
        county, _, state = name.rpartition(", ")
        found.setdefault(county.casefold(), []).append((state, code))
    return found
