"""Eligibility by strong Kleene logic over three values, with the reasons in plain words.

`all` is the least, `any` the greatest, `not` the mirror image. What nobody knows stays unknown:
no rule guesses. Text is always unknown, so unverified words exclude nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from msgspec import Struct

from referral_hub.matching.criteria import All, AnyOf, Not, Rule
from referral_hub.matching.facts import Facts, ready_facts
from referral_hub.matching.failing import Because, minimal_sets
from referral_hub.matching.near_misses import NearMiss, find_near_misses
from referral_hub.matching.questions import may_ask
from referral_hub.matching.sentences import describe, kind_of, say_finding
from referral_hub.matching.verdicts import Verdict, compile_check, missing_facts, same_language, same_place, verdict_of

__all__ = [
    "Finding",
    "Judgement",
    "NearMiss",
    "Verdict",
    "describe",
    "judge",
    "same_language",
    "same_place",
    "verdict_of",
]


class Finding(Struct, frozen=True):
    """One reason; `criterion` is the rule's type, `says` a plain sentence."""

    criterion: str
    verdict: str
    says: str


class Judgement(Struct, frozen=True):
    """What a rule says of a household: the reasons that decide, and the facts that would still tell."""

    verdict: Verdict
    findings: list[Finding]
    ask: list[str]
    failing: list[list[Finding]] = []
    """Of an ineligible verdict the minimal failing sets, the smallest first: each alone makes the rule fail, no smaller one does."""
    near_misses: list[NearMiss] = []
    """Of an ineligible verdict what would have to change, if that is near."""


_Reason = tuple[str, Verdict, str]


class _Part(NamedTuple):
    verdict: Verdict
    reasons: tuple[_Reason, ...]
    missing: tuple[str, ...]
    because: Because
    """Of a verdict that is known."""


_YES, _NO, _OPEN = Verdict.ELIGIBLE, Verdict.INELIGIBLE, Verdict.UNKNOWN
_NOTHING = Because()


def judge(rule: Rule | None, facts: Facts, today: date) -> Judgement:
    """Whether a household fits a rule (None: open to all) on a day.

    The findings are the deciding ones: of an `any` that fits only the ways that fit, of an `all` that
    fails only what fails.
    """
    if rule is None:
        return Judgement(_YES, [], [])
    ready = ready_facts(facts, today)
    seen: dict[_Reason, int] = {}
    part = _judge(rule, ready, today, seen, negated=False)
    findings = {reason: Finding(reason[0], reason[1].word, reason[2]) for reason in seen}
    said = [findings[reason] for reason in dict.fromkeys(part.reasons)]
    if part.verdict is not _NO:
        return Judgement(part.verdict, said, [name for name in dict.fromkeys(part.missing) if may_ask(facts, name)])
    numbered = list(findings.values())
    failing = [[numbered[number] for number in numbers] for numbers in minimal_sets(part.because)]
    return Judgement(_NO, said, [], failing, find_near_misses(rule, ready, today))


def _judge(rule: Rule, facts: Facts, today: date, seen: dict[_Reason, int], *, negated: bool) -> _Part:
    """The part as it counts, turned round under `not`; `seen` numbers the reasons, equal ones alike."""
    if isinstance(rule, Not):
        return _judge(rule.of, facts, today, seen, negated=not negated)
    if isinstance(rule, All | AnyOf) and rule.of:
        parts = [_judge(part, facts, today, seen, negated=negated) for part in rule.of]
        return _join(parts, every=isinstance(rule, All) is not negated)
    plain, missing = Verdict(compile_check(rule)(facts, today)), missing_facts(rule, facts, today)
    if isinstance(rule, All | AnyOf):
        says = "Everybody qualifies." if isinstance(rule, All) else "No way to qualify is listed."
    else:
        says = say_finding(rule, facts, today, plain, missing)
    kind = kind_of(rule)
    verdict = Verdict(_YES - plain) if negated else plain
    reason = (kind, verdict, f"Must not apply: {says}" if negated and kind != "text" else says)
    because = Because(seen.setdefault(reason, len(seen)))
    reasons = () if isinstance(rule, All) and not negated else (reason,)
    return _Part(verdict, reasons, missing, because)


def _join(parts: list[_Part], *, every: bool) -> _Part:
    """Of parts that must hold every one, or any one: the deciding reasons, and what is missing of an open one."""
    verdict = (min if every else max)(part.verdict for part in parts)
    decisive: Callable[[Verdict], bool] = (lambda _: True) if every and verdict is not _NO else lambda other: other is verdict
    told = [part for part in parts if decisive(part.verdict)]
    reasons = tuple(reason for part in told for reason in part.reasons)
    if verdict is _OPEN:
        return _Part(verdict, reasons, tuple(name for part in parts if part.verdict is _OPEN for name in part.missing), _NOTHING)
    because = tuple(part.because for part in told)
    one_is_enough = every is (verdict is _NO)
    return _Part(verdict, reasons, (), Because(any_part=because) if one_is_enough else Because(every_part=because))
