"""Income limits by the area's median: the size of a household, which figure counts, what is not known, and lines read."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral_hub.errors import Invalid, InvalidRule
from referral_hub.matching.area_median import (
    MOST_ROWS,
    AreaMedian,
    Medians,
    check_medians,
    find_median,
    medians_of,
    read_lines,
    share_of,
    with_medians,
    write_lines,
)
from referral_hub.matching.criteria import parse_rule, read_stored_rule
from referral_hub.matching.eligibility import Judgement, Verdict, describe, judge
from referral_hub.matching.facts import facts_of_member, read_match_request, ready_facts
from tests.matching.rules import DAY

YES, MAYBE, NO = Verdict.ELIGIBLE, Verdict.UNKNOWN, Verdict.INELIGIBLE
HALF = {"type": "income", "max_percent_of_area_median": 50}
TABLE = medians_of([AreaMedian("24510", 2026, 122_200), AreaMedian("24510", 2025, 119_000), AreaMedian("24005", 2027, 130_000), AreaMedian("MD", 2025, 100_000)])
COUNTIES = medians_of([AreaMedian("24510", 2026, 122_200)])
STATES = medians_of([AreaMedian("MD", 2026, 100_000)])
NOTHING = medians_of([])
CITY = {"county": "24510", "state": "MD"}
NEXT_DOOR = {"county": "24005", "state": "md"}


def judged(facts: dict[str, Any], table: Medians = TABLE, day: date = DAY, rule: dict[str, Any] = HALF) -> Judgement:
    return judge(parse_rule(rule), with_medians(read_match_request({"facts": facts}).facts, table), day)


@pytest.mark.parametrize(("people", "percent"), {1: 70, 2: 80, 3: 90, 4: 100, 5: 108, 6: 116, 7: 124, 8: 132, 9: 140, 10: 148, 14: 180}.items())
def test_the_published_shares_by_household_and_the_step_beyond_eight(people: int, percent: int):
    assert share_of(people) == percent


def known(income: float, size: int, **home: Any) -> dict[str, Any]:
    return {"annual_income": income, "household_size": size, "home": home}


@pytest.mark.parametrize(
    ("facts", "table", "day", "verdict"),
    [
        (known(61_100, 4, **CITY), TABLE, DAY, YES),
        (known(61_100.01, 4, **CITY), TABLE, DAY, NO),
        (known(42_770, 1, **CITY), TABLE, DAY, YES),
        (known(42_770.01, 1, **CITY), TABLE, DAY, NO),
        (known(85_540, 9, **CITY), TABLE, DAY, YES),
        (known(85_540.01, 9, **CITY), TABLE, DAY, NO),
        (known(0, 4, **CITY), TABLE, DAY, YES),
        (known(59_500, 4, **CITY), TABLE, date(2025, 12, 31), YES),  # the year before: the older figure
        (known(59_500.01, 4, **CITY), TABLE, date(2025, 12, 31), NO),
        (known(61_100, 4, **CITY), TABLE, date(2031, 1, 1), YES),  # the newest known
        (known(50_000, 4, **CITY), TABLE, date(2024, 12, 31), MAYBE),  # before all of them
        (known(50_000, 4, **NEXT_DOOR), TABLE, DAY, YES),  # of a year to come: the state's counts
        (known(50_000.01, 4, **NEXT_DOOR), TABLE, DAY, NO),
        (known(65_000, 4, **NEXT_DOOR), TABLE, date(2027, 1, 1), YES),
        (known(1, 4, county="24510"), TABLE, DAY, YES),  # the county is enough
        (known(1, 4, county="51013", state="VA"), TABLE, DAY, MAYBE),
        (known(1, 4, county="51013"), TABLE, DAY, MAYBE),
        (known(1, 4, state="MD"), TABLE, DAY, MAYBE),  # which county?
        (known(50_000, 4, state="MD"), STATES, DAY, YES),  # no county has a figure, so none is needed
        (known(50_001, 4, state="MD"), STATES, DAY, NO),
        (known(1, 4), STATES, DAY, MAYBE),
        (known(1, 4), TABLE, DAY, MAYBE),
        (known(10**9, 4), TABLE, DAY, MAYBE),
        (known(10**9, 4, **NEXT_DOOR), COUNTIES, DAY, MAYBE),
        (known(10**9, 4, **CITY), NOTHING, DAY, MAYBE),
        ({"annual_income": 1, "household_size": 4}, TABLE, DAY, MAYBE),
        ({"annual_income": 10**9, "home": CITY}, TABLE, DAY, MAYBE),
        ({"household_size": 4, "home": CITY}, TABLE, DAY, MAYBE),
        ({**known(1, 4, **CITY), "declined": ["annual_income"]}, TABLE, DAY, MAYBE),
        ({**known(10**9, 4, **CITY), "declined": ["home.county"]}, TABLE, DAY, MAYBE),
        ({**known(10**9, 4, **CITY), "declined": ["home"]}, TABLE, DAY, MAYBE),
    ],
)
def test_the_criterion_by_truth_table(facts: dict[str, Any], table: Medians, day: date, verdict: Verdict):
    assert judged(facts, table, day).verdict is verdict
    opposite = {YES: NO, MAYBE: MAYBE, NO: YES}[verdict]
    assert judged(facts, table, day, {"type": "not", "of": HALF}).verdict is opposite


@pytest.mark.parametrize(
    ("facts", "table", "ask"),
    [
        ({}, TABLE, ["annual_income", "household_size", "home.county"]),
        ({}, STATES, ["annual_income", "household_size", "home.state"]),
        ({}, NOTHING, []),
        ({}, COUNTIES, ["annual_income", "household_size", "home.county"]),
        ({"home": {"state": "MD"}}, TABLE, ["annual_income", "household_size", "home.county"]),
        ({"home": {"county": "51013"}}, TABLE, ["annual_income", "household_size", "home.state"]),
        ({"home": {"county": "51013", "state": "VA"}}, TABLE, []),
        ({"home": {"county": "51013"}}, COUNTIES, []),
        ({"home": CITY}, TABLE, ["annual_income", "household_size"]),
        ({"home": CITY, "declined": ["home.county"]}, TABLE, ["annual_income", "household_size"]),
    ],
)
def test_only_what_a_patient_can_tell_is_asked(facts: dict[str, Any], table: Medians, ask: list[str]):
    assert judged(facts, table).ask == ask


def test_a_figure_that_the_table_lacks_is_said_and_is_nothing_to_ask():
    found = judged(known(1, 4, county="51013", state="VA"))
    assert (found.findings[0].says, found.ask) == (
        "Income of at most 50 % of the area's median income: the area's median income is not in the hub's table.",
        [],
    )


def test_a_finding_names_the_share_the_area_and_the_year():
    found = judged(known(61_101, 4, **CITY))
    assert found.findings[0].says == (
        "Income of at most 50 % of the area's median income: $61,101 for 4 people is a little over 50 % "
        "(2026 median of Baltimore city, MD: $122,200 for 4 people)."
    )
    assert "$50,000 for 1 person is 71 % (2025 median of MD: $100,000 for 4 people)" in judged(known(50_000, 1, **NEXT_DOOR)).findings[0].says
    assert describe(parse_rule(HALF)) == "income of at most 50 % of the area's median income"


def test_a_little_too_much_is_a_near_miss_and_much_is_none():
    (near,) = judged(known(63_000, 4, **CITY)).near_misses
    assert (near.fact, near.says) == ("annual_income", "income 1,900 dollars a year above the limit of 61,100 dollars")
    assert judged(known(70_000, 4, **CITY)).near_misses == []


def test_the_income_is_the_households_whoever_of_it_is_meant():
    member = {"type": "member", "who": {"type": "all", "of": [{"type": "age", "max": 5}, HALF]}}
    assert judged({**known(61_100, 4, **CITY), "age": 30, "members": [{"age": 3}]}, rule=member).verdict is YES
    assert judged({**known(61_101, 4, **CITY), "age": 30, "members": [{"age": 3}]}, rule=member).verdict is NO


def test_the_table_stays_with_the_facts_and_no_request_can_bring_one():
    facts = with_medians(read_match_request({"facts": {"age": 3, "members": [{}], "declined": ["age"], "home": CITY}}).facts, TABLE)
    ready = ready_facts(facts, DAY)
    assert find_median(ready, DAY)[0] == AreaMedian("24510", 2026, 122_200)
    assert find_median(facts_of_member(ready, (facts.members or [])[0]), DAY)[0] == AreaMedian("24510", 2026, 122_200)
    with pytest.raises(Invalid) as refused:
        read_match_request({"facts": {"medians": {"24510": 1}}})
    assert refused.value.errors[0].field == "facts.medians"


@pytest.mark.parametrize("percent", [float("nan"), float("inf"), -1, -0.001, 10**9, 1_000.5, "50", True, None])
def test_a_percentage_that_cannot_be_is_refused_by_its_name_and_counts_as_words_where_it_is_stored(percent: object):
    rule = {"type": "income", "max_percent_of_area_median": percent}
    with pytest.raises(InvalidRule) as refused:
        parse_rule({"type": "all", "of": [rule]})
    assert refused.value.errors[0].field in ("of[0].max_percent_of_area_median", "of[0].max_percent_of_poverty")
    stored = read_stored_rule(rule)
    assert stored is not None
    assert judge(stored, with_medians(read_match_request({"facts": known(1, 1, **CITY)}).facts, TABLE), DAY).verdict is MAYBE


@pytest.mark.parametrize("other", [{"max_annual": 1}, {"max_monthly": 1}, {"max_percent_of_poverty": 185}])
def test_an_income_has_one_limit(other: dict[str, Any]):
    with pytest.raises(InvalidRule):
        parse_rule({**HALF, **other})


# Lines


def test_lines_are_read_as_people_write_them():
    text = "24510, 2026, 122200\n\n  md ,2026, $100,000 \n24005\t2026\t130,000\n24025; 2026; 99,999\n"
    assert read_lines(text) == [AreaMedian("24510", 2026, 122_200), AreaMedian("MD", 2026, 100_000), AreaMedian("24005", 2026, 130_000), AreaMedian("24025", 2026, 99_999)]
    assert read_lines(" \n") == []


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("24510, 2026", "give area, year and dollars"),
        ("24510", "give area, year and dollars"),
        ("2451, 2026, 122200", "give a county by its five digits"),
        ("Maryland, 2026, 122200", "give a county by its five digits"),
        ("٢٤٥١٠, 2026, 122200", "give a county by its five digits"),
        ("24510, 1989, 122200", "give a year from 1990 to 2100 second"),
        ("24510, 2101, 122200", "give a year from 1990"),
        ("24510, 26, 122200", "give a year from 1990"),
        ("24510, ²⁰²⁶, 122200", "give a year from 1990"),
        ("24510, 2026, 10183.33", "give the median of four people last"),
        ("24510, 2026, 9999", "give the median of four people last, 10,000 to 1,000,000 dollars"),
        ("24510, 2026, 1000001", "give the median of four people last"),
        ("24510, 2026, -122200", "give the median of four people last"),
        ("24510, 2026, NaN", "give the median of four people last"),
        ("24510, 2026, 1e9", "give the median of four people last"),
        ("24510, 2026, " + "9" * 5_000, "give the median of four people last"),
        ("MD, 2026, 1,\nmd, 2026, 50000", "give the median of four people last"),
    ],
)
def test_each_line_that_cannot_be_is_named_with_what_is_wrong(line: str, says: str):
    with pytest.raises(Invalid) as refused:
        read_lines(f"24005, 2026, 130000\n{line}")
    (fault,) = refused.value.errors
    assert fault.field == "lines"
    assert fault.message.startswith("Line 2: ")
    assert says in fault.message


def test_an_area_has_one_figure_a_year_and_many_faults_are_counted():
    with pytest.raises(Invalid) as refused:
        read_lines("MD, 2026, 100000\nmd, 2025, 90000\nmd, 2026, 110000")
    assert refused.value.errors[0].message == "Line 3: line 1 has a figure for MD in 2026 already."
    with pytest.raises(Invalid) as refused:
        read_lines("x\n" * 9)
    assert refused.value.errors[0].message.endswith("Line 5: give area, year and dollars, such as 24510, 2026, 122200. And 4 more.")
    with pytest.raises(Invalid) as refused:
        check_medians([AreaMedian("MD", 2026, 100_000), AreaMedian("VA", 2026, 100_000), AreaMedian("MD", 2026, 100_000)])
    assert [fault.field for fault in refused.value.errors] == ["medians[2]"]
    with pytest.raises(Invalid):
        check_medians([AreaMedian("MD", 2026, 100_000)] * (MOST_ROWS + 1))


areas = st.from_regex(r"\A([0-9]{5}|[A-Z]{2})\Z")
rows = st.dictionaries(st.tuples(areas, st.integers(1990, 2100)), st.integers(10_000, 1_000_000), max_size=8)


@given(rows)
def test_what_is_written_is_read_again(table: dict[tuple[str, int], int]):
    made = check_medians([AreaMedian(area, year, income) for (area, year), income in table.items()])
    assert read_lines(write_lines(made)) == made
