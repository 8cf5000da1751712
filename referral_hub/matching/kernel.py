"""The inner loop of a match over the index's columns: reach, room, rule, minutes, one pass, the best kept.

Written as plain loops over arrays. With numba installed it runs as machine code, without it as Python: the same
lines, the same answers. What the arrays cannot say (an intricate schedule, a home on the edge of a polygon, a rule
within a rule) is put on a list, settled by the exact functions of this package, and the pass is made again.

One file, long as it is: numba keeps machine code by file, and does not see that a function in another one changed.

Minutes are whole millionths here: sums of them are exact, so that order and explanation cannot disagree.
"""

from __future__ import annotations

from collections.abc import Callable
from ctypes import c_char
from math import asin, atan, atan2, ceil, cos, floor, frexp, hypot, isnan, pi, radians, sin, sqrt, tan
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from referral_hub.matching.shapes import INSIDE, OUTSIDE, ROUNDING
from referral_hub.partners.opening_rows import DAY_MINUTES, EVERY_DAY, MONTH_DAY, NTH_WEEKDAY, WEEKDAYS

F = TypeVar("F", bound=Callable[..., Any])
Ints = NDArray[Any]
Floats = NDArray[Any]
Records = NDArray[Any]
Record = Any

try:
    from numba import carray, njit, types  # type: ignore[attr-defined]
    from numba.extending import intrinsic

    # Nothing here makes an array, and whoever calls holds those that are handed in: without numba's counting of
    # references (`_nrt`), which it does anew for each array that a line touches, a match takes a quarter of the time.
    _OPTIONS: dict[str, Any] = {"cache": True, "error_model": "numpy", "_nrt": False}

    def _compiled(function: F) -> F:
        # Other threads go on meanwhile: the arrays of a pass are its own, those of the index stay as they are while it runs.
        return cast("F", njit(nogil=True, **_OPTIONS)(function))

    def _inlined(function: F) -> F:
        # A call would hand over each array of a request, a few hundred words, for every listing.
        return cast("F", njit(forceinline=True, **_OPTIONS)(function))

    def _opened(function: F) -> F:
        # Makes arrays of addresses, which is not allowed without the counting; it is done once a call.
        return cast("F", njit(nogil=True, cache=True, error_model="numpy")(function))

    @intrinsic
    def _pointer(_typing: Any, _address: Any) -> Any:
        def generate(context: Any, builder: Any, _signature: Any, given: Any) -> Any:
            return builder.inttoptr(given[0], context.get_value_type(types.voidptr))

        return types.voidptr(types.int64), generate

    def _array_of(kind: Any) -> Callable[[Ints, int], Any]:
        @_opened
        def read(at: Ints, place: int) -> Any:
            return carray(
                _pointer(at[2 * place]),  # type: ignore[call-arg]  # numba gives the first one
                (at[2 * place + 1],),
                kind,
            )

        return read

    IS_COMPILED = True
except ImportError:

    def _compiled(function: F) -> F:
        return function

    _inlined = _opened = _compiled

    def _array_of(kind: Any) -> Callable[[Ints, int], Any]:
        dtype = np.dtype(kind)

        def read(at: Ints, place: int) -> Any:
            address, size = int(at[2 * place]), int(at[2 * place + 1])
            if not size:
                return np.zeros(0, dtype)
            return np.frombuffer((c_char * (size * dtype.itemsize)).from_address(address), dtype)

        return read

    IS_COMPILED = False

NO, MAYBE, YES = 0, 1, 2
NO_CLOCK = 10**6
"""A zone whose clocks are changed near a window."""
UNSETTLED, NOT_JUDGED = -2, -1
"""Of what a request has found out: to be settled outside; not looked at."""
BY_RADIUS = 3
"""An area that may hold the home by its radius: it depends on the place."""
UNSURE = 3
"""Beside OUTSIDE and INSIDE of matching.shapes."""

# What a row is
LIVE, VISITED, SLOW, PLACED, GONE = 1, 2, 4, 8, 16
# Room
ROOM_UNKNOWN, ROOM_OPEN, ROOM_WAITLIST, ROOM_FULL = 0, 1, 2, 3

# Nodes of a rule
TEXT, AGE, HOUSEHOLD, INCOME_PERCENT, INCOME_ANNUAL, ANSWERS, LIVES_IN, SPEAKS, VISITS, MEMBER, ALL, ANY, NOT, INTRICATE = range(14)
FIRST_CONTAINER = ALL
DEEPEST = 34
STACK = 2 * 3 * DEEPEST
"""Numbers of room to judge in."""

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
NOT_FEW = -1
FEW_ROWS = 2_048
"""So few rows that have the words of a search are looked at one by one, wherever they are."""

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


