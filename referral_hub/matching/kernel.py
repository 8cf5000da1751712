"""The inner loop of a match over the index's columns: reach, room, rule, minutes, one pass, the best kept.

Written as plain loops over arrays. With numba installed it runs as machine code, without it as Python: the same
lines, the same answers. What the arrays cannot say (an intricate schedule, a polygon, a rule within a rule) is
put on a list, settled by the exact functions of this package, and the pass is made again.

Minutes are whole millionths here: sums of them are exact, so that order and explanation cannot disagree.
"""

from __future__ import annotations

from collections.abc import Callable
from math import asin, atan, atan2, cos, floor, hypot, isnan, pi, radians, sin, sqrt, tan
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from referral_hub.partners.opening_rows import DAY_MINUTES, EVERY_DAY, MONTH_DAY, NTH_WEEKDAY, WEEKDAYS

F = TypeVar("F", bound=Callable[..., Any])

try:
    from numba import njit

    def _compiled(function: F) -> F:
        return cast("F", njit(cache=True, error_model="numpy")(function))

    def _inlined(function: F) -> F:
        # A call would hand over each array of a request, a few hundred words, for every listing.
        return cast("F", njit(cache=True, error_model="numpy", forceinline=True)(function))

    IS_COMPILED = True
except ImportError:

    def _compiled(function: F) -> F:
        return function

    _inlined = _compiled
    IS_COMPILED = False

Ints = NDArray[Any]
Floats = NDArray[Any]
Records = NDArray[Any]
Record = Any

NO, MAYBE, YES = 0, 1, 2
NO_CLOCK = 10**6
"""A zone whose clocks are changed near a window."""
UNSETTLED, NOT_JUDGED = -2, -1
"""Of what a request has found out: to be settled outside; not looked at."""
BY_RADIUS = 3
"""An area that may hold the home by its radius: it depends on the place."""

# What a row is
LIVE, VISITED, SLOW, PLACED = 1, 2, 4, 8
# Room
ROOM_UNKNOWN, ROOM_OPEN, ROOM_WAITLIST, ROOM_FULL = 0, 1, 2, 3

# Nodes of a rule
TEXT, AGE, HOUSEHOLD, INCOME_PERCENT, INCOME_ANNUAL, ANSWERS, LIVES_IN, SPEAKS, VISITS, MEMBER, ALL, ANY, NOT, INTRICATE = range(14)
FIRST_CONTAINER = ALL
DEEPEST = 34

# Costs, in the order of the array of costs
(
    COST_MAYBE,
    COST_ROOM_UNKNOWN,
    COST_WAITLIST,
    COST_FULL,
    COST_CLOSED,
    COST_AGING,
    COST_STALE,
    COST_SLOW,
) = range(8)

# The lists of what is unsettled
RULES, AREAS, WEEKS = range(3)
RULE_BITS = 40

# What a pass counts; MEASURED is given: how many far points have their distance already
KEPT, TOTAL, UNPLACED, ENOUGH, TOUCHED, OPEN_RULES, OPEN_AREAS, OPEN_WEEKS, FAR, MEASURED = range(10)
COUNTS = 10

MICRO = 1_000_000
CELL = 0.05
"""Degrees of latitude and longitude of a cell."""
LONGITUDES = 7201
BANDS = 3601
BUCKET_BITS = 40
"""A posting's key is the term above these bits and its place in the grid, or its bucket, below."""
LEAST_RADIUS_M = 6_335_400.0
MOST_RADIUS_M = 6_399_700.0
"""The ellipsoid's radii of curvature lie between: a geodesic is at least and at most so many times the arc on a unit sphere."""
SLACK_M = 5.0
"""Unit vectors are kept in single precision: they are true to a metre."""
FIRST_RADIUS_M = 3_000.0
WIDE_RADIUS_M = 400_000.0
"""From here on every place of a kind is looked at, band by band would take longer."""
HALF_ROUND_M = 20_100_000.0

_EQUATOR_M = 6_378_137.0
_FLATTENING = 1 / 298.257223563
_POLE_M = _EQUATOR_M * (1 - _FLATTENING)


