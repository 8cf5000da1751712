"""Eligibility by strong Kleene logic over three values, with the reasons in plain words.

`all` is the least, `any` the greatest, `not` the mirror image. What nobody knows stays unknown:
no rule guesses. Text is always unknown, so unverified words exclude nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from enum import IntEnum
from typing import NamedTuple, assert_never

from msgspec import Struct

from referral_hub.matching import poverty
from referral_hub.matching.counties import say_county
from referral_hub.matching.criteria import (
    NO_LIMIT_FROM,
    Age,
    All,
    AnyMember,
    AnyOf,
    Enrolled,
    Household,
    Income,
    Insured,
    LivesIn,
    Not,
    Rule,
    Speaks,
    Status,
    Text,
    Visits,
)
from referral_hub.matching.facts import Facts, facts_of_member, withhold_declined
from referral_hub.matching.questions import ONLY_OFFERED, name_answer


class Verdict(IntEnum):
    """The order matters: all is min, any is max, not is 2 - v."""

    INELIGIBLE = 0
    UNKNOWN = 1
    ELIGIBLE = 2

    @property
    def word(self) -> str:
        """As answers and pages say it."""
        return ("ineligible", "maybe", "eligible")[self]


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


class Leaf(NamedTuple):
    """A criterion without parts. `missing`: facts that are not known; `one_is_enough`: a single yes among them decides."""

    verdict: Verdict
    says: str
    missing: tuple[str, ...] = ()
    one_is_enough: bool = False


_Reason = tuple[str, Verdict, str]


class _Part(NamedTuple):
    verdict: Verdict
    reasons: tuple[_Reason, ...]
    missing: tuple[str, ...]


_YES, _NO, _OPEN = Verdict.ELIGIBLE, Verdict.INELIGIBLE, Verdict.UNKNOWN
NEAR_MISS_DAYS = 183
_YEAR_DAYS = 365.2425


def judge(rule: Rule | None, facts: Facts, today: date) -> Judgement:
    """Whether a household fits a rule (None: open to all) on a day.

    The findings are the deciding ones: of an `any` that fits only the ways that fit, of an `all` that
    fails only what fails.
    """
    if rule is None:
        return Judgement(_YES, [], [])
    part = _judge(rule, withhold_declined(facts), today)
    findings = [Finding(kind, verdict.word, says) for kind, verdict, says in dict.fromkeys(part.reasons)]
    return Judgement(part.verdict, findings, [name for name in dict.fromkeys(part.missing) if may_ask(facts, name)])


def may_ask(facts: Facts, name: str) -> bool:
    """Whether a missing fact may be asked for: not what was declined, nor what only the patient may offer."""
    return not facts.is_declined(name) and name not in ONLY_OFFERED


def could_settle(rule: Rule, facts: Facts, today: date, name: str) -> bool:
    """Whether some answer to one fact alone would make an unknown verdict known."""
    known = withhold_declined(facts)

    def suppose(guess: Verdict) -> Callable[[Rule], Verdict]:
        def verdict_of(criterion: Rule) -> Verdict:
            leaf = judge_leaf(criterion, known, today)
            decides = name in leaf.missing and (len(leaf.missing) == 1 or (leaf.one_is_enough and guess is _YES))
            return guess if decides and leaf.verdict is _OPEN else leaf.verdict

        return verdict_of

    return any(fold(rule, suppose(guess)) is not _OPEN for guess in (_YES, _NO))


def fold(rule: Rule, verdict_of: Callable[[Rule], Verdict]) -> Verdict:
    """The verdict of a tree from the verdicts of its leaves."""
    if isinstance(rule, All):
        return min((fold(part, verdict_of) for part in rule.of), default=_YES)
    if isinstance(rule, AnyOf):
        return max((fold(part, verdict_of) for part in rule.of), default=_NO)
    if isinstance(rule, Not):
        return Verdict(2 - fold(rule.of, verdict_of))
    return verdict_of(rule)


def _judge(rule: Rule, facts: Facts, today: date) -> _Part:
    if isinstance(rule, All):
        parts = [_judge(part, facts, today) for part in rule.of]
        verdict = min((part.verdict for part in parts), default=_YES)
        return _join(verdict, parts, told=(lambda v: v is _NO) if verdict is _NO else (lambda _: True))
    if isinstance(rule, AnyOf):
        parts = [_judge(part, facts, today) for part in rule.of]
        verdict = max((part.verdict for part in parts), default=_NO)
        if not parts:
            return _Part(_NO, (("any", _NO, "No way to qualify is listed."),), ())
        return _join(verdict, parts, told=lambda v: v is verdict)
    if isinstance(rule, Not):
        inner = _judge(rule.of, facts, today)
        verdict = Verdict(2 - inner.verdict)
        reasons = tuple((kind, Verdict(2 - v), says if kind == "text" else f"Must not apply: {says}") for kind, v, says in inner.reasons)
        return _Part(verdict, reasons, inner.missing)
    leaf = judge_leaf(rule, facts, today)
    return _Part(leaf.verdict, ((kind_of(rule), leaf.verdict, leaf.says),), leaf.missing if leaf.verdict is _OPEN else ())


def _join(verdict: Verdict, parts: list[_Part], told: Callable[[Verdict], bool]) -> _Part:
    reasons = tuple(reason for part in parts if told(part.verdict) for reason in part.reasons)
    missing = tuple(name for part in parts if part.verdict is _OPEN for name in part.missing) if verdict is _OPEN else ()
    return _Part(verdict, reasons, missing)


def kind_of(rule: Rule) -> str:
    """The rule's type as its JSON has it."""
    return str(rule.__struct_config__.tag)


