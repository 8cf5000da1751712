"""A match worked out by an outsider: docs/matching.md in code, from the listings, the terms and a request alone.

Nothing of the program is imported. What is used are the standard library and public libraries: geographiclib for
distances on WGS84, dateutil for recurrence rules, snowballstemmer for stems. It is slow and plain on purpose.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import snowballstemmer
from dateutil.rrule import rrulestr
from geographiclib.geodesic import Geodesic

Record = dict[str, Any]
NO, OPEN, YES = 0, 1, 2
"""The three values of a rule."""
VERDICTS = ("ineligible", "maybe", "eligible")
METRES_PER_MILE = 1609.344
SPEEDS = {"car": (0, 1.41, 25), "transit": (10, 1.41, 12), "walk": (0, 1.28, 3)}
"""Minutes of waiting, road to straight line, miles an hour."""
GUIDELINES = {
    "48": ((date(2026, 1, 13), 15_960, 5_680), (date(2025, 1, 15), 15_650, 5_500)),
    "AK": ((date(2025, 1, 15), 19_550, 6_880),),
    "HI": ((date(2025, 1, 15), 17_990, 6_330),),
}
"""By region: in force from, for one person, for each further one; the newest first."""
PLACES = (("postal_codes", "postal_code"), ("counties", "county"), ("cities", "city"), ("states", "state"))
FILLERS = frozenset("a an and at by for from get i in is me my near need of on or please some the to want where with".split())
STATUSES = ("veteran", "pregnant", "disabled", "unhoused", "survivor", "reentry", "refugee", "student", "employed")
LISTS = {"enrolled": "enrolled", "status": "statuses", "insured": "insurance"}
AN_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_stem = snowballstemmer.stemmer("english").stemWord


@dataclass
class Worked:
    """One match: id, verdict, minutes."""

    id: str
    verdict: str
    minutes: float
    name: str


@dataclass
class Answer:
    """Every match, in order, and how many places had no coordinates."""

    matches: list[Worked]
    unplaced: int


@dataclass
class Directory:
    """What the two lists gave, and distances already measured."""

    listings: list[Record]
    parents: dict[str, str | None]
    costs: Mapping[str, float]
    medians: list[Record]
    measured: dict[tuple[float, ...], float] = field(default_factory=dict)
    opened: dict[tuple[Any, ...], bool] = field(default_factory=dict)

    def distance_m(self, home: Record, point: Record) -> float:
        key = (home["latitude"], home["longitude"], point["latitude"], point["longitude"])
        if key not in self.measured:
            self.measured[key] = round(Geodesic.WGS84.Inverse(*key, Geodesic.DISTANCE)["s12"], 3)
        return self.measured[key]

    def is_open_in(self, one: Record, windows: list[tuple[datetime, datetime]]) -> bool:
        key = (repr(one["schedule"]), one["timezone"], *windows)
        if key not in self.opened:
            self.opened[key] = open_in(one["schedule"], ZoneInfo(one["timezone"]), windows)
        return self.opened[key]


def read_directory(get: Callable[[str], Any]) -> Directory:
    """All pages of GET /api/service-at-locations, GET /api/taxonomy-terms, the tables of costs and medians; `get` gives a path's JSON."""
    listings: list[Record] = []
    page, total = 1, 1
    while len(listings) < total:
        part = get(f"/api/service-at-locations?per_page=100&page={page}")
        listings += part["items"]
        page, total = page + 1, part["total"]
    parents = {term["code"]: term["parent"] for term in get("/api/taxonomy-terms")["items"]}
    return Directory(listings, parents, get("/api/match-costs")["minutes"], get("/api/area-medians")["medians"])


def work_out(directory: Directory, request: Record, now: datetime, home: Record | None = None) -> Answer:
    """The answer to a request; `home` is the one that the answer names where the request has only a ZIP code."""
    every, some = text_hits(directory.listings, request.get("search") or "")
    found = work_out_among(directory, request, now, home, every)
    # Nothing has all the words: then what has any of them.
    return found if found.matches or every == some else work_out_among(directory, request, now, home, some)


