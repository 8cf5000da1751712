"""Eligibility rules as directories have them: most none, many prose, the rest ages, incomes, benefits, places and their mixtures."""

from __future__ import annotations

from functools import cache
from typing import Any

from referral_hub.bench.dice import Dice
from referral_hub.bench.places import Country, Zip
from referral_hub.bench.vocabulary import write_sentence

Rule = dict[str, Any]
_SEED = 12
_PROSE = 2_000
_STATUSES = ("veteran", "unhoused", "disabled", "pregnant", "reentry", "refugee", "student", "employed", "survivor")
_PROGRAMS = ("snap", "wic", "medicaid", "ssi", "tanf", "liheap", "medicare")
_PERCENTS = (100, 125, 130, 138, 150, 185, 200, 200, 250, 300)
_AGES = (
    (60, None),
    (65, None),
    (18, None),
    (55, None),
    (62, None),
    (21, None),
    (None, 17),
    (None, 5),
    (None, 12),
    (18, 24),
    (5, 18),
    (1, 3),
)

SHAPES: tuple[tuple[str, float], ...] = (
    ("none", 0.40),
    ("text", 0.15),
    ("age", 0.08),
    ("income", 0.07),
    ("categorical", 0.06),
    ("status", 0.04),
    ("lives_in", 0.05),
    ("member", 0.02),
    ("visits", 0.02),
    ("household", 0.008),
    ("insured", 0.007),
    ("speaks", 0.004),
    ("enrolled", 0.01),
    ("unreadable", 0.001),
    ("nested", 0.08),
)
"""How often each shape occurs; they add up to 1."""


def draw_rule(dice: Dice, country: Country, home: Zip) -> Rule | None:
    """A rule of a service near `home`, or None where all are welcome."""
    shape = dice.weigh(SHAPES)
    if shape == "none":
        return None
    if shape == "nested":
        return _nested(dice, country, home)
    return _simple(shape, dice, country, home)


def _simple(shape: str, dice: Dice, country: Country, home: Zip) -> Rule:
    match shape:
        case "text":
            return {"type": "text", "text": dice.pick_early(_prose())}
        case "age":
            return _age(dice)
        case "income":
            if dice.below(0.2):
                return {"type": "income", "max_annual": dice.pick((20_000, 25_000, 30_000, 40_000, 50_000))}
            return {"type": "income", "max_percent_of_poverty": dice.pick(_PERCENTS)}
        case "categorical":
            programs = ["snap", "wic"] if dice.below(0.5) else dice.some(_PROGRAMS, 3)
            percent = 185 if dice.below(0.5) else dice.pick(_PERCENTS)
            income = {"type": "income", "max_percent_of_poverty": percent}
            return {"type": "any", "of": [{"type": "enrolled", "any_of": programs}, income]}
        case "lives_in":
            return _lives_in(dice, country, home)
        case "member":
            who = dice.pick(({"type": "age", "max": 5}, {"type": "age", "min": 60}, {"type": "status", "any_of": ["pregnant"]}))
            return {"type": "member", "who": who if dice.below(0.8) else _both(_age(dice), _names("status", dice))}
        case "visits":
            return {"type": "visits", "max": dice.pick((1, 1, 2, 4)), "days": dice.pick((30, 30, 7, 90, 365))}
        case "household":
            low = dice.whole(1, 4)
            return {"type": "household", "min": low, "max": None if dice.below(0.5) else low + dice.whole(1, 5)}
        case _:
            return _names(shape, dice)


def _names(shape: str, dice: Dice) -> Rule:
    """The criteria that are lists of names."""
    match shape:
        case "status":
            return {"type": "status", "any_of": dice.some(_STATUSES, 1 if dice.below(0.7) else 3)}
        case "insured":
            return {"type": "insured", "any_of": dice.some(("medicaid", "medicare", "none", "private"), 2)}
        case "speaks":
            return {"type": "speaks", "any_of": dice.some(("es", "zh", "vi", "ar", "ht"), 2)}
        case "enrolled":
            return {"type": "enrolled", "any_of": dice.some(_PROGRAMS, 2)}
        case _:  # what an older program may have left behind
            return {"type": "area_median_income", "percent": 80}


def _nested(dice: Dice, country: Country, home: Zip) -> Rule:
    def simple(*shapes: str) -> Rule:
        return _simple(dice.pick(shapes), dice, country, home)

    match dice.whole(0, 7):
        case 0:
            return _both(simple("lives_in"), simple("income", "categorical"))
        case 1:
            return _both(simple("age"), {"type": "any", "of": [simple("status"), simple("enrolled", "insured")]})
        case 2:
            return {"type": "all", "of": [simple("lives_in"), simple("categorical"), simple("visits")]}
        case 3:
            return _both(simple("status", "age", "income"), simple("text"))
        case 4:
            return {"type": "any", "of": [_both(simple("age"), simple("income")), _both(simple("member"), simple("income"))]}
        case 5:
            return _both(simple("lives_in", "income"), {"type": "not", "of": simple("status", "enrolled", "insured")})
        case 6:
            return {"type": "any", "of": [simple("member"), simple("status"), simple("age")]}
        case _:
            neither = {"type": "not", "of": _both(simple("status"), simple("household"))}
            return _both({"type": "any", "of": [simple("age"), neither]}, simple("income", "insured", "speaks"))


def _both(one: Rule, other: Rule) -> Rule:
    return {"type": "all", "of": [one, other]}


def _age(dice: Dice) -> Rule:
    low, high = dice.pick_early(_AGES, 1.5)
    if dice.below(0.1):
        high = 999 if high is None else high  # a directory's way to say "no limit"
    return {"type": "age", "min": low, "max": high}


def _lives_in(dice: Dice, country: Country, home: Zip) -> Rule:
    kind = dice.throw()
    if kind < 0.5:
        return {"type": "lives_in", "counties": country.near_counties(home)[: 1 if dice.below(0.7) else 4]}
    if kind < 0.8:
        return {"type": "lives_in", "postal_codes": [one.code for one in country.near_zips(home)[: dice.whole(1, 8)]]}
    if kind < 0.95:
        return {"type": "lives_in", "cities": [home.city], "states": []}
    return {"type": "lives_in", "states": [home.state]}


@cache
def _prose() -> tuple[str, ...]:
    dice = Dice(_SEED)
    return tuple(write_sentence(dice, dice.whole(3, 14)) for _ in range(_PROSE))