HOT = np.dtype(
    [
        ("x", "f4"),
        ("y", "f4"),
        ("z", "f4"),
        ("rule", "i4"),
        ("area", "i4"),
        ("languages", "i4"),
        ("access", "i4"),
        ("zone", "i4"),
        ("until", "u4"),
        ("assured", "u2"),
        ("room", "u1"),
        ("flags", "u1"),
    ]
)
"""What decides of a listing whether it is looked at further, close together: a match reads it of thousands.

x, y, z: its point on a unit sphere; `until`: the second in which the figure of its room ends, NEVER for none; `assured`: a
day since FIRST_DAY, 0 for never.
"""
COLD = np.dtype([("latitude", "f8"), ("longitude", "f8"), ("until", "f8"), ("rank", "i8"), ("week", "i4"), ("kinds", "i4")])
"""What is read of the few that may be among the best. `until`: to the fraction of a second; `kinds`: which set of terms."""
NEVER = 2**32 - 1
FIRST_DAY = 719_162
"""The day before 1 January 1970, as `date.toordinal` counts."""
LAST_DAY = 2**16 - 1
SPAN = np.dtype([("start", "i4"), ("end", "i4")])
NODE = np.dtype([("low", "f8"), ("high", "f8"), ("end", "i4"), ("first", "i4"), ("last", "i4"), ("op", "i4")])
"""A criterion with its bounds and its items; `end` is the place behind its parts."""
AREA = np.dtype([("radius", "f8"), ("start", "i4"), ("end", "i4"), ("shapes_start", "i4"), ("shapes_end", "i4")])
"""`radius` below 0: none; its places by name, and its polygons."""
SHAPE = np.dtype([("south", "f8"), ("north", "f8"), ("west", "f8"), ("east", "f8"), ("outer", "i4"), ("end", "i4")])
"""A polygon: its box, its outer ring and, up to `end`, its holes."""
CORNER = np.dtype([("x", "f8"), ("y", "f8")])
KNOWN = np.dtype([("id_high", "u8"), ("id_low", "u8"), ("words", "u8"), ("name", "i4")])
"""Who a listing is, and what tells whether it is still to be found where it was: digest of its words, number of its name."""
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
SUPPOSED = np.dtype([("op", "i8"), ("part", "i8"), ("value", "f8"), ("weight", "f8")])

# What a request says yes or no to, as bits
HAS_POINT, IS_BLANK, GOES_OUT, EVERYBODY, KNOWS_LANGUAGES, KNOWS_VISITS, HAS_WINDOWS, HAS_WORDS, WITH_INELIGIBLE, WITH_FULL = (
    1 << bit for bit in range(10)
)
# A request as numbers: the bits, the second, five arrays of the index by address and size, how many of each, the home
# twice; then what there are several of, and at the end the fractions and the answers.
HEAD = 28
N_TERMS, N_BUCKETS, N_DAYS, N_PERSONS, N_FACTS, N_LANGUAGES, N_VISITS, N_WINDOWS = range(12, 20)
HOME, TOLD_HOME = 20, 24
FRACTIONS = 8
"""latitude, longitude, reach_m, travel_wait, travel_per_metre, now, household_size, annual_income."""


class Tables(NamedTuple):
    """The listings, and what they point into."""

    hot: Records
    cold: Records
    rules: Records
    nodes: Records
    items: Ints
    areas: Records
    area_items: Ints
    shapes: Records
    rings: Records
    corners: Records
    weeks: Records
    hours: Records
    known: Records


class Postings(NamedTuple):
    """Which rows have a term in a cell, and a term in a bucket of an area. Keys ascending; of key n the rows start[n]:start[n + 1]."""

    cell_key: Ints
    cell_start: Ints
    cell_row: Ints
    bucket_key: Ints
    bucket_start: Ints
    bucket_row: Ints


class WordRows(NamedTuple):
    """Which rows have a word: a list, or bits where a list would be longer."""

    start: Ints
    rows: Ints
    bits_of: Ints
    """Of each word its line in `bits`, -1 where it has a list."""
    bits: Ints
    """32 rows a number; line after line."""
    width: int
    """Numbers a line."""


class Asker(NamedTuple):
    """A request as arrays. Where a fact is not known: NaN, -1 for an answer, -2 for a part of the home."""

    terms: Ints
    buckets: Ints
    has_point: bool
    latitude: float
    longitude: float
    x: float
    y: float
    z: float
    """The home on a unit sphere."""
    is_blank: bool
    """Nothing is known of the home: every area holds it."""
    home: Ints
    told_home: Ints
    """What rules may know of the home: without what was declined."""
    goes_out: bool
    reach_m: float
    """Infinity where no distance was named."""
    travel_wait: float
    travel_per_metre: float
    now: float
    now_second: int
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
    windows: Floats
    """Start and end, in minutes of UTC, counted from the day 0."""
    has_words: bool
    with_ineligible: bool
    with_full: bool
    stack: Ints
    """Room to judge in: of a rule, and of a member's part of it."""


