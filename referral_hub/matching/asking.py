"""A match request as numbers for the kernel: facts, windows as minutes, costs as millionths.

One block of numbers for a request, and arrays over the sets that the index knows, which are worked out once: a match
takes a tenth of a millisecond, and each array that is made for it is felt.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from math import inf, nan
from typing import Any, NamedTuple

import numpy as np

from referral_hub.matching import kernel, poverty
from referral_hub.matching.candidates import Asked
from referral_hub.matching.columns import Columns, addresses_of
from referral_hub.matching.facts import MAPS, MODES, Facts, Home, Span, facts_of_member, facts_on, withhold_declined
from referral_hub.matching.postings import ANYBODY, EVERYWHERE, WIDE, bucket_of, shape_cell
from referral_hub.matching.reach import METRES_PER_MILE, TRAVEL
from referral_hub.matching.rule_nodes import KINDS, language_of, place_key
from referral_hub.partners.hours import zone_of
from referral_hub.partners.opening_rows import DAY_MINUTES, clock_ahead, minute_of

COST_ORDER = ("maybe", "availability_unknown", "waitlist", "full", "closed_in_windows", "aging", "stale", "slow")
"""As the kernel numbers them."""
WORD = 8
"""Bytes of a number."""
MOST_PLACES = 8_192
"""Names of places whose numbers are kept until the directory changes."""
NOWHERE = [-2] * len(KINDS)


class Request(NamedTuple):
    """A match request made ready."""

    numbers: Any
    """See kernel.HEAD."""
    days: Sequence[date]
    """The dates that it is now in the directory's zones."""
    told_home: Sequence[int]
    answers: bytearray
    """Of each person: 1 yes, 0 no, 255 not known; the patient comes first."""
    held: Sequence[Any]
    """Arrays that the numbers name by address."""


class Placed(NamedTuple):
    """An array with where it lies, as the kernel takes it."""

    at: tuple[int, int]
    """Address and size."""
    array: Any


def request_of(columns: Columns, asked: Asked, terms: Sequence[str], *, has_words: bool) -> Request:
    """The request as the kernel takes it; names that no listing has stay without a number."""
    # What is declined stays unknown to rules, also where the ZIP code tells it; service areas are asked with all that is known.
    facts, home = withhold_declined(asked.facts) if asked.facts.declined else asked.facts, asked.home
    members, languages, visits = facts.members, facts.languages, facts.visits
    flags = 0
    latitude, longitude = 0.0, 0.0
    if home is not None and home.latitude is not None and home.longitude is not None:
        latitude, longitude = home.latitude, home.longitude
        flags = kernel.HAS_POINT
    parts = home_numbers(columns, home)
    told = parts if facts.home is home else home_numbers(columns, facts.home)
    if parts == NOWHERE and not flags:
        flags = kernel.IS_BLANK
    buckets = buckets_of(parts, latitude, longitude, flags)
    now = asked.now.timestamp()
    days, todays, day_of_zone = days_of(columns, now)
    persons = [facts, *(facts_of_member(facts, member) for member in members)] if members else (facts,)
    wanted = term_numbers(columns, terms)
    spoken, language_cost = languages_of(columns, languages, asked.costs)
    access, costs = access_held(columns, facts.accessibility or ()), _costs_of(tuple(map(asked.costs.__getitem__, COST_ORDER)))
    clocks, windows = windows_of(columns, asked.windows) if asked.windows else (NO_CLOCKS, ())
    answers = answers_of(columns, persons)
    whole = [
        flags | _flags_of(asked, facts) | (kernel.HAS_WORDS if has_words else 0),
        int(now),
        *day_of_zone.at,
        *language_cost.at,
        *access.at,
        *costs.at,
        *clocks.at,
        len(wanted),
        len(buckets),
        len(days),
        len(persons),
        len(answers) // len(persons),
        len(spoken),
        len(visits) if visits else 0,
        len(windows) // 2,
        *parts,
        *told,
        *wanted,
        *buckets,
        *todays,
        *spoken,
    ]
    if visits:
        whole += [day.toordinal() for day in visits]
    fractions = [
        latitude,
        longitude,
        inf if asked.max_distance_m is None else asked.max_distance_m,
        *_WAY[asked.mode],
        now,
        nan if facts.household_size is None else facts.household_size,
        nan if facts.annual_income is None else facts.annual_income,
    ]
    fractions += [poverty_line(facts, day) for day in days]
    for person in persons:
        fractions += ages_on(person, days)
    fractions += windows
    block = array("q", whole)
    block.frombytes(array("d", fractions).tobytes())
    block.frombytes(answers)
    held = (day_of_zone, language_cost, access, costs, clocks)
    return Request(np.frombuffer(block, np.int64), days, told, answers, held)


