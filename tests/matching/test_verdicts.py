"""The verdict alone: the same as with its reasons, sound against every completion, and never taken back."""

from __future__ import annotations

from itertools import islice
from time import perf_counter

from hypothesis import assume, example, given, settings

from referral_hub.matching.criteria import parse_rule
from referral_hub.matching.eligibility import judge
from referral_hub.matching.facts import ready_facts
from referral_hub.matching.verdicts import Verdict, compile_verdict, missing_facts, verdict_of
from tests.matching.rules import DAY, LEAVES, WORLD, Record, completions, facts_from, holds, households, leaves_of, names_of, rules

YES, MAYBE, NO = Verdict.ELIGIBLE, Verdict.UNKNOWN, Verdict.INELIGIBLE
MANY = 5_000
"""Completions that are tried of one household; trees that look at more are left out."""


def looked_at(rule: Record) -> set[str]:
    return {name for leaf in leaves_of(rule) for name in names_of(leaf)}


@settings(max_examples=250, deadline=None)
@given(rules, households)
def test_the_verdict_alone_is_the_one_with_reasons(rule: Record, household: Record):
    parsed, facts = parse_rule(rule), facts_from(household)
    assert verdict_of(parsed, facts, DAY) is judge(parsed, facts, DAY).verdict


@settings(max_examples=250, deadline=None)
@given(rules, households)
@example({"type": "all", "of": [{"type": "age", "min": 60}, {"type": "age", "max": 5}]}, {"age": 60})
@example({"type": "any", "of": [{"type": "age", "min": 60}, {"type": "age", "max": 5}]}, {"age": 60})
@example({"type": "income", "max_percent_of_poverty": 185}, {"annual_income": 29_526.5, "household_size": 1})
def test_what_is_said_of_an_incomplete_household_holds_for_every_completion(rule: Record, household: Record):
    verdict = verdict_of(parse_rule(rule), facts_from(household), DAY)
    outcomes = list(islice((holds(rule, full) for full in completions(rule, household)), MANY + 1))
    assume(len(outcomes) <= MANY)
    if verdict is YES:
        assert all(outcomes)
    if verdict is NO:
        assert not any(outcomes)
    if not looked_at(rule) - set(household):
        assert verdict is (YES if outcomes[0] else NO)


@settings(max_examples=200, deadline=None)
@given(rules, households)
def test_learning_a_fact_never_takes_a_verdict_back(rule: Record, household: Record):
    parsed = parse_rule(rule)
    before = verdict_of(parsed, facts_from(household), DAY)
    for name in sorted(looked_at(rule) - set(household) - {"text"}):
        for answer in WORLD[name]:
            if name == "home.state" and any(leaf["type"] == "income" for leaf in leaves_of(rule)):
                continue  # an unknown state counts as one of the 48, so learning it may change the guideline
            if name == "members" and household.get("household_size") == 1 and answer:
                continue  # who lives alone has no members
            after = verdict_of(parsed, facts_from({**household, name: answer}), DAY)
            assert before is MAYBE or after is before, (name, answer)


@settings(max_examples=200, deadline=None)
@given(rules, households)
def test_an_open_verdict_lacks_something_and_a_known_one_asks_nothing(rule: Record, household: Record):
    parsed, facts = parse_rule(rule), facts_from(household)
    missing = missing_facts(parsed, ready_facts(facts, DAY), DAY)
    found = judge(parsed, facts, DAY)
    assert [name for name in missing if not name.startswith("referred_by.")] == found.ask, "nobody asks a patient who refers"
    assert set(missing) <= looked_at(rule) - set(household)
    if found.verdict is MAYBE and "text" not in looked_at(rule):
        assert missing


def test_each_criterion_is_decided_once_everything_it_looks_at_is_known():
    for leaf in LEAVES:
        for full in completions(leaf, {}):
            verdict = verdict_of(parse_rule(leaf), facts_from({name: value for name, value in full.items() if name != "text"}), DAY)
            assert verdict is (MAYBE if leaf["type"] == "text" else YES if holds(leaf, full) else NO), (leaf, full)


def test_a_service_without_a_rule_is_open_to_all():
    assert verdict_of(None, facts_from({}), DAY) is YES


def test_a_compiled_rule_takes_microseconds():
    rule = parse_rule(
        {"type": "all", "of": [{"type": "age", "min": 60}, {"type": "any", "of": [LEAVES[8], {"type": "income", "max_annual": 9}]}]}
    )
    verdict, facts = compile_verdict(rule), ready_facts(facts_from({"age": 67, "enrolled.snap": False}), DAY)

    def seconds() -> float:
        start = perf_counter()
        for _ in range(2_000):
            verdict(facts, DAY)
        return perf_counter() - start

    assert min(seconds() for _ in range(5)) < 2_000 * 20e-6