class Pass(NamedTuple):
    """What a request has found out so far, and the best of it.

    Of `verdicts`, `areas` and `weeks` counts what carries this request's number: so nothing need be wiped out.
    """

    number: int
    stamp: int
    """Of this pass: a row that carries it was looked at."""
    whole: bool
    """Everything in reach is counted."""
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
    have: Ints
    """Bits: the rows that have the words of the search."""
    scratch: Ints
    listed: Ints
    """Room for the rows of a search that few have."""
    ids: Ints
    """The ids of the best, their bytes in order."""


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
        at = a.told_home[kind]
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
def position(x: float, y: float, ring: int, t: Tables) -> int:
    """OUTSIDE or INSIDE of a ring, as matching.shapes has it; UNSURE on its border and where doubles cannot tell the side of an edge."""
    start, end = t.rings[ring]["start"], t.rings[ring]["end"]
    inside = False
    ax, ay = t.corners[end - 1]["x"], t.corners[end - 1]["y"]
    for n in range(start, end):
        bx, by = t.corners[n]["x"], t.corners[n]["y"]
        if (ay > y) != (by > y):
            if x < ax and x < bx:
                inside = not inside
            elif x <= ax or x <= bx:
                left, right = (bx - ax) * (y - ay), (by - ay) * (x - ax)
                if abs(left - right) <= ROUNDING * (abs(left) + abs(right)):
                    return UNSURE
                inside ^= (left > right) == (by > ay)
        elif y in (ay, by) and min(ax, bx) <= x <= max(ax, bx):
            left, right = (bx - ax) * (y - ay), (by - ay) * (x - ax)
            if abs(left - right) <= ROUNDING * (abs(left) + abs(right)):
                return UNSURE
        ax, ay = bx, by
    return INSIDE if inside else OUTSIDE


@_compiled
def _in_hole(longitude: float, y: float, ring: int, t: Tables) -> int:
    """INSIDE a hole whichever way round the world one counts, OUTSIDE it, or UNSURE."""
    west = east = t.corners[t.rings[ring]["start"]]["x"]
    for n in range(t.rings[ring]["start"], t.rings[ring]["end"]):
        west, east = min(west, t.corners[n]["x"]), max(east, t.corners[n]["x"])
    for turn in range(ceil((west - longitude) / 360), floor((east - longitude) / 360) + 1):
        found = position(longitude + 360 * turn, y, ring, t)
        if found != OUTSIDE:
            return found
    return OUTSIDE


@_compiled
def shape_holds(number: int, t: Tables, a: Asker) -> int:
    """Whether a polygon holds the home: YES, NO, or UNSETTLED where the exact method must say."""
    shape = t.shapes[number]
    if not shape["south"] <= a.latitude <= shape["north"]:
        return NO
    for turn in range(ceil((shape["west"] - a.longitude) / 360), floor((shape["east"] - a.longitude) / 360) + 1):
        found = position(a.longitude + 360 * turn, a.latitude, shape["outer"], t)
        if found == UNSURE:
            return UNSETTLED
        if found == OUTSIDE:
            continue
        in_hole = False
        for ring in range(shape["outer"] + 1, shape["end"]):
            hole = _in_hole(a.longitude, a.latitude, ring, t)
            if hole == UNSURE:
                return UNSETTLED
            in_hole |= hole == INSIDE
        if not in_hole:
            return YES
    return NO


@_compiled
def _area_verdict(number: int, t: Tables, a: Asker) -> int:
    """Whether an area holds the home: YES, NO, BY_RADIUS, or UNSETTLED where the exact method must say."""
    if a.is_blank:
        return YES
    area = t.areas[number]
    for n in range(area["start"], area["end"]):
        if a.home[t.area_items[n] >> BUCKET_BITS] == t.area_items[n]:
            return YES
    if not a.has_point:
        return NO
    is_open = False
    for n in range(area["shapes_start"], area["shapes_end"]):
        held = shape_holds(n, t, a)
        if held == YES:
            return YES
        is_open |= held == UNSETTLED
    if is_open:
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
        opens, closes = a.windows[m, 0] + ahead, a.windows[m, 1] + ahead
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


@_compiled
def on_sphere(latitude: float, longitude: float) -> tuple[float, float, float]:
    """The point on a unit sphere."""
    level = cos(radians(latitude))
    return level * cos(radians(longitude)), level * sin(radians(longitude)), sin(radians(latitude))


@_inlined
def travel_micro(metres: float, a: Asker) -> int:
    """The estimate in millionths of a minute."""
    return int(np.rint((a.travel_wait + metres * a.travel_per_metre) * MICRO))


