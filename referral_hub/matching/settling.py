"""How much each question would settle, counted over the rules that a match left open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from referral_hub.matching import kernel
from referral_hub.matching.asking import Request, poverty_line
from referral_hub.matching.columns import Columns, Views
from referral_hub.matching.facts import Facts
from referral_hub.matching.questions import ANSWERS, MOST_RULES, yes_weight
from referral_hub.matching.rule_nodes import KINDS

NUMBERS = {"age": kernel.AGE, "household_size": kernel.HOUSEHOLD, "annual_income": kernel.INCOME_ANNUAL}
DECIDED = {"languages": kernel.SPEAKS, "visits": kernel.VISITS, "members": kernel.MEMBER}
"""Facts whose criteria are supposed to be decided, one way and the other."""

ROOM = 2
"""Rows that the kernel needs for what is known, see kernel.settle."""
NOT_KNOWN = 255


class Supposed:
    """Answers to be tried, as the kernel takes them."""

    def __init__(self) -> None:
        self.facts: list[str] = []
        self.rows: list[tuple[int, int, float, float]] = []

    def add(self, fact: str, op: int, part: int, value: float, weight: float) -> None:
        self.facts.append(fact)
        self.rows.append((op, part, value, weight))


def count_settled(columns: Columns, views: Views, request: Request, facts: Facts, pairs: Any, counts: Any) -> Mapping[str, float]:
    """Fact -> how many listings its answer is expected to settle. `pairs`: (day, rule) of what is undecided, with `counts`."""
    if len(pairs) > MOST_RULES:
        most = np.sort(np.lexsort((pairs[:, 1], -counts))[:MOST_RULES])
        pairs, counts = pairs[most], counts[most]
    signs = np.zeros(len(pairs), np.int64)
    supposed = suppose(columns, views, request, facts, pairs, signs)
    if not supposed.rows:
        return {}
    lines = np.empty((len(supposed.rows) + ROOM, len(request.days)))
    for place, (op, _, value, _) in enumerate(supposed.rows):
        if op == kernel.HOUSEHOLD:  # others leave the lines as they are
            lines[place] = [poverty_line(facts, day, value) for day in request.days]
    settled = np.zeros(len(supposed.rows))
    stack = np.empty(kernel.STACK, np.int64)
    answers = np.array(supposed.rows, kernel.SUPPOSED)
    kernel.settle(views.at, request.numbers, stack, pairs, counts, signs, answers, lines, settled)
    totals: dict[str, float] = {}
    for fact, count in zip(supposed.facts, settled.tolist(), strict=True):
        totals[fact] = totals.get(fact, 0.0) + count
    return totals


def suppose(columns: Columns, views: Views, request: Request, facts: Facts, pairs: Any, signs: Any) -> Supposed:
    """Every answer to every fact that is not known and that the rules ask for; `signs` are filled: what each rule asks."""
    names = columns.numbers["fact"]
    ops, asked, parts = np.zeros(kernel.INTRICATE + 1, np.int8), np.zeros(max(1, len(names)), np.int8), np.zeros(len(KINDS), np.int8)
    kernel.mention(views.at, pairs, ops, asked, parts, signs)
    if ops[kernel.INCOME_PERCENT]:
        ops[kernel.HOUSEHOLD] = ops[kernel.INCOME_ANNUAL] = 1
    supposed = Supposed()
    for fact, op in NUMBERS.items():
        if ops[op] and getattr(facts, fact) is None and (fact != "age" or facts.birth_date is None):
            for value, weight in ANSWERS[fact]:
                supposed.add(fact, op, -1, value, weight)
    for fact, op in DECIDED.items():
        # Members may be named and still not known: the kernel sees whether that keeps anything open.
        if ops[op] and (fact == "members" or getattr(facts, fact) is None):
            _either_way(supposed, fact, op, -1)
    for kind, part in enumerate(KINDS):
        if parts[kind] and request.told_home[kind] == -2:
            _either_way(supposed, f"home.{part}", kernel.LIVES_IN, kind)
    said = list(names)
    for number in np.flatnonzero(asked).tolist():
        if request.answers[number] == NOT_KNOWN:
            name = said[number]
            weight = yes_weight(name)
            supposed.add(name, kernel.ANSWERS, number, 1, weight)
            supposed.add(name, kernel.ANSWERS, number, 0, 1 - weight)
    return supposed


def _either_way(supposed: Supposed, fact: str, op: int, part: int) -> None:
    for value in (kernel.YES, kernel.NO):
        supposed.add(fact, op, part, value, 0.5)