def work_out_among(directory: Directory, request: Record, now: datetime, home: Record | None, hits: set[str] | None) -> Answer:
    """The answer out of these listings (None: all)."""
    facts = known_facts(request.get("facts") or {}) | {"medians": directory.medians}
    home = facts["home"] if home is None else home
    facts["home"] = without_declined(home, facts)
    wanted = codes_below(directory.parents, request.get("needs") or [])
    mode, limit, include = request.get("mode", "car"), request.get("max_distance_m"), request.get("include") or []
    found, unplaced = [], 0
    for one in directory.listings:
        if (wanted is not None and not wanted & set(one["terms"])) or (hits is not None and one["id"] not in hits):
            continue
        if not (one["active"] and one["referrable"]) or not set(facts.get("accessibility") or ()) <= set(one["accessibility"]):
            continue
        goes = not (one["delivered"] or one["remote"] or one["confidential"])
        if goes and mode == "none":
            continue
        metres = None
        if goes and one["point"] and home and has_point(home):
            metres = directory.distance_m(home, one["point"])
        held = area_holds(directory, one, home)
        if goes and limit is not None:
            if one["point"] is None:
                unplaced += held
                continue
            if metres is not None and metres > limit:
                continue
        if not held:
            continue
        room = room_at(one["capacity"], now)
        today = now.astimezone(ZoneInfo(one["timezone"])).date()
        verdict = judge_listing(one["rule"], facts, today)
        if (room == "full" and "full" not in include) or (verdict == NO and "ineligible" not in include):
            continue
        windows = [(moment(window["start"]), moment(window["end"])) for window in request.get("windows") or []]
        is_closed = bool(windows) and not directory.is_open_in(one, windows)
        costs = sum(directory.costs[name] for name in costs_of(one, facts, verdict, room, today, is_closed=is_closed))
        minutes = round(round(travel(mode, metres), 6) + costs, 6)
        found.append(Worked(one["id"], VERDICTS[verdict], minutes, one["service"]["name"]))
    found.sort(key=lambda worked: (worked.minutes, worked.name, worked.id))
    return Answer(found, unplaced)


# What is asked


def known_facts(given: Record) -> Record:
    """The facts without the declined ones; statuses of members from both places."""
    facts = {**given, "home": dict(given["home"]) if given.get("home") else None}
    for name in given.get("declined") or []:
        first, _, key = name.partition(".")
        if not key:
            facts[first] = None
            facts |= {"birth_date": None} if first == "age" else {}
        elif first != "home":
            facts[first] = {k: v for k, v in (facts.get(first) or {}).items() if k != key}
    facts["home"] = without_declined(facts["home"], facts)
    return facts


def without_declined(home: Record | None, facts: Record) -> Record | None:
    """A home without what was declined of it; half a point is none."""
    declined = facts.get("declined") or []
    if home is None or "home" in declined:
        return None
    left = {name: value for name, value in home.items() if f"home.{name}" not in declined}
    return left if has_point(left) else {name: value for name, value in left.items() if name not in {"latitude", "longitude"}}


def has_point(home: Record) -> bool:
    return home.get("latitude") is not None and home.get("longitude") is not None


def codes_below(parents: Mapping[str, str | None], needs: Iterable[str]) -> set[str] | None:
    """The codes asked for and all below them; None: help of any kind."""
    wanted = set(needs)
    if not wanted:
        return None
    while True:
        more = {code for code, parent in parents.items() if parent in wanted} - wanted
        if not more:
            return wanted
        wanted |= more


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


# Reach


