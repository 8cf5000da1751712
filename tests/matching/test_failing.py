"""Minimal failing sets against all subsets of what is known: each suffices, none can be smaller, none is left out."""

from __future__ import annotations

import re
from itertools import combinations
from time import process_time
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from referral_hub.matching.criteria import parse_rule
from referral_hub.matching.eligibility import Judgement, Verdict, judge
from referral_hub.matching.facts import Facts
from referral_hub.matching.failing import SHOWN, SHOWN_FINDINGS
from tests.matching.rules import DAY, Record, trees

LETTERS = "abcdefg"
NO = Verdict.INELIGIBLE


def leaf(name: str) -> Record:
    return {"type": "status", "any_of": [name]}


def every(*parts: Any) -> Record:
    return {"type": "all", "of": [leaf(part) if isinstance(part, str) else part for part in parts]}


def either(*parts: Any) -> Record:
    return {"type": "any", "of": [leaf(part) if isinstance(part, str) else part for part in parts]}


def never(part: Any) -> Record:
    return {"type": "not", "of": leaf(part) if isinstance(part, str) else part}


def judged(rule: Record, answers: dict[str, bool]) -> Judgement:
    return judge(parse_rule(rule), Facts(statuses=dict(answers)), DAY)


def shown(found: Judgement) -> list[set[str]]:
    """The failing sets by the letters that their findings name."""
    return [{re.findall(r"For (\w+):", one.says)[0] for one in findings} for findings in found.failing]


def fails(rule: Record, answers: dict[str, bool]) -> bool:
    """Whether a rule is certain to fail, by asking from above: could it still come out well?"""
    return not _could(rule, answers, well=True)


def _could(rule: Record, answers: dict[str, bool], *, well: bool) -> bool:
    if rule["type"] == "not":
        return _could(rule["of"], answers, well=not well)
    if rule["type"] in ("all", "any"):
        parts = [_could(part, answers, well=well) for part in rule["of"]]
        return all(parts) if (rule["type"] == "all") is well else any(parts)
    answer = answers.get(rule["any_of"][0])
    return answer is None or answer is well


def all_minimal(rule: Record, answers: dict[str, bool]) -> list[set[str]]:
    found: list[set[str]] = []
    for size in range(len(answers) + 1):
        for names in combinations(sorted(answers), size):
            if not any(one <= set(names) for one in found) and fails(rule, {name: answers[name] for name in names}):
                found.append(set(names))
    return found


letter_trees = trees(st.builds(leaf, st.sampled_from(LETTERS)), most=10)
letter_answers = st.dictionaries(st.sampled_from(LETTERS), st.booleans(), min_size=4)


@settings(max_examples=400, deadline=None)
@given(letter_trees, letter_answers)
@example(either(every("a", "b"), every("c", "d")), {"a": False, "b": False, "c": False, "d": False})
@example(either(every("a", "b"), every("a", "c"), every("b", "c")), {"a": False, "b": False, "c": False})
@example(never(every("a", either("b", "c"))), {"a": True, "b": True, "c": True, "d": True})
def test_the_sets_are_all_the_minimal_ones(rule: Record, answers: dict[str, bool]):
    found = judged(rule, answers)
    expected = all_minimal(rule, answers) if found.verdict is NO else []
    assert len(found.failing) == min(len(expected), SHOWN)
    assert [len(one) for one in shown(found)] == [len(one) for one in expected[:SHOWN]]
    assert all(one in expected for one in shown(found))
    assert len({frozenset(one) for one in shown(found)}) == len(found.failing)


@pytest.mark.parametrize(
    ("rule", "answers", "sets"),
    [
        (either(every("a", "b"), every("c", "d")), "abcd", ["ac", "ad", "bc", "bd"]),
        (either(every("a", "b"), every("c", "d")), "acd", ["ac", "ad"]),
        (every("a", either("b", "c")), "abc", ["a", "bc"]),
        (either(every("a", "b"), every("a", "c")), "abc", ["a", "bc"]),
        (every("a", "a"), "a", ["a"]),
    ],
)
def test_of_two_ways_to_qualify_one_of_each_must_fail(rule: Record, answers: str, sets: list[str]):
    found = judged(rule, dict.fromkeys(answers, False))
    assert sorted("".join(sorted(one)) for one in shown(found)) == sets


def test_what_nobody_knows_is_in_no_failing_set_and_what_does_not_fail_has_none():
    assert shown(judged(every("a", "b"), {"a": False})) == [{"a"}]
    assert judged(either("a", "b"), {"a": False}).failing == []
    assert judged(every("a"), {"a": True}).failing == []


def test_a_rule_that_nobody_can_fit_says_so():
    assert [[one.says for one in findings] for findings in judged(either(), {}).failing] == [["No way to qualify is listed."]]
    assert [[one.says for one in findings] for findings in judged(never(every()), {}).failing] == [["Must not apply: Everybody qualifies."]]


def numbered(count: int) -> list[str]:
    return [f"n{number}" for number in range(count)]


WIDE: dict[str, Record] = {
    "3,000 that must hold": every(*numbered(3000)),
    "1,500 ways of two": either(*(every(f"n{number}", f"n{number + 1500}") for number in range(1500))),
    "1,000 ways that share": either(*(every(f"n{one % 37}", f"n{one * 7 % 101}", f"n{one * 3 % 211}") for one in range(1000))),
}
WIDE["12 levels"] = leaf("n0")
for level in range(12):
    WIDE["12 levels"] = (every if level % 2 else either)(WIDE["12 levels"], *(f"n{1 + level * 40 + number}" for number in range(40)))


@pytest.mark.parametrize("rule", WIDE.values(), ids=WIDE.keys())
def test_a_wide_or_deep_rule_is_explained_soon_and_each_set_shown_is_minimal(rule: Record):
    answers = dict.fromkeys(numbered(3000), False)
    parsed, facts = parse_rule(rule), Facts(statuses=dict(answers))
    before = process_time()
    found = judge(parsed, facts, DAY)
    assert process_time() - before < 3, "tens of milliseconds alone; a blow-up would take hours"
    assert found.failing
    assert len(found.failing) == 1 or sum(map(len, found.failing)) <= SHOWN_FINDINGS
    assert found.failing == judge(parsed, facts, DAY).failing
    for names in shown(found):
        assert fails(rule, dict.fromkeys(names, False))
        assert not any(fails(rule, dict.fromkeys(names - {name}, False)) for name in sorted(names)[:60])


def test_of_disjoint_parts_the_smallest_sets_are_shown():
    ways = either(*(every(*(f"w{way}x{number}" for number in range(30))) for way in range(4)), every(either("a", "b"), "c"))
    names = {f"w{way}x{number}" for way in range(4) for number in range(30)} | {"a", "b", "c"}
    found = judged(ways, dict.fromkeys(names, False))
    assert [len(one) for one in found.failing] == [5] * SHOWN
    assert all("c" in one and not one & {"a", "b"} for one in shown(found))


def test_the_smallest_sets_are_found_though_not_all_combinations_are_tried():
    triples = [every(*(f"{way}{number}" for number in range(3))) for way in "bcde"]
    singles = [f"s{number}" for number in range(16)]
    names = {"a", *(f"{way}{number}" for way in "bcde" for number in range(3)), *singles}
    found = judged(either(every("a", either(*triples)), every(*singles)), dict.fromkeys(names, False))
    assert [len(one) for one in found.failing] == [2] * SHOWN
