"""The poverty guidelines, number by number."""

from __future__ import annotations

from datetime import date

import pytest

from referral_hub.matching.poverty import guideline_on, poverty_line, region_of

PUBLISHED_2026 = {1: 15_960, 2: 21_640, 3: 27_320, 4: 33_000, 5: 38_680, 6: 44_360, 7: 50_040, 8: 55_720, 9: 61_400, 10: 67_080}


@pytest.mark.parametrize(("people", "dollars"), PUBLISHED_2026.items())
def test_the_published_figures_of_2026_and_the_step_beyond_eight(people: int, dollars: int):
    assert poverty_line(guideline_on("48", date(2026, 11, 23)), people) == dollars


@pytest.mark.parametrize(
    ("state", "day", "people", "dollars", "year"),
    [
        ("MD", date(2026, 1, 13), 1, 15_960, 2026),
        ("MD", date(2026, 1, 12), 1, 15_650, 2025),
        ("MD", date(2026, 1, 12), 3, 26_650, 2025),
        ("AK", date(2026, 11, 23), 1, 19_550, 2025),
        ("AK", date(2026, 11, 23), 4, 40_190, 2025),
        ("hi", date(2026, 11, 23), 2, 24_320, 2025),
        (None, date(2026, 11, 23), 1, 15_960, 2026),
        ("DC", date(2024, 5, 1), 1, 15_650, 2025),
    ],
)
def test_the_newest_known_year_in_force_by_region(state: str | None, day: date, people: int, dollars: int, year: int):
    guideline = guideline_on(region_of(state), day)
    assert (poverty_line(guideline, people), guideline.year) == (dollars, year)
