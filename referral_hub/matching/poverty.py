"""The federal poverty guidelines as a table by region and year (US dollars a year).

Source: Department of Health and Human Services, Annual Update of the HHS Poverty Guidelines.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from msgspec import Struct

CONTIGUOUS = "48"
"""The 48 states and the District of Columbia."""
REGION_NAMES = {CONTIGUOUS: "48 states and DC", "AK": "Alaska", "HI": "Hawaii"}


class Guideline(Struct, frozen=True):
    """One year's figures for one region."""

    region: str
    year: int
    in_force: date
    first: int
    """A household of one."""
    step: int
    """Each further person; a household above eight continues it."""


GUIDELINES: tuple[Guideline, ...] = (
    Guideline(CONTIGUOUS, 2026, date(2026, 1, 13), 15_960, 5_680),
    Guideline(CONTIGUOUS, 2025, date(2025, 1, 15), 15_650, 5_500),
    Guideline("AK", 2025, date(2025, 1, 15), 19_550, 6_880),
    Guideline("HI", 2025, date(2025, 1, 15), 17_990, 6_330),
)

_NEWEST_FIRST = {
    region: sorted((row for row in GUIDELINES if row.region == region), key=lambda row: row.in_force, reverse=True)
    for region in REGION_NAMES
}


def region_of(state: str | None) -> str:
    """The guideline's region; an unknown state counts as one of the 48."""
    if state is None:
        return CONTIGUOUS
    code = state.upper()
    return code if code in REGION_NAMES else CONTIGUOUS


@lru_cache(maxsize=256)
def guideline_on(region: str, day: date) -> Guideline:
    """The newest known guideline of a region in force on a day; before all of them the oldest known."""
    known = _NEWEST_FIRST[region]
    return next((row for row in known if row.in_force <= day), known[-1])


def year_in_force(day: date) -> int:
    """The newest year known for any region on a day."""
    return max((row.year for row in GUIDELINES if row.in_force <= day), default=min(row.year for row in GUIDELINES))


def poverty_line(guideline: Guideline, household_size: int) -> int:
    """Dollars a year for a household of one or more."""
    return guideline.first + guideline.step * (household_size - 1)
