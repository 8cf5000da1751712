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
from referral_hub.matching.sentences import describe, kind_of, say_finding, say_requirement
from referral_hub.matching.verdicts import Verdict, compile_check, missing_of_open, same_language, same_place, verdict_of

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


Reader = Callable[[Facts, date, dict[_Reason, int]], _Part]
"""A part of a rule as it counts on a day; the dict numbers the reasons, equal ones alike."""
_YES, _NO, _OPEN = Verdict.ELIGIBLE, Verdict.INELIGIBLE, Verdict.UNKNOWN
_VERDICTS = (Verdict.INELIGIBLE, Verdict.UNKNOWN, Verdict.ELIGIBLE)
_NOTHING = Because()
OPEN_TO_ALL = Judgement(_YES, [], [])


class RuleForm(NamedTuple):
    """A rule made ready to judge many households by."""

    rule: Rule
    read: Reader


def make_form(rule: Rule) -> RuleForm:
    """The form of a rule; it can be kept as long as the rule is the same."""
    return RuleForm(rule, _reader(rule, negated=False))


def judge(rule: Rule | None, facts: Facts, today: date) -> Judgement:
    """Whether a household fits a rule (None: open to all) on a day.

    The findings are the deciding ones: of an `any` that fits only the ways that fit, of an `all` that
    fails only what fails.
    """
    return judge_form(None if rule is None else make_form(rule), ready_facts(facts, today), today)


def judge_form(form: RuleForm | None, ready: Facts, today: date) -> Judgement:
    """As judge, of a rule and facts that were made ready (`ready_facts`)."""
    if form is None:
        return OPEN_TO_ALL
    seen: dict[_Reason, int] = {}
    part = form.read(ready, today, seen)
    findings = {reason: Finding(reason[0], reason[1].word, reason[2]) for reason in seen}
    said = [findings[reason] for reason in dict.fromkeys(part.reasons)]
    if part.verdict is not _NO:
        return Judgement(part.verdict, said, [name for name in dict.fromkeys(part.missing) if may_ask(ready, name)])
    numbered = list(findings.values())
    failing = [[numbered[number] for number in numbers] for numbers in minimal_sets(part.because)]
    return Judgement(_NO, said, [], failing, find_near_misses(form.rule, ready, today))


def _reader(rule: Rule, *, negated: bool) -> Reader:
    """What reads a part as it counts, turned round under `not`."""
    if isinstance(rule, Not):
        return _reader(rule.of, negated=not negated)
    if isinstance(rule, All | AnyOf) and rule.of:
        readers = [_reader(part, negated=negated) for part in rule.of]
        every = isinstance(rule, All) is not negated
        return lambda facts, today, seen: _join([read(facts, today, seen) for read in readers], every=every)
    return _empty_reader(rule, negated=negated) if isinstance(rule, All | AnyOf) else _leaf_reader(rule, negated=negated)


def _empty_reader(rule: All | AnyOf, *, negated: bool) -> Reader:
    """Of an `all` or `any` without parts, which needs no facts."""
    is_all = isinstance(rule, All)
    says = "Everybody qualifies." if is_all else "No way to qualify is listed."
    reason = (kind_of(rule), _YES if is_all is not negated else _NO, f"Must not apply: {says}" if negated else says)
    reasons = () if is_all and not negated else (reason,)
    return lambda _facts, _today, seen: _Part(reason[1], reasons, (), Because(seen.setdefault(reason, len(seen))))


def _leaf_reader(rule: Rule, *, negated: bool) -> Reader:
    check, kind, requirement = compile_check(rule), kind_of(rule), say_requirement(rule)
    before = "Must not apply: " if negated and kind != "text" else ""

    def read(facts: Facts, today: date, seen: dict[_Reason, int]) -> _Part:
        plain = check(facts, today)
        missing = missing_of_open(rule, facts, today) if plain == _OPEN else ()
        says = before + say_finding(rule, requirement, facts, today, plain, missing)
        reason = (kind, _VERDICTS[_YES - plain if negated else plain], says)
        return _Part(reason[1], (reason,), missing, Because(seen.setdefault(reason, len(seen))))

    return read


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