def _flags_of(asked: Asked, facts: Facts) -> int:
    flags = 0
    if asked.mode != "none":
        flags |= kernel.GOES_OUT
    if facts.members is not None or facts.household_size == 1:
        flags |= kernel.EVERYBODY
    if facts.languages is not None:
        flags |= kernel.KNOWS_LANGUAGES
    if facts.visits is not None:
        flags |= kernel.KNOWS_VISITS
    if asked.windows:
        flags |= kernel.HAS_WINDOWS
    if asked.with_ineligible:
        flags |= kernel.WITH_INELIGIBLE
    if asked.with_full:
        flags |= kernel.WITH_FULL
    return flags


def _way(mode: str) -> tuple[float, float]:
    """(minutes to wait, minutes a metre)."""
    travel = TRAVEL.get(mode)
    return (travel.wait, travel.detour / travel.miles_an_hour * 60 / METRES_PER_MILE) if travel else (0.0, 0.0)


_WAY = {mode: _way(mode) for mode in MODES}


def place(made: Any) -> Placed:
    """An array with its address."""
    address, size = addresses_of([made]).tolist()
    return Placed((address, size), made)


NO_CLOCKS = place(np.zeros(1, np.int64))


def micro(minutes: float) -> int:
    """Millionths of a minute."""
    return round(minutes * kernel.MICRO)


@lru_cache(maxsize=64)
def _costs_of(minutes: tuple[float, ...]) -> Placed:
    return place(np.array([micro(one) for one in minutes], np.int64))


def term_numbers(columns: Columns, terms: Sequence[str]) -> Sequence[int]:
    """None named: any kind, which is all that stand at the top of the taxonomy."""
    known = columns.numbers["term"]
    if terms:
        return [known[code] for code in terms if code in known]
    return [number for code, number in known.items() if not columns.above.get(code)]


def home_numbers(columns: Columns, home: Home | None) -> Sequence[int]:
    """The parts of the home by number: -2 not known, -1 known and on no list of the directory."""
    if home is None:
        return NOWHERE
    known = columns.place_numbers
    found = []
    for kind, name in ((0, home.postal_code), (1, home.county), (2, home.city), (3, home.state)):  # as KINDS
        number = -2 if name is None else known.get((kind, name))
        found.append(_place_number(columns, kind, name or "") if number is None else number)
    return found


def _place_number(columns: Columns, kind: int, name: str) -> int:
    if len(columns.place_numbers) > MOST_PLACES:
        columns.place_numbers.clear()
    number = (kind << kernel.BUCKET_BITS) | columns.numbers["place"].get(place_key(kind, name), -1)
    columns.place_numbers[kind, name] = number
    return number


def buckets_of(parts: Sequence[int], latitude: float, longitude: float, flags: int) -> Sequence[int]:
    """Where the listings are that an area decides."""
    if flags & kernel.IS_BLANK:
        return (ANYBODY,)
    found = [EVERYWHERE, *[bucket_of(part) for part in parts if part >= 0]]
    if flags & kernel.HAS_POINT:
        found += (WIDE, shape_cell(latitude, longitude))
    return found


