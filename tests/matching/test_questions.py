"""The next question: what its answer is expected to settle, how much it takes, how it is worded."""

from __future__ import annotations

import re
from time import process_time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from referral_hub.care import facts as on_record
from referral_hub.matching.criteria import parse_rule
from referral_hub.matching.eligibility import Verdict, judge, verdict_of
from referral_hub.matching.facts import Facts
from referral_hub.matching.questions import (
    ANSWERS,
    MOST_RULES,
    NAMES,
    ONLY_OFFERED,
    QUESTIONS,
    SENSITIVITY,
    WEIGHT,
    YES_WEIGHT,
    name_answer,
    rank_questions,
    word_question,
    yes_weight,
)
from tests.matching.expected import expected_settled, plan_of
from tests.matching.rules import DAY, Record, facts_from, households, rules

SENIOR = {"type": "age", "min": 60}
POOR = {"type": "income", "max_percent_of_poverty": 185}
SNAP = {"type": "enrolled", "any_of": ["snap"]}
WIC = {"type": "enrolled", "any_of": ["wic"]}
TEXT = {"type": "text", "text": "Call first."}
CHILD = {"type": "member", "who": {"type": "age", "max": 5}}


def every(*parts: Record) -> Record:
    return {"type": "all", "of": list(parts)}


def either(*parts: Record) -> Record:
    return {"type": "any", "of": list(parts)}


def settled(*given_rules: tuple[Record, int], facts: Record | None = None) -> dict[str, float]:
    found = expected_settled([(parse_rule(rule), count) for rule, count in given_rules], facts_from(facts or {}), DAY)
    return {name: round(value, 6) for name, value in found.items()}


@pytest.mark.parametrize(
    ("rule", "facts", "expected"),
    [
        (SENIOR, {}, {"age": 1}),
        (SNAP, {}, {"enrolled.snap": 1}),
        (every(SENIOR, TEXT), {}, {"age": 0.76}),  # whoever is younger than 60 is settled
        (either(SENIOR, TEXT), {}, {"age": 0.24}),
        (every(SNAP, TEXT), {}, {"enrolled.snap": 0.5}),
        (every(SNAP, WIC), {}, {"enrolled.snap": 0.5, "enrolled.wic": 0.5}),
        (every(SNAP, WIC), {"enrolled.snap": True}, {"enrolled.wic": 1}),
        (every(SNAP, WIC), {"enrolled.snap": False}, {}),
        (either(every(SNAP, WIC), SENIOR), {"enrolled.snap": False}, {"age": 1}),
        (POOR, {}, {"annual_income": 0, "household_size": 0}),
        (POOR, {"household_size": 1}, {"annual_income": 1}),
        (every(POOR, TEXT), {"household_size": 1}, {"annual_income": 0.10 + 0.06 + 0.04}),
        ({"type": "enrolled", "any_of": ["snap", "wic"]}, {}, {"enrolled.snap": 0.5, "enrolled.wic": 0.5}),
        ({"type": "lives_in", "states": ["MD"], "postal_codes": ["22301"]}, {}, {"home.postal_code": 0.5, "home.state": 0.5}),
        ({"type": "lives_in", "states": ["MD"]}, {}, {"home.state": 1}),
        ({"type": "speaks", "any_of": ["es"]}, {}, {"languages": 1}),
        (every({"type": "visits", "max": 1, "days": 30}, TEXT), {}, {"visits": 0.5}),
        (CHILD, {"age": 30}, {"members": 1}),
        (CHILD, {}, {"age": 0.06, "members": 0.5}),
        (every({"type": "status", "any_of": ["veteran"]}, TEXT), {}, {"statuses.veteran": 0.9}),
        ({"type": "status", "any_of": ["survivor"]}, {}, {}),
        (SENIOR, {"declined": ["age"]}, {}),
        (SENIOR, {"declined": ["birth_date"]}, {}),
        (TEXT, {}, {}),
    ],
)
def test_what_an_answer_is_expected_to_settle(rule: Record, facts: Record, expected: dict[str, float]):
    assert settled((rule, 1), facts=facts) == pytest.approx(expected)


def test_services_count_by_how_many_share_a_rule():
    assert settled((SENIOR, 40), (every(SENIOR, SNAP), 10)) == pytest.approx({"age": 40 + 10 * 0.76, "enrolled.snap": 5})


