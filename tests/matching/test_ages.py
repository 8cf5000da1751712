"""Ages to the day: birthdays, months of small children, 29 February."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral_hub.matching.ages import age_on, anniversary, day_of_age, say_age, say_limit
from referral_hub.matching.criteria import parse_rule
from referral_hub.matching.eligibility import Verdict, verdict_of
from referral_hub.matching.facts import Facts, facts_on, ready_facts
from tests.matching.rules import DAY, facts_from

YES, MAYBE, NO = Verdict.ELIGIBLE, Verdict.UNKNOWN, Verdict.INELIGIBLE


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        (date(1966, 11, 24), date(2026, 11, 24), 60.0),
        (date(2026, 5, 23), date(2026, 11, 23), 0.5),
        (date(2025, 5, 23), date(2026, 11, 23), 1.5),
        (date(2026, 11, 23), date(2026, 11, 23), 0.0),
        (date(2026, 8, 23), date(2026, 11, 23), 0.25),
        (date(2000, 2, 29), date(2025, 3, 1), 25.0),
        (date(2000, 2, 29), date(2024, 2, 29), 24.0),
        (date(2000, 1, 31), date(2025, 3, 1), 25 + 1 / 12),
        (date(2000, 11, 1), date(2026, 11, 16), 26 + 0.5 / 12),
    ],
)
def test_an_age_is_whole_on_its_day(born: date, day: date, age: float):
    assert age_on(born, day) == age


@pytest.mark.parametrize(
    ("born", "day", "years"),
    [
        (date(1966, 11, 24), date(2026, 11, 23), 60),
        (date(2000, 2, 29), date(2025, 2, 28), 25),
        (date(2000, 2, 29), date(2024, 2, 28), 24),
        (date(2026, 5, 24), date(2026, 11, 23), 0.5),
    ],
)
def test_the_day_before_it_is_not(born: date, day: date, years: float):
    assert age_on(born, day) < years
    assert age_on(born, day + timedelta(days=1)) == years
    assert day_of_age(born, years, day, 10) == day + timedelta(days=1)


def count_birthdays(born: date, day: date) -> int:
    """By walking from birthday to birthday."""
    count, year = 0, born.year
    while True:
        year += 1
        leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        birthday = date(year, 3, 1) if (born.month, born.day) == (2, 29) and not leap else date(year, born.month, born.day)
        if birthday > day:
            return count
        count += 1


@given(st.dates(date(1900, 1, 1), DAY), st.integers(0, 45_000))
def test_whole_years_are_the_birthdays_passed_and_no_day_makes_anybody_younger(born: date, days: int):
    day = min(born + timedelta(days=days), date(2030, 1, 1))
    assert int(age_on(born, day)) == count_birthdays(born, day)
    assert age_on(born, day) < age_on(born, day + timedelta(days=1))


@given(st.dates(date(1900, 1, 1), DAY), st.integers(0, 1500))
def test_months_are_complete_on_their_day_and_not_before(born: date, months: int):
    day = anniversary(born, months)
    assert age_on(born, day) * 12 == pytest.approx(months, abs=1e-9)
    assert age_on(born, day) >= months / 12
    if months:
        assert age_on(born, day - timedelta(days=1)) < months / 12


SENIORS = parse_rule({"type": "age", "min": 60})
CHILDREN = parse_rule({"type": "age", "max": 5})


@pytest.mark.parametrize(
    ("facts", "day", "verdict"),
    [
        ({"birth_date": "1966-11-23"}, DAY, YES),
        ({"birth_date": "1966-11-24"}, DAY, NO),
        ({"birth_date": "1966-11-24"}, DAY + timedelta(days=1), YES),
        ({"birth_date": "1966-11-24", "age": 70}, DAY, NO),
        ({"birth_date": "1966-11-23", "declined": ["birth_date"]}, DAY, MAYBE),
        ({"birth_date": "1966-11-23", "declined": ["age"]}, DAY, MAYBE),
        ({"birth_date": "1966-11-23", "age": 40, "declined": ["birth_date"]}, DAY, NO),
        ({"birth_date": "2030-01-01"}, DAY, MAYBE),
        ({"birth_date": "1968-02-29"}, date(2028, 2, 28), NO),
        ({"birth_date": "1968-02-29"}, date(2028, 2, 29), YES),
        ({"birth_date": "1969-03-01"}, date(2029, 2, 28), NO),
    ],
)
def test_the_birth_date_tells_the_age_on_the_day_of_the_judgement(facts: dict[str, object], day: date, verdict: Verdict):
    assert verdict_of(SENIORS, facts_from(facts), day) is verdict


def test_a_child_fits_up_to_the_birthday_itself():
    born = Facts(birth_date=date(2021, 11, 23))
    assert verdict_of(CHILDREN, born, DAY) is YES
    assert verdict_of(CHILDREN, born, DAY + timedelta(days=1)) is NO


def test_a_member_of_the_household_does_not_take_the_patients_birth_date():
    rule = parse_rule({"type": "member", "who": {"type": "age", "min": 60}})
    facts = facts_from({"birth_date": "2000-01-01", "members": [{"age": 61}]})
    assert verdict_of(rule, facts, DAY) is YES
    assert verdict_of(rule, facts_from({"birth_date": "2000-01-01", "members": [{}]}), DAY) is MAYBE


def test_facts_on_a_day_can_be_taken_twice():
    once = facts_on(Facts(birth_date=date(1966, 11, 24)), DAY)
    assert once.age is not None
    assert once == facts_on(once, DAY) == ready_facts(once, DAY)


@pytest.mark.parametrize(
    ("age", "says"), [(67.9, "67"), (2.0, "2"), (1.99, "23 months"), (0.5, "6 months"), (1 / 12, "1 month"), (0, "0 months")]
)
def test_ages_are_said_in_years_and_those_of_babies_in_months(age: float, says: str):
    assert say_age(age) == says


@pytest.mark.parametrize(("years", "says"), [(60, "60"), (0.5, "6 months"), (1, "1"), (1.5, "18 months"), (2.5, "2.5"), (0, "0")])
def test_the_ages_of_rules_are_said_as_people_say_them(years: float, says: str):
    assert say_limit(years) == says
