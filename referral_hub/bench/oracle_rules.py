"""The oracle's eligibility: rules as plain JSON, judged by three values (0 ineligible, 1 unknown, 2 eligible).

Written from docs and contract alone and sharing nothing with `referral_hub.matching`, so that a fault there
does not repeat itself here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

Json = Mapping[str, Any]
INELIGIBLE, UNKNOWN, ELIGIBLE = 0, 1, 2
WORDS = ("ineligible", "maybe", "eligible")
_GUIDELINES = (
    # (first day in force, region, household of one, each further person), US dollars a year: HHS, Annual Update
    (date(2026, 1, 13), "", 15_960, 5_680),
    (date(2025, 1, 15), "", 15_650, 5_500),
    (date(2025, 1, 15), "AK", 19_550, 6_880),
    (date(2025, 1, 15), "HI", 17_990, 6_330),
)
_MOST_PERCENT = 1_000
"""Of an area's median."""
_LISTS = (("postal_codes", "postal_code"), ("counties", "county"), ("cities", "city"), ("states", "state"))
_FIELDS = {
    "all": {"of"},
    "any": {"of"},
    "not": {"of"},
    "age": {"min", "max"},
    "household": {"min", "max"},
    "member": {"who"},
    "income": {"max_percent_of_poverty", "max_annual", "max_percent_of_area_median"},
    "enrolled": {"any_of"},
    "status": {"any_of"},
    "insured": {"any_of"},
    "lives_in": {many for many, _ in _LISTS},
    "speaks": {"any_of"},
    "visits": {"max", "days"},
    "referred_by": {"any_of"},
    "text": {"text"},
}
_MAPS = {"enrolled": "enrolled", "status": "statuses", "insured": "insurance", "referred_by": "referred_by"}
_KEPT = ("enrolled", "statuses", "insurance", "documents", "referred_by", "home")
_NAME = re.compile(r"[a-z0-9_-]{1,60}")
_STATUSES = ("veteran", "pregnant", "disabled", "unhoused", "survivor", "reentry", "refugee", "student", "employed")


def is_readable(rule: Any) -> bool:
    """Whether a stored rule is one of the contract's; any other counts as text."""
    if not isinstance(rule, Mapping) or rule.get("type") not in _FIELDS or not set(rule) - {"type"} <= _FIELDS[rule["type"]]:
        return False
    kind = rule["type"]
    if kind in ("all", "any"):
        return isinstance(rule.get("of"), list) and all(is_readable(part) for part in rule["of"])
    if kind in ("not", "member"):
        return is_readable(rule.get("of" if kind == "not" else "who"))
    if kind in ("age", "household", "visits", "income"):
        numbers = [value for name, value in rule.items() if name != "type" and value is not None]
        if not all(isinstance(value, int | float) and value >= 0 for value in numbers):
            return False
        if kind == "visits":
            return len(numbers) == 2  # both its numbers
        if kind == "income":
            return len(numbers) == 1 and (rule.get("max_percent_of_area_median") or 0) <= _MOST_PERCENT
        low, high = rule.get("min"), rule.get("max")
        return low is None or high is None or low <= high
    if kind == "text":
        return isinstance(rule.get("text"), str)
    if kind == "referred_by":
        names = rule.get("any_of")
        return isinstance(names, list) and all(isinstance(name, str) and _NAME.fullmatch(name) for name in names)
    lists = [value for name, value in rule.items() if name != "type"]
    return all(isinstance(one, list) and all(isinstance(name, str) and name for name in one) for one in lists) and (
        kind == "lives_in" or bool(lists)
    )


def read_household(facts: Json, medians: Sequence[Json] = ()) -> dict[str, Any]:
    """The facts of a request's JSON, without what the patient declined to say; `medians` as /api/area-medians has them."""
    known: dict[str, Any] = {name: value for name, value in facts.items() if name != "declined"}
    for name in _KEPT:
        known[name] = dict(known.get(name) or {})
    for declined in facts.get("declined") or ():
        first, _, key = declined.partition(".")
        if key:
            known[first].pop(key, None)
        elif first in _KEPT:
            known[first] = {}
        else:
            known[first] = None
    home = known["home"]
    if home.get("latitude") is None or home.get("longitude") is None:
        home.pop("latitude", None)
        home.pop("longitude", None)
    known["medians"] = medians
    visits = known.get("visits")
    known["visits"] = None if visits is None else [date.fromisoformat(str(day)) for day in visits]
    return known


def verdict(rule: Json | None, known: Json, day: date) -> int:
    """What a readable rule says of a household on a day; no rule is open to all."""
    if rule is None:
        return ELIGIBLE
    kind = rule["type"]
    if kind == "all":
        return min([verdict(part, known, day) for part in rule["of"]], default=ELIGIBLE)
    if kind == "any":
        return max([verdict(part, known, day) for part in rule["of"]], default=INELIGIBLE)
    if kind == "not":
        return 2 - verdict(rule["of"], known, day)
    if kind == "member":
        return _anybody(rule["who"], known, day)
    if kind == "referred_by":
        return _referred_by(rule["any_of"], known.get("referred_by") or {})
    if kind in _MAPS:
        return _one_of(rule["any_of"], known.get(_MAPS[kind]) or {})
    return _plain(kind, rule, known, day)