def area_holds(directory: Directory, one: Record, home: Record | None) -> bool:
    area = one["service_area"] or {}
    if not any(area.get(name) for name, _ in PLACES) and not area.get("polygon") and not area.get("polygons") and area.get("radius_m") is None:
        return True
    if not home or all(value is None for value in home.values()):
        return True
    for name, kind in PLACES:
        if home.get(kind) is not None and same(kind, home[kind]) in {same(kind, place) for place in area.get(name) or []}:
            return True
    if not has_point(home):
        return False
    x, y = home["longitude"], home["latitude"]
    shapes = [[area["polygon"]]] if area.get("polygon") else []
    shapes += area.get("polygons") or []
    if any(in_shape(x, y, shape) for shape in shapes):
        return True
    return area.get("radius_m") is not None and one["point"] is not None and directory.distance_m(home, one["point"]) <= area["radius_m"]


def same(kind: str, name: str) -> str:
    return name[:5] if kind == "postal_code" else " ".join(name.casefold().split())


def in_shape(x: float, y: float, rings: list[list[list[float]]]) -> bool:
    """In the outer ring, border included, and not inside a hole; a hole's border is the shape's own."""
    outer, *holes = rings
    return around(x, y, outer) != "outside" and not any(around(x, y, hole) == "inside" for hole in holes)


def around(x: float, y: float, ring: list[list[float]]) -> str:
    """Where a point lies of a ring whose sides take the short way, over 180 degrees too; a ring without an inside holds nobody."""
    unrolled: list[list[float]] = []
    for longitude, latitude in ring:
        turned = longitude if not unrolled else longitude - 360 * round((longitude - unrolled[-1][0]) / 360)
        unrolled.append([turned, latitude])
    if sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(unrolled, [*unrolled[1:], unrolled[0]], strict=True)) == 0:
        return "outside"
    found = {where(x + turn, y, unrolled) for turn in (-360, 0, 360)}
    return "border" if "border" in found else "inside" if "inside" in found else "outside"


def where(x: float, y: float, ring: list[list[float]]) -> str:
    """inside | border | outside: how often a ray to the east is crossed."""
    crossings = 0
    for number, (bx, by) in enumerate(ring):
        ax, ay = ring[number - 1]
        side = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
        if side == 0 and min(ax, bx) <= x <= max(ax, bx) and min(ay, by) <= y <= max(ay, by):
            return "border"
        if (ay > y) != (by > y):
            crossings += (side > 0) == (by > ay)
    return "inside" if crossings % 2 else "outside"


def travel(mode: str, metres: float | None) -> float:
    if metres is None or mode not in SPEEDS:
        return 0.0
    wait, detour, speed = SPEEDS[mode]
    return wait + metres / METRES_PER_MILE * detour / speed * 60


# Costs


def room_at(capacity: Record | None, now: datetime) -> str:
    if capacity is None or (capacity["until"] and moment(capacity["until"]) < now):
        return "unknown"
    return "open" if capacity["available"] > 0 else "waitlist" if capacity["waitlist"] else "full"


def costs_of(one: Record, facts: Record, verdict: int, room: str, today: date, *, is_closed: bool) -> Iterator[str]:
    if verdict == OPEN:
        yield "maybe"
    if room != "open":
        yield "availability_unknown" if room == "unknown" else room
    if is_closed:
        yield "closed_in_windows"
    wanted = {language(code) for code in facts.get("languages") or []}
    if wanted and not wanted & {language(code) for code in one["languages"]}:
        yield "language_interpreted" if wanted & {language(code) for code in one["interpreted_languages"]} else "language_missing"
    days = (today - date.fromisoformat(one["assured_date"])).days if one["assured_date"] else 10**6
    if days >= 90:
        yield "aging" if days <= 180 else "stale"
    if one["usual_ack_days"] is not None and one["usual_ack_days"] > 2:
        yield "slow"


def language(code: str) -> str:
    return code.casefold().split("-")[0]