@_inlined
def _metres(row: int, t: Tables, a: Asker, p: Pass) -> float:
    """The distance of a row; NaN, and the row put down, for a point on the other side of the earth that was not measured yet."""
    metres = geodesic_m(a.latitude, a.longitude, t.cold[row]["latitude"], t.cold[row]["longitude"])
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
def _chord(one: Record, a: Asker) -> float:
    """From the home to a listing, straight through a unit sphere."""
    dx, dy, dz = one["x"] - a.x, one["y"] - a.y, one["z"] - a.z
    return sqrt(dx * dx + dy * dy + dz * dz)


@_inlined
def _farthest(chord: float) -> float:
    """Metres that a geodesic is at most, by the chord; the series is a little more than the arc."""
    arc = chord * (1 + chord * chord / 20) if chord <= 1.0 else 2 * asin(min(1.0, chord / 2))
    return arc * MOST_RADIUS_M + SLACK_M


@_inlined
def _within(row: int, one: Record, radius: float, t: Tables, a: Asker, p: Pass) -> bool:
    """Whether a listing's point is at most so far from the home; most are plainly nearer or farther."""
    if not one["flags"] & PLACED:
        return False
    chord = _chord(one, a)
    if chord * LEAST_RADIUS_M - SLACK_M > radius:
        return False
    return _farthest(chord) <= radius or _metres(row, t, a, p) <= radius


@_inlined
def _area_holds(number: int, row: int, one: Record, t: Tables, a: Asker, p: Pass) -> bool:
    """Whether a listing's area holds the home, as far as it is settled; what is not is counted."""
    held = known(p.areas[number], p.number)
    if held == NOT_JUDGED:
        held = _area_verdict(number, t, a)
        if held != UNSETTLED or _put_down(AREAS, OPEN_AREAS, number, p):
            p.areas[number] = to_hold(held, p.number)
    return bool(held == YES or (held == BY_RADIUS and _within(row, one, t.areas[number]["radius"], t, a, p)))


@_inlined
def _room_of(row: int, one: Record, t: Tables, a: Asker) -> int:
    """The room that a listing has now: a figure counts until its date."""
    if one["until"] > a.now_second or (one["until"] == a.now_second and t.cold[row]["until"] >= a.now):
        return int(one["room"])
    return ROOM_UNKNOWN


@_inlined
def _standing_cost(one: Record, room: int, day: int, a: Asker) -> int:
    """Millionths of a minute for room, languages, freshness and a slow answer: all that is known before the rule is judged."""
    minutes = a.language_cost[one["languages"]]
    if room == ROOM_UNKNOWN:
        minutes += a.costs[COST_ROOM_UNKNOWN]
    elif room == ROOM_WAITLIST:
        minutes += a.costs[COST_WAITLIST]
    elif room == ROOM_FULL:
        minutes += a.costs[COST_FULL]
    age = a.todays[day] - FIRST_DAY - one["assured"]
    if one["assured"] == 0 or age > 180:
        minutes += a.costs[COST_STALE]
    elif age >= 90:
        minutes += a.costs[COST_AGING]
    if one["flags"] & SLOW:
        minutes += a.costs[COST_SLOW]
    return int(minutes)


@_inlined
def _rule_verdict(rule: int, day: int, t: Tables, a: Asker, p: Pass) -> int:
    """The verdict of a rule on a day, judged once a request; UNSETTLED ones are put down."""
    if rule < 0:
        return YES
    verdict = known(p.verdicts[day, rule], p.number)
    if verdict == NOT_JUDGED:
        verdict = judge(rule, day, t, a, Guess(-1, -1, MAYBE))
        if verdict != UNSETTLED or _put_down(RULES, OPEN_RULES, (day << RULE_BITS) | rule, p):
            p.verdicts[day, rule] = to_hold(verdict, p.number)
    return verdict


@_inlined
def _count(verdict: int, room: int, rule: int, day: int, p: Pass) -> None:
    p.tally[TOTAL] += 1
    if verdict == YES and room == ROOM_OPEN:
        p.tally[ENOUGH] += 1
    if p.whole and verdict == MAYBE:
        if p.counts[day, rule] == 0:
            p.touched[p.tally[TOUCHED], 0] = day
            p.touched[p.tally[TOUCHED], 1] = rule
            p.tally[TOUCHED] += 1
        p.counts[day, rule] += 1