ROW = np.dtype(
    [
        ("latitude", "f8"),
        ("longitude", "f8"),
        ("until", "f8"),
        ("rank", "i8"),
        ("words_start", "i8"),
        ("x", "f4"),
        ("y", "f4"),
        ("z", "f4"),
        ("rule", "i4"),
        ("area", "i4"),
        ("week", "i4"),
        ("languages", "i4"),
        ("access", "i4"),
        ("assured", "i4"),
        ("words_count", "i4"),
        ("zone", "i2"),
        ("room", "i1"),
        ("flags", "u1"),
    ]
)
"""A listing. `until`: when the figure of its room ends, seconds; x, y, z: its point on a unit sphere; `assured`: a day, 0 for never."""
SPAN = np.dtype([("start", "i4"), ("end", "i4")])
NODE = np.dtype([("low", "f8"), ("high", "f8"), ("end", "i4"), ("first", "i4"), ("last", "i4"), ("op", "i4")])
"""A criterion with its bounds and its items; `end` is the place behind its parts."""
AREA = np.dtype(
    [("south", "f8"), ("north", "f8"), ("west", "f8"), ("east", "f8"), ("radius", "f8"), ("start", "i4"), ("end", "i4"), ("shaped", "i4")]
)
"""`radius` below 0: none; `shaped`: it has a polygon, within the box."""
WEEK = np.dtype([("start", "i4"), ("end", "i4"), ("zone", "i4"), ("intricate", "i4")])
HOURS = np.dtype(
    [
        ("first", "i4"),
        ("last", "i4"),
        ("opens", "i4"),
        ("closes", "i4"),
        ("days", "i4"),
        ("nth", "i4"),
        ("kind", "i4"),
        ("closed", "i4"),
        ("weeks", "i4"),
        ("since", "i4"),
    ]
)
"""See partners.opening_rows.OpeningRow."""
BEST = np.dtype([("minutes", "i8"), ("rank", "i8"), ("row", "i8"), ("verdict", "i8")])
FAR_POINT = np.dtype([("row", "i8"), ("metres", "f8")])
WINDOW = np.dtype([("start", "f8"), ("end", "f8")])


class Tables(NamedTuple):
    """The listings, and what they point into."""

    rows: Records
    rules: Records
    nodes: Records
    items: Ints
    areas: Records
    area_items: Ints
    weeks: Records
    hours: Records
    words: Ints


class Postings(NamedTuple):
    """(term and cell) -> row, and (term and bucket of an area) -> row; keys ascending."""

    cell_key: Ints
    cell_row: Ints
    bucket_key: Ints
    bucket_row: Ints


class Asker(NamedTuple):
    """A request as arrays. Where a fact is not known: NaN, -1 for an answer, -2 for a part of the home."""

    terms: Ints
    buckets: Ints
    has_point: bool
    latitude: float
    longitude: float
    is_blank: bool
    """Nothing is known of the home: every area holds it."""
    home: Ints
    goes_out: bool
    reach_m: float
    """Infinity where no distance was named."""
    travel_wait: float
    travel_per_metre: float
    now: float
    day_of_zone: Ints
    todays: Ints
    lines: Floats
    """The poverty line of each day; NaN where the household's size is not known."""
    ages: Floats
    """Of the patient, then of each member: one column a day."""
    numbers: Floats
    """People in the household, and dollars a year."""
    answers: Ints
    """One row a person, one column an answer's name."""
    everybody: bool
    languages: Ints
    knows_languages: bool
    visits: Ints
    knows_visits: bool
    language_cost: Ints
    access_ok: Ints
    costs: Ints
    has_windows: bool
    clocks: Ints
    """Minutes that each zone is ahead of UTC during the windows."""
    windows: Records
    """In minutes of UTC, counted from the day 0."""
    word_bits: Ints
    all_words: int
    any_word: bool
    with_ineligible: bool
    with_full: bool
    stack: Ints
    """Room to judge in: of a rule, and of a member's part of it."""


class Pass(NamedTuple):
    """What a request has found out so far, and the best of it.

    Of `verdicts`, `areas` and `weeks` counts what carries this request's number: so nothing need be wiped out.
    """

    number: int
    verdicts: Ints
    areas: Ints
    weeks: Ints
    unsettled: Ints
    """Three lists: rules (with their day above RULE_BITS), areas, weeks."""
    best: Records
    tally: Ints
    touched: Ints
    counts: Ints
    far: Records
    seen: Ints


class Guess(NamedTuple):
    """An answer supposed for a criterion that only one missing fact keeps open: its node's kind, the part of the home, the verdict."""

    op: int
    part: int
    verdict: int