def judge_leaf(rule: Rule, facts: Facts, today: date) -> Leaf:  # noqa: C901, PLR0912  # one line a criterion
    """The verdict of one criterion; `facts` without the declined ones."""
    match rule:
        case Age():
            return _age(rule, facts.age, declined=facts.is_declined("age"))
        case Household():
            return _household(rule, facts)
        case AnyMember():
            return _member(rule, facts, today)
        case Income():
            return _income(rule, facts, today)
        case Enrolled():
            return _any_answer("enrolled", "Enrolled in", rule.any_of, facts)
        case Status():
            return _any_answer("statuses", "For", rule.any_of, facts)
        case Insured():
            return _any_answer("insurance", "Insured by", rule.any_of, facts)
        case LivesIn():
            return _lives_in(rule, facts)
        case Speaks():
            return _speaks(rule, facts)
        case Visits():
            return _visits(rule, facts, today)
        case Text():
            return Leaf(_OPEN, rule.text)
        case All() | AnyOf() | Not():
            return Leaf(_judge(rule, facts, today).verdict, "")
        case _:
            assert_never(rule)


def _unknown(requirement: str, facts: Facts, *names: str) -> Leaf:
    declined = any(facts.is_declined(name) for name in names)
    return Leaf(_OPEN, f"{requirement}: {_not_known(declined=declined)}", names)


def _not_known(*, declined: bool) -> str:
    return "the patient chose not to say." if declined else "not known yet."