@_inlined
def _consider(  # noqa: C901, PLR0912, PLR0915  # one listing from start to end: each line is a reason to stop
    row: int, t: Tables, a: Asker, p: Pass
) -> None:
    """Judge one row and keep it if it is among the best. What costs little to know comes first."""
    if p.seen[row] == p.stamp:
        return
    p.seen[row] = p.stamp
    if a.has_words and not (p.have[row >> 5] >> (row & 31)) & 1:
        return
    one = t.hot[row]
    flags = one["flags"]
    visited = (flags & VISITED) != 0
    if not flags & LIVE or not a.access_ok[one["access"]] or (visited and not a.goes_out):
        return
    placed = (flags & PLACED) != 0
    measured = visited and placed and a.has_point
    least = 0
    at_rim = False
    if measured:
        chord = _chord(one, a)
        nearest = max(0.0, chord * LEAST_RADIUS_M - SLACK_M)
        if nearest > a.reach_m:
            return
        at_rim = a.reach_m < HALF_ROUND_M and _farthest(chord) > a.reach_m
        least = int((a.travel_wait + nearest * a.travel_per_metre) * MICRO)
    room = _room_of(row, one, t, a)
    lost = visited and not placed and a.reach_m < np.inf
    if room == ROOM_FULL and not a.with_full and not lost:
        return
    day = a.day_of_zone[one["zone"]]
    minutes = _standing_cost(one, room, day, a)
    least += minutes
    full = p.tally[KEPT] == len(p.best)
    worst = p.best[len(p.best) - 1]["minutes"]
    if full and not p.whole and (least > worst or (least == worst and t.cold[row]["rank"] > p.best[len(p.best) - 1]["rank"])):
        return
    metres = -1.0
    if at_rim:
        metres = _metres(row, t, a, p)
        if not metres <= a.reach_m:
            return
    if one["area"] >= 0 and not _area_holds(one["area"], row, one, t, a, p):
        return
    if lost:
        p.tally[UNPLACED] += 1
        return
    verdict = _rule_verdict(one["rule"], day, t, a, p)
    if verdict == UNSETTLED or (verdict == NO and not a.with_ineligible):
        return
    _count(verdict, room, one["rule"], day, p)
    if verdict == MAYBE:
        minutes += a.costs[COST_MAYBE]
        least += a.costs[COST_MAYBE]
    if full and least > worst:
        return
    if measured:
        if metres < 0:
            metres = _metres(row, t, a, p)
            if isnan(metres):
                return
        minutes += travel_micro(metres, a)
        if full and minutes > worst:
            return
    if a.has_windows:
        week = t.cold[row]["week"]
        is_open = known(p.weeks[week], p.number)
        if is_open == NOT_JUDGED:
            is_open = _week_verdict(week, t, a)
            if is_open != UNSETTLED or _put_down(WEEKS, OPEN_WEEKS, week, p):
                p.weeks[week] = to_hold(is_open, p.number)
        if is_open == UNSETTLED:
            return
        if is_open == NO:
            minutes += a.costs[COST_CLOSED]
    _keep(row, minutes, t.cold[row]["rank"], verdict, p)


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
def _mark_row(row: int, bits: Ints) -> None:
    bits[row >> 5] |= np.uint32(1) << np.uint32(row & 31)


@_compiled
def _mark_word(number: int, w: WordRows, bits: Ints) -> None:
    """Mark the rows that have had a word since the index was built."""
    if number >= len(w.bits_of):
        return
    line = w.bits_of[number]
    if line >= 0:
        for k in range(w.width):
            bits[k] |= w.bits[line * w.width + k]
    for n in range(w.start[number], w.start[number + 1]):
        _mark_row(w.rows[n], bits)


@_compiled
def _list_marked(bits: Ints, listed: Ints) -> int:
    """List the marked rows while there is room; how many there are, at most one more than that."""
    count = 0
    for k in range(len(bits)):
        left = int(bits[k])
        while left:
            lowest = left & -left
            if count == len(listed):
                return count + 1
            listed[count] = 32 * k + frexp(float(lowest))[1] - 1
            count += 1
            left ^= lowest
    return count


@_compiled
def _mark_words(w: WordRows, p: Pass, meant: Ints, any_word: bool) -> int:
    """See mark_words; how many rows, at most one more than FEW_ROWS."""
    groups = meant[0]
    begin = 1 + 2 * groups
    later_begin = begin + meant[groups]
    later_first = later_begin
    first = begin
    for group in range(groups):
        bits = p.have if group == 0 else p.scratch
        bits[:] = 0
        ends, later_ends = first + meant[1 + group], later_first + meant[1 + groups + group]
        for n in range(begin, ends):
            _mark_word(meant[n], w, bits)
        for n in range(later_begin, later_ends):
            _mark_row(meant[n], bits)
        begin, later_begin = ends, later_ends
        if group:
            for k in range(len(bits)):
                p.have[k] = p.have[k] | bits[k] if any_word else p.have[k] & bits[k]
    return _list_marked(p.have, p.listed)