@_compiled
def geodesic_m(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Metres on WGS84 by Vincenty's series, to the millimetre; NaN where it does not settle: ask the exact method then."""
    turn = other_longitude - longitude
    if turn > 180.0:
        turn -= 360.0
    elif turn < -180.0:
        turn += 360.0
    apart = radians(turn)
    u1, u2 = atan((1 - _FLATTENING) * tan(radians(latitude))), atan((1 - _FLATTENING) * tan(radians(other_latitude)))
    sin1, cos1, sin2, cos2 = sin(u1), cos(u1), sin(u2), cos(u2)
    around = apart
    for _ in range(20):
        sin_l, cos_l = sin(around), cos(around)
        sin_sigma = hypot(cos2 * sin_l, cos1 * sin2 - sin1 * cos2 * cos_l)
        if sin_sigma == 0.0:
            return 0.0 if abs(around) < 1.0 else np.nan
        cos_sigma = sin1 * sin2 + cos1 * cos2 * cos_l
        sigma = atan2(sin_sigma, cos_sigma)
        sin_alpha = cos1 * cos2 * sin_l / sin_sigma
        cos2_alpha = 1 - sin_alpha * sin_alpha
        middle = cos_sigma - 2 * sin1 * sin2 / cos2_alpha if cos2_alpha > 1e-12 else 0.0
        c = _FLATTENING / 16 * cos2_alpha * (4 + _FLATTENING * (4 - 3 * cos2_alpha))
        before = around
        bend = sigma + c * sin_sigma * (middle + c * cos_sigma * (2 * middle * middle - 1))
        around = apart + (1 - c) * _FLATTENING * sin_alpha * bend
        if abs(around - before) < 1e-13:
            u = cos2_alpha * (_EQUATOR_M**2 - _POLE_M**2) / _POLE_M**2
            scale = 1 + u / 16384 * (4096 + u * (u * (320 - 175 * u) - 768))
            b = u / 1024 * (256 + u * (u * (74 - 47 * u) - 128))
            sharper = cos_sigma * (2 * middle * middle - 1) - b / 6 * middle * (4 * sin_sigma**2 - 3) * (4 * middle * middle - 3)
            metres = _POLE_M * scale * (sigma - b * sin_sigma * (middle + b / 4 * sharper))
            return float(np.rint(metres * 1000.0) / 1000.0)
    return np.nan


@_inlined
def _leaf(  # noqa: C901, PLR0912  # one paragraph a criterion
    i: int, person: int, day: int, t: Tables, a: Asker, guess: Guess
) -> int:
    """The verdict of one node without parts, for one person."""
    node = t.nodes[i]
    op = node["op"]
    if op == AGE:
        age = a.ages[person, day]
        if isnan(age):
            return MAYBE
        return YES if node["low"] <= age <= node["high"] else NO
    if op == ANSWERS:
        known = True
        for n in range(node["first"], node["last"]):
            answer = a.answers[person, t.items[n]]
            if answer == 1:
                return YES
            if answer < 0:
                known = False
        return NO if known else MAYBE
    if op == INCOME_PERCENT:
        if isnan(a.numbers[1]) or isnan(a.lines[day]):
            return MAYBE
        return YES if a.numbers[1] * 100 <= node["low"] * a.lines[day] else NO
    if op == INCOME_ANNUAL:
        if isnan(a.numbers[1]):
            return MAYBE
        return YES if a.numbers[1] <= node["low"] else NO
    if op == HOUSEHOLD:
        if isnan(a.numbers[0]):
            return MAYBE
        return YES if node["low"] <= a.numbers[0] <= node["high"] else NO
    if op == LIVES_IN:
        return _lives_in(i, t, a, guess)
    if op == SPEAKS:
        if person > 0 or not a.knows_languages:
            return guess.verdict if guess.op == SPEAKS and person == 0 else MAYBE
        for n in range(node["first"], node["last"]):
            for m in range(len(a.languages)):
                if t.items[n] == a.languages[m]:
                    return YES
        return NO
    if op == VISITS:
        if person > 0 or not a.knows_visits:
            return guess.verdict if guess.op == VISITS and person == 0 else MAYBE
        count = 0
        since = a.todays[day] - node["high"]
        for m in range(len(a.visits)):
            if since < a.visits[m] <= a.todays[day]:
                count += 1
        return YES if count + 1 <= node["low"] else NO
    return MAYBE


@_inlined
def _lives_in(i: int, t: Tables, a: Asker, guess: Guess) -> int:
    node = t.nodes[i]
    missing = 0
    only_guessed = True
    seen_guessed = False
    kind_before = -1
    for n in range(node["first"], node["last"]):
        kind = t.items[n] >> BUCKET_BITS
        at = a.home[kind]
        if at == -2:
            if kind != kind_before:
                missing += 1
                if guess.op == LIVES_IN and guess.part == kind:
                    seen_guessed = True
                else:
                    only_guessed = False
        elif at == t.items[n]:
            return YES
        kind_before = kind
    if missing == 0:
        return NO
    if seen_guessed and (guess.verdict == YES or only_guessed):
        return guess.verdict
    return MAYBE


@_inlined
def _rise(verdict: int, depth: int, i: int, kinds: Ints, verdicts: Ints, ends: Ints) -> tuple[int, int, int]:
    """Hand a verdict up to the nodes that it decides or ends; (verdict, depth, the next node), depth 0 at the top.

    All is the least, any the greatest, not the mirror image; what is decided is not looked at further.
    """
    while depth > 0:
        top = depth - 1
        if kinds[top] == NOT:
            verdict = 2 - verdict
        elif kinds[top] == ALL:
            verdict = verdicts[top] = min(verdict, verdicts[top])
            if verdict == NO:
                i = ends[top]
        else:
            verdict = verdicts[top] = max(verdict, verdicts[top])
            if verdict == YES:
                i = ends[top]
        if i < ends[top]:
            break
        depth -= 1
    return verdict, depth, i


@_compiled
def _fold(start: int, person: int, day: int, t: Tables, a: Asker, guess: Guess) -> int:
    """The verdict of a tree of nodes: all is the least, any the greatest, not the mirror image. Members are settled by their caller."""
    kinds, verdicts, ends = a.stack[1, 0], a.stack[1, 1], a.stack[1, 2]
    depth = 0
    i = start
    while True:
        op = t.nodes[i]["op"]
        if op >= FIRST_CONTAINER and t.nodes[i]["end"] > i + 1:
            kinds[depth] = op
            verdicts[depth] = YES if op == ALL else NO
            ends[depth] = t.nodes[i]["end"]
            depth += 1
            i += 1
            continue
        if op == ALL:
            verdict = YES
        elif op == ANY:
            verdict = NO
        else:
            verdict = _leaf(i, person, day, t, a, guess)
        i += 1
        verdict, depth, i = _rise(verdict, depth, i, kinds, verdicts, ends)
        if depth == 0:
            return verdict


@_compiled
def _member(i: int, day: int, t: Tables, a: Asker, guess: Guess) -> int:
    """One who is known to fit is enough; that nobody fits is certain only when everybody is known."""
    best = _fold(i + 1, 0, day, t, a, guess)
    patient = best
    others_open = not a.everybody
    for person in range(1, a.ages.shape[0]):
        other = _fold(i + 1, person, day, t, a, guess)
        others_open |= other == MAYBE
        best = max(best, other)
    if best == YES:
        return YES
    certain = best == NO and a.everybody
    if certain:
        return NO
    if guess.op == MEMBER and others_open and (guess.verdict == YES or patient == NO):
        return guess.verdict
    return MAYBE


@_compiled
def judge(rule: int, day: int, t: Tables, a: Asker, guess: Guess) -> int:  # as _fold
    """The verdict of a rule on a day; UNSETTLED for an intricate one."""
    start = t.rules[rule]["start"]
    if t.nodes[start]["op"] == INTRICATE:
        return UNSETTLED
    # As _fold, but a member's part is judged for everybody at once.
    kinds, verdicts, ends = a.stack[0, 0], a.stack[0, 1], a.stack[0, 2]
    depth = 0
    i = start
    while True:
        op = t.nodes[i]["op"]
        if op >= FIRST_CONTAINER and t.nodes[i]["end"] > i + 1:
            kinds[depth] = op
            verdicts[depth] = YES if op == ALL else NO
            ends[depth] = t.nodes[i]["end"]
            depth += 1
            i += 1
            continue
        if op == ALL:
            verdict = YES
        elif op == ANY:
            verdict = NO
        elif op == MEMBER:
            verdict = _member(i, day, t, a, guess)
        else:
            verdict = _leaf(i, 0, day, t, a, guess)
        i = t.nodes[i]["end"]
        verdict, depth, i = _rise(verdict, depth, i, kinds, verdicts, ends)
        if depth == 0:
            return verdict


@_compiled
def _area_verdict(number: int, t: Tables, a: Asker) -> int:
    """Whether an area holds the home: YES, NO, BY_RADIUS, or UNSETTLED where its polygon must be asked."""
    if a.is_blank:
        return YES
    area = t.areas[number]
    for n in range(area["start"], area["end"]):
        if a.home[t.area_items[n] >> BUCKET_BITS] == t.area_items[n]:
            return YES
    if not a.has_point:
        return NO
    if area["shaped"] and area["south"] <= a.latitude <= area["north"] and area["west"] <= a.longitude <= area["east"]:
        return UNSETTLED
    return BY_RADIUS if area["radius"] >= 0 else NO


@_compiled
def _falls_on(hours: Record, day: int, days_to_month_start: int, days_in_month: int) -> bool:
    """Whether a row of hours counts on a day; the day's place in its month is given where an n-th weekday is asked."""
    if day < hours["first"] or day > hours["last"]:
        return False
    nth = hours["nth"]
    if hours["kind"] == EVERY_DAY:
        return True
    if hours["kind"] == MONTH_DAY:
        return bool(days_to_month_start + 1 == nth or days_to_month_start - days_in_month == nth)
    if not (hours["days"] >> ((day + 6) % 7)) & 1:
        return False
    if hours["kind"] == WEEKDAYS:
        return bool(hours["weeks"] == 1 or (day - hours["since"]) // 7 % hours["weeks"] == 0)
    if nth == 0:
        return True
    if nth > 0:
        return bool(days_to_month_start // 7 + 1 == nth)
    return bool((days_in_month - 1 - days_to_month_start) // 7 + 1 == -nth)


@_compiled
def month_of(day: int) -> tuple[int, int]:
    """(days since the first of its month, days of its month) of a day as `date.toordinal` counts, by the civil calendar.

    Source: H. Hinnant, chrono-compatible low-level date algorithms (days from and to civil, days of eras).
    """
    z = day + 305
    of_era = z % 146097
    year_of_era = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    month = (5 * of_year + 2) // 153
    since = of_year - (153 * month + 2) // 5
    if month < 11:
        return since, (153 * (month + 1) + 2) // 5 - (153 * month + 2) // 5
    year = year_of_era + 1
    leap = (year % 4 == 0 and year % 100 != 0) or year % 400 == 0
    return since, 29 if leap else 28


@_compiled
def _closed_until(start: float, first: int, last: int, week: Record, t: Tables) -> float:
    """The end of what closes a place at a minute, or the minute itself."""
    for n in range(week["start"], week["end"]):
        hours = t.hours[n]
        if not hours["closed"]:
            continue
        for day in range(max(first, hours["first"]), min(last + 1, hours["last"]) + 1):
            since, length = month_of(day) if hours["kind"] == NTH_WEEKDAY or hours["kind"] == MONTH_DAY else (0, 0)
            if not _falls_on(hours, day, since, length):
                continue
            begin, end = day * DAY_MINUTES, (day + 1) * DAY_MINUTES
            if hours["closes"] >= 0:
                begin = day * DAY_MINUTES + hours["opens"]
                end = (day if hours["closes"] > hours["opens"] else day + 1) * DAY_MINUTES + hours["closes"]
            if begin <= start < end:
                return end
    return start


@_compiled
def _week_verdict(number: int, t: Tables, a: Asker) -> int:
    """Whether a schedule is open in one of the windows; UNSETTLED where only its rows can tell."""
    week = t.weeks[number]
    ahead = a.clocks[week["zone"]]
    if week["intricate"] or ahead == NO_CLOCK:
        return UNSETTLED
    for m in range(len(a.windows)):
        opens, closes = a.windows[m]["start"] + ahead, a.windows[m]["end"] + ahead
        first, last = floor(opens / DAY_MINUTES) - 1, floor(closes / DAY_MINUTES)
        for n in range(week["start"], week["end"]):
            hours = t.hours[n]
            if hours["closed"]:
                continue
            for day in range(max(first, hours["first"]), min(last, hours["last"]) + 1):
                since, length = month_of(day) if hours["kind"] == NTH_WEEKDAY or hours["kind"] == MONTH_DAY else (0, 0)
                if not _falls_on(hours, day, since, length):
                    continue
                begin = day * DAY_MINUTES + hours["opens"]
                end = (day if hours["closes"] > hours["opens"] else day + 1) * DAY_MINUTES + hours["closes"]
                start, stop = max(float(begin), opens), min(float(end), closes)
                while start < stop:
                    later = _closed_until(start, first, last, week, t)
                    if later == start:
                        return YES
                    start = later
    return NO


@_inlined
def _lower(keys: Ints, wanted: int, start: int, stop: int) -> int:
    """The first place in keys[start:stop] that is not below what is wanted."""
    while start < stop:
        middle = (start + stop) >> 1
        if keys[middle] < wanted:
            start = middle + 1
        else:
            stop = middle
    return start


@_compiled
def band_of(latitude: float) -> int:
    """The row of cells of a latitude."""
    return floor((min(90.0, max(-90.0, latitude)) + 90.0) / CELL)


@_compiled
def column_of(longitude: float) -> int:
    """The column of cells of a longitude."""
    return floor((min(180.0, max(-180.0, longitude)) + 180.0) / CELL)


@_inlined
def travel_micro(metres: float, a: Asker) -> int:
    """The estimate in millionths of a minute."""
    return int(np.rint((a.travel_wait + metres * a.travel_per_metre) * MICRO))


@_inlined
def _metres(row: int, one: Record, a: Asker, p: Pass) -> float:
    """The distance of a row; NaN, and the row put down, for a point on the other side of the earth that was not measured yet."""
    metres = geodesic_m(a.latitude, a.longitude, one["latitude"], one["longitude"])
    if not isnan(metres):
        return metres
    for n in range(p.tally[MEASURED]):
        if p.far[n]["row"] == row:
            return float(p.far[n]["metres"])
    place = p.tally[MEASURED] + p.tally[FAR]
    if place < len(p.far):
        p.far[place]["row"] = row
        p.tally[FAR] += 1
    return np.nan


@_inlined
def known(held: int, number: int) -> int:
    """What a request has found out about something, NOT_JUDGED if nothing."""
    return (held & 7) - 2 if held >> 3 == number else NOT_JUDGED


@_inlined
def to_hold(verdict: int, number: int) -> int:
    """A verdict with the request's number, as it is kept."""
    return (number << 3) | (verdict + 2)


@_inlined
def _put_down(which: int, counter: int, key: int, p: Pass) -> bool:
    """Put something on the list of what is unsettled; False where the list is full: it is looked at again in the next pass."""
    place = p.tally[counter]
    p.tally[counter] += 1
    if place >= p.unsettled.shape[1]:
        return False
    p.unsettled[which, place] = key
    return True


@_inlined
def _area_holds(one: Record, row: int, t: Tables, a: Asker, p: Pass) -> bool:
    """Whether the listing's area holds the home, as far as it is settled; what is not is counted."""
    number = one["area"]
    if number < 0:
        return True
    held = known(p.areas[number], p.number)
    if held == NOT_JUDGED:
        held = _area_verdict(number, t, a)
        if held != UNSETTLED or _put_down(AREAS, OPEN_AREAS, number, p):
            p.areas[number] = to_hold(held, p.number)
    if held == BY_RADIUS:
        return bool(one["flags"] & PLACED) and _metres(row, one, a, p) <= t.areas[number]["radius"]
    return bool(held == YES)


@_inlined
def _consider(  # noqa: C901, PLR0912, PLR0915  # one listing from start to end: each line is a reason to stop
    row: int, t: Tables, a: Asker, p: Pass, stamp: int, x: float, y: float, z: float, whole: bool
) -> None:
    """Judge one row and keep it if it is among the best."""
    if p.seen[row] == stamp:
        return
    p.seen[row] = stamp
    one = t.rows[row]
    flags = one["flags"]
    if not flags & LIVE or not a.access_ok[one["access"]]:
        return
    visited = (flags & VISITED) != 0
    if visited and not a.goes_out:
        return
    placed = (flags & PLACED) != 0
    measured = visited and placed and a.has_point
    nearest = 0.0
    metres = -1.0
    if measured:
        dx, dy, dz = one["x"] - x, one["y"] - y, one["z"] - z
        chord = sqrt(dx * dx + dy * dy + dz * dz)
        nearest = max(0.0, chord * LEAST_RADIUS_M - SLACK_M)
        if nearest > a.reach_m:
            return
        if a.reach_m < HALF_ROUND_M and 2 * asin(min(1.0, chord / 2)) * MOST_RADIUS_M + SLACK_M > a.reach_m:
            metres = _metres(row, one, a, p)
            if not metres <= a.reach_m:
                return
            nearest = metres
    room = one["room"]
    if one["until"] < a.now:
        room = ROOM_UNKNOWN
    if room == ROOM_FULL and not a.with_full and not (visited and not placed):
        return
    day = a.day_of_zone[one["zone"]]
    minutes = a.language_cost[one["languages"]]
    if room == ROOM_UNKNOWN:
        minutes += a.costs[COST_ROOM_UNKNOWN]
    elif room == ROOM_WAITLIST:
        minutes += a.costs[COST_WAITLIST]
    elif room == ROOM_FULL:
        minutes += a.costs[COST_FULL]
    age = a.todays[day] - one["assured"]
    if one["assured"] == 0 or age > 180:
        minutes += a.costs[COST_STALE]
    elif age >= 90:
        minutes += a.costs[COST_AGING]
    if flags & SLOW:
        minutes += a.costs[COST_SLOW]
    full = p.tally[KEPT] == len(p.best)
    worst = p.best[len(p.best) - 1]["minutes"]
    least = minutes + (travel_micro(nearest, a) if measured else 0)
    if full and not whole and least > worst:
        return
    if a.all_words:
        bits = 0
        for n in range(one["words_start"], one["words_start"] + one["words_count"]):
            bits |= a.word_bits[t.words[n]]
        if (bits == 0) if a.any_word else (bits != a.all_words):
            return
    if not _area_holds(one, row, t, a, p):
        return
    if visited and not placed and a.reach_m < np.inf:
        p.tally[UNPLACED] += 1
        return
    if room == ROOM_FULL and not a.with_full:
        return
    rule = one["rule"]
    verdict = YES
    if rule >= 0:
        verdict = known(p.verdicts[day, rule], p.number)
        if verdict == NOT_JUDGED:
            verdict = judge(rule, day, t, a, Guess(-1, -1, MAYBE))
            if verdict != UNSETTLED or _put_down(RULES, OPEN_RULES, (day << RULE_BITS) | rule, p):
                p.verdicts[day, rule] = to_hold(verdict, p.number)
        if verdict == UNSETTLED or (verdict == NO and not a.with_ineligible):
            return
    p.tally[TOTAL] += 1
    if verdict == YES and room == ROOM_OPEN:
        p.tally[ENOUGH] += 1
    if whole and verdict == MAYBE:
        if p.counts[day, rule] == 0:
            p.touched[p.tally[TOUCHED], 0] = day
            p.touched[p.tally[TOUCHED], 1] = rule
            p.tally[TOUCHED] += 1
        p.counts[day, rule] += 1
    if verdict == MAYBE:
        minutes += a.costs[COST_MAYBE]
        least += a.costs[COST_MAYBE]
    if full and least > worst:
        return
    if measured:
        if metres < 0:
            metres = _metres(row, one, a, p)
            if isnan(metres):
                return
        minutes += travel_micro(metres, a)
        if full and minutes > worst:
            return
    if a.has_windows:
        is_open = known(p.weeks[one["week"]], p.number)
        if is_open == NOT_JUDGED:
            is_open = _week_verdict(one["week"], t, a)
            if is_open != UNSETTLED or _put_down(WEEKS, OPEN_WEEKS, one["week"], p):
                p.weeks[one["week"]] = to_hold(is_open, p.number)
        if is_open == UNSETTLED:
            return
        if is_open == NO:
            minutes += a.costs[COST_CLOSED]
    _keep(row, minutes, one["rank"], verdict, p)


@_inlined
def _keep(row: int, minutes: int, rank: int, verdict: int, p: Pass) -> None:
    """Put a row where it belongs among the best; the last one falls out."""
    size = p.tally[KEPT]
    if size == len(p.best):
        last = p.best[size - 1]
        if minutes > last["minutes"] or (minutes == last["minutes"] and rank > last["rank"]):
            return
        size -= 1
    place = size
    while place > 0:
        before = p.best[place - 1]
        if before["minutes"] < minutes or (before["minutes"] == minutes and before["rank"] < rank):
            break
        p.best[place]["minutes"] = before["minutes"]
        p.best[place]["rank"] = before["rank"]
        p.best[place]["row"] = before["row"]
        p.best[place]["verdict"] = before["verdict"]
        place -= 1
    p.best[place]["minutes"] = minutes
    p.best[place]["rank"] = rank
    p.best[place]["row"] = row
    p.best[place]["verdict"] = verdict
    p.tally[KEPT] = size + 1


@_compiled
def sweep(  # noqa: C901, PLR0912, PLR0915  # the order of the search in one place
    t: Tables, base: Postings, fresh: Postings, a: Asker, p: Pass, stamp: int, whole: bool
) -> None:
    """One pass. `whole` looks at everything in reach; else the circle widens until nothing beyond it could be better.

    What lies beyond a circle costs at least the way to its rim, since no cost is negative: once the last of the
    best is cheaper than that, the rest cannot change the answer.
    """
    x = y = z = 0.0
    if a.has_point:
        x = cos(radians(a.latitude)) * cos(radians(a.longitude))
        y = cos(radians(a.latitude)) * sin(radians(a.longitude))
        z = sin(radians(a.latitude))
    radius = min(a.reach_m, HALF_ROUND_M) if whole or not a.has_point else min(a.reach_m, FIRST_RADIUS_M)
    low_before, high_before, left_before, right_before = 1, 0, 1, 0
    is_first = True
    while True:
        everything = not a.has_point or radius >= WIDE_RADIUS_M
        low, high, left, right = 0, BANDS - 1, 0, LONGITUDES - 1
        if not everything:
            arc = (radius + SLACK_M) / LEAST_RADIUS_M
            low, high = band_of(a.latitude - arc * 180 / pi), band_of(a.latitude + arc * 180 / pi)
            if arc < pi / 2 - abs(radians(a.latitude)) - 1e-6:
                wide = asin(min(1.0, sin(arc) / cos(radians(a.latitude)))) * 180 / pi + 1e-9
                if a.longitude - wide >= -180.0 and a.longitude + wide <= 180.0:
                    left, right = column_of(a.longitude - wide), column_of(a.longitude + wide)
        bands = 0 if not a.goes_out else 1 if everything else high - low + 1
        buckets = len(a.buckets) if is_first else 0
        for n in range(2 * len(a.terms)):
            listed = base if n % 2 == 0 else fresh
            term_key = a.terms[n // 2] << BUCKET_BITS
            term_start = _lower(listed.cell_key, term_key, 0, len(listed.cell_key))
            term_stop = _lower(listed.cell_key, term_key + (1 << BUCKET_BITS), term_start, len(listed.cell_key))
            for run in range(buckets + bands):
                # A run of postings: first those that areas decide, then band by band what lies in the circle's box.
                if run < buckets:
                    keys, rows = listed.bucket_key, listed.bucket_row
                    begin = term_key | a.buckets[run]
                    last = begin + 1
                    at, stop = _lower(keys, begin, 0, len(keys)), len(keys)
                    skip_from, skip_to = 0, -1
                else:
                    keys, rows = listed.cell_key, listed.cell_row
                    band = low + run - buckets
                    begin = term_key if everything else (term_key | (band * LONGITUDES)) + left
                    last = term_key + (1 << BUCKET_BITS) if everything else (term_key | (band * LONGITUDES)) + right + 1
                    if term_start == term_stop:
                        break
                    at, stop = _lower(keys, begin, term_start, term_stop), term_stop
                    skip_from, skip_to = 0, -1
                    if not everything and low_before <= band <= high_before:
                        skip_from = (term_key | (band * LONGITUDES)) + left_before
                        skip_to = (term_key | (band * LONGITUDES)) + right_before
                    term_start = at
                while at < stop and keys[at] < last:
                    if skip_from <= keys[at] <= skip_to:
                        at = _lower(keys, skip_to + 1, at, stop)
                        continue
                    _consider(rows[at], t, a, p, stamp, x, y, z, whole)
                    at += 1
        is_first = False
        if everything or radius >= a.reach_m or not a.goes_out:
            return
        wider = radius * 2
        if p.tally[KEPT] == len(p.best):
            worst = p.best[len(p.best) - 1]["minutes"]
            if worst < travel_micro(radius, a):
                return
            # From here on the worst can only become better: this far and no farther.
            if a.travel_per_metre > 0:
                wider = max(radius, (worst / MICRO - a.travel_wait) / a.travel_per_metre) + 1.0
        low_before, high_before, left_before, right_before = low, high, left, right
        radius = min(a.reach_m, wider, HALF_ROUND_M)


@_compiled
def mention(t: Tables, pairs: Ints, ops: Ints, facts: Ints, parts: Ints, signs: Ints) -> None:
    """Mark what the rules of (day, rule) pairs ask for: kinds of nodes, answers' names, parts of the home. `signs`: of each pair."""
    for n in range(len(pairs)):
        rule = t.rules[pairs[n, 1]]
        for i in range(rule["start"], rule["end"]):
            node = t.nodes[i]
            op = node["op"]
            ops[op] = 1
            if node["first"] == node["last"]:
                signs[n] |= sign_of(op, 0)
            for m in range(node["first"], node["last"]):
                if op == ANSWERS:
                    facts[t.items[m]] = 1
                    signs[n] |= sign_of(op, t.items[m])
                elif op == LIVES_IN:
                    parts[t.items[m] >> BUCKET_BITS] = 1
                    signs[n] |= sign_of(op, t.items[m] >> BUCKET_BITS)
                else:
                    signs[n] |= sign_of(op, 0)


@_compiled
def sign_of(op: int, part: int) -> int:
    """A bit for what a node asks: two that share none have nothing to do with each other."""
    if op == ANSWERS:
        return 1 << (20 + part % 40)
    return 1 << (16 + part) if op == LIVES_IN else 1 << op


@_compiled
def settle(  # noqa: C901, PLR0912  # one line a kind of answer
    t: Tables,
    a: Asker,
    pairs: Ints,
    counts: Ints,
    signs: Ints,
    op: Ints,
    part: Ints,
    value: Floats,
    weight: Floats,
    line: Floats,
    settled: Floats,
) -> None:
    """For each supposed answer: how many listings it would settle, times its weight.

    A number or an answer by name is put into the facts; where only one missing fact keeps a criterion open, its
    verdict is supposed. `line`: the poverty lines of each supposed household, one row an answer.
    """
    for n in range(len(op)):
        guess = Guess(-1, -1, MAYBE)
        old = 0.0
        old_lines = a.lines.copy()
        old_ages = a.ages[0].copy()
        if op[n] == AGE:
            a.ages[0, :] = value[n]
        elif op[n] == HOUSEHOLD:
            old = a.numbers[0]
            a.numbers[0] = value[n]
            a.lines[:] = line[n]
        elif op[n] == INCOME_ANNUAL:
            old = a.numbers[1]
            a.numbers[1] = value[n]
        elif op[n] == ANSWERS:
            a.answers[0, part[n]] = np.int8(value[n])
        else:
            guess = Guess(op[n], part[n], int(value[n]))
        sign = sign_of(op[n], part[n])
        if op[n] == HOUSEHOLD or op[n] == INCOME_ANNUAL:
            sign |= sign_of(INCOME_PERCENT, 0)
        count = 0
        for m in range(len(pairs)):
            if not signs[m] & sign:
                continue
            verdict = judge(pairs[m, 1], pairs[m, 0], t, a, guess)
            if verdict >= NO and verdict != MAYBE:
                count += counts[m]
        settled[n] = count * weight[n]
        if op[n] == AGE:
            a.ages[0, :] = old_ages
        elif op[n] == HOUSEHOLD:
            a.numbers[0] = old
            a.lines[:] = old_lines
        elif op[n] == INCOME_ANNUAL:
            a.numbers[1] = old
        elif op[n] == ANSWERS:
            a.answers[0, part[n]] = -1
