"""Eligibility: each criterion by truth table, the logic against an evaluator of its own, the reasons in words."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from referral_hub.matching.criteria import parse_rule, read_stored_rule
from referral_hub.matching.eligibility import Judgement, Verdict, describe, judge
from referral_hub.matching.facts import Facts, read_match_request

DAY = date(2026, 11, 23)
YES, MAYBE, NO = Verdict.ELIGIBLE, Verdict.UNKNOWN, Verdict.INELIGIBLE


def facts_of(given_facts: dict[str, Any]) -> Facts:
    return read_match_request({"facts": given_facts}).facts


def judged(rule: dict[str, Any], facts: dict[str, Any], day: date = DAY) -> Judgement:
    return judge(parse_rule(rule), facts_of(facts), day)


ANY_SNAP = {"type": "enrolled", "any_of": ["snap", "wic"]}
POOR = {"type": "income", "max_percent_of_poverty": 185}
CHILD = {"type": "member", "who": {"type": "age", "max": 5}}
MARYLAND = {"type": "lives_in", "postal_codes": ["21201"], "states": ["VA"]}

TABLE: list[tuple[dict[str, Any], dict[str, Any], Verdict]] = [
    ({"type": "age", "min": 60, "max": None}, {"age": 60}, YES),
    ({"type": "age", "min": 60}, {"age": 59.99}, NO),
    ({"type": "age", "min": 60}, {}, MAYBE),
    ({"type": "age", "min": 60}, {"age": 70, "declined": ["age"]}, MAYBE),
    ({"type": "age", "max": 5}, {"age": 5}, YES),
    ({"type": "age", "max": 5}, {"age": 5.1}, NO),
    ({"type": "age", "min": 0.5, "max": 1}, {"age": 0.5}, YES),
    ({"type": "age", "min": 18, "max": 999}, {"age": 130}, YES),
    ({"type": "age", "min": 18, "max": 120}, {"age": 125}, YES),
    ({"type": "age", "min": 18, "max": 119}, {"age": 125}, NO),
    ({"type": "household", "min": 1, "max": 8}, {"household_size": 8}, YES),
    ({"type": "household", "min": 1, "max": 8}, {"household_size": 9}, NO),
    ({"type": "household", "min": 3}, {"household_size": 2}, NO),
    ({"type": "household", "max": 8}, {}, MAYBE),
    (ANY_SNAP, {"enrolled": {"snap": True}}, YES),
    (ANY_SNAP, {"enrolled": {"snap": True, "wic": False}}, YES),
    (ANY_SNAP, {"enrolled": {"snap": False, "wic": False}}, NO),
    (ANY_SNAP, {"enrolled": {"snap": False}}, MAYBE),
    (ANY_SNAP, {"enrolled": {"snap": False, "wic": None}}, MAYBE),
    (ANY_SNAP, {}, MAYBE),
    (ANY_SNAP, {"enrolled": {"snap": True, "wic": False}, "declined": ["enrolled.snap"]}, MAYBE),
    (ANY_SNAP, {"enrolled": {"snap": True}, "declined": ["enrolled"]}, MAYBE),
    ({"type": "enrolled", "any_of": []}, {}, NO),
    ({"type": "status", "any_of": ["veteran"]}, {"statuses": {"veteran": True}}, YES),
    ({"type": "status", "any_of": ["veteran"]}, {"statuses": {"veteran": False}}, NO),
    ({"type": "status", "any_of": ["veteran"]}, {"statuses": {"student": True}}, MAYBE),
    ({"type": "insured", "any_of": ["medicaid"]}, {"insurance": {"medicaid": True}}, YES),
    ({"type": "insured", "any_of": ["medicaid"]}, {"insurance": {"medicaid": False}}, NO),
    ({"type": "insured", "any_of": ["medicaid"]}, {"enrolled": {"medicaid": True}}, MAYBE),
    (MARYLAND, {"home": {"postal_code": "21201"}}, YES),
    (MARYLAND, {"home": {"postal_code": "21201-1234"}}, YES),
    (MARYLAND, {"home": {"state": "va"}}, YES),
    (MARYLAND, {"home": {"postal_code": "21202", "state": "MD"}}, NO),
    (MARYLAND, {"home": {"postal_code": "21202"}}, MAYBE),
    (MARYLAND, {"home": {"state": "MD"}}, MAYBE),
    (MARYLAND, {}, MAYBE),
    (MARYLAND, {"home": {"postal_code": "21201", "state": "MD"}, "declined": ["home"]}, MAYBE),
    ({"type": "lives_in", "cities": ["baltimore"]}, {"home": {"city": "Baltimore"}}, YES),
    ({"type": "lives_in", "counties": ["24510"]}, {"home": {"county": "24005"}}, NO),
    ({"type": "lives_in", "postal_codes": [], "counties": [], "cities": [], "states": []}, {"home": {"state": "MD"}}, NO),
    ({"type": "speaks", "any_of": ["es"]}, {"languages": ["en", "es-MX"]}, YES),
    ({"type": "speaks", "any_of": ["es"]}, {"languages": ["en"]}, NO),
    ({"type": "speaks", "any_of": ["es"]}, {}, MAYBE),
    ({"type": "visits", "max": 1, "days": 30}, {"visits": []}, YES),
    ({"type": "visits", "max": 1, "days": 30}, {"visits": ["2026-10-24"]}, YES),
    ({"type": "visits", "max": 1, "days": 30}, {"visits": ["2026-10-25"]}, NO),
    ({"type": "visits", "max": 2, "days": 30}, {"visits": ["2026-11-20"]}, YES),
    ({"type": "visits", "max": 1, "days": 30}, {}, MAYBE),
    ({"type": "text", "text": "Ask at the door."}, {"age": 67}, MAYBE),
    ({"type": "all", "of": []}, {}, YES),
    ({"type": "any", "of": []}, {}, NO),
    ({"type": "income", "max_annual": 40000}, {"annual_income": 40000}, YES),
    ({"type": "income", "max_annual": 40000}, {"annual_income": 40000.01}, NO),
    ({"type": "income", "max_annual": 40000}, {"household_size": 2}, MAYBE),
    (POOR, {"annual_income": 29526, "household_size": 1}, YES),
    (POOR, {"annual_income": 29526.01, "household_size": 1}, NO),
    (POOR, {"annual_income": 0}, MAYBE),
    (POOR, {"household_size": 1}, MAYBE),
    (POOR, {"annual_income": 21000, "household_size": 1, "declined": ["annual_income"]}, MAYBE),
    (POOR, {"annual_income": 36167.5, "household_size": 1, "home": {"state": "AK"}}, YES),
    (POOR, {"annual_income": 36167.51, "household_size": 1, "home": {"state": "AK"}}, NO),
    ({"type": "any", "of": [ANY_SNAP, POOR]}, {"enrolled": {"snap": True}}, YES),
    (CHILD, {"age": 3}, YES),
    (CHILD, {"age": 30, "members": [{"age": 3}]}, YES),
    (CHILD, {"members": [{"age": 3}]}, YES),
    (CHILD, {"age": 30, "members": [{"age": 9}]}, NO),
    (CHILD, {"age": 30, "members": []}, NO),
    (CHILD, {"age": 30, "household_size": 1}, NO),
    (CHILD, {"age": 30, "household_size": 2}, MAYBE),
    (CHILD, {"age": 30}, MAYBE),
    (CHILD, {"members": [{"age": 9}]}, MAYBE),
    (CHILD, {"age": 30, "members": [{"age": 9}, {}]}, MAYBE),
    (CHILD, {"age": 30, "members": [{"age": 9}], "declined": ["members"]}, MAYBE),
    (
        {"type": "member", "who": {"type": "status", "any_of": ["pregnant"]}},
        {"statuses": {"pregnant": False}, "members": [{"pregnant": True}]},
        YES,
    ),
    ({"type": "member", "who": {"type": "status", "any_of": ["pregnant"]}}, {"statuses": {"pregnant": True}}, YES),
    (
        {"type": "member", "who": {"type": "all", "of": [{"type": "age", "max": 5}, {"type": "income", "max_annual": 9}]}},
        {"age": 30, "annual_income": 5, "members": [{"age": 4}]},
        YES,
    ),
]


@pytest.mark.parametrize(("rule", "facts", "verdict"), TABLE)
def test_each_criterion_by_truth_table(rule: dict[str, Any], facts: dict[str, Any], verdict: Verdict):
    assert judged(rule, facts).verdict is verdict


@pytest.mark.parametrize(("rule", "facts", "verdict"), TABLE)
def test_not_is_the_mirror_image(rule: dict[str, Any], facts: dict[str, Any], verdict: Verdict):
    assert judged({"type": "not", "of": rule}, facts).verdict == {YES: NO, MAYBE: MAYBE, NO: YES}[verdict]


# An evaluator of its own: words and tables, no numbers, nothing shared with the program.

AND = {("yes", "yes"): "yes", ("yes", "maybe"): "maybe", ("maybe", "yes"): "maybe", ("maybe", "maybe"): "maybe"}
OR = {("no", "no"): "no", ("no", "maybe"): "maybe", ("maybe", "no"): "maybe", ("maybe", "maybe"): "maybe"}
OPPOSITE = {"yes": "no", "no": "yes", "maybe": "maybe"}
WORD = {YES: "yes", MAYBE: "maybe", NO: "no"}


def oracle(rule: dict[str, Any], answers: dict[str, bool | None]) -> str:
    kind = rule["type"]
    if kind == "status":
        given_answers = [answers.get(name) for name in rule["any_of"]]
        return "yes" if True in given_answers else "maybe" if None in given_answers else "no"
    if kind == "text":
        return "maybe"
    if kind == "not":
        return OPPOSITE[oracle(rule["of"], answers)]
    table, verdict = (AND, "yes") if kind == "all" else (OR, "no")
    for part in rule["of"]:
        verdict = table.get((verdict, oracle(part, answers)), "no" if kind == "all" else "yes")
    return verdict


NAMES = ("veteran", "student", "employed", "refugee")
leaves = st.one_of(
    st.builds(lambda chosen: {"type": "status", "any_of": chosen}, st.lists(st.sampled_from(NAMES), max_size=3)),
    st.just({"type": "text", "text": "Ask."}),
)
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(lambda parts: {"type": "all", "of": parts}, st.lists(inner, max_size=3)),
        st.builds(lambda parts: {"type": "any", "of": parts}, st.lists(inner, max_size=3)),
        st.builds(lambda part: {"type": "not", "of": part}, inner),
    ),
    max_leaves=8,
)
answer_maps = st.dictionaries(st.sampled_from(NAMES), st.sampled_from([True, False, None]))


@settings(max_examples=300, deadline=None)
@given(trees, answer_maps)
def test_the_logic_is_strong_kleene(rule: dict[str, Any], answers: dict[str, bool | None]):
    assert WORD[judged(rule, {"statuses": answers}).verdict] == oracle(rule, answers)


@settings(max_examples=200, deadline=None)
@given(trees, answer_maps)
def test_a_verdict_never_flips_when_more_becomes_known(rule: dict[str, Any], answers: dict[str, bool | None]):
    before = judged(rule, {"statuses": answers})
    for name in NAMES:
        if answers.get(name) is None and before.verdict is not MAYBE:
            for answer in (True, False):
                assert judged(rule, {"statuses": {**answers, name: answer}}).verdict is before.verdict


@settings(max_examples=200, deadline=None)
@given(trees, answer_maps)
def test_questions_come_only_while_the_verdict_is_open_and_only_for_the_unknown(rule: dict[str, Any], answers: dict[str, bool | None]):
    found = judged(rule, {"statuses": answers})
    assert found.verdict is MAYBE or not found.ask
    assert all(answers.get(name.removeprefix("statuses.")) is None for name in found.ask)


# Reasons


def test_only_what_fails_is_told_of_a_rule_that_fails():
    rule = {
        "type": "any",
        "of": [
            {"type": "all", "of": [{"type": "age", "min": 60}, {"type": "status", "any_of": ["veteran"]}]},
            {"type": "all", "of": [{"type": "status", "any_of": ["student"]}, {"type": "household", "min": 1}]},
        ],
    }
    found = judged(rule, {"age": 30, "household_size": 2, "statuses": {"veteran": True, "student": False}})
    assert found.verdict is NO
    assert [(one.criterion, one.verdict) for one in found.findings] == [("age", "ineligible"), ("status", "ineligible")]
    assert found.ask == []


def test_of_several_ways_that_fit_or_not_only_those_that_fit_are_told():
    found = judged({"type": "any", "of": [ANY_SNAP, POOR, {"type": "age", "min": 60}]}, {"enrolled": {"snap": True}, "age": 30})
    assert [(one.criterion, one.says) for one in found.findings] == [("enrolled", "Enrolled in SNAP or WIC: SNAP, yes.")]


def test_an_open_verdict_says_what_to_ask_and_what_to_read():
    found = judged({"type": "all", "of": [{"type": "age", "min": 60}, POOR, {"type": "text", "text": "Bring a bag."}]}, {"age": 67})
    assert found.ask == ["annual_income", "household_size"]
    assert [one.verdict for one in found.findings] == ["eligible", "maybe", "maybe"]
    assert found.findings[2].says == "Bring a bag."


def test_a_declined_fact_is_not_asked_again_and_the_reason_says_so():
    found = judged(POOR, {"annual_income": 21000, "declined": ["annual_income"]})
    assert found.ask == ["household_size"]
    assert found.findings[0].says.endswith("the patient chose not to say.")


def test_whether_somebody_is_a_survivor_is_never_asked_but_counts_when_offered():
    rule = {"type": "status", "any_of": ["survivor"]}
    assert (judged(rule, {}).verdict, judged(rule, {}).ask) == (MAYBE, [])
    assert judged(rule, {"statuses": {"survivor": True}}).verdict is YES


def test_a_near_miss_says_when_it_ends():
    says = judged({"type": "age", "min": 60}, {"age": 59.94}).findings[0].says
    assert says == "Ages 60 and over: the patient is 59, and turns 60 in about 3 weeks."
    assert "turns" not in judged({"type": "age", "min": 60}, {"age": 59.4}).findings[0].says


def test_alaska_takes_its_newest_known_year_and_says_so():
    says = judged(POOR, {"annual_income": 20000, "household_size": 1, "home": {"state": "AK"}}).findings[0].says
    assert "2025 guideline, Alaska" in says
    assert "2026 figures for it are not known" in says
    assert "2026 guideline, 48 states and DC" in judged(POOR, {"annual_income": 20000, "household_size": 1}).findings[0].says


def test_a_failing_not_names_what_must_not_apply():
    found = judged({"type": "not", "of": {"type": "status", "any_of": ["veteran"]}}, {"statuses": {"veteran": True}})
    assert (found.findings[0].criterion, found.findings[0].verdict) == ("status", "ineligible")
    assert found.findings[0].says == "Must not apply: For veterans: veterans, yes."


def test_a_service_without_a_rule_is_open_to_all():
    assert judge(None, Facts(), DAY) == Judgement(YES, [], [])


def test_a_stored_rule_that_does_not_parse_counts_as_text():
    broken_rules: list[dict[str, Any]] = [{"type": "agee"}, {"type": "age", "min": "sixty"}, {"of": []}, {}]
    for broken in broken_rules:
        rule = read_stored_rule(broken)
        found = judge(rule, Facts(), DAY)
        assert (found.verdict, [one.criterion for one in found.findings]) == (MAYBE, ["text"])


def test_a_county_is_told_by_its_name() -> None:
    rule = parse_rule({"type": "lives_in", "counties": ["24510", "99999"]})
    assert describe(rule) == describe(rule).replace("24510", "")
    assert "Baltimore city, MD; 99999" in describe(rule)
