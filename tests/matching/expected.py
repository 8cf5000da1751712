"""What an answer is expected to settle: for each unknown fact, how many undecided services would be decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import msgspec
from msgspec import Struct

from referral_hub.matching.criteria import All, AnyMember, AnyOf, Enrolled, Insured, LivesIn, Not, Rule, Status
from referral_hub.matching.facts import MAPS, Facts, ready_facts
from referral_hub.matching.questions import ANSWERS, MOST_RULES, may_ask, yes_weight
from referral_hub.matching.verdicts import NO, OPEN, YES, Check, compile_check, missing_of_open

_ONE_IS_ENOUGH = (AnyMember, Enrolled, Insured, LivesIn, Status)
"""Criteria that one yes decides, though other facts are missing."""


class Plan(Struct, frozen=True):
    """A rule made ready: its criteria, and a tree over their numbers."""

    criteria: list[Rule]
    checks: list[Check]
    tree: Any
    """A number, or (all | any | not, parts)."""


def plan_of(rule: Rule) -> Plan:
    """A rule made ready once, for many requests."""
    criteria: list[Rule] = []

    def add(part: Rule) -> Any:
        if isinstance(part, All | AnyOf):
            return ("all" if isinstance(part, All) else "any", [add(one) for one in part.of])
        if isinstance(part, Not):
            return ("not", [add(part.of)])
        criteria.append(part)
        return len(criteria) - 1

    tree = add(rule)
    return Plan(criteria, [compile_check(criterion) for criterion in criteria], tree)


def expected_settled(rules: Iterable[tuple[Rule | Plan, int]], facts: Facts, today: date) -> dict[str, float]:
    """By fact that an undecided rule asks for: the services that its answer is expected to decide.

    `rules` are distinct, each with the number of its services. A fact that decides nothing by itself has 0.
    Declined facts and those that only the patient may offer are not among them.
    """
    ready = ready_facts(facts, today)
    answers: dict[str, list[tuple[Facts, float]]] = {}
    settled: dict[str, float] = {}
    for rule, count in sorted(rules, key=lambda one: -one[1])[:MOST_RULES]:
        plan = rule if isinstance(rule, Plan) else plan_of(rule)
        verdicts = [check(ready, today) for check in plan.checks]
        if _fold(plan.tree, verdicts) != OPEN:
            continue
        lacking = {number: missing_of_open(plan.criteria[number], ready, today) for number in _open_criteria(plan.tree, verdicts)}
        for fact in dict.fromkeys(name for names in lacking.values() for name in names if may_ask(facts, name)):
            if fact not in answers:
                answers[fact] = _answers(ready, fact)
            touched = [number for number, names in lacking.items() if fact in names]
            if answers[fact]:
                share = _share(plan, verdicts, touched, answers[fact], today)
            else:
                share = _share_of_guesses(plan, verdicts, touched, lacking)
            settled[fact] = settled.get(fact, 0.0) + count * share
    return settled


def _share(plan: Plan, verdicts: Sequence[int], touched: Sequence[int], answers: Sequence[tuple[Facts, float]], today: date) -> float:
    """The weight of the answers that decide. Many answers come to the same: each outcome is looked at once."""
    weights: dict[tuple[int, ...], float] = {}
    checks = [plan.checks[number] for number in touched]
    for supposed, weight in answers:
        outcome = tuple([check(supposed, today) for check in checks])
        weights[outcome] = weights.get(outcome, 0.0) + weight
    return sum(weight for outcome, weight in weights.items() if _is_decided(plan, verdicts, touched, outcome))


def _is_decided(plan: Plan, verdicts: Sequence[int], touched: Sequence[int], outcome: Sequence[int]) -> bool:
    """Whether the rule is decided once some criteria come out so."""
    then = list(verdicts)
    for number, verdict in zip(touched, outcome, strict=True):
        then[number] = verdict
    return _fold(plan.tree, then) != OPEN


def _share_of_guesses(plan: Plan, verdicts: Sequence[int], touched: Sequence[int], lacking: Mapping[int, tuple[str, ...]]) -> float:
    """Half for each way in which the criteria that lack the fact could be decided by it, if that decides the rule."""
    share = 0.0
    for guess in (YES, NO):
        outcome = [
            guess if len(lacking[number]) == 1 or (guess == YES and isinstance(plan.criteria[number], _ONE_IS_ENOUGH)) else verdicts[number]
            for number in touched
        ]
        share += 0.5 * _is_decided(plan, verdicts, touched, outcome)
    return share


def _answers(facts: Facts, fact: str) -> list[tuple[Facts, float]]:
    """The facts as they would be with each answer, and its weight; none where answers cannot be told apart from here."""
    first, _, key = fact.partition(".")
    if first in MAPS:
        yes = yes_weight(fact)
        return [
            (msgspec.structs.replace(facts, **{first: {**getattr(facts, first), key: answer}}), weight)
            for answer, weight in ((True, yes), (False, 1 - yes))
        ]
    return [(msgspec.structs.replace(facts, **{fact: value}), weight) for value, weight in ANSWERS.get(fact, ())]


def _fold(tree: Any, verdicts: Sequence[int]) -> int:
    if isinstance(tree, int):
        return verdicts[tree]
    kind, parts = tree
    if kind == "not":
        return YES - _fold(parts[0], verdicts)
    known = [_fold(part, verdicts) for part in parts]
    if not known:
        return YES if kind == "all" else NO
    return min(known) if kind == "all" else max(known)


def _open_criteria(tree: Any, verdicts: Sequence[int]) -> list[int]:
    """The undecided criteria on which an undecided tree still hangs."""
    if isinstance(tree, int):
        return [tree]
    return [number for part in tree[1] if _fold(part, verdicts) == OPEN for number in _open_criteria(part, verdicts)]
