"""A match request as arrays for the kernel: facts as numbers, windows as minutes of a week, costs as millionths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from math import inf, nan
from typing import Any

import numpy as np

from referral_hub.matching import kernel, poverty
from referral_hub.matching.candidates import Asked
from referral_hub.matching.columns import Columns, on_sphere
from referral_hub.matching.facts import MAPS, Facts, Home, facts_of_member, facts_on, withhold_declined
from referral_hub.matching.kernel import Asker
from referral_hub.matching.postings import ANYBODY, EVERYWHERE, WIDE, bucket_of, shape_cell
from referral_hub.matching.reach import METRES_PER_MILE, TRAVEL, is_blank
from referral_hub.matching.rule_nodes import KINDS, language_of, place_key
from referral_hub.partners.hours import zone_of
from referral_hub.partners.opening_rows import DAY_MINUTES, clock_ahead, minute_of

COST_ORDER = ("maybe", "availability_unknown", "waitlist", "full", "closed_in_windows", "aging", "stale", "slow")
"""As the kernel numbers them."""
NOTHING = np.zeros(0, np.int64)
_NO_WINDOWS = np.zeros(0, kernel.WINDOW)


def asker_of(columns: Columns, asked: Asked, terms: Sequence[str], *, has_words: bool) -> Asker:
    """The request as the kernel takes it; names that no listing has stay without a number."""
    # What is declined stays unknown to rules, also where the ZIP code tells it; service areas are asked with all that is known.
    facts, home = withhold_declined(asked.facts) if asked.facts.declined else asked.facts, asked.home
    has_point = home is not None and home.latitude is not None and home.longitude is not None
    latitude = home.latitude if has_point and home is not None and home.latitude is not None else 0.0
    longitude = home.longitude if has_point and home is not None and home.longitude is not None else 0.0
    x, y, z = on_sphere(latitude, longitude)
    parts = home_numbers(columns, home)
    told = parts if facts.home is home else home_numbers(columns, facts.home)
    blank = home is None or is_blank(home)
    travel = TRAVEL.get(asked.mode)
    days, todays, day_of_zone = days_of(columns, asked)
    persons = [facts, *(facts_of_member(facts, member) for member in facts.members)] if facts.members else [facts]
    clocks, windows = windows_of(columns, asked)
    wanted = term_numbers(columns, terms)
    now = asked.now.timestamp()
    return Asker(
        terms=np.array(wanted, np.int64),
        buckets=np.array([ANYBODY] if blank else buckets_of(parts, latitude, longitude, has_point=has_point), np.int64),
        has_point=has_point,
        latitude=float(latitude),
        longitude=float(longitude),
        x=x,
        y=y,
        z=z,
        is_blank=blank,
        home=np.array(parts, np.int64),
        told_home=np.array(told, np.int64),
        goes_out=asked.mode != "none",
        reach_m=inf if asked.max_distance_m is None else float(asked.max_distance_m),
        travel_wait=float(travel.wait) if travel else 0.0,
        travel_per_metre=travel.detour / travel.miles_an_hour * 60 / METRES_PER_MILE if travel else 0.0,
        now=now,
        now_second=int(now),
        day_of_zone=day_of_zone,
        todays=todays,
        lines=np.array([poverty_line(facts, day) for day in days]),
        ages=np.array([[_age_on(person, day) for day in days] for person in persons], np.float64),
        numbers=np.array((_number(facts.household_size), _number(facts.annual_income)), np.float64),
        answers=answers_of(columns, persons),
        everybody=facts.members is not None or facts.household_size == 1,
        languages=_language_numbers(columns, facts.languages),
        knows_languages=facts.languages is not None,
        visits=np.array([day.toordinal() for day in facts.visits], np.int64) if facts.visits else NOTHING,
        knows_visits=facts.visits is not None,
        language_cost=language_costs(columns, facts.languages, asked.costs),
        access_ok=access_held(columns, facts.accessibility or ()),
        kinds_ok=kinds_held(columns, wanted) if has_words else NOTHING,
        costs=_in_micro(tuple([asked.costs[name] for name in COST_ORDER])),
        has_windows=bool(asked.windows),
        clocks=clocks,
        windows=windows,
        has_words=has_words,
        with_ineligible=asked.with_ineligible,
        with_full=asked.with_full,
        stack=np.empty((2, 3, kernel.DEEPEST), np.int64),
    )


def micro(minutes: float) -> int:
    """Millionths of a minute."""
    return round(minutes * kernel.MICRO)


@lru_cache(maxsize=64)
def _in_micro(minutes: tuple[float, ...]) -> Any:
    return np.array([micro(one) for one in minutes], np.int64)


def term_numbers(columns: Columns, terms: Sequence[str]) -> list[int]:
    """None named: any kind, which is all that stand at the top of the taxonomy."""
    known = columns.numbers["term"]
    if terms:
        return [known[code] for code in terms if code in known]
    return [number for code, number in known.items() if not columns.above.get(code)]


def kinds_held(columns: Columns, wanted: Sequence[int]) -> Any:
    """Whether each set of terms, with all that lie above them, has one that is wanted."""
    sets = columns.sets["kinds"]

    def held() -> Any:
        terms, belongs = columns.kept("kinds", len(sets), columns.terms_of_kinds)
        found = np.zeros(max(1, len(sets)), np.int8)
        found[belongs[np.isin(terms, list(wanted))]] = 1
        return found

    return columns.kept(f"kinds {sorted(wanted)}", len(sets), held)


def home_numbers(columns: Columns, home: Home | None) -> list[int]:
    """The parts of the home by number: -2 not known, -1 known and on no list of the directory."""
    if home is None:
        return [-2] * len(KINDS)
    known = columns.numbers["place"]
    names = (home.postal_code, home.county, home.city, home.state)  # as KINDS
    return [-2 if name is None else (kind << kernel.BUCKET_BITS) | known.get(_place_key(kind, name), -1) for kind, name in enumerate(names)]


_place_key = lru_cache(maxsize=8192)(place_key)


def buckets_of(parts: Sequence[int], latitude: float, longitude: float, *, has_point: bool) -> list[int]:
    """Where the listings are that an area decides."""
    found = [EVERYWHERE, *(bucket_of(part) for part in parts if part >= 0)]
    return [*found, WIDE, shape_cell(latitude, longitude)] if has_point else found


def days_of(columns: Columns, asked: Asked) -> tuple[Sequence[date], Any, Any]:
    """(the dates that it is now in the directory's zones, the same as numbers, which of them each zone has)."""
    return columns.kept(f"days {int(asked.now.timestamp() // 60)}", len(columns.numbers["zone"]), lambda: _days(columns, asked))  # type: ignore[no-any-return]


def _days(columns: Columns, asked: Asked) -> tuple[Sequence[date], Any, Any]:
    days, places = _days_at(tuple(columns.numbers["zone"]), int(asked.now.timestamp() // 60))
    return days, np.array([day.toordinal() for day in days], np.int64), np.array(places or (0,), np.int64)


@lru_cache(maxsize=64)
def _days_at(zones: tuple[str, ...], minute: int) -> tuple[tuple[date, ...], tuple[int, ...]]:
    """A date lasts at least until the minute's end."""
    now = datetime.fromtimestamp(minute * 60, UTC)
    dates = [now.astimezone(zone_of(name)).date() for name in zones]
    days = sorted(set(dates)) or [now.date()]
    return tuple(days), tuple(days.index(day) for day in dates)


def poverty_line(facts: Facts, day: date, household: float | None = None) -> float:
    """Dollars a year for the household; NaN where its size is not known."""
    size = facts.household_size if household is None else int(household)
    return nan if size is None else _line_of(facts.home.state if facts.home else None, day, size)


@lru_cache(maxsize=4096)
def _line_of(state: str | None, day: date, size: int) -> float:
    return float(poverty.poverty_line(poverty.guideline_on(poverty.region_of(state), day), size))


def answers_of(columns: Columns, persons: Sequence[Facts]) -> Any:
    """One row a person: 1 yes, 0 no, -1 not known."""
    known = columns.numbers["fact"]
    width = max(1, len(known))
    answers = bytearray(b"\xff") * (len(persons) * width)
    begin = 0
    for person in persons:
        for group in MAPS:
            for name, value in getattr(person, group).items():
                place = known.get(f"{group}.{name}")
                if place is not None and value is not None:
                    answers[begin + place] = value
        begin += width
    return np.frombuffer(answers, np.int8).reshape(len(persons), width)


def _language_numbers(columns: Columns, languages: Sequence[str] | None) -> Any:
    if not languages:
        return NOTHING
    return np.array([columns.numbers["language"].get(language_of(code), -1) for code in languages], np.int64)


def language_costs(columns: Columns, languages: Sequence[str] | None, costs: Mapping[str, float]) -> Any:
    """Millionths for each set of spoken and interpreted languages."""
    sets = columns.sets["languages"]
    if not languages:
        return columns.kept("no languages", len(sets), lambda: np.zeros(max(1, len(sets)), np.int64))
    wanted = sorted({columns.numbers["language"].get(language_of(code), -1) for code in languages})
    interpreted, missing = micro(costs["language_interpreted"]), micro(costs["language_missing"])

    def cost(spoken: Sequence[int], translated: Sequence[int]) -> int:
        if not set(wanted).isdisjoint(spoken):
            return 0
        return missing if set(wanted).isdisjoint(translated) else interpreted

    return columns.kept(f"languages {wanted} {interpreted} {missing}", len(sets), lambda: np.array([cost(*one) for one in sets], np.int64))


def access_held(columns: Columns, needs: Sequence[str]) -> Any:
    """Whether each set of what places offer has all that is needed."""
    sets = columns.sets["access"]
    wanted = sorted({columns.numbers["access"].get(code, -1) for code in needs})
    return columns.kept(
        f"access {wanted}", len(sets), lambda: np.array([set(wanted).issubset(one) for (one,) in sets] or [not wanted], np.int8)
    )


def windows_of(columns: Columns, asked: Asked) -> tuple[Any, Any]:
    """(minutes that each zone's clocks are ahead, NO_CLOCK where only the exact way can tell; the windows in minutes of UTC)."""
    if not asked.windows:
        return NOTHING, _NO_WINDOWS
    windows = [(minute_of(span.start), minute_of(span.end)) for span in asked.windows]
    first, last = (int(minute // DAY_MINUTES) for minute in (min(start for start, _ in windows), max(end for _, end in windows)))
    ahead = [clock_ahead(name, first, last) for name in columns.numbers["zone"]]
    return np.array([kernel.NO_CLOCK if one is None else one for one in ahead], np.int64), np.array(windows, kernel.WINDOW)


def _number(value: float | None) -> float:
    return nan if value is None else float(value)


def _age_on(facts: Facts, day: date) -> float:
    return _number(facts_on(facts, day).age)
