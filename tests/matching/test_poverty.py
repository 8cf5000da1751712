"""The poverty guidelines, number by number."""

from __future__ import annotations

from datetime import date

import pytest

from referral_hub.matching.criteria import parse_rule
from referral_hub.matching.eligibility import Verdict, judge
from referral_hub.matching.poverty import guideline_on, poverty_line, region_of
from tests.matching.rules import DAY, facts_from

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


@pytest.mark.parametrize(
    ("state", "people", "limit", "source"),
    [
        ("MD", 1, 29_526, "2026 guideline, 48 states and DC"),
        ("MD", 8, 103_082, "2026 guideline, 48 states and DC"),
        ("MD", 9, 113_590, "2026 guideline, 48 states and DC"),
        ("MD", 12, 145_114, "2026 guideline, 48 states and DC"),
        ("AK", 1, 36_167.5, "2025 guideline, Alaska; the 2026 figures for it are not known"),
        ("AK", 9, 137_991.5, "2025 guideline, Alaska; the 2026 figures for it are not known"),
        ("HI", 2, 44_992, "2025 guideline, Hawaii; the 2026 figures for it are not known"),
        ("hi", 10, 138_676, "2025 guideline, Hawaii; the 2026 figures for it are not known"),
    ],
)
def test_an_income_at_the_limit_fits_and_one_above_does_not(state: str, people: int, limit: float, source: str):
    rule = parse_rule({"type": "income", "max_percent_of_poverty": 185})
    facts = {"household_size": people, "home.state": state}
    for income, verdict in ((0, Verdict.ELIGIBLE), (limit, Verdict.ELIGIBLE), (limit + 0.01, Verdict.INELIGIBLE)):
        found = judge(rule, facts_from({**facts, "annual_income": income}), DAY)
        assert found.verdict is verdict
        assert f"({source})." in found.findings[0].says


def test_an_income_a_little_over_the_limit_does_not_read_as_if_it_fitted():
    rule = parse_rule({"type": "income", "max_percent_of_poverty": 185})
    says = judge(rule, facts_from({"household_size": 1, "annual_income": 29_530}), DAY).findings[0].says
    assert "is a little over 185 %" in says
    assert "is 185 %" in judge(rule, facts_from({"household_size": 1, "annual_income": 29_526}), DAY).findings[0].says


def test_a_monthly_limit_is_held_against_a_twelfth_of_the_year():
    rule = parse_rule({"type": "income", "max_monthly": 2_000})
    assert judge(rule, facts_from({"annual_income": 24_000}), DAY).verdict is Verdict.ELIGIBLE
    found = judge(rule, facts_from({"annual_income": 24_012}), DAY)
    assert (found.verdict, found.findings[0].says) == (Verdict.INELIGIBLE, "Income of at most $2,000 a month: it is $2,001.")
    assert judge(rule, facts_from({}), DAY).ask == ["annual_income"]
