"""The verdict alone, without a word: rules compiled once to closures, for judging many of them.

What is unknown stays unknown (strong Kleene): `all` is the least, `any` the greatest, `not` the mirror image.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from enum import IntEnum
from functools import lru_cache

from referral_hub.matching import poverty
from referral_hub.matching.area_median import find_median, share_of
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
    ReferredBy,
    Rule,
    Speaks,
    Status,
    Text,
    Visits,
)
from referral_hub.matching.facts import Facts, facts_of_member, ready_facts
from referral_hub.matching.referrers import find_answer


class Verdict(IntEnum):
    """The order matters: all is min, any is max, not is 2 - v."""

    INELIGIBLE = 0
    UNKNOWN = 1
    ELIGIBLE = 2

    @property
    def word(self) -> str:
        """As answers and pages say it."""
        return ("ineligible", "maybe", "eligible")[self]


NO, OPEN, YES = 0, 1, 2
Check = Callable[[Facts, date], int]
"""The number of a verdict, from facts as `ready_facts` gives them and the day at the place."""
_VERDICTS = (Verdict.INELIGIBLE, Verdict.UNKNOWN, Verdict.ELIGIBLE)
ANSWER_MAPS: dict[type, str] = {Enrolled: "enrolled", Status: "statuses", Insured: "insurance", ReferredBy: "referred_by"}
"""The facts that a criterion of yes and no answers looks at."""
HOME_LISTS = (("postal_codes", "postal_code"), ("counties", "county"), ("cities", "city"), ("states", "state"))
"""(list of a `lives_in`, fact of the home)."""


def verdict_of(rule: Rule | None, facts: Facts, today: date) -> Verdict:
    """What `judge` says, without its reasons. For many rules or many facts see `compile_verdict`."""
    return compile_verdict(rule)(ready_facts(facts, today), today)


def compile_verdict(rule: Rule | None) -> Callable[[Facts, date], Verdict]:
    """A function of facts (as `ready_facts` gives them) and a day that gives a rule's verdict and builds nothing."""
    check = compile_check(rule)
    return lambda facts, today: _VERDICTS[check(facts, today)]


def compile_check(rule: Rule | None) -> Check:
    """As compile_verdict, for the bare number: 0 ineligible, 1 unknown, 2 eligible."""
    if rule is None:
        return lambda _facts, _today: YES
    return _COMPILERS[type(rule)](rule)


def _all(rule: All) -> Check:
    parts = tuple(compile_check(part) for part in rule.of)

    def check(facts: Facts, today: date) -> int:
        least = YES
        for part in parts:
            verdict = part(facts, today)
            if verdict < least:
                if verdict == NO:
                    return NO
                least = verdict
        return least

    return parts[0] if len(parts) == 1 else check


def _any(rule: AnyOf) -> Check:
    parts = tuple(compile_check(part) for part in rule.of)

    def check(facts: Facts, today: date) -> int:
        greatest = NO
        for part in parts:
            verdict = part(facts, today)
            if verdict > greatest:
                if verdict == YES:
                    return YES
                greatest = verdict
        return greatest

    return parts[0] if len(parts) == 1 else check


def _not(rule: Not) -> Check:
    inner = compile_check(rule.of)
    return lambda facts, today: YES - inner(facts, today)


def _age(rule: Age) -> Check:
    low = 0.0 if rule.min is None else rule.min
    high = float("inf") if rule.max is None or rule.max >= NO_LIMIT_FROM else rule.max

    def check(facts: Facts, _today: date) -> int:
        age = facts.age
        return OPEN if age is None else YES if low <= age <= high else NO

    return check


def _household(rule: Household) -> Check:
    low = 0 if rule.min is None else rule.min
    high = float("inf") if rule.max is None else rule.max

    def check(facts: Facts, _today: date) -> int:
        size = facts.household_size
        return OPEN if size is None else YES if low <= size <= high else NO

    return check