def open_in(schedule: list[Record], zone: ZoneInfo, windows: list[tuple[datetime, datetime]]) -> bool:
    """Whether some moment lies in a window, in an opening and in no closure: looked for between all the ends there are."""
    for start, end in windows:
        first, last = start.astimezone(zone).date() - timedelta(days=2), end.astimezone(zone).date() + timedelta(days=2)
        opens = [span for row in schedule if not row["closed"] for span in spans(row, first, last, zone)]
        shut = [span for row in schedule if row["closed"] for span in spans(row, first, last, zone)]
        ends = sorted({start.astimezone(UTC), end.astimezone(UTC)} | {one for span in (*opens, *shut) for one in span})
        for before, after in pairwise(ends):
            middle = before + (after - before) / 2
            if start <= middle < end and any(a <= middle < b for a, b in opens) and not any(a <= middle < b for a, b in shut):
                return True
    return False


def spans(row: Record, first: date, last: date, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """What a row opens, or takes away, on the days from first to last."""
    opens, closes = clock(row["opens_at"]), clock(row["closes_at"])
    if (opens is None or closes is None) and not row["closed"]:
        return
    for day in days_of(row, first, last):
        if opens is None or closes is None:
            yield instant(day, 0, zone), instant(day, 24 * 60, zone)
        else:
            yield instant(day, opens, zone), instant(day if closes > opens else day + timedelta(days=1), closes, zone)


def days_of(row: Record, first: date, last: date) -> list[date]:
    valid_from, valid_to, dtstart, until = (row[name] and date.fromisoformat(row[name]) for name in ("valid_from", "valid_to", "dtstart", "until"))
    every = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    if not (row["freq"] or row["byday"] or row["bymonthday"]):
        if row["closed"]:
            start = dtstart or valid_from
            return [day for day in every if start and start <= day <= (valid_to or until or valid_from or start)]
        if dtstart:
            return [day for day in every if day == dtstart and within(day, valid_from, valid_to, None, until)]
        return [day for day in every if valid_from and valid_to and within(day, valid_from, valid_to, None, until)]
    byday, monthdays = [part.strip() for part in re.split("[,;]", row["byday"] or "") if part.strip()], row["bymonthday"] or ""
    byday = [WEEKDAYS.get(part.lower(), part.upper()) for part in byday]
    if not all(re.fullmatch(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)", part) for part in byday):
        return []
    days = [part.strip() for part in monthdays.split(",") if part.strip()]
    numbered = any(len(part) > 2 for part in byday)
    freq = (row["freq"] or ("MONTHLY" if days or numbered else "WEEKLY")).strip().upper()
    if not all(re.fullmatch(r"[+-]?(0?[1-9]|[12]\d|3[01])", part) for part in days) or freq not in ("DAILY", "WEEKLY", "MONTHLY", "YEARLY"):
        return []
    interval = row["interval"] or 1
    plain = freq == "WEEKLY" and interval == 1 and not row["count"] and not days and not numbered
    if plain:
        weekdays = {DAYS.index(part) for part in byday} or ({dtstart.weekday()} if dtstart else set())
        return [day for day in every if day.weekday() in weekdays and within(day, valid_from, valid_to, dtstart, until)]
    start = dtstart or valid_from
    if dtstart is None and not (byday or days or freq == "DAILY"):
        return []  # each week, or month, but on which day?
    if start is None:
        if interval != 1 or row["count"] or freq == "YEARLY":
            return []
        start = first - timedelta(days=400)  # every week, every month: it does not matter since when
    if freq != "WEEKLY" and numbered:  # every Friday beside the first Monday: each Friday of the month, or of the year
        most = 5 if freq == "MONTHLY" else 53
        byday = [each for part in byday for each in ([part] if len(part) > 2 else [f"{number}{part}" for number in range(1, most + 1)])]
    rule = f"FREQ={freq};INTERVAL={interval}"
    rule += f";BYDAY={','.join(part[-2:] if freq == 'WEEKLY' else part for part in byday)}" if byday else ""
    rule += f";BYMONTHDAY={','.join(days)}" if days else ""
    rule += f";COUNT={row['count']}" if row["count"] else ""
    days_opened = rrulestr(rule, dtstart=midnight(start)).between(midnight(first), midnight(last), inc=True)
    return [one.date() for one in days_opened if within(one.date(), valid_from, valid_to, dtstart, until)]


DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
WEEKDAYS = {"monday": "MO", "tuesday": "TU", "wednesday": "WE", "thursday": "TH", "friday": "FR", "saturday": "SA", "sunday": "SU"}


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001  # days of a calendar


def within(day: date, valid_from: date | None, valid_to: date | None, dtstart: date | None, until: date | None) -> bool:
    return all(day >= one for one in (valid_from, dtstart) if one) and all(day <= one for one in (valid_to, until) if one)


def clock(text: str | None) -> int | None:
    found = re.match(r"\s*(\d{1,2}):(\d{2})", text or "")
    minutes = int(found[1]) * 60 + int(found[2]) if found and int(found[2]) < 60 else None
    return minutes if minutes is not None and minutes <= 24 * 60 else None


def instant(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    day += timedelta(days=minutes // 1440)
    return datetime(day.year, day.month, day.day, minutes % 1440 // 60, minutes % 60, tzinfo=zone).astimezone(UTC)


# Eligibility


def judge_listing(rule: Record | None, facts: Record, today: date) -> int:
    """A rule that cannot be read counts as text."""
    return YES if rule is None else judge(rule, facts, today) if is_rule(rule) else OPEN


def judge(rule: Record, facts: Record, today: date) -> int:
    kind = rule["type"]
    if kind == "all":
        return min((judge(part, facts, today) for part in rule["of"]), default=YES)
    if kind == "any":
        return max((judge(part, facts, today) for part in rule["of"]), default=NO)
    if kind == "not":
        return 2 - judge(rule["of"], facts, today)
    if kind in LISTS:
        return any_of([(facts.get(LISTS[kind]) or {}).get(name) for name in rule["any_of"]])
    return JUDGES[kind](rule, facts, today)


def any_of(answers: list[bool | None]) -> int:
    return YES if True in answers else OPEN if None in answers else NO


def age_on(facts: Record, today: date) -> float | None:
    """Years on a day, by the birth date where there is one: whole months, and the lived part of the running one."""
    if facts.get("birth_date") is None:
        return facts.get("age")
    born = date.fromisoformat(facts["birth_date"])
    if born > today:
        return None
    months = next(n for n in range((today.year - born.year) * 12 + 12, -1, -1) if anniversary(born, n) <= today)
    last, following = anniversary(born, months), anniversary(born, months + 1)
    return (months + (today - last).days / (following - last).days) / 12


def anniversary(born: date, months: int) -> date:
    """So many months after a birth; where the month has no such day, the first of the next."""
    count = born.year * 12 + born.month - 1 + months
    first = date(count // 12, count % 12 + 1, 1)
    day = first + timedelta(days=born.day - 1)
    return day if day.month == first.month else date((count + 1) // 12, (count + 1) % 12 + 1, 1)


def between(value: float | None, low: float | None, high: float | None) -> int:
    if value is None:
        return OPEN
    return YES if (low is None or value >= low) and (high is None or value <= high) else NO


def judge_age(rule: Record, facts: Record, today: date) -> int:
    high = rule.get("max")
    return between(age_on(facts, today), rule.get("min"), None if high is not None and high >= 120 else high)


def judge_household(rule: Record, facts: Record, _today: date) -> int:
    return between(facts.get("household_size"), rule.get("min"), rule.get("max"))


def judge_member(rule: Record, facts: Record, today: date) -> int:
    others = facts.get("members")
    verdicts = [judge(rule["who"], facts, today)]
    for member in others or []:
        named = {name: member[name] for name in STATUSES if member.get(name) is not None}
        own = {
            "age": member.get("age"), "birth_date": None, "enrolled": member.get("enrolled"), "insurance": member.get("insurance"),
            "statuses": {**(member.get("statuses") or {}), **named}, "languages": None, "visits": None,
        }  # fmt: skip
        verdicts.append(judge(rule["who"], {**facts, **own}, today))
    best = max(verdicts)
    return OPEN if best == NO and others is None and facts.get("household_size") != 1 else best


def judge_income(rule: Record, facts: Record, today: date) -> int:
    income, people = facts.get("annual_income"), facts.get("household_size")
    if rule.get("max_annual") is not None:
        return between(income, None, rule["max_annual"])
    if rule.get("max_monthly") is not None:
        return between(income, None, rule["max_monthly"] * 12)
    if income is None or people is None:
        return OPEN
    if rule.get("max_percent_of_area_median") is not None:
        median = area_median(facts.get("home") or {}, facts["medians"], today)
        share = (70, 80, 90, 100)[people - 1] if people < 5 else 100 + 8 * (people - 4)
        return OPEN if median is None else YES if income * 10_000 <= rule["max_percent_of_area_median"] * median * share else NO
    table = GUIDELINES.get(((facts.get("home") or {}).get("state") or "").upper(), GUIDELINES["48"])
    _, first, step = next((row for row in table if row[0] <= today), table[-1])
    return YES if income * 100 <= rule["max_percent_of_poverty"] * (first + step * (people - 1)) else NO


def area_median(home: Record, medians: list[Record], today: date) -> int | None:
    """The newest figure of the county, else of the state; none of a year to come."""
    newest = {row["area"]: row["income"] for row in sorted(medians, key=lambda row: row["year"]) if row["year"] <= today.year}
    if home.get("county") is None and any(len(area) == 5 for area in newest):
        return None
    return newest.get(home.get("county")) or newest.get((home.get("state") or "").upper())


def judge_lives_in(rule: Record, facts: Record, _today: date) -> int:
    home, verdict = facts.get("home") or {}, NO
    for name, kind in PLACES:
        if rule.get(name) and home.get(kind) is None:
            verdict = OPEN
    held = any(home.get(kind) is not None and same(kind, home[kind]) in {same(kind, place) for place in rule.get(name) or []} for name, kind in PLACES)
    return YES if held else verdict


def judge_referred_by(rule: Record, facts: Record, _today: date) -> int:
    """An organization that is another one than the one that refers is certain not to be it."""
    known = facts.get("referred_by") or {}
    is_known = any(held and AN_ID.fullmatch(name) for name, held in known.items())
    return any_of([False if is_known and known.get(name) is None and AN_ID.fullmatch(name) else known.get(name) for name in rule["any_of"]])


def judge_speaks(rule: Record, facts: Record, _today: date) -> int:
    if facts.get("languages") is None:
        return OPEN
    return YES if {language(code) for code in rule["any_of"]} & {language(code) for code in facts["languages"]} else NO


def judge_visits(rule: Record, facts: Record, today: date) -> int:
    if facts.get("visits") is None:
        return OPEN
    days = [(today - date.fromisoformat(day)).days for day in facts["visits"]]
    return YES if sum(0 <= ago < rule["days"] for ago in days) < rule["max"] else NO


JUDGES: dict[str, Callable[[Record, Record, date], int]] = {
    "age": judge_age, "household": judge_household, "member": judge_member, "income": judge_income, "lives_in": judge_lives_in,
    "referred_by": judge_referred_by, "speaks": judge_speaks, "visits": judge_visits, "text": lambda _rule, _facts, _today: OPEN,
}  # fmt: skip
KEYS = {
    "all": {"of"}, "any": {"of"}, "not": {"of"}, "age": {"min", "max"}, "household": {"min", "max"}, "member": {"who"},
    "income": {"max_percent_of_poverty", "max_annual", "max_monthly", "max_percent_of_area_median"}, "enrolled": {"any_of"}, "status": {"any_of"}, "insured": {"any_of"},
    "referred_by": {"any_of"},
    "lives_in": {"postal_codes", "counties", "cities", "states"}, "speaks": {"any_of"}, "visits": {"max", "days"}, "text": {"text"},
}  # fmt: skip
NEEDED = {"all": {"of"}, "any": {"of"}, "not": {"of"}, "member": {"who"}, "visits": {"max", "days"}, "text": {"text"}}


def is_rule(rule: Any, level: int = 1) -> bool:
    """Whether a rule has the form of the contract."""
    if not isinstance(rule, dict) or level > 30 or rule.get("type") not in KEYS:
        return False
    kind, keys = rule["type"], set(rule) - {"type"}
    if not keys <= KEYS[kind] or not NEEDED.get(kind, KEYS[kind] & {"any_of"}) <= keys:
        return False
    if kind in ("all", "any"):
        return isinstance(rule["of"], list) and all(is_rule(part, level + 1) for part in rule["of"])
    if kind in ("not", "member"):
        return is_rule(rule["of" if kind == "not" else "who"], level + 1)
    if kind in ("age", "household"):
        low, high = rule.get("min"), rule.get("max")
        return all(one is None or is_number(one) for one in (low, high)) and (low is None or high is None or low <= high)
    if kind == "income":
        given = [rule[name] for name in KEYS["income"] if rule.get(name) is not None]
        return len(given) == 1 and is_number(given[0]) and (rule.get("max_percent_of_area_median") or 0) <= 1000
    if kind == "text":
        return isinstance(rule["text"], str)
    if kind == "referred_by":
        return isinstance(rule["any_of"], list) and all(isinstance(one, str) and re.fullmatch("[a-z0-9_-]{1,60}", one) for one in rule["any_of"])
    if kind == "visits":
        return is_number(rule["max"]) and is_number(rule["days"]) and rule["days"] >= 1
    return all(isinstance(rule[name], list) and all(isinstance(one, str) and one for one in rule[name]) for name in keys)


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


# Text


def text_hits(listings: list[Record], text: str) -> tuple[set[str] | None, set[str] | None]:
    """Ids of the listings that have every word of a text, and of those that have any; None: it filters nothing."""
    text = text[:200]
    said = split(text)
    kept = [place for place, word in enumerate(said) if word not in FILLERS] or list(range(len(said)))
    if not kept:
        return None, None
    words = {one["id"]: set(one["words"]) for one in listings}
    everything = sorted(set().union(*words.values()))
    by_word = []
    for place in kept[:12]:
        word = said[place]
        fit = {_stem(word)} & set(everything)
        if place == len(said) - 1 and not text[-1].isspace():  # the last word may still be being typed
            fit |= {other for other in everything if other.startswith((word, _stem(word)))}
        if not fit:
            fit = set(corrections(word, everything))
        by_word.append({listing for listing, held in words.items() if held & fit})
    return set.intersection(*by_word), set.union(*by_word)


def split(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKD", text).casefold()
    return re.findall(r"\w+", "".join(one for one in folded if not unicodedata.combining(one)).replace("_", " "))


def corrections(word: str, everything: list[str]) -> list[str]:
    """The twelve nearest words within the slips that a word of its length may have."""
    slips = 0 if len(word) < 4 or any(one.isdigit() for one in word) else 1 if len(word) < 8 else 2
    if not slips:
        return []
    typed = {word, _stem(word)}
    near = [(min(edits(one, other) for one in typed), other) for other in everything if any(abs(len(one) - len(other)) <= slips for one in typed)]
    return [other for distance, other in sorted(near) if distance <= slips][:12]


def edits(one: str, other: str) -> int:
    """Optimal string alignment: letters put in, left out, changed, or two neighbours swapped."""
    before, last = [0] * (len(other) + 1), list(range(len(other) + 1))
    for i in range(1, len(one) + 1):
        row = [i]
        for j in range(1, len(other) + 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (one[i - 1] != other[j - 1]))
            if i > 1 and j > 1 and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]
