"""What a criterion asks and finds, in plain sentences."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from referral_hub.matching import poverty
from referral_hub.matching.ages import day_of_age, say_age, say_last
from referral_hub.matching.area_median import find_median, share_of
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
    ReferredBy,
    Rule,
    Speaks,
    Status,
    Text,
    Visits,
)
from referral_hub.matching.facts import Facts
from referral_hub.matching.questions import ONLY_OFFERED, name_answer
from referral_hub.matching.referrers import find_answer, say_referrers
from referral_hub.matching.verdicts import ANSWER_MAPS, NO, OPEN, YES, counted_visits, fixed_income_limit, percent_of_line

NEAR_AGE_DAYS = 183
"""(ours) An age that is reached within so many days is a near miss."""
YEAR_DAYS = 365.2425
_YES_OR_NO = {YES: "yes", NO: "no"}
_ANSWER_WORDS = {"enrolled": "Enrolled in", "statuses": "For", "insurance": "Insured by"}


def kind_of(rule: Rule) -> str:
    """The rule's type as its JSON has it."""
    return str(rule.__struct_config__.tag)


def say_finding(rule: Rule, requirement: str, facts: Facts, today: date, verdict: int, missing: tuple[str, ...]) -> str:
    """What a criterion without parts found, from what it asks (`say_requirement`), its verdict and the facts that it lacks."""
    if isinstance(rule, Text):
        return rule.text
    if verdict == OPEN:
        if isinstance(rule, ReferredBy):
            return f"{requirement}: the hub does not know whether who refers is that."
        if isinstance(rule, Income) and not missing:
            return f"{requirement}: the area's median income is not in the hub's table."
        if missing and all(name in ONLY_OFFERED for name in missing):
            return f"{requirement}: ask nothing; it counts if the patient offers it."
        return f"{requirement}: {'the patient chose not to say.' if _is_declined(rule, facts, missing) else 'not known yet.'}"
    return f"{requirement}{_say_found(rule, facts, today, verdict)}"


def _is_declined(rule: Rule, facts: Facts, missing: tuple[str, ...]) -> bool:
    """Whether asking is over: nothing else that is missing would do."""
    if isinstance(rule, AnyMember):
        return facts.is_declined("members")
    one_is_enough = isinstance(rule, Enrolled | Status | Insured | LivesIn)
    return (all if one_is_enough else any)(facts.is_declined(name) for name in missing)


def _say_found(rule: Rule, facts: Facts, today: date, verdict: int) -> str:  # one line a criterion
    match rule:
        case Age():
            return f": the patient is {say_age(facts.age or 0)}{_say_turn(rule, facts, today) if verdict == NO else ''}."
        case Household():
            return f": it has {facts.household_size}."
        case AnyMember():
            return f": {'yes' if verdict == YES else 'nobody'}."
        case Income():
            return _say_income(rule, facts, today)
        case Enrolled() | Status() | Insured():
            fact = ANSWER_MAPS[type(rule)]
            answers = getattr(facts, fact)
            held = ", ".join(name_answer(fact, name) for name in dict.fromkeys(rule.any_of) if answers.get(name) is True)
            return f": {held}, yes." if verdict == YES else ": no."
        case ReferredBy():
            held = ", ".join(say_referrers([name for name in rule.any_of if find_answer(facts.referred_by, name)]))
            return f": {held}, yes." if verdict == YES else ": no."
        case Visits():
            return f", the coming one among them: {len(counted_visits(rule, facts.visits or [], today))} so far."
        case _:
            return f": {_YES_OR_NO[verdict]}."


def say_requirement(rule: Rule) -> str:  # one line a criterion
    """What a criterion asks, without anybody's facts."""
    match rule:
        case All() | AnyOf() | Not():
            return describe(rule)
        case Age():
            return _say_ages(rule.min, None if rule.max is not None and rule.max >= NO_LIMIT_FROM else rule.max)
        case Household():
            return f"Household of {say_between(rule.min, rule.max)}"
        case AnyMember():
            return f"Somebody in the household: {describe(rule.who)}"
        case Income():
            return f"Income of at most {_say_income_limit(rule)}"
        case Enrolled() | Status() | Insured():
            fact = ANSWER_MAPS[type(rule)]
            return f"{_ANSWER_WORDS[fact]} {_either(name_answer(fact, name) for name in dict.fromkeys(rule.any_of))}"
        case LivesIn():
            return f"Lives in {_say_places(rule)}"
        case Speaks():
            return f"Speaks {_either(name_answer('languages', code) for code in rule.any_of)}"
        case Visits():
            return f"At most {rule.max} visit{'s' if rule.max != 1 else ''} in {rule.days} days"
        case ReferredBy():
            return f"Referred by {_either(say_referrers(rule.any_of))}"
        case Text():
            return rule.text


def _say_income_limit(rule: Income) -> str:
    if rule.max_monthly is not None:
        return f"${rule.max_monthly:,.0f} a month"
    if rule.max_annual is not None:
        return f"${rule.max_annual:,.0f} a year"
    if rule.max_percent_of_area_median is not None:
        return f"{rule.max_percent_of_area_median:g} % of the area's median income"
    return f"{rule.max_percent_of_poverty or 0.0:g} % of the federal poverty guideline"


