"""A match request as numbers for the kernel: facts, windows as minutes, costs as millionths.

One block of numbers for a request, and arrays over the sets that the index knows, which are worked out once: a match
takes a tenth of a millisecond, and each array that is made for it is felt.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from math import inf, nan
from typing import Any, NamedTuple

import numpy as np

from referral_hub.matching import kernel, poverty
from referral_hub.matching.candidates import Asked
from referral_hub.matching.columns import Columns, addresses_of, on_sphere
from referral_hub.matching.facts import MAPS, MODES, Facts, Home, facts_of_member, facts_on, withhold_declined
from referral_hub.matching.postings import ANYBODY, EVERYWHERE, WIDE, bucket_of, shape_cell
from referral_hub.matching.reach import METRES_PER_MILE, TRAVEL, is_blank
from referral_hub.matching.rule_nodes import KINDS, language_of, place_key
from referral_hub.partners.hours import zone_of
from referral_hub.partners.opening_rows import DAY_MINUTES, clock_ahead, minute_of

COST_ORDER = ("maybe", "availability_unknown", "waitlist", "full", "closed_in_windows", "aging", "stale", "slow")
"""As the kernel numbers them."""
WORD = 8
"""Bytes of a number."""


class Kept(NamedTuple):
    """An array with where it lies, as the kernel takes it."""

    address: int
    size: int
    array: Any


class Request(NamedTuple):
    """A match request made ready."""

    numbers: Any
    """See kernel.HEAD."""
    days: Sequence[date]
    """The dates that it is now in the directory's zones."""
    told_home: Sequence[int]
    answers: bytes
    """The patient's own: 1 yes, 0 no, 255 not known."""
    held: Sequence[Kept]
    """What the numbers name by address."""


