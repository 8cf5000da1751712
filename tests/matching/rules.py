"""Rules and households out of small worlds, for oracles that try every completion."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import product
from typing import Any

from hypothesis import strategies as st

from referral_hub.matching.area_median import AreaMedian, medians_of, with_medians
from referral_hub.matching.facts import Facts, read_match_request

DAY = date(2026, 11, 23)
Record = dict[str, Any]

WORLD: dict[str, list[Any]] = {
    "age": [4, 17.9, 59.8, 60, 70],
    "household_size": [1, 2, 3, 9],
    "annual_income": [0, 20_000, 29_526, 29_526.5, 60_000],
    "enrolled.snap": [True, False],
    "enrolled.wic": [True, False],
    "statuses.veteran": [True, False],
    "statuses.pregnant": [True, False],
    "insurance.medicaid": [True, False],
    "referred_by.clinic": [True, False],
    "referred_by.shelter": [True, False],
    "languages": [["en"], ["es-MX", "en"]],
    "members": [[], [{"age": 3}], [{"age": 61, "veteran": True}, {"age": 20, "pregnant": False}]],
    "visits": [[], ["2026-11-01"], ["2026-11-22", "2026-11-10", "2026-06-01"]],
    "home.state": ["MD", "AK", "va"],
    "home.postal_code": ["21201", "21230-0001"],
    "home.county": ["24510", "24005", "51013"],
}
"""Every answer that a fact may have here."""

MEDIANS: dict[tuple[str, int], int] = {
    ("24510", 2025): 90_000,
    ("24510", 2026): 59_052,
    ("24005", 2027): 10_000,
    ("MD", 2026): 84_360,
    ("AK", 2024): 100_000,
    ("VA", 2026): 60_000,
    ("VA", 2027): 10_000,
}
"""(area, year) -> the median; 24005 has one of a year to come alone, 51013 has none."""

LEAVES: list[Record] = [
    {"type": "age", "min": 60},
    {"type": "age", "max": 5},
    {"type": "age", "min": 18, "max": 999},
    {"type": "household", "min": 2, "max": 8},
    {"type": "household", "max": 1},
    {"type": "income", "max_percent_of_poverty": 185},
    {"type": "income", "max_annual": 29_526},
    {"type": "income", "max_monthly": 2_460.5},
    {"type": "income", "max_percent_of_area_median": 50},
    {"type": "income", "max_percent_of_area_median": 35},
    {"type": "enrolled", "any_of": ["snap", "wic"]},
    {"type": "enrolled", "any_of": ["wic"]},
    {"type": "status", "any_of": ["veteran"]},
    {"type": "status", "any_of": ["pregnant"]},
    {"type": "insured", "any_of": ["medicaid"]},
    {"type": "referred_by", "any_of": ["clinic", "shelter"]},
    {"type": "referred_by", "any_of": ["clinic"]},
    {"type": "speaks", "any_of": ["es"]},
    {"type": "lives_in", "postal_codes": ["21201"], "states": ["VA"]},
    {"type": "lives_in", "states": ["MD"]},
    {"type": "visits", "max": 1, "days": 30},
    {"type": "visits", "max": 2, "days": 365},
    {"type": "member", "who": {"type": "age", "max": 5}},
    {"type": "member", "who": {"type": "all", "of": [{"type": "status", "any_of": ["veteran"]}, {"type": "age", "min": 60}]}},
    {"type": "text", "text": "Ask at the door."},
    {"type": "all", "of": []},
    {"type": "any", "of": []},
]


def trees(leaves: st.SearchStrategy[Record], most: int = 6) -> st.SearchStrategy[Record]:
    """Rule trees over some leaves."""
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds(lambda parts: {"type": "all", "of": parts}, st.lists(inner, min_size=1, max_size=3)),
            st.builds(lambda parts: {"type": "any", "of": parts}, st.lists(inner, min_size=1, max_size=3)),
            st.builds(lambda part: {"type": "not", "of": part}, inner),
        ),
        max_leaves=most,
    )


rules = trees(st.sampled_from(LEAVES))
households = st.fixed_dictionaries({}, optional={name: st.sampled_from(answers) for name, answers in WORLD.items()})
"""Some of the facts, by dotted name."""


def nested(flat: Record) -> Record:
    """Facts by dotted name as a request has them."""
    facts: Record = {}
    for name, value in flat.items():
        first, dot, key = name.partition(".")
        if dot:
            facts.setdefault(first, {})[key] = value
        else:
            facts[name] = value
    return facts


def facts_from(flat: Record) -> Facts:
    facts = read_match_request({"facts": nested(flat)}).facts
    return with_medians(facts, medians_of(AreaMedian(area, year, income) for (area, year), income in MEDIANS.items()))


def leaves_of(rule: Record) -> Iterator[Record]:
    if rule["type"] in ("all", "any"):
        for part in rule["of"]:
            yield from leaves_of(part)
    elif rule["type"] == "not":
        yield from leaves_of(rule["of"])
    else:
        yield rule


LOOKED_AT = {"age": ["age"], "household": ["household_size"], "speaks": ["languages"], "visits": ["visits"]}
MAP_OF = {"enrolled": "enrolled", "status": "statuses", "insured": "insurance", "referred_by": "referred_by"}


def names_of(leaf: Record) -> set[str]:
    """The facts that a criterion looks at, `text` among them: only a person can tell that one."""
    kind = leaf["type"]
    if kind == "member":
        return {"members", "household_size"}.union(*(names_of(one) for one in leaves_of(leaf["who"])))
    if "max_percent_of_area_median" in leaf:
        return {"annual_income", "household_size", "home.county", "home.state"}
    if kind == "income":
        return {"annual_income", "household_size", "home.state"} if "max_percent_of_poverty" in leaf else {"annual_income"}
    if kind == "lives_in":
        return {"home.postal_code" for _ in leaf.get("postal_codes", [])} | {"home.state" for _ in leaf.get("states", [])}
    if kind in MAP_OF:
        return {f"{MAP_OF[kind]}.{name}" for name in leaf["any_of"]}
    return set(LOOKED_AT.get(kind, [kind] if kind == "text" else []))


def completions(rule: Record, flat: Record) -> Iterator[Record]:
    """Every way in which what the rule looks at may turn out to be; a state that is not known is one of the 48."""
    looked_at = {name for leaf in leaves_of(rule) for name in names_of(leaf)}
    unknown = sorted(looked_at - set(flat))
    world = {**WORLD, "home.state": ["MD", "va"]} if "annual_income" in looked_at else WORLD
    for answers in product(*(world.get(name, [True, False]) for name in unknown)):
        full = {**flat, **dict(zip(unknown, answers, strict=True))}
        alone = full.get("household_size") == 1 and "members" in unknown
        if not alone or full["members"] == []:
            yield full


def holds(rule: Record, facts: Record, person: Record | None = None) -> bool:
    """Whether a household of which everything is known fits: two values, nothing shared with the program."""
    kind = rule["type"]
    if kind == "all":
        return all(holds(part, facts, person) for part in rule["of"])
    if kind == "any":
        return any(holds(part, facts, person) for part in rule["of"])
    if kind == "not":
        return not holds(rule["of"], facts, person)
    fits: bool = HOLDS[kind](rule, facts, facts if person is None else person)
    return fits


def _fits_visits(rule: Record, facts: Record, _person: Record) -> bool:
    ages = [(DAY - date.fromisoformat(day)).days for day in facts["visits"]]
    return sum(1 for days in ages if days < rule["days"]) < int(rule["max"])


def _fits_member(rule: Record, facts: Record, _person: Record) -> bool:
    others = [{"age": one.get("age"), **{f"statuses.{key}": one.get(key) for key in ("veteran", "pregnant")}} for one in facts["members"]]
    return any(holds(rule["who"], facts, one) for one in [None, *others])


def _fits_income(rule: Record, facts: Record, _person: Record) -> bool:
    if "max_annual" in rule:
        return bool(facts["annual_income"] <= rule["max_annual"])
    if "max_monthly" in rule:
        return bool(facts["annual_income"] / 12 <= rule["max_monthly"])
    if "max_percent_of_area_median" in rule:
        county, state = facts["home.county"], facts["home.state"].upper()
        figures = {year: income for (area, year), income in MEDIANS.items() if area == county and year <= DAY.year}
        figures = figures or {year: income for (area, year), income in MEDIANS.items() if area == state and year <= DAY.year}
        size = facts["household_size"]
        share = {1: 70, 2: 80, 3: 90}.get(size, 100 + 8 * (size - 4))
        return bool(facts["annual_income"] * 10_000 <= figures[max(figures)] * share * rule["max_percent_of_area_median"])
    first, step = (19_550, 6_880) if facts["home.state"] == "AK" else (15_960, 5_680)
    return bool(facts["annual_income"] <= (first + step * (facts["household_size"] - 1)) * rule["max_percent_of_poverty"] / 100)


HOLDS: dict[str, Any] = {
    "age": lambda rule, _, person: rule.get("min", 0) <= person["age"] <= rule.get("max", 999),
    "household": lambda rule, facts, _: rule.get("min", 0) <= facts["household_size"] <= rule.get("max", 99),
    "income": _fits_income,
    "enrolled": lambda rule, facts, _: any(facts[f"enrolled.{name}"] for name in rule["any_of"]),
    "status": lambda rule, _, person: any(person[f"statuses.{name}"] for name in rule["any_of"]),
    "insured": lambda rule, facts, _: any(facts[f"insurance.{name}"] for name in rule["any_of"]),
    "referred_by": lambda rule, facts, _: any(facts[f"referred_by.{name}"] for name in rule["any_of"]),
    "speaks": lambda rule, facts, _: any(code[:2] in rule["any_of"] for code in facts["languages"]),
    "lives_in": lambda rule, facts, _: (
        facts.get("home.postal_code", "")[:5] in rule.get("postal_codes", [])
        or facts.get("home.state", "").upper() in rule.get("states", [])
    ),
    "visits": _fits_visits,
    "member": _fits_member,
    "text": lambda _rule, facts, _: facts["text"],
}