@_compiled
def _sweep(  # noqa: C901, PLR0912, PLR0915  # the order of the search in one place
    t: Tables, base: Postings, fresh: Postings, a: Asker, p: Pass, listed: int
) -> None:
    """One pass: the whole of what is in reach, or else the circle widens until nothing beyond it could be better.

    What lies beyond a circle costs at least the way to its rim, since no cost is negative: once the last of the
    best is cheaper than that, the rest cannot change the answer. `listed`: how many rows have the words of the
    search, if they are few, else -1.
    """
    radius = min(a.reach_m, FIRST_RADIUS_M) if a.has_point else HALF_ROUND_M
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
        for n in range(2 * len(a.terms) if listed < 0 else 1):
            found = base if n % 2 == 0 else fresh
            term_key = a.terms[n // 2] << BUCKET_BITS if listed < 0 else 0
            term_start = _lower(found.cell_key, term_key, 0, len(found.cell_key))
            term_stop = _lower(found.cell_key, term_key + (1 << BUCKET_BITS), term_start, len(found.cell_key))
            again_from = again_to = 0
            for run in range(buckets + 2 * bands if listed < 0 else 1):
                # A run of rows: those that have the words, or first those that areas decide, then band by band what lies
                # in the circle's box, left and right of the box before.
                if listed >= 0:
                    rows, at, stop = p.listed, 0, listed
                elif run < buckets:
                    key = term_key | a.buckets[run]
                    place = _lower(found.bucket_key, key, 0, len(found.bucket_key))
                    if place == len(found.bucket_key) or found.bucket_key[place] != key:
                        continue
                    rows, at, stop = found.bucket_row, found.bucket_start[place], found.bucket_start[place + 1]
                elif (run - buckets) % 2 == 0:
                    if term_start == term_stop:
                        break
                    band = low + (run - buckets) // 2
                    row_key = term_key | (band * LONGITUDES)
                    begin = term_start if everything else _lower(found.cell_key, row_key + left, term_start, term_stop)
                    again_to = term_stop if everything else _lower(found.cell_key, row_key + right + 1, begin, term_stop)
                    until = again_from = again_to
                    if not everything and low_before <= band <= high_before:
                        until = _lower(found.cell_key, row_key + left_before, begin, again_to)
                        again_from = _lower(found.cell_key, row_key + right_before + 1, until, again_to)
                    term_start = again_to
                    rows, at, stop = found.cell_row, found.cell_start[begin], found.cell_start[until]
                else:
                    rows, at, stop = found.cell_row, found.cell_start[again_from], found.cell_start[again_to]
                while at < stop:
                    _consider(rows[at], t, a, p)
                    at += 1
        is_first = False
        if everything or radius >= a.reach_m or not a.goes_out or listed >= 0:
            return
        low_before, high_before, left_before, right_before = low, high, left, right
        wider = radius * 2
        if p.tally[KEPT] == len(p.best):
            worst = p.best[len(p.best) - 1]["minutes"]
            if p.whole:
                wider = HALF_ROUND_M
            elif worst < travel_micro(radius, a):
                return
            elif a.travel_per_metre > 0:
                # The worst can only become better: this far and no farther.
                wider = min(wider, max(radius, (worst / MICRO - a.travel_wait) / a.travel_per_metre) + 1.0)
        radius = min(a.reach_m, wider, HALF_ROUND_M)


@_compiled
def _mention(t: Tables, pairs: Ints, ops: Ints, facts: Ints, parts: Ints, signs: Ints) -> None:
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
def _settle(  # noqa: C901, PLR0912  # one line a kind of answer
    t: Tables, a: Asker, pairs: Ints, counts: Ints, signs: Ints, supposed: Records, lines: Floats, settled: Floats
) -> None:
    kept = len(supposed)
    for n in range(len(supposed)):
        op, part, value = supposed[n]["op"], supposed[n]["part"], supposed[n]["value"]
        guess = Guess(-1, -1, MAYBE)
        old = 0.0
        for day in range(len(a.lines)):
            lines[kept, day], lines[kept + 1, day] = a.lines[day], a.ages[0, day]
        if op == AGE:
            for day in range(len(a.lines)):
                a.ages[0, day] = value
        elif op == HOUSEHOLD:
            old = a.numbers[0]
            a.numbers[0] = value
            for day in range(len(a.lines)):
                a.lines[day] = lines[n, day]
        elif op == INCOME_ANNUAL:
            old = a.numbers[1]
            a.numbers[1] = value
        elif op == ANSWERS:
            a.answers[0, part] = np.int8(value)
        else:
            guess = Guess(op, part, int(value))
        sign = sign_of(op, part)
        if op in (HOUSEHOLD, INCOME_ANNUAL):
            sign |= sign_of(INCOME_PERCENT, 0)
        count = 0
        for m in range(len(pairs)):
            if not signs[m] & sign:
                continue
            verdict = judge(pairs[m, 1], pairs[m, 0], t, a, guess)
            if verdict >= NO and verdict != MAYBE:
                count += counts[m]
        settled[n] = count * supposed[n]["weight"]
        for day in range(len(a.lines)):
            a.lines[day], a.ages[0, day] = lines[kept, day], lines[kept + 1, day]
        if op == HOUSEHOLD:
            a.numbers[0] = old
        elif op == INCOME_ANNUAL:
            a.numbers[1] = old
        elif op == ANSWERS:
            a.answers[0, part] = -1


# What is called from outside. Arrays are handed in by address: numba takes a fifth of a microsecond to unpack each one, and
# reads some twenty words of it that nobody else needs. Whoever calls holds them.

_bytes, _halves, _bits, _longs = _array_of(np.int8), _array_of(np.int32), _array_of(np.uint32), _array_of(np.int64)
_hot, _cold, _known = _array_of(HOT), _array_of(COLD), _array_of(KNOWN)
_spans, _nodes, _areas, _shapes, _corners = _array_of(SPAN), _array_of(NODE), _array_of(AREA), _array_of(SHAPE), _array_of(CORNER)
_weeks, _hours = _array_of(WEEK), _array_of(HOURS)
_best, _far = _array_of(BEST), _array_of(FAR_POINT)

BASE = 13
FRESH, KINDS, WORDS = BASE + 6, BASE + 12, BASE + 14
"""Where in an index the postings, the terms of each set of kinds, and the words begin; the tables come first."""


@_opened
def tables_at(at: Ints) -> Tables:
    """The tables of an index, given as pairs of address and size."""
    return Tables(
        _hot(at, 0),
        _cold(at, 1),
        _spans(at, 2),
        _nodes(at, 3),
        _longs(at, 4),
        _areas(at, 5),
        _longs(at, 6),
        _shapes(at, 7),
        _spans(at, 8),
        _corners(at, 9),
        _weeks(at, 10),
        _hours(at, 11),
        _known(at, 12),
    )


@_opened
def _postings_at(at: Ints, first: int) -> Postings:
    return Postings(
        _longs(at, first),
        _halves(at, first + 1),
        _halves(at, first + 2),
        _longs(at, first + 3),
        _halves(at, first + 4),
        _halves(at, first + 5),
    )


@_opened
def _words_at(at: Ints) -> WordRows:
    return WordRows(_longs(at, WORDS), _halves(at, WORDS + 1), _halves(at, WORDS + 2), _bits(at, WORDS + 3), at[2 * WORDS + 8])


@_opened
def _pass_at(at: Ints, number: int, stamp: int, limit: int, days: int, whole: bool) -> Pass:
    verdicts, counts, unsettled = _halves(at, 0), _halves(at, 7), _longs(at, 3)
    rules = len(verdicts) // days
    return Pass(
        number,
        stamp,
        whole,
        verdicts.reshape((days, rules)),
        _halves(at, 1),
        _halves(at, 2),
        unsettled.reshape((3, len(unsettled) // 3)),
        _best(at, 4)[:limit],
        _longs(at, 5),
        _halves(at, 6).reshape((days * rules, 2)),
        counts.reshape((days, rules)),
        _far(at, 8),
        _halves(at, 9),
        _bits(at, 10),
        _bits(at, 11),
        _halves(at, 12),
        _bytes(at, 13),
    )


@_opened
def asker_at(request: Ints, stack: Ints) -> Asker:
    """A request out of its numbers, see HEAD."""
    flags = request[0]
    days, persons, facts, windows = request[N_DAYS], request[N_PERSONS], request[N_FACTS], request[N_WINDOWS]
    first_bucket = HEAD + request[N_TERMS]
    first_day = first_bucket + request[N_BUCKETS]
    first_language = first_day + days
    first_visit = first_language + request[N_LANGUAGES]
    begin = first_visit + request[N_VISITS]
    first_age = begin + FRACTIONS + days
    first_window = first_age + persons * days
    end = first_window + 2 * windows
    fractions = request[begin:end].view(np.float64)
    x, y, z = on_sphere(fractions[0], fractions[1])
    return Asker(
        request[HEAD:first_bucket],
        request[first_bucket:first_day],
        (flags & HAS_POINT) != 0,
        fractions[0],
        fractions[1],
        x,
        y,
        z,
        (flags & IS_BLANK) != 0,
        request[HOME:TOLD_HOME],
        request[TOLD_HOME:HEAD],
        (flags & GOES_OUT) != 0,
        fractions[2],
        fractions[3],
        fractions[4],
        fractions[5],
        request[1],
        _longs(request, 1),
        request[first_day:first_language],
        fractions[FRACTIONS : FRACTIONS + days],
        fractions[first_age - begin : first_window - begin].reshape((persons, days)),
        fractions[6:FRACTIONS],
        request[end:].view(np.int8).reshape((persons, facts)),
        (flags & EVERYBODY) != 0,
        request[first_language:first_visit],
        (flags & KNOWS_LANGUAGES) != 0,
        request[first_visit:begin],
        (flags & KNOWS_VISITS) != 0,
        _longs(request, 2),
        _bytes(request, 3),
        _longs(request, 4),
        (flags & HAS_WINDOWS) != 0,
        _longs(request, 5),
        fractions[first_window - begin : end - begin].reshape((windows, 2)),
        (flags & HAS_WORDS) != 0,
        (flags & WITH_INELIGIBLE) != 0,
        (flags & WITH_FULL) != 0,
        stack.reshape((2, 3, DEEPEST)),
    )


@_compiled
def _keep_wanted(p: Pass, cold: Records, codes: Ints, starts: Ints, wanted: Ints, count: int) -> int:
    """Keep of the listed rows those of a wanted kind; how many they are."""
    kept = 0
    for n in range(count):
        kind = cold[p.listed[n]]["kinds"]
        for k in range(starts[kind], starts[kind + 1]):
            if _is_among(codes[k], wanted):
                p.listed[kept] = p.listed[n]
                kept += 1
                break
    return kept


@_inlined
def _is_among(one: int, several: Ints) -> bool:
    for n in range(len(several)):  # noqa: SIM110  # machine code knows no generator
        if several[n] == one:
            return True
    return False


@_compiled
def _tell_ids(p: Pass, known: Records) -> None:
    """Write down the ids of the best, highest byte first."""
    for n in range(p.tally[KEPT]):
        one = known[p.best[n]["row"]]
        high, low = one["id_high"], one["id_low"]
        for k in range(8):
            p.ids[16 * n + 7 - k] = np.int8((high >> np.uint64(8 * k)) & np.uint64(255))
            p.ids[16 * n + 15 - k] = np.int8((low >> np.uint64(8 * k)) & np.uint64(255))


@_opened
def mark_words(at: Ints, held: Ints, request: Ints, meant: Ints, any_word: bool) -> int:
    """Mark the rows that have a word of every group, or with `any_word` of one; how many to look at one by one, NOT_FEW if all.

    `meant`: how many groups there are; where the words of each end, and where rows of each end that came after the
    index was built and have one of its words; the words of all groups, the rows of all groups. Few rows are listed, of
    the wanted kinds.
    """
    p = _pass_at(held, 0, 0, 0, 1, False)
    count = _mark_words(_words_at(at), p, meant, any_word)
    if count > FEW_ROWS:
        return NOT_FEW
    return _keep_wanted(p, _cold(at, 1), _longs(at, KINDS), _longs(at, KINDS + 1), request[HEAD : HEAD + request[N_TERMS]], count)


@_opened
def sweep(at: Ints, held: Ints, request: Ints, number: int, stamp: int, limit: int, whole: bool, listed: int, measured: int) -> bool:
    """One pass over an index; whether something was left open that could change the answer. What it found is in the arrays it holds."""
    t = tables_at(at)
    p = _pass_at(held, number, stamp, limit, request[N_DAYS], whole)
    for n in range(COUNTS):
        p.tally[n] = 0
    p.tally[MEASURED] = measured
    if listed:
        _sweep(t, _postings_at(at, BASE), _postings_at(at, FRESH), asker_at(request, _longs(held, 14)), p, listed)
    _tell_ids(p, t.known)
    return bool(p.tally[OPEN_RULES] + p.tally[OPEN_AREAS] + p.tally[OPEN_WEEKS] + p.tally[FAR])


@_opened
def mention(at: Ints, pairs: Ints, ops: Ints, facts: Ints, parts: Ints, signs: Ints) -> None:
    """Mark what the rules of (day, rule) pairs ask for: kinds of nodes, answers' names, parts of the home. `signs`: of each pair."""
    _mention(tables_at(at), pairs, ops, facts, parts, signs)


@_opened
def settle(
    at: Ints, request: Ints, stack: Ints, pairs: Ints, counts: Ints, signs: Ints, supposed: Records, lines: Floats, settled: Floats
) -> None:
    """For each supposed answer (SUPPOSED): how many listings it would settle, times its weight.

    A number or an answer by name is put into the facts; where only one missing fact keeps a criterion open, its
    verdict is supposed. `lines`: the poverty lines of each supposed household, one row an answer; two rows more are
    room for the known lines and ages meanwhile.
    """
    _settle(tables_at(at), asker_at(request, stack), pairs, counts, signs, supposed, lines, settled)
