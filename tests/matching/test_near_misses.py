"""Near misses: what would have to change, and only where it would help."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from referral_hub.matching.criteria import parse_rule
from referral_hub.matching.eligibility import Verdict, judge
from referral_hub.matching.near_misses import NearMiss
from tests.matching.rules import DAY, Record, facts_from, households, rules

SENIOR = {"type": "age", "min": 60}
POOR = {"type": "income", "max_percent_of_poverty": 185}
SNAP = {"type": "enrolled", "any_of": ["snap"]}
MONTHLY = {"type": "visits", "max": 1, "days": 30}


def near(rule: Record, facts: Record) -> list[NearMiss]:
    return judge(parse_rule(rule), facts_from(facts), DAY).near_misses


def says(rule: Record, facts: Record) -> list[str]:
    return [one.says for one in near(rule, facts)]


@pytest.mark.parametrize(
    ("rule", "facts", "said"),
    [
        (SENIOR, {"birth_date": "1966-12-14"}, ["turns 60 on 14 December"]),
        (SENIOR, {"birth_date": "1967-01-03"}, ["turns 60 on 3 January 2027"]),
        (SENIOR, {"birth_date": "1967-05-25"}, ["turns 60 on 25 May 2027"]),
        (SENIOR, {"birth_date": "1967-05-26"}, []),
        (SENIOR, {"age": 59.94}, ["turns 60 in about 3 weeks"]),
        (SENIOR, {"age": 59.99}, ["turns 60 in about 4 days"]),
        (SENIOR, {"age": 59.4}, []),
        ({"type": "age", "min": 0.5}, {"birth_date": "2026-06-01"}, ["turns 6 months on 1 December"]),
        ({"type": "age", "max": 5}, {"age": 5.01}, []),
        ({"type": "not", "of": {"type": "age", "max": 17}}, {"age": 16.99}, ["is past 17 in about 5 days"]),
        ({"type": "not", "of": {"type": "age", "max": 17}}, {"birth_date": "2009-12-01"}, ["is past 17 on 2 December"]),
        (
            {"type": "income", "max_annual": 29_526},
            {"annual_income": 29_738},
            ["income 212 dollars a year above the limit of 29,526 dollars"],
        ),
        (
            {"type": "income", "max_annual": 29_526},
            {"annual_income": 29_526.01},
            ["income 1 dollar a year above the limit of 29,526 dollars"],
        ),
        (
            {"type": "income", "max_annual": 10_000},
            {"annual_income": 12_500},
            ["income 2,500 dollars a year above the limit of 10,000 dollars"],
        ),
        ({"type": "income", "max_annual": 10_000}, {"annual_income": 12_501}, []),
        (
            {"type": "income", "max_annual": 50_000},
            {"annual_income": 55_000},
            ["income 5,000 dollars a year above the limit of 50,000 dollars"],
        ),
        ({"type": "income", "max_annual": 50_000}, {"annual_income": 55_001}, []),
        (
            {"type": "income", "max_monthly": 1_000},
            {"annual_income": 12_100},
            ["income 100 dollars a year above the limit of 12,000 dollars"],
        ),
        (POOR, {"annual_income": 29_738, "household_size": 1}, ["income 212 dollars a year above the limit of 29,526 dollars"]),
        (
            POOR,
            {"annual_income": 36_200, "household_size": 1, "home.state": "AK"},
            ["income 33 dollars a year above the limit of 36,167.50 dollars"],
        ),
        ({"type": "not", "of": POOR}, {"annual_income": 29_526, "household_size": 1}, []),
        ({"type": "household", "min": 3}, {"household_size": 2}, ["household of 2, and the service is for 3 or more"]),
        ({"type": "household", "min": 3}, {"household_size": 1}, []),
        ({"type": "household", "min": 1, "max": 8}, {"household_size": 9}, ["household of 9, and the service is for 1 to 8"]),
        (MONTHLY, {"visits": ["2026-11-03", "2026-06-01"]}, ["can come again on 3 December"]),
        (
            {"type": "visits", "max": 2, "days": 30},
            {"visits": ["2026-11-20", "2026-11-03", "2026-11-01"]},
            ["can come again on 3 December"],
        ),
        ({"type": "visits", "max": 1, "days": 365}, {"visits": ["2026-11-03"]}, []),
        ({"type": "visits", "max": 0, "days": 30}, {"visits": []}, []),
        (SNAP, {"enrolled.snap": False}, []),
        ({"type": "member", "who": SENIOR}, {"birth_date": "1966-12-14", "household_size": 1}, ["turns 60 on 14 December"]),
    ],
)
def test_what_is_near(rule: Record, facts: Record, said: list[str]):
    assert says(rule, facts) == said


def of(kind: str, *parts: Record) -> dict[str, Any]:
    return {"type": kind, "of": list(parts)}


def test_a_change_that_does_not_help_is_no_near_miss():
    facts = {"age": 59.94, "annual_income": 29_738, "household_size": 1, "enrolled.snap": False}
    assert says(of("all", SENIOR, SNAP), facts) == []
    assert says(of("all", SENIOR, {"type": "text", "text": "Call first."}), facts) == ["turns 60 in about 3 weeks"]
    assert says(of("any", SNAP, of("all", SENIOR, SNAP)), facts) == []
    assert says(of("any", SNAP, SENIOR), facts) == ["turns 60 in about 3 weeks"]


def test_near_misses_that_help_only_together_name_each_other():
    facts = {"age": 59.94, "annual_income": 29_738, "household_size": 1}
    assert [(one.fact, one.also) for one in near(of("all", SENIOR, POOR), facts)] == [
        ("age", ["annual_income"]),
        ("annual_income", ["age"]),
    ]
    assert [(one.fact, one.also) for one in near(of("any", SENIOR, POOR), facts)] == [("age", []), ("annual_income", [])]


def test_of_several_limits_the_nearest_that_helps_is_told():
    limits = [{"type": "income", "max_annual": limit} for limit in (20_000, 21_000)]
    assert says(of("any", *limits), {"annual_income": 21_500}) == ["income 500 dollars a year above the limit of 21,000 dollars"]
    assert says(of("all", *limits), {"annual_income": 21_500}) == ["income 1,500 dollars a year above the limit of 20,000 dollars"]
    both = of("all", MONTHLY, {"type": "visits", "max": 2, "days": 90})
    assert says(both, {"visits": ["2026-11-03", "2026-10-20"]}) == ["can come again on 18 January 2027"]


def test_one_birthday_too_many_is_none():
    gap = of("all", SENIOR, {"type": "age", "max": 59.96})
    assert says(gap, {"age": 59.94}) == []


@settings(max_examples=300, deadline=None)
@given(rules, households)
def test_only_an_ineligible_verdict_has_near_misses_and_failing_sets(rule: Record, household: Record):
    found = judge(parse_rule(rule), facts_from(household), DAY)
    if found.verdict is not Verdict.INELIGIBLE:
        assert (found.failing, found.near_misses) == ([], [])
    else:
        assert found.failing
        assert {one.fact for one in found.near_misses} <= set(household)