def test_the_rules_of_the_most_services_are_looked_at():
    many = [({"type": "enrolled", "any_of": [f"p{number}"]}, 1) for number in range(MOST_RULES)]
    found = settled(*many, (SENIOR, 2))
    assert found["age"] == 2
    assert len(found) == MOST_RULES


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(rules, st.integers(1, 9)), max_size=4), households)
def test_expectations_are_those_of_judging_each_answer(counted: list[tuple[Record, int]], household: Record):
    facts, parsed = facts_from(household), [(parse_rule(rule), count) for rule, count in counted]
    found = expected_settled(parsed, facts, DAY)
    assert found == expected_settled([(plan_of(rule), count) for rule, count in parsed], facts, DAY)
    open_rules = [(rule, count) for rule, count in parsed if judge(rule, facts, DAY).verdict is Verdict.UNKNOWN]
    assert set(found) == {name for rule, _ in open_rules for name in judge(rule, facts, DAY).ask}
    for name, value in found.items():
        asking = [(rule, count) for rule, count in open_rules if name in judge(rule, facts, DAY).ask]
        assert 0 <= value <= sum(count for _, count in asking) + 1e-9
        answers = (
            [(True, yes_weight(name)), (False, 1 - yes_weight(name))]
            if name.startswith(("enrolled.", "statuses.", "insurance."))
            else ANSWERS.get(name)
        )
        if answers:
            by_hand = sum(
                count * weight
                for rule, count in asking
                for answer, weight in answers
                if verdict_of(rule, facts_from({**household, name: answer}), DAY) is not Verdict.UNKNOWN
            )
            assert value == pytest.approx(by_hand)


def test_two_hundred_rules_are_weighed_in_milliseconds():
    parts: list[Record] = [POOR, SNAP, CHILD, {"type": "lives_in", "states": ["MD"]}]
    many = [
        (parse_rule(every({"type": "age", "min": 20 + number / 10}, parts[number % 4])), 1 + number % 7) for number in range(MOST_RULES)
    ]
    before = process_time()
    expected_settled(many, Facts(), DAY)
    assert process_time() - before < 0.15


# Order


def order(counts: dict[str, float], facts: Record | None = None) -> list[str]:
    return [one.fact for one in rank_questions(counts, facts_from(facts or {}))]


def test_what_settles_most_comes_first_unless_it_takes_much_from_a_patient():
    assert order({"age": 3, "enrolled.snap": 5}) == ["enrolled.snap", "age"]
    assert order({"statuses.refugee": 9, "age": 5}) == ["age", "statuses.refugee"]
    assert order({"statuses.refugee": 11, "age": 5}) == ["statuses.refugee", "age"]
    assert order({"annual_income": 5, "household_size": 5, "age": 5}) == ["age", "household_size", "annual_income"]


def test_what_settles_nothing_alone_is_still_asked_last():
    found = rank_questions({"annual_income": 0, "household_size": 0, "age": 0.4}, Facts())
    assert [(one.fact, one.settles) for one in found] == [("age", 1), ("household_size", 0), ("annual_income", 0)]


def test_neither_what_was_declined_nor_what_only_the_patient_may_offer_is_asked():
    counts: dict[str, float] = {"age": 5, "enrolled.snap": 4, "enrolled.wic": 3, **dict.fromkeys(ONLY_OFFERED, 9)}
    assert order(counts, {"declined": ["enrolled"]}) == ["age"]
    assert order(counts, {"declined": ["enrolled.wic", "birth_date"]}) == ["enrolled.snap"]


@pytest.mark.parametrize(
    ("fact", "facts", "is_asked"),
    [
        ("statuses.pregnant", {"age": 67}, False),
        ("statuses.pregnant", {"age": 55}, True),
        ("statuses.pregnant", {"age": 9}, False),
        ("statuses.pregnant", {}, True),
        ("members", {"age": 67}, True),
        ("statuses.veteran", {"age": 12}, False),
        ("statuses.veteran", {"age": 17}, True),
        ("insurance.none", {"insurance.medicaid": True}, False),
        ("insurance.none", {"insurance.medicaid": False}, True),
        ("insurance.medicaid", {"insurance.none": True}, False),
        ("insurance.medicaid", {"insurance.none": False}, True),
    ],
)
def test_questions_that_make_no_sense_are_not_asked(fact: str, facts: Record, is_asked: bool):
    assert order({fact: 5}, facts) == ([fact] if is_asked else [])


# Words


def test_every_fact_that_is_kept_is_asked_in_plain_words():
    kept = {name for name in on_record.NAMES if not name.startswith(("documents.", "accessibility"))} - ONLY_OFFERED
    homes = {"home.postal_code", "home.city", "home.county", "home.state"}
    assert {name for name in kept | homes if name not in QUESTIONS} == set()


@pytest.mark.parametrize("fact", [*QUESTIONS, "enrolled.some_program", "statuses.some_group", "insurance.some_plan", "shoe_size"])
def test_a_question_is_a_question_without_key_words(fact: str):
    words = word_question(fact)
    assert words.endswith("?")
    assert not re.search(r"_|Does this fit you|\bstatuses\b|\benrolled\b", words)


def test_every_worded_answer_has_a_name_too():
    answers = {name for name in {*QUESTIONS, *ONLY_OFFERED} if name.partition(".")[0] in ("enrolled", "statuses", "insurance")}
    assert answers - set(NAMES) == set()
    assert name_answer("enrolled", "some_program") == "some program"


def test_the_tables_are_whole():
    tables: list[Any] = [sum(weight for _, weight in answers) for answers in ANSWERS.values()]
    assert tables == pytest.approx([1] * len(ANSWERS))
    assert list(WEIGHT) == sorted(WEIGHT, reverse=True)
    assert all(0 <= level < len(WEIGHT) for level in SENSITIVITY.values())
    assert all(0 < weight < 1 for weight in YES_WEIGHT.values())