def _member(rule: AnyMember) -> Check:
    """One who is known to fit is enough; that nobody fits is certain only when everybody is known."""
    who = compile_check(rule.who)

    def check(facts: Facts, today: date) -> int:
        best = who(facts, today)
        for member in facts.members or ():
            if best == YES:
                break
            best = max(best, who(facts_of_member(facts, member), today))
        return OPEN if best == NO and not knows_everybody(facts) else best

    return check


def knows_everybody(facts: Facts) -> bool:
    """Whether the members of the household are on record, or there are none besides the patient."""
    return facts.members is not None or facts.household_size == 1


def _income(rule: Income) -> Check:
    limit = fixed_income_limit(rule)
    if rule.max_percent_of_area_median is not None:
        return _income_by_area(rule.max_percent_of_area_median)

    def check_dollars(facts: Facts, _today: date) -> int:
        income = facts.annual_income
        return OPEN if income is None else YES if income <= (limit or 0.0) else NO

    def check_percent(facts: Facts, today: date) -> int:
        if facts.annual_income is None or facts.household_size is None:
            return OPEN
        # Multiplied, not divided: 185 % of 15,960 is exactly 29,526, and that income still fits.
        return YES if facts.annual_income * 100 <= percent_of_line(rule, facts, facts.household_size, today) else NO

    return check_percent if limit is None else check_dollars


def _income_by_area(percent: float) -> Check:
    def check(facts: Facts, today: date) -> int:
        if facts.annual_income is None or facts.household_size is None:
            return OPEN
        median, _ = find_median(facts, today)
        if median is None:
            return OPEN
        return YES if facts.annual_income * 10_000 <= percent * median.income * share_of(facts.household_size) else NO

    return check


def fixed_income_limit(rule: Income) -> float | None:
    """Dollars a year, where the rule names an amount; None where it names a percentage."""
    return rule.max_annual if rule.max_monthly is None else rule.max_monthly * 12


def annual_limit(rule: Income, facts: Facts, today: date) -> float | None:
    """Dollars a year that a rule allows this household; None where something is not known."""
    fixed, size = fixed_income_limit(rule), facts.household_size
    if fixed is not None or size is None:
        return fixed
    if rule.max_percent_of_area_median is None:
        return percent_of_line(rule, facts, size, today) / 100
    median, _ = find_median(facts, today)
    return None if median is None else rule.max_percent_of_area_median * median.income * share_of(size) / 10_000


def percent_of_line(rule: Income, facts: Facts, household_size: int, today: date) -> float:
    """The limit of a rule that names a percentage of the poverty guideline, in hundredths of a dollar a year."""
    guideline = poverty.guideline_on(poverty.region_of(facts.home.state if facts.home else None), today)
    return (rule.max_percent_of_poverty or 0.0) * poverty.poverty_line(guideline, household_size)


def _any_answer(rule: Enrolled | Status | Insured) -> Check:
    """One true is enough; all known false is ineligible; else unknown."""
    fact, names = ANSWER_MAPS[type(rule)], tuple(dict.fromkeys(rule.any_of))

    def check(facts: Facts, _today: date) -> int:
        answers, verdict = getattr(facts, fact), NO
        for name in names:
            answer = answers.get(name)
            if answer is True:
                return YES
            if answer is None:
                verdict = OPEN
        return verdict

    return check


def _referred_by(rule: ReferredBy) -> Check:
    """As _any_answer, where one organization is no other."""

    def check(facts: Facts, _today: date) -> int:
        answers = [find_answer(facts.referred_by, name) for name in rule.any_of]
        return YES if True in answers else OPEN if None in answers else NO

    return check


def _lives_in(rule: LivesIn) -> Check:
    """One list that holds the home is enough; a list whose home fact is missing is unknown."""
    asked = [
        (one, frozenset((*getattr(rule, many), *(same_place(one, place) for place in getattr(rule, many)))))
        for many, one in HOME_LISTS
        if getattr(rule, many)
    ]

    def check(facts: Facts, _today: date) -> int:
        home, verdict = facts.home, NO
        for one, places in asked:
            name = None if home is None else getattr(home, one)
            if name is None:
                verdict = OPEN
            elif name in places or same_place(one, name) in places:  # most names are written alike
                return YES
        return verdict

    return check