def days_of(columns: Columns, now: float) -> tuple[Sequence[date], Sequence[int], Placed]:
    """(the dates that it is now in the directory's zones, the same as numbers, which of them each zone has)."""
    zones, minute = columns.numbers["zone"], int(now // 60)
    found = columns.known("days", len(zones))
    if found is None or found[0] != minute:
        found = columns.keep("days", len(zones), (minute, _days_at(tuple(zones), minute)))
    return found[1]  # type: ignore[no-any-return]


@lru_cache(maxsize=64)
def _days_at(zones: tuple[str, ...], minute: int) -> tuple[Sequence[date], Sequence[int], Placed]:
    """A date lasts at least until the minute's end."""
    now = datetime.fromtimestamp(minute * 60, UTC)
    dates = [now.astimezone(zone_of(name)).date() for name in zones]
    days = sorted(set(dates)) or [now.date()]
    places = [days.index(day) for day in dates] or [0]
    return days, [day.toordinal() for day in days], place(np.array(places, np.int64))


def poverty_line(facts: Facts, day: date, household: float | None = None) -> float:
    """Dollars a year for the household; NaN where its size is not known."""
    size = facts.household_size if household is None else int(household)
    return nan if size is None else _line_of(facts.home.state if facts.home else None, day, size)


@lru_cache(maxsize=4096)
def _line_of(state: str | None, day: date, size: int) -> float:
    return float(poverty.poverty_line(poverty.guideline_on(poverty.region_of(state), day), size))


def answers_of(columns: Columns, persons: Sequence[Facts]) -> bytearray:
    """One row a person: 1 yes, 0 no, 255 not known; a row is whole numbers long."""
    known = columns.numbers["fact"]
    width = (len(known) + WORD) // WORD * WORD
    answers = bytearray(b"\xff") * (len(persons) * width)
    begin = 0
    for person in persons:
        for group in MAPS:
            for name, value in getattr(person, group).items():
                place = known.get(f"{group}.{name}")
                if place is not None and value is not None:
                    answers[begin + place] = value
        begin += width
    return answers


def languages_of(columns: Columns, languages: Sequence[str] | None, costs: Mapping[str, float]) -> tuple[Sequence[int], Placed]:
    """(the languages by number, millionths of a minute for each set of spoken and interpreted ones)."""
    sets = columns.sets["languages"]
    name = ("languages", *languages, costs["language_interpreted"], costs["language_missing"]) if languages else "no languages"
    found = columns.known(name, len(sets))
    if found is None:
        wanted = [columns.numbers["language"].get(language_of(code), -1) for code in languages or ()]
        interpreted, missing = micro(costs["language_interpreted"]), micro(costs["language_missing"])
        minutes = [_language_cost(wanted, one, interpreted, missing) for one in sets] if languages else [0] * len(sets)
        found = columns.keep(name, len(sets), (wanted, place(np.array(minutes or [0], np.int64))))
    return found  # type: ignore[no-any-return]


def _language_cost(wanted: Sequence[int], languages: Sequence[Sequence[int]], interpreted: int, missing: int) -> int:
    spoken, translated = languages
    if not set(wanted).isdisjoint(spoken):
        return 0
    return missing if set(wanted).isdisjoint(translated) else interpreted


def access_held(columns: Columns, needs: Sequence[str]) -> Placed:
    """Whether each set of what places offer has all that is needed."""
    sets, name = columns.sets["access"], ("access", *needs)
    found = columns.known(name, len(sets))
    if found is None:
        wanted = {columns.numbers["access"].get(code, -1) for code in needs}
        found = columns.keep(name, len(sets), place(np.array([wanted.issubset(one) for (one,) in sets] or [not wanted], np.int8)))
    return found  # type: ignore[no-any-return]


def windows_of(columns: Columns, windows: Sequence[Span]) -> tuple[Placed, Sequence[float]]:
    """(minutes that each zone's clocks are ahead, NO_CLOCK where only the exact way can tell; each start and end in minutes of UTC)."""
    minutes = [minute for span in windows for minute in (minute_of(span.start), minute_of(span.end))]
    return _clocks(tuple(columns.numbers["zone"]), int(min(minutes) // DAY_MINUTES), int(max(minutes) // DAY_MINUTES)), minutes


@lru_cache(maxsize=1024)
def _clocks(zones: tuple[str, ...], first: int, last: int) -> Placed:
    ahead = [clock_ahead(name, first, last) for name in zones]
    return place(np.array([kernel.NO_CLOCK if one is None else one for one in ahead], np.int64))


def ages_on(facts: Facts, days: Sequence[date]) -> Sequence[float]:
    """Years lived on each day; NaN where nobody knows."""
    if facts.birth_date is None:
        return [nan if facts.age is None else facts.age] * len(days)
    return [nan if age is None else age for age in (facts_on(facts, day).age for day in days)]