def _referred_by(names: list[str], referrers: Json) -> int:
    """Once the organization that refers is known, every other one is known not to refer."""
    is_known = any(_is_id(name) for name, answer in referrers.items() if answer)
    others = {name: False for name in names if is_known and _is_id(name)}
    return _one_of(names, others | {name: answer for name, answer in referrers.items() if answer is not None})


def _is_id(name: str) -> bool:
    try:
        return str(UUID(name)) == name
    except ValueError:
        return False


def _plain(kind: str, rule: Json, known: Json, day: date) -> int:
    match kind:
        case "age":
            high = rule.get("max")
            return _within(known.get("age"), rule.get("min"), None if high is not None and high >= 120 else high)  # years: no limit
        case "household":
            return _within(known.get("household_size"), rule.get("min"), rule.get("max"))
        case "income":
            return _income(rule, known, day)
        case "lives_in":
            return _lives_in(rule, known.get("home") or {})
        case "speaks":
            spoken = known.get("languages")
            if spoken is None:
                return UNKNOWN
            return ELIGIBLE if {_language(code) for code in rule["any_of"]} & {_language(code) for code in spoken} else INELIGIBLE
        case "visits":
            days = known.get("visits")
            if days is None:
                return UNKNOWN
            recent = [one for one in days if day - timedelta(days=rule["days"]) < one <= day]
            return ELIGIBLE if len(recent) < rule["max"] else INELIGIBLE
        case _:
            return UNKNOWN


def _within(value: float | None, low: float | None, high: float | None) -> int:
    if value is None:
        return UNKNOWN
    return INELIGIBLE if (low is not None and value < low) or (high is not None and value > high) else ELIGIBLE


def _one_of(names: list[str], answers: Json) -> int:
    given = [answers.get(name) for name in names]
    if True in given:
        return ELIGIBLE
    return UNKNOWN if None in given else INELIGIBLE


def _income(rule: Json, known: Json, day: date) -> int:
    income, people = known.get("annual_income"), known.get("household_size")
    if rule.get("max_annual") is not None:
        return UNKNOWN if income is None else ELIGIBLE if income <= rule["max_annual"] else INELIGIBLE
    if income is None or people is None:
        return UNKNOWN
    if rule.get("max_percent_of_area_median") is not None:
        median = area_median(known, day)
        if median is None:
            return UNKNOWN
        percent = 60 + 10 * people if people <= 4 else 100 + 8 * (people - 4)
        return ELIGIBLE if income * 10_000 <= rule["max_percent_of_area_median"] * median * percent else INELIGIBLE
    line = poverty_line(str((known.get("home") or {}).get("state") or ""), people, day)
    return ELIGIBLE if income * 100 <= rule["max_percent_of_poverty"] * line else INELIGIBLE


def area_median(known: Json, day: date) -> int | None:
    """Dollars a year for four people: of the county, else of the state, the newest year that is not to come."""
    home = known.get("home") or {}
    in_force = [row for row in sorted(known.get("medians") or (), key=lambda row: row["year"]) if row["year"] <= day.year]
    county, state = home.get("county"), home.get("state")
    if county is None and any(row["area"].isdigit() for row in in_force):
        return None
    for area in (county, state.upper() if state else None):
        incomes = [int(row["income"]) for row in in_force if row["area"] == area]
        if incomes:
            return incomes[-1]
    return None


def poverty_line(state: str, people: int, day: date) -> int:
    """Dollars a year: the newest guideline of the state's region in force, before all of them the oldest."""
    region = state.upper() if state.upper() in ("AK", "HI") else ""
    rows = [row for row in _GUIDELINES if row[1] == region]
    in_force = [row for row in rows if row[0] <= day]
    _, _, first, step = max(in_force) if in_force else min(rows)
    return first + step * (people - 1)


def _lives_in(rule: Json, home: Json) -> int:
    answer = INELIGIBLE
    for many, one in _LISTS:
        places = rule.get(many)
        if not places:
            continue
        if home.get(one) is None:
            answer = max(answer, UNKNOWN)
        elif same(one, home[one]) in {same(one, place) for place in places}:
            return ELIGIBLE
    return answer


def same(kind: str, name: str) -> str:
    """A place's name as it is compared: ZIP codes by five digits, names without regard to case and spaces."""
    return name[:5] if kind == "postal_code" else " ".join(name.casefold().split())


def _anybody(who: Json, known: Json, day: date) -> int:
    members = known.get("members")
    verdicts = [verdict(who, known, day)]
    for member in members or ():
        person = {**known, "age": member.get("age"), "languages": None, "visits": None}
        own = {name: member[name] for name in _STATUSES if member.get(name) is not None}
        person["statuses"] = {**(member.get("statuses") or {}), **own}
        person["enrolled"], person["insurance"] = member.get("enrolled") or {}, member.get("insurance") or {}
        verdicts.append(verdict(who, person, day))
    best = max(verdicts)
    everybody_known = members is not None or known.get("household_size") == 1
    return UNKNOWN if best == INELIGIBLE and not everybody_known else best


def _language(code: str) -> str:
    return code.casefold().split("-")[0]
