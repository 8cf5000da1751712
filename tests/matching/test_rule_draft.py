"""A rule put together line by line says what the rule says, and each button does one thing."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from referral_hub.matching.criteria import parse_rule
from referral_hub.matching.eligibility import judge
from referral_hub.matching.rule_draft import count_lines, draft_of, lines_of, plain_rule, rule_of, with_line, without_line
from tests.matching.rules import DAY, Record, facts_from, households, rules


def leaf(name: str) -> Record:
    return {"type": "status", "any_of": [name]}


@settings(deadline=None, max_examples=300)
@given(rules, households)
def test_the_rule_of_a_rules_draft_judges_everybody_as_the_rule_does(rule: Record, household: Record):
    before = parse_rule(rule)
    after = rule_of(draft_of(before))
    facts = facts_from(household)
    expected = judge(before, facts, DAY).verdict
    assert expected.name == ("ELIGIBLE" if after is None else judge(after, facts, DAY).verdict.name)


@settings(deadline=None)
@given(rules)
def test_a_draft_is_stable_and_its_rule_is_one_that_is_taken(rule: Record):
    draft = draft_of(parse_rule(rule))
    assert draft_of(rule_of(draft)) == draft
    plain = plain_rule(draft)
    assert (plain is None) == (not draft)
    if plain is not None:
        assert draft_of(parse_rule(plain)) == draft


def test_a_line_is_another_condition_or_another_way():
    one, two, three = (parse_rule(leaf(name)) for name in ("veteran", "student", "disabled"))
    draft = with_line(with_line((), one), two)
    assert rule_of(draft) == parse_rule({"type": "all", "of": [leaf("veteran"), leaf("student")]})
    either = with_line(draft, three, 1)
    assert rule_of(either) == parse_rule({"type": "all", "of": [leaf("veteran"), {"type": "any", "of": [leaf("student"), leaf("disabled")]}]})
    assert with_line(either, three, 1) == either
    assert with_line(draft, three, 9) == (*draft, (three,))
    assert count_lines(either) == 3
    assert [[line.says for line in lines] for lines in lines_of(either)] == [["for veterans"], ["for students", "for people with a disability"]]


@given(rules, st.integers(0, 5), st.integers(0, 5))
def test_taking_a_line_away_takes_that_line_and_no_other(rule: Record, group: int, line: int):
    draft = draft_of(parse_rule(rule))
    left = without_line(draft, group, line)
    held = [one for lines in draft for one in lines]
    if group < len(draft) and line < len(draft[group]):
        place = sum(len(lines) for lines in draft[:group]) + line
        assert [one for lines in left for one in lines] == held[:place] + held[place + 1 :]
    else:
        assert left == draft
    assert all(left)


def test_the_last_line_taken_away_opens_a_service_to_all():
    assert plain_rule(without_line(draft_of(parse_rule(leaf("veteran"))), 0, 0)) is None