def _between(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f"{low:g} to {high:g}" if low != high else f"{low:g}"
    if low is not None:
        return f"{low:g} or more"
    return "any number" if high is None else f"{high:g} or fewer"


def _holds(value: float, low: float | None, high: float | None) -> Verdict:
    return _YES if (low is None or value >= low) and (high is None or value <= high) else _NO


def _age(rule: Age, age: float | None, *, declined: bool) -> Leaf:
    high = None if rule.max is not None and rule.max >= NO_LIMIT_FROM else rule.max
    requirement = _say_ages(rule.min, high)
    if age is None:
        return Leaf(_OPEN, f"{requirement}: {_not_known(declined=declined)}", ("age",))
    verdict = _holds(age, rule.min, high)
    says = f"{requirement}: the patient is {_say_age(age)}"
    if verdict is _NO and rule.min is not None and 0 < (rule.min - age) * _YEAR_DAYS <= NEAR_MISS_DAYS:
        says += f", and turns {rule.min:g} in about {_say_days((rule.min - age) * _YEAR_DAYS)}"
    return Leaf(verdict, says + ".")


def _say_ages(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f"Ages {low:g} to {high:g}"
    if low is not None:
        return f"Ages {low:g} and over"
    return "Any age" if high is None else f"Ages up to {high:g}"


def _say_age(age: float) -> str:
    """As people say it, in whole years, below two in months; the fraction of a year would tell the birthday."""
    months = int(age * 12 + 0.01)  # ages on record are rounded to thousandths of a year
    return f"{int(age)}" if months >= 24 else f"{months} month{'' if months == 1 else 's'}"


def _say_days(days: float) -> str:
    if days < 14:  # two weeks are still said in days
        whole = max(1, round(days))
        return f"{whole} day{'s' if whole > 1 else ''}"
    return f"{round(days / 7)} weeks"


def _household(rule: Household, facts: Facts) -> Leaf:
    requirement = f"Household of {_between(rule.min, rule.max)}"
    if facts.household_size is None:
        return _unknown(requirement, facts, "household_size")
    return Leaf(_holds(facts.household_size, rule.min, rule.max), f"{requirement}: it has {facts.household_size}.")


def _member(rule: AnyMember, facts: Facts, today: date) -> Leaf:
    """One who is known to fit is enough; that nobody fits is certain only when everybody is known."""
    patient = _judge(rule.who, facts, today)
    others = [_judge(rule.who, facts_of_member(facts, member), today) for member in facts.members or []]
    verdict = max(part.verdict for part in (patient, *others))
    everybody = facts.members is not None or facts.household_size == 1
    if verdict is _NO and not everybody:
        verdict = _OPEN
    wanted = describe(rule.who)
    if verdict is _YES:
        return Leaf(_YES, f"Somebody in the household: {wanted}: yes.")
    if verdict is _NO:
        return Leaf(_NO, f"Somebody in the household: {wanted}: nobody.")
    missing = list(patient.missing) if patient.verdict is _OPEN else []
    if not everybody or any(part.verdict is _OPEN for part in others):
        missing.append("members")
    declined = facts.is_declined("members")
    says = f"Somebody in the household: {wanted}: {_not_known(declined=declined)}"
    return Leaf(_OPEN, says, tuple(dict.fromkeys(missing)), one_is_enough=True)


def _income(rule: Income, facts: Facts, today: date) -> Leaf:
    if rule.max_annual is not None:
        requirement = f"Income of at most ${rule.max_annual:,.0f} a year"
        if facts.annual_income is None:
            return _unknown(requirement, facts, "annual_income")
        verdict = _YES if facts.annual_income <= rule.max_annual else _NO
        return Leaf(verdict, f"{requirement}: it is ${facts.annual_income:,.0f}.")
    percent = rule.max_percent_of_poverty or 0.0
    requirement = f"Income of at most {percent:g} % of the federal poverty guideline"
    missing = tuple(name for name in ("annual_income", "household_size") if getattr(facts, name) is None)
    if facts.annual_income is None or facts.household_size is None:
        return _unknown(requirement, facts, *missing)
    region = poverty.region_of(facts.home.state if facts.home else None)
    guideline = poverty.guideline_on(region, today)
    line = poverty.poverty_line(guideline, facts.household_size)
    # Multiplied, not divided: 185 % of 15,960 is exactly 29,526, and that income still fits.
    verdict = _YES if facts.annual_income * 100 <= percent * line else _NO
    source = f"{guideline.year} guideline, {poverty.REGION_NAMES[region]}"
    if guideline.year < poverty.year_in_force(today):
        source += f"; the {poverty.year_in_force(today)} figures for it are not known"
    people = "1 person" if facts.household_size == 1 else f"{facts.household_size} people"
    return Leaf(verdict, f"{requirement}: ${facts.annual_income:,.0f} for {people} is {facts.annual_income * 100 / line:.0f} % ({source}).")


def _any_answer(fact: str, words: str, wanted: Iterable[str], facts: Facts) -> Leaf:
    """One true is enough; all known false is ineligible; else unknown."""
    answers = getattr(facts, fact)
    names = tuple(dict.fromkeys(wanted))
    requirement = f"{words} {_either([name_answer(fact, name) for name in names])}"
    held = [name for name in names if answers.get(name) is True]
    if held:
        return Leaf(_YES, f"{requirement}: {', '.join(name_answer(fact, name) for name in held)}, yes.")
    missing = tuple(f"{fact}.{name}" for name in names if answers.get(name) is None)
    if not missing:
        return Leaf(_NO, f"{requirement}: no.")
    if all(name in ONLY_OFFERED for name in missing):
        return Leaf(_OPEN, f"{requirement}: ask nothing; it counts if the patient offers it.", missing, one_is_enough=True)
    declined = all(facts.is_declined(name) for name in missing)
    return Leaf(_OPEN, f"{requirement}: {_not_known(declined=declined)}", missing, one_is_enough=True)


def _either(names: list[str]) -> str:
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names) or "nothing on its list"


_HOME_LISTS = (("postal_codes", "postal_code"), ("counties", "county"), ("cities", "city"), ("states", "state"))


def _lives_in(rule: LivesIn, facts: Facts) -> Leaf:
    """One list that holds the home is enough; a list whose home fact is missing is unknown."""
    asked = [(getattr(rule, many), one) for many, one in _HOME_LISTS if getattr(rule, many)]
    requirement = f"Lives in {_say_places(rule)}"
    missing = []
    for places, one in asked:
        home = getattr(facts.home, one) if facts.home else None
        if home is None:
            missing.append(f"home.{one}")
        elif same_place(one, home) in {same_place(one, place) for place in places}:
            return Leaf(_YES, f"{requirement}: yes.")
    if missing:
        declined = all(facts.is_declined(name) for name in missing)
        return Leaf(_OPEN, f"{requirement}: {_not_known(declined=declined)}", tuple(missing), one_is_enough=True)
    return Leaf(_NO, f"{requirement}: no.")


def same_place(kind: str, name: str) -> str:
    """A place's name as it is compared: ZIP+4 by its ZIP, letters without case."""
    return name[:5] if kind == "postal_code" else " ".join(name.casefold().split())


def _say_places(rule: LivesIn) -> str:
    counties = [say_county(code) for code in rule.counties]
    kinds = (("ZIP code", rule.postal_codes), ("", counties), ("city", rule.cities), ("state", rule.states))
    said = [f"{kind} {'; '.join(places[:4])}{' and more' if len(places) > 4 else ''}".strip() for kind, places in kinds if places]
    return " or ".join(said) or "no place on its list"


def _speaks(rule: Speaks, facts: Facts) -> Leaf:
    requirement = f"Speaks {_either([name_answer('languages', code) for code in rule.any_of])}"
    if facts.languages is None:
        return _unknown(requirement, facts, "languages")
    spoken = any(same_language(code, other) for code in rule.any_of for other in facts.languages)
    return Leaf(_YES if spoken else _NO, f"{requirement}: {'yes' if spoken else 'no'}.")


def same_language(code: str, other: str) -> bool:
    """Whether two language codes name one language; a region (es-MX) does not make another."""
    return code.casefold().partition("-")[0] == other.casefold().partition("-")[0]


def _visits(rule: Visits, facts: Facts, today: date) -> Leaf:
    requirement = f"At most {rule.max} visit{'s' if rule.max != 1 else ''} in {rule.days} days"
    if facts.visits is None:
        return _unknown(requirement, facts, "visits")
    since = today - timedelta(days=rule.days)
    count = sum(since < day <= today for day in facts.visits)
    return Leaf(_YES if count + 1 <= rule.max else _NO, f"{requirement}, the coming one among them: {count} so far.")


def describe(rule: Rule) -> str:
    """A rule in a few words, without anybody's facts: for pages that show a listing."""
    match rule:
        case All():
            return " and ".join(describe(part) for part in rule.of) or "everyone"
        case AnyOf():
            return " or ".join(describe(part) for part in rule.of) or "nobody"
        case Not():
            return f"not ({describe(rule.of)})"
        case AnyMember():
            return f"somebody in the household ({describe(rule.who)})"
        case Text():
            return rule.text
        case _:
            requirement = judge_leaf(rule, Facts(), date(2026, 1, 1)).says.rpartition(":")[0]
            return requirement[:1].lower() + requirement[1:]
