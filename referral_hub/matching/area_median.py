"""Income limits by the median income of the area, which the network's coordinator fills in by county or state.

How a limit follows the size of a household is in the law, 42 U.S.C. 1437a(b)(2) ("adjustments for smaller and larger
families"), and in figures in the briefing of the Department of Housing and Urban Development on its income limits:
70 % of the figure for four people for one, 10 % more for each further person up to four, 8 % more for each beyond.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from math import inf
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from referral_hub.errors import FieldError, Invalid
from referral_hub.matching.facts import Facts

SHARES = (70, 80, 90, 100, 108, 116, 124, 132)
"""Percent of the figure for four people, for a household of 1 to 8."""
FURTHER = 8
"""Percent for each person beyond eight."""
FIRST_YEAR, LAST_YEAR = 1990, 2100
LEAST_INCOME, MOST_INCOME = 10_000, 1_000_000
"""A figure beyond them is a month's, or has a digit too many."""
MOST_ROWS = 20_000
TOLD_LINES = 5
_COUNTY_DIGITS = 5


class AreaMedian(Struct, frozen=True, order=True, forbid_unknown_fields=True):
    """One year's median family income of an area."""

    area: Annotated[str, Meta(pattern=r"^([0-9]{5}|[A-Z]{2})\Z", description="A county by its FIPS code, or a state by two letters.")]
    year: Annotated[int, Meta(ge=FIRST_YEAR, le=LAST_YEAR)]
    income: Annotated[int, Meta(ge=LEAST_INCOME, le=MOST_INCOME, description="Of four people, US dollars a year.")]


class Medians(Struct, frozen=True):
    """The table, made ready for looking up."""

    by_area: Mapping[str, Sequence[AreaMedian]]
    """The newest year first."""
    counties_since: float
    """The first year of any county; infinite where none has a figure."""
    states_since: float

    def on(self, area: str, today: date) -> AreaMedian | None:
        """The newest figure that is not of a year to come."""
        return next((row for row in self.by_area.get(area, ()) if row.year <= today.year), None)


def medians_of(rows: Iterable[AreaMedian]) -> Medians:
    """The table out of its rows."""
    by_area: dict[str, list[AreaMedian]] = {}
    since = {True: inf, False: inf}
    for row in sorted(rows, key=lambda row: (row.area, -row.year)):
        by_area.setdefault(row.area, []).append(row)
        since[is_county(row.area)] = min(since[is_county(row.area)], row.year)
    return Medians(by_area, since[True], since[False])


NO_MEDIANS = medians_of(())


class JudgedFacts(Facts, frozen=True, kw_only=True):
    """The facts with what the hub knows beside them; no request is read as these, so nobody can send it."""

    medians: Medians


def with_medians(facts: Facts, medians: Medians) -> JudgedFacts:
    """The facts as a rule about the area's median is judged by."""
    return JudgedFacts(medians=medians, **{name: getattr(facts, name) for name in Facts.__struct_fields__})


def is_county(area: str) -> bool:
    return len(area) == _COUNTY_DIGITS


def find_median(facts: Facts, today: date) -> tuple[AreaMedian | None, tuple[str, ...]]:
    """(the figure of the household's area on a day, the parts of the home that would tell it).

    The county's own figure counts, else the state's. Where any county has a figure, a home without a known county may
    have another one than its state's, so nothing is assumed. No figure and nothing to tell it: the table lacks it.
    """
    medians = facts.medians if isinstance(facts, JudgedFacts) else NO_MEDIANS
    county, state = (None, None) if facts.home is None else (facts.home.county, facts.home.state)
    if county is None and medians.counties_since <= today.year:
        return None, ("home.county",)
    found = None if county is None else medians.on(county, today)
    if found is None and state is None and medians.states_since <= today.year:
        return None, ("home.state",)
    return found or (None if state is None else medians.on(state.upper(), today)), ()


def share_of(household_size: int) -> int:
    """Percent of the figure for four people."""
    largest = len(SHARES)
    return SHARES[household_size - 1] if household_size <= largest else SHARES[-1] + FURTHER * (household_size - largest)


def check_medians(rows: Sequence[AreaMedian]) -> list[AreaMedian]:
    """A whole table, by area and year.

    Raises:
        Invalid: `medians[N]` for each row that says what another says too; `medians` for too many.
    """
    if len(rows) > MOST_ROWS:
        raise Invalid("The table is too long.", errors=(FieldError("medians", f"must be at most {MOST_ROWS:,} figures"),))
    seen: set[tuple[str, int]] = set()
    faults = []
    for number, row in enumerate(rows):
        if (row.area, row.year) in seen:
            faults.append(FieldError(f"medians[{number}]", f"gives {row.area} a second figure for {row.year}"))
        seen.add((row.area, row.year))
    if faults:
        raise Invalid("Some figures need another look.", errors=tuple(faults))
    return sorted(rows)


def write_lines(rows: Iterable[AreaMedian]) -> str:
    """The table as read_lines takes it."""
    return "\n".join(f"{row.area}, {row.year}, {row.income}" for row in rows)


def read_lines(text: str) -> list[AreaMedian]:
    """A table out of lines such as `24510, 2026, 122200`; empty lines do not count.

    Raises:
        Invalid: `lines`, with the number of each line that cannot be and why; nothing is taken then.
    """
    rows: list[AreaMedian] = []
    seen: dict[tuple[str, int], int] = {}
    faults = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = _read_line(line)
        except ValueError as fault:
            faults.append(f"Line {number}: {fault}")
            continue
        first = seen.setdefault((row.area, row.year), number)
        if first != number:
            faults.append(f"Line {number}: line {first} has a figure for {row.area} in {row.year} already.")
        rows.append(row)
    if len(rows) > MOST_ROWS:
        faults.append(f"Give at most {MOST_ROWS:,} lines.")
    if faults:
        more = len(faults) - TOLD_LINES
        said = " ".join(faults[:TOLD_LINES]) + (f" And {more} more." if more > 0 else "")
        raise Invalid("Some lines need another look.", errors=(FieldError("lines", said),))
    return rows


_WORDS = {
    "area": "give a county by its five digits or a state by two letters first.",
    "year": f"give a year from {FIRST_YEAR} to {LAST_YEAR} second.",
    "income": f"give the median of four people last, {LEAST_INCOME:,} to {MOST_INCOME:,} dollars a year.",
}
_PARTS = len(_WORDS)


def _read_line(line: str) -> AreaMedian:
    """One line; raises ValueError with words. Commas within the dollars are left out, as people write them."""
    parts = [part.strip() for part in re.split(r"[\t;]" if re.search(r"[\t;]", line) else ",", line, maxsplit=_PARTS - 1)]
    if len(parts) != _PARTS:
        raise ValueError("give area, year and dollars, such as 24510, 2026, 122200.")
    area, year, income = parts
    plain = {"area": area.upper(), "year": year, "income": re.sub(r"[$,\s]", "", income)}
    for name in ("year", "income"):
        if not (plain[name].isascii() and plain[name].isdecimal()):
            raise ValueError(_WORDS[name])
    try:
        return msgspec.convert(plain, AreaMedian, strict=False)
    except msgspec.ValidationError as fault:
        raise ValueError(next(words for name, words in _WORDS.items() if f"`$.{name}`" in str(fault))) from fault