def request_of(columns: Columns, asked: Asked, terms: Sequence[str], *, has_words: bool) -> Request:
    """The request as the kernel takes it; names that no listing has stay without a number."""
    # What is declined stays unknown to rules, also where the ZIP code tells it; service areas are asked with all that is known.
    facts, home = withhold_declined(asked.facts) if asked.facts.declined else asked.facts, asked.home
    has_point = home is not None and home.latitude is not None and home.longitude is not None
    latitude = home.latitude if has_point and home is not None and home.latitude is not None else 0.0
    longitude = home.longitude if has_point and home is not None and home.longitude is not None else 0.0
    parts = home_numbers(columns, home)
    told = parts if facts.home is home else home_numbers(columns, facts.home)
    blank = home is None or is_blank(home)
    buckets = (ANYBODY,) if blank else buckets_of(parts, latitude, longitude, has_point=has_point)
    days, todays, day_of_zone = days_of(columns, asked)
    persons = [facts, *(facts_of_member(facts, member) for member in facts.members)] if facts.members else [facts]
    clocks, windows = windows_of(columns, asked)
    wanted = term_numbers(columns, terms)
    spoken, language_cost = languages_of(columns, facts.languages, asked.costs)
    visits = [day.toordinal() for day in facts.visits] if facts.visits else ()
    held = (day_of_zone, language_cost, access_held(columns, facts.accessibility or ()), _in_micro(asked.costs), clocks)
    now = asked.now.timestamp()
    answers = answers_of(columns, persons)
    flags = (
        (kernel.HAS_POINT if has_point else 0)
        | (kernel.IS_BLANK if blank else 0)
        | (kernel.GOES_OUT if asked.mode != "none" else 0)
        | (kernel.EVERYBODY if facts.members is not None or facts.household_size == 1 else 0)
        | (kernel.KNOWS_LANGUAGES if facts.languages is not None else 0)
        | (kernel.KNOWS_VISITS if facts.visits is not None else 0)
        | (kernel.HAS_WINDOWS if asked.windows else 0)
        | (kernel.HAS_WORDS if has_words else 0)
        | (kernel.WITH_INELIGIBLE if asked.with_ineligible else 0)
        | (kernel.WITH_FULL if asked.with_full else 0)
    )
    whole = [flags, int(now)]
    for one in held:
        whole += one[:2]
    counts = (len(wanted), len(buckets), len(days), len(persons), len(answers) // len(persons), len(spoken), len(visits), len(windows) // 2)
    for several in (counts, parts, told, wanted, buckets, todays, spoken, visits):
        whole += several
    fractions = [
        latitude,
        longitude,
        *on_sphere(latitude, longitude),
        inf if asked.max_distance_m is None else asked.max_distance_m,
        *_WAY[asked.mode],
        now,
        nan if facts.household_size is None else facts.household_size,
        nan if facts.annual_income is None else facts.annual_income,
    ]
    fractions += [poverty_line(facts, day) for day in days]
    for person in persons:
        fractions += [_age_on(person, day) for day in days]
    fractions += windows
    block = array("q", whole).tobytes() + array("d", fractions).tobytes() + answers
    numbers = np.frombuffer(bytearray(block) + bytes(-len(block) % WORD), np.int64)
    return Request(numbers, days, told, answers[: len(answers) // len(persons)], held)


def _way(mode: str) -> tuple[float, float]:
    """(minutes to wait, minutes a metre)."""
    travel = TRAVEL.get(mode)
    return (travel.wait, travel.detour / travel.miles_an_hour * 60 / METRES_PER_MILE) if travel else (0.0, 0.0)


_WAY = {mode: _way(mode) for mode in MODES}


def _kept(columns: Columns, name: Hashable, count: int, make: Callable[[], Any]) -> Kept:
    """An array over so many sets, see Columns.kept."""
    return columns.kept(name, count, lambda: _keep(make()))  # type: ignore[no-any-return]


def _keep(made: Any) -> Kept:
    address, size = addresses_of([made]).tolist()
    return Kept(address, size, made)


_NO_CLOCKS = _keep(np.zeros(1, np.int64))


def micro(minutes: float) -> int:
    """Millionths of a minute."""
    return round(minutes * kernel.MICRO)


def _in_micro(costs: Mapping[str, float]) -> Kept:
    return _costs_of(tuple([costs[name] for name in COST_ORDER]))


@lru_cache(maxsize=64)
def _costs_of(minutes: tuple[float, ...]) -> Kept:
    return _keep(np.array([micro(one) for one in minutes], np.int64))


def term_numbers(columns: Columns, terms: Sequence[str]) -> Sequence[int]:
    """None named: any kind, which is all that stand at the top of the taxonomy."""
    known = columns.numbers["term"]
    if terms:
        return [known[code] for code in terms if code in known]

    def tops() -> Sequence[int]:
        return [number for code, number in known.items() if not columns.above.get(code)]

    return columns.kept("tops", len(known), tops)  # type: ignore[no-any-return]


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


def days_of(columns: Columns, asked: Asked) -> tuple[Sequence[date], Sequence[int], Kept]:
    """(the dates that it is now in the directory's zones, the same as numbers, which of them each zone has)."""
    minute = int(asked.now.timestamp() // 60)

    def found() -> tuple[Sequence[date], Sequence[int], Kept]:
        days, places = _days_at(tuple(columns.numbers["zone"]), minute)
        held = np.array(places or (0,), np.int64)
        return days, [day.toordinal() for day in days], _keep(held)

    return columns.kept(("days", minute), len(columns.numbers["zone"]), found)  # type: ignore[no-any-return]


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


def answers_of(columns: Columns, persons: Sequence[Facts]) -> bytes:
    """One row a person: 1 yes, 0 no, 255 not known."""
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
    return bytes(answers)


def languages_of(columns: Columns, languages: Sequence[str] | None, costs: Mapping[str, float]) -> tuple[Sequence[int], Kept]:
    """(the languages by number, millionths of a minute for each set of spoken and interpreted ones)."""
    sets = columns.sets["languages"]
    if not languages:
        return (), _kept(columns, "no languages", len(sets), lambda: np.zeros(max(1, len(sets)), np.int64))
    interpreted, missing = costs["language_interpreted"], costs["language_missing"]

    def found() -> tuple[Sequence[int], Kept]:
        wanted = [columns.numbers["language"].get(language_of(code), -1) for code in languages]
        held = np.array([_language_cost(wanted, one, micro(interpreted), micro(missing)) for one in sets], np.int64)
        return wanted, _keep(held)

    return columns.kept(("languages", *languages, interpreted, missing), len(sets), found)  # type: ignore[no-any-return]


def _language_cost(wanted: Sequence[int], languages: Sequence[Sequence[int]], interpreted: int, missing: int) -> int:
    spoken, translated = languages
    if not set(wanted).isdisjoint(spoken):
        return 0
    return missing if set(wanted).isdisjoint(translated) else interpreted


def access_held(columns: Columns, needs: Sequence[str]) -> Kept:
    """Whether each set of what places offer has all that is needed."""
    sets = columns.sets["access"]

    def held() -> Any:
        wanted = {columns.numbers["access"].get(code, -1) for code in needs}
        return np.array([wanted.issubset(one) for (one,) in sets] or [not wanted], np.int8)

    return _kept(columns, ("access", *needs), len(sets), held)


def windows_of(columns: Columns, asked: Asked) -> tuple[Kept, Sequence[float]]:
    """(minutes that each zone's clocks are ahead, NO_CLOCK where only the exact way can tell; each start and end in minutes of UTC)."""
    if not asked.windows:
        return _NO_CLOCKS, ()
    windows = [minute for span in asked.windows for minute in (minute_of(span.start), minute_of(span.end))]
    first, last = int(min(windows) // DAY_MINUTES), int(max(windows) // DAY_MINUTES)
    return _clocks(tuple(columns.numbers["zone"]), first, last), windows


@lru_cache(maxsize=1024)
def _clocks(zones: tuple[str, ...], first: int, last: int) -> Kept:
    ahead = [clock_ahead(name, first, last) for name in zones]
    return _keep(np.array([kernel.NO_CLOCK if one is None else one for one in ahead], np.int64))


def _age_on(facts: Facts, day: date) -> float:
    age = facts_on(facts, day).age
    return nan if age is None else age
