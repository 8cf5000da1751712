"""What would have to change for a household that does not fit: a birthday, some dollars, one person, a few days.

Only what alone, or together with the other near misses, would make the verdict not ineligible. Too old is
none, nor is what only a lie would change.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import product
from typing import NamedTuple

import msgspec
from msgspec import Struct

from referral_hub.matching.ages import day_of_age, say_last, say_limit
from referral_hub.matching.criteria import Age, All, AnyMember, AnyOf, Household, Income, Not, Rule, Visits
from referral_hub.matching.facts import Facts
from referral_hub.matching.sentences import NEAR_AGE_DAYS, YEAR_DAYS, days_to_age, kind_of, say_between, say_days
from referral_hub.matching.verdicts import NO, Check, annual_limit, compile_check, counted_visits

NEAR: dict[str, float] = {"income_percent": 10, "income_dollars": 2_500, "people": 1, "visit_days": 183}
"""(ours) How near is near, besides NEAR_AGE_DAYS: of the income limit the larger of the two."""
CHANGES_A_FACT = 4
"""(ours) Different changes of one fact that are tried, the smallest first."""


class NearMiss(Struct, frozen=True):
    """One change that would help; `also` names the facts that would have to change with it (none: it alone is enough)."""

    criterion: str
    fact: str
    says: str
    also: list[str] = []


class _Change(NamedTuple):
    """`size`: of changes of one fact the smaller is the nearer."""

    size: float
    criterion: str
    fact: str
    says: str
    facts: Facts


def find_near_misses(rule: Rule, facts: Facts, today: date) -> list[NearMiss]:
    """The near misses of an ineligible verdict, in the order of the facts; `facts` as ready_facts gives them."""
    by_fact: dict[str, list[_Change]] = {}
    for change in sorted(_changes(rule, facts, today, wanted=True), key=lambda one: (one.fact, one.size, one.says)):
        of_fact = by_fact.setdefault(change.fact, [])
        if len(of_fact) < CHANGES_A_FACT and change.says not in [other.says for other in of_fact]:
            of_fact.append(change)
    found: dict[tuple[str, str], NearMiss] = {}
    for together in _least_changes(compile_check(rule), facts, today, list(by_fact.values())) if by_fact else ():
        for change in together:
            also = [other.fact for other in together if other is not change]
            found.setdefault((change.fact, change.says), NearMiss(change.criterion, change.fact, change.says, also))
    return sorted(found.values(), key=lambda one: one.fact)


def _least_changes(check: Check, facts: Facts, today: date, of_facts: list[list[_Change]]) -> list[tuple[_Change, ...]]:
    """The combinations that help, of which no part helps and no smaller change in place of one."""
    choices = list(product(*(range(len(changes) + 1) for changes in of_facts)))  # 0: the fact stays as it is
    choices.sort(key=lambda choice: (sum(map(bool, choice)), sum(choice), choice))
    least: list[tuple[int, ...]] = []
    for choice in choices:
        if any(all(less <= more for less, more in zip(known, choice, strict=True)) for known in least):
            continue
        changed = facts
        for changes, number in zip(of_facts, choice, strict=True):
            if number:
                fact = _FIELDS[changes[number - 1].fact]
                changed = msgspec.structs.replace(changed, **{name: getattr(changes[number - 1].facts, name) for name in fact})
        if any(choice) and check(changed, today) != NO:
            least.append(choice)
    return [tuple(changes[number - 1] for changes, number in zip(of_facts, choice, strict=True) if number) for choice in least]


_FIELDS = {"age": ("age", "birth_date"), "annual_income": ("annual_income",), "household_size": ("household_size",), "visits": ("visits",)}
"""What a change of a fact sets."""


def _changes(rule: Rule, facts: Facts, today: date, *, wanted: bool) -> Iterator[_Change]:
    """Of every criterion that stands in the way; `wanted`: it should hold (under `not` it should fail)."""
    match rule:
        case All() | AnyOf():
            for part in rule.of:
                yield from _changes(part, facts, today, wanted=wanted)
        case Not():
            yield from _changes(rule.of, facts, today, wanted=not wanted)
        case AnyMember():
            yield from _changes(rule.who, facts, today, wanted=wanted)
        case Age():
            yield from _age(rule, facts, today) if wanted else _past_age(rule, facts, today)
        case Household() if wanted:
            yield from _household(rule, facts)
        case Income() if wanted:
            yield from _income(rule, facts, today)
        case Visits() if wanted:
            yield from _visits(rule, facts, today)
        case _:
            pass


def _age(rule: Age, facts: Facts, today: date) -> Iterator[_Change]:
    days = days_to_age(rule.min, facts, today)
    if rule.min is None or days is None:
        return
    day = None if facts.birth_date is None else day_of_age(facts.birth_date, rule.min, today, NEAR_AGE_DAYS)
    when = f"in about {say_days(days)}" if day is None else f"on {say_day(day, today)}"
    yield _Change(days, kind_of(rule), "age", f"turns {say_limit(rule.min)} {when}", _aged(facts, rule.min))


def _past_age(rule: Age, facts: Facts, today: date) -> Iterator[_Change]:
    """An age that must not be: it is near that the patient is older."""
    if rule.max is None or facts.age is None or not (rule.min or 0) <= facts.age <= rule.max:
        return
    if facts.birth_date is None:
        days = (rule.max - facts.age) * YEAR_DAYS + 1
        when = f"in about {say_days(days)}"
    else:
        day = day_of_age(facts.birth_date, rule.max, today, NEAR_AGE_DAYS, past=True)
        days = math.inf if day is None else (day - today).days
        when = "" if day is None else f"on {say_day(day, today)}"
    if days <= NEAR_AGE_DAYS:
        yield _Change(days, kind_of(rule), "age", f"is past {say_last(rule.max)} {when}", _aged(facts, math.nextafter(rule.max, math.inf)))


def _aged(facts: Facts, age: float) -> Facts:
    return msgspec.structs.replace(facts, age=age, birth_date=None)


def _household(rule: Household, facts: Facts) -> Iterator[_Change]:
    size = facts.household_size
    if size is None:
        return
    wanted = size if rule.min is None else max(size, rule.min)
    wanted = wanted if rule.max is None else min(wanted, rule.max)
    if 0 < abs(wanted - size) <= NEAR["people"] and wanted >= 1:
        says = f"household of {size}, and the service is for {say_between(rule.min, rule.max)}"
        yield _Change(abs(wanted - size), kind_of(rule), "household_size", says, msgspec.structs.replace(facts, household_size=wanted))


def _income(rule: Income, facts: Facts, today: date) -> Iterator[_Change]:
    limit = annual_limit(rule, facts, today)
    if limit is None or facts.annual_income is None or facts.annual_income <= limit:
        return
    over = facts.annual_income - limit
    if over <= max(limit * NEAR["income_percent"] / 100, NEAR["income_dollars"]):
        says = f"income {_say_dollars(math.ceil(over))} a year above the limit of {_say_dollars(limit)}"
        yield _Change(over, kind_of(rule), "annual_income", says, msgspec.structs.replace(facts, annual_income=_at_most(limit)))


def _at_most(limit: float) -> float:
    """A hair below, so that no rounding decides."""
    return max(0.0, limit - 0.005)


def _visits(rule: Visits, facts: Facts, today: date) -> Iterator[_Change]:
    if rule.max < 1 or facts.visits is None:
        return
    counted = counted_visits(rule, facts.visits, today)
    if len(counted) < rule.max:
        return
    free_from = counted[len(counted) - rule.max] + timedelta(days=rule.days)
    ahead = free_from - today
    if ahead.days <= NEAR["visit_days"]:
        then = [day - ahead for day in facts.visits if day <= today]  # as they will look on that day
        yield _Change(
            ahead.days,
            kind_of(rule),
            "visits",
            f"can come again on {say_day(free_from, today)}",
            msgspec.structs.replace(facts, visits=then),
        )


def say_day(day: date, today: date) -> str:
    """`14 December`; with the year where it is not this one."""
    return f"{day.day} {day:%B}" if day.year == today.year else f"{day.day} {day:%B} {day.year}"


def _say_dollars(amount: float) -> str:
    """`1 dollar`, `29,526 dollars`, `36,167.50 dollars`."""
    figure = f"{amount:,.0f}" if amount == int(amount) else f"{amount:,.2f}"
    return f"{figure} dollar{'' if figure == '1' else 's'}"