def describe(rule: Rule) -> str:
    """A rule in a few words, without anybody's facts: for pages that show a listing."""
    match rule:
        case All():
            # "A and either B or C" and "A and B, or C" can each be read in one way only.
            return " and ".join(f"either {describe(part)}" if _has_parts(part, AnyOf) else describe(part) for part in rule.of) or "everyone"
        case AnyOf():
            return (", or " if any(_has_parts(part, All) for part in rule.of) else " or ").join(map(describe, rule.of)) or "nobody"
        case Not():
            return f"not ({describe(rule.of)})"
        case AnyMember():
            return f"somebody in the household ({describe(rule.who)})"
        case Text():
            return rule.text
        case _:
            requirement = say_requirement(rule)
            return requirement[:1].lower() + requirement[1:]


def _has_parts(rule: Rule, kind: type[All | AnyOf]) -> bool:
    return isinstance(rule, kind) and len(rule.of) > 1


def say_between(low: float | None, high: float | None) -> str:
    """Both ends included: `1 to 8`, `3 or more`, `8 or fewer`."""
    if low is not None and high is not None:
        return f"{low:g} to {high:g}" if low != high else f"{low:g}"
    if low is not None:
        return f"{low:g} or more"
    return "any number" if high is None else f"{high:g} or fewer"


def _say_ages(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f"Ages {low:g} to {say_last(high)}"
    if low is not None:
        return f"Ages {low:g} and over"
    return "Any age" if high is None else f"Ages up to {say_last(high)}"


def _say_turn(rule: Age, facts: Facts, today: date) -> str:
    """How soon an age is reached, never the day: a finding goes to partners, who must not learn a birthday."""
    days = days_to_age(rule.min, facts, today)
    return "" if days is None else f", and turns {rule.min:g} in about {say_days(days)}"


def days_to_age(years: float | None, facts: Facts, today: date) -> float | None:
    """Days until the patient has an age, if that is near; None where it is not, or is reached."""
    if years is None or facts.age is None or facts.age >= years:
        return None
    if facts.birth_date is not None:
        day = day_of_age(facts.birth_date, years, today, NEAR_AGE_DAYS)
        return None if day is None else (day - today).days
    days = (years - facts.age) * YEAR_DAYS
    return days if days <= NEAR_AGE_DAYS else None


def say_days(days: float) -> str:
    """`3 days`, `2 weeks`."""
    if days < 14:  # two weeks are still said in days
        whole = max(1, round(days))
        return f"{whole} day{'s' if whole > 1 else ''}"
    return f"{round(days / 7)} weeks"


def _say_income(rule: Income, facts: Facts, today: date) -> str:
    income, size = facts.annual_income or 0.0, facts.household_size
    if rule.max_monthly is not None:
        return f": it is ${income / 12:,.0f}."
    if fixed_income_limit(rule) is not None or size is None:
        return f": it is ${income:,.0f}."
    if rule.max_percent_of_area_median is not None:
        return _say_income_by_area(rule.max_percent_of_area_median, facts, today)
    region = poverty.region_of(facts.home.state if facts.home else None)
    guideline = poverty.guideline_on(region, today)
    source = f"{guideline.year} guideline, {poverty.REGION_NAMES[region]}"
    if guideline.year < poverty.year_in_force(today):
        source += f"; the {poverty.year_in_force(today)} figures for it are not known"
    percent = income * 100 / poverty.poverty_line(guideline, size)
    is_above = income * 100 > percent_of_line(rule, facts, size, today)
    return f": {_say_share(income, size, percent, rule.max_percent_of_poverty or 0.0, is_above=is_above)} ({source})."


def _say_income_by_area(limit: float, facts: Facts, today: date) -> str:
    income, size = facts.annual_income or 0.0, facts.household_size or 1
    median, _ = find_median(facts, today)
    if median is None:
        return "."
    whole = median.income * share_of(size)
    share = _say_share(income, size, income * 10_000 / whole, limit, is_above=income * 10_000 > limit * whole)
    return f": {share} ({median.year} median of {say_county(median.area)}: ${median.income:,} for 4 people)."


def _say_share(income: float, size: int, percent: float, limit: float, *, is_above: bool) -> str:
    people = "1 person" if size == 1 else f"{size} people"
    said = f"{percent:.0f}"
    if said == f"{limit:.0f}" and is_above:
        said = f"a little over {said}"  # or it would read as if it fitted
    return f"${income:,.0f} for {people} is {said} %"


def _either(given: Iterable[str]) -> str:
    names = list(given)
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names) or "nothing on its list"


def _say_places(rule: LivesIn) -> str:
    counties = [say_county(code) for code in rule.counties]
    kinds = (("ZIP code", rule.postal_codes), ("", counties), ("city", rule.cities), ("state", rule.states))
    said = [f"{kind} {'; '.join(places[:4])}{' and more' if len(places) > 4 else ''}".strip() for kind, places in kinds if places]
    return " or ".join(said) or "no place on its list"