def same_place(kind: str, name: str) -> str:
    """A place's name as it is compared: ZIP+4 by its ZIP, letters without case."""
    return name[:5] if kind == "postal_code" else " ".join(name.casefold().split())


def _speaks(rule: Speaks) -> Check:
    wanted = frozenset(_language(code) for code in rule.any_of)

    def check(facts: Facts, _today: date) -> int:
        if facts.languages is None:
            return OPEN
        return YES if any(_language(code) in wanted for code in facts.languages) else NO

    return check


def same_language(code: str, other: str) -> bool:
    """Whether two language codes name one language; a region (es-MX) does not make another."""
    return _language(code) == _language(other)


@lru_cache(maxsize=1024)
def _language(code: str) -> str:
    return code.casefold().partition("-")[0]


def _visits(rule: Visits) -> Check:
    def check(facts: Facts, today: date) -> int:
        if facts.visits is None:
            return OPEN
        return YES if len(counted_visits(rule, facts.visits, today)) + 1 <= rule.max else NO

    return check


def counted_visits(rule: Visits, visits: Sequence[date], today: date) -> list[date]:
    """The days of the last `days` on which help was used, the oldest first."""
    since = today - timedelta(days=rule.days)
    return sorted(day for day in visits if since < day <= today)


_COMPILERS: dict[type, Callable[..., Check]] = {
    All: _all,
    AnyOf: _any,
    Not: _not,
    Age: _age,
    Household: _household,
    AnyMember: _member,
    Income: _income,
    Enrolled: _any_answer,
    Status: _any_answer,
    Insured: _any_answer,
    LivesIn: _lives_in,
    Speaks: _speaks,
    Visits: _visits,
    ReferredBy: _referred_by,
    Text: lambda _rule: lambda _facts, _today: OPEN,
}
"""One for every type of criterion."""


def missing_facts(rule: Rule, facts: Facts, today: date) -> tuple[str, ...]:
    """The facts that an undecided rule lacks, of its undecided parts, in the rule's order; none of a decided one."""
    return () if compile_check(rule)(facts, today) != OPEN else missing_of_open(rule, facts, today)


def missing_of_open(rule: Rule, facts: Facts, today: date) -> tuple[str, ...]:
    """As missing_facts, of a rule that is known to be undecided."""
    return tuple(dict.fromkeys(_missing(rule, facts, today)))


def _missing(rule: Rule, facts: Facts, today: date) -> list[str]:
    match rule:
        case All() | AnyOf():
            return [name for part in rule.of for name in missing_facts(part, facts, today)]
        case Not():
            return _missing(rule.of, facts, today)
        case AnyMember():
            unsure = any(compile_check(rule.who)(facts_of_member(facts, one), today) == OPEN for one in facts.members or ())
            return [*missing_facts(rule.who, facts, today), *(["members"] if unsure or not knows_everybody(facts) else [])]
        case Income() if rule.max_percent_of_area_median is not None:
            median, parts = find_median(facts, today)
            if median is None and not parts:
                return []  # the hub's table lacks it: nothing that a patient could say would help
            return [name for name in ("annual_income", "household_size") if getattr(facts, name) is None] + list(parts)
        case Income():
            names = ("annual_income", "household_size") if fixed_income_limit(rule) is None else ("annual_income",)
            return [name for name in names if getattr(facts, name) is None]
        case Enrolled() | Status() | Insured():
            fact = ANSWER_MAPS[type(rule)]
            answers = getattr(facts, fact)
            return [f"{fact}.{name}" for name in rule.any_of if answers.get(name) is None]
        case ReferredBy():
            return [f"referred_by.{name}" for name in rule.any_of if find_answer(facts.referred_by, name) is None]
        case LivesIn():
            asked = [one for many, one in HOME_LISTS if getattr(rule, many)]
            return [f"home.{one}" for one in asked if facts.home is None or getattr(facts.home, one) is None]
        case Text():
            return []
        case Age() | Household() | Speaks() | Visits():
            return [_NAMES[type(rule)]]


_NAMES: dict[type, str] = {Age: "age", Household: "household_size", Speaks: "languages", Visits: "visits"}
