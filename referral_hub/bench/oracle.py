"""A match by brute force: every listing is looked at, rule by rule, as contract and docs/matching.md say.

It shares no code with `referral_hub.matching`: what both find the same, two programs found. numpy goes over
columns of all listings, so that thousands of requests at a million listings take minutes and not days. The
exact distance is worked out only where the arc on a sphere, wrong by less than 0.7 %, leaves a doubt.
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from copy import copy
from datetime import UTC, date, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from referral_hub.bench.oracle_hours import Window, is_open
from referral_hub.bench.oracle_reach import LONGER, SHORTER, Areas, arc_m, geodesic_m
from referral_hub.bench.oracle_rules import ELIGIBLE, INELIGIBLE, UNKNOWN, WORDS, is_readable, read_household, verdict
from referral_hub.bench.oracle_text import WordLists
from referral_hub.bench.places import POSTAL_CODES
from referral_hub.partners.listing import Capacity, Listing, OpenHours

COSTS: Mapping[str, float] = {
    "maybe": 15,
    "availability_unknown": 5,
    "waitlist": 30,
    "full": 60,
    "closed_in_windows": 20,
    "language_missing": 20,
    "language_interpreted": 5,
    "aging": 5,
    "stale": 10,
    "slow": 5,
}
"""Minutes, as the contract has them."""
_TRAVEL = {"car": (0.0, 1.41, 25.0), "transit": (10.0, 1.41, 12.0), "walk": (0.0, 1.28, 3.0)}
"""Wait in minutes, road by straight line, miles an hour."""
_METRES_PER_MILE = 1609.344
_OPEN, _WAITLIST, _FULL, _NOT_KNOWN = range(4)
_ROOM_COSTS = ("", "waitlist", "full", "availability_unknown")
_TEXT = {"type": "text", "text": ""}


class Ranked(Struct, frozen=True):
    """One match: `minutes` is what orders it."""

    id: str
    minutes: float
    verdict: str


class Answer(Struct, frozen=True):
    """The best of `total` matches; `unplaced` places are kept out by their missing coordinates alone."""

    ranked: list[Ranked]
    total: int
    unplaced: int


class Oracle:
    """All listings as columns; `parents` maps each taxonomy code to the code above it."""

    def __init__(self, listings: Iterable[tuple[Listing, str]], parents: Mapping[str, str | None], now: datetime) -> None:
        """Takes each listing with its search words, spaces between them."""
        self._now = now.astimezone(UTC)
        self._below: dict[str, set[str]] = defaultdict(set)
        for code in parents:
            above: str | None = code
            while above is not None:
                self._below[above].add(code)
                above = parents.get(above)
        self._areas, self._words = Areas(), WordLists()
        self._ids: list[bytes] = []
        self._names: list[str] = []
        self._with_term: dict[str, list[int]] = defaultdict(list)
        self._rules: list[Any] = []
        self._schedules: list[tuple[tuple[OpenHours, ...], str]] = []
        self._tongues: list[tuple[frozenset[str], frozenset[str]]] = []
        self._offers: list[frozenset[str]] = []
        self._zones: list[str] = []
        self._seen: dict[Any, int] = {}
        rows = [self._read(number, listing, words) for number, (listing, words) in enumerate(listings)]
        self._close(np.array(rows, dtype=np.float64).reshape(len(rows), -1))

    def _read(self, number: int, listing: Listing, words: str) -> tuple[float, ...]:
        point = None if listing.point is None else (listing.point.latitude, listing.point.longitude)
        self._areas.add(listing.service_area, point)
        self._words.add(words)
        self._ids.append(listing.id.bytes)
        self._names.append(listing.service.name)
        for code in set(listing.terms):
            self._with_term[code].append(number)
        latitude, longitude = point or (np.nan, np.nan)
        rule = listing.rule if listing.rule is None or is_readable(listing.rule) else _TEXT
        spoken = (_primary(listing.languages), _primary(listing.interpreted_languages))
        age = -1 if listing.assured_date is None else listing.assured_date.toordinal()
        return (
            latitude,
            longitude,
            listing.active and listing.referrable,
            not (listing.delivered or listing.remote or listing.confidential),
            self._numbered("rule", json.dumps(rule, sort_keys=True), rule, self._rules),
            self._numbered(
                "hours", (tuple(listing.schedule), listing.timezone), (tuple(listing.schedule), listing.timezone), self._schedules
            ),
            self._numbered("tongues", spoken, spoken, self._tongues),
            self._numbered("offers", frozenset(listing.accessibility), frozenset(listing.accessibility), self._offers),
            self._numbered("zone", listing.timezone, listing.timezone, self._zones),
            _room(listing.capacity, self._now),
            age,
            listing.usual_ack_days is not None and listing.usual_ack_days > 2,  # business days
        )

    def _numbered(self, kind: str, key: Any, value: Any, values: list[Any]) -> int:
        """The number of a value that many listings share."""
        number = self._seen.get((kind, key))
        if number is None:
            number = self._seen[(kind, key)] = len(values)
            values.append(value)
        return number

    def _close(self, rows: NDArray[np.float64]) -> None:
        self._areas.close()
        self._words.close()
        columns = rows.T.copy() if rows.size else np.zeros((12, 0))
        self._latitude, self._longitude = columns[0], columns[1]
        self._usable, self._visited, self._slow = (columns[n].astype(bool) for n in (2, 3, 11))
        numbered = [columns[n].astype(np.int32) for n in (4, 5, 6, 7, 8, 9, 10)]
        self._rule, self._hours, self._tongue, self._offer, self._zone, self._room, self._assured = numbered
        self._placed = ~np.isnan(self._latitude)
        self._of_term = {code: np.array(numbers, dtype=np.int64) for code, numbers in self._with_term.items()}
        self._today = [self._now.astimezone(_zone(name)).date() for name in self._zones]
        del self._with_term, self._seen

    def answer(self, request: Mapping[str, Any], costs: Mapping[str, float] = COSTS) -> Answer:
        """What a request (the JSON of POST /api/matches) must be answered with."""
        known = read_household(request.get("facts") or {})
        known["home"] = _complete(known["home"])
        hits: list[NDArray[np.bool_] | None] = [*self._words.satisfying(request.get("search") or "")]
        answers = (self._answer(request, known, costs, have) for have in hits or [None])
        # Every word; where nothing that would be shown has every one, any of them.
        first = next(answers)
        return first if first.total else next(answers, first)

    def _answer(
        self, request: Mapping[str, Any], known: Mapping[str, Any], costs: Mapping[str, float], hits: NDArray[np.bool_] | None
    ) -> Answer:
        home, mode, limit = known["home"], request.get("mode") or "car", request.get("max_distance_m")
        found = self._asked_for(request, known, hits)
        if mode == "none":
            found = found[~self._visited[found]]
        found = found[self._areas.holding(home)[found]]
        goes = self._visited[found]
        unplaced = 0
        if limit is not None:
            lost = goes & ~self._placed[found]
            unplaced = int(lost.sum())
            found, goes = found[~lost], goes[~lost]
        metres = _Distances(home, np.stack([self._latitude[found], self._longitude[found]], axis=1), goes)
        if limit is not None:
            near = metres.within(limit)
            found, metres = found[near], metres.only(near)
        include = request.get("include") or ()
        stay = np.ones(len(found), dtype=bool) if "full" in include else self._room[found] != _FULL
        verdicts = np.zeros(len(found), dtype=np.int8)
        verdicts[stay] = self._verdicts(found[stay], known)
        if "ineligible" not in include:
            stay &= verdicts != INELIGIBLE
        found, metres, verdicts = found[stay], metres.only(stay), verdicts[stay]
        extra = self._costs(found, verdicts, known, request, costs)
        return Answer(self._best(found, metres, extra, verdicts, mode, int(request.get("limit") or 20)), len(found), unplaced)

    def _asked_for(self, request: Mapping[str, Any], known: Mapping[str, Any], hits: NDArray[np.bool_] | None) -> NDArray[np.int64]:
        """Numbers of the listings in use that have the terms, the accessibility and the words."""
        mask = self._usable.copy()
        if request.get("needs"):
            wanted = {code for need in request["needs"] for code in self._below.get(need, {need})}
            of_needs = np.zeros(len(mask), dtype=bool)
            for code in wanted & self._of_term.keys():
                of_needs[self._of_term[code]] = True
            mask &= of_needs
        needed = set(known.get("accessibility") or ())
        if needed:
            mask &= np.array([needed <= offered for offered in self._offers])[self._offer]
        if hits is not None:
            mask &= hits
        return np.flatnonzero(mask)

    def _verdicts(self, found: NDArray[np.int64], known: Mapping[str, Any]) -> NDArray[np.int8]:
        """The verdict of each, equal rules judged once a day."""
        keys = self._rule[found].astype(np.int64) * len(self._zones) + self._zone[found]
        each, places = np.unique(keys, return_inverse=True)
        judged: dict[tuple[int, date], int] = {}
        verdicts = []
        for key in each.tolist():
            rule, zone = divmod(key, len(self._zones))
            day = self._today[zone]
            if (rule, day) not in judged:
                judged[rule, day] = verdict(self._rules[rule], known, day)
            verdicts.append(judged[rule, day])
        return np.array(verdicts, dtype=np.int8)[places]

    def _costs(
        self,
        found: NDArray[np.int64],
        verdicts: NDArray[np.int8],
        known: Mapping[str, Any],
        request: Mapping[str, Any],
        costs: Mapping[str, float],
    ) -> NDArray[np.float64]:
        total = np.where(verdicts == UNKNOWN, costs["maybe"], 0.0)
        total += np.array([costs.get(name, 0.0) for name in _ROOM_COSTS])[self._room[found]]
        if request.get("windows"):
            total += np.where(self._open_in(found, [_window(one) for one in request["windows"]]), 0.0, costs["closed_in_windows"])
        wanted = _primary(known.get("languages") or [])
        if wanted:
            prices = [
                0 if wanted & own else costs["language_interpreted" if wanted & by_others else "language_missing"]
                for own, by_others in self._tongues
            ]
            total += np.array(prices, dtype=np.float64)[self._tongue[found]]
        today = np.array([day.toordinal() for day in self._today])[self._zone[found]]
        days = today - self._assured[found]
        stale = (self._assured[found] < 0) | (days > 180)
        total += np.where(stale, costs["stale"], np.where(days >= 90, costs["aging"], 0.0))
        total += np.where(self._slow[found], costs["slow"], 0.0)
        return total

    def _open_in(self, found: NDArray[np.int64], windows: list[Window]) -> NDArray[np.bool_]:
        each, places = np.unique(self._hours[found], return_inverse=True)
        opened = [is_open(self._schedules[one][0], _zone(self._schedules[one][1]), windows) for one in each.tolist()]
        return np.array(opened, dtype=bool)[places]

    def _best(
        self, found: NDArray[np.int64], metres: _Distances, extra: NDArray[np.float64], verdicts: NDArray[np.int8], mode: str, limit: int
    ) -> list[Ranked]:
        """The first of the order: exact minutes for all that the bounds cannot rule out."""
        least = extra + _travel(mode, metres.least())
        most = extra + _travel(mode, metres.most())
        worst = np.partition(most, limit - 1)[limit - 1] if len(found) > limit else np.inf
        maybe = np.flatnonzero(least <= worst + 0.001)
        ranked = []
        for place in maybe.tolist():
            number = int(found[place])
            exact = metres.exact(place)
            travel = round(0.0 if exact is None else float(_travel(mode, np.array(exact))), 6)
            minutes = round(travel + float(extra[place]), 6)
            ranked.append((minutes, self._names[number], _say_id(self._ids[number]), WORDS[verdicts[place]]))
        return [Ranked(one, minutes, word) for minutes, _, one, word in sorted(ranked)[:limit]]


class _Distances:
    """Metres from a home to some places: bounds for all, the exact ones on demand. Not a number: nobody travels, or not known."""

    def __init__(self, home: Mapping[str, Any], places: NDArray[np.float64], goes: NDArray[np.bool_]) -> None:
        """`places`: (n, 2) latitudes and longitudes; `goes`: whether one goes there."""
        self._home = (float(home.get("latitude") or 0), float(home.get("longitude") or 0))
        self._places = places
        known = home.get("latitude") is not None and home.get("longitude") is not None
        self._arcs = np.where(goes & known, arc_m(*self._home, places[:, 0], places[:, 1]), np.nan)
        self._measured: dict[tuple[float, float], float] = {}

    def only(self, stay: NDArray[np.bool_]) -> _Distances:
        """The same for some of the places."""
        fewer = copy(self)
        fewer._places, fewer._arcs = self._places[stay], self._arcs[stay]  # noqa: SLF001  # its own kind
        return fewer

    def least(self) -> NDArray[np.float64]:
        return self._arcs * SHORTER - 1

    def most(self) -> NDArray[np.float64]:
        return self._arcs * LONGER + 1

    def within(self, limit: float) -> NDArray[np.bool_]:
        """Whether each is at most so far; who does not travel always is."""
        stay: NDArray[np.bool_] = np.isnan(self._arcs) | (self.most() <= limit)
        for place in np.flatnonzero(~stay & (self.least() <= limit)).tolist():
            stay[place] = (self.exact(place) or 0.0) <= limit
        return stay

    def exact(self, place: int) -> float | None:
        """Metres to the millimetre."""
        if np.isnan(self._arcs[place]):
            return None
        spot = (float(self._places[place, 0]), float(self._places[place, 1]))
        if spot not in self._measured:
            self._measured[spot] = geodesic_m(*self._home, *spot)
        return self._measured[spot]


def _travel(mode: str, metres: NDArray[np.float64]) -> NDArray[np.float64]:
    """Minutes; none where nobody travels."""
    if mode not in _TRAVEL:
        return np.zeros_like(metres)
    wait, detour, speed = _TRAVEL[mode]
    return np.where(np.isnan(metres), 0.0, wait + np.maximum(metres, 0) / _METRES_PER_MILE * detour / speed * 60)


def _room(capacity: Capacity | None, now: datetime) -> int:
    if capacity is None or (capacity.until is not None and capacity.until < now):
        return _NOT_KNOWN
    if capacity.available > 0:
        return _OPEN
    return _WAITLIST if capacity.waitlist else _FULL


def _primary(codes: Iterable[str]) -> frozenset[str]:
    return frozenset(code.casefold().split("-")[0] for code in codes)


def _window(given: Mapping[str, str]) -> Window:
    return datetime.fromisoformat(given["start"].strip()).astimezone(UTC), datetime.fromisoformat(given["end"].strip()).astimezone(UTC)


def _say_id(given: bytes) -> str:
    digits = given.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _complete(home: dict[str, Any]) -> dict[str, Any]:
    """A home without a point gets that of its ZIP code, and the city, county and state that it does not name."""
    if home.get("latitude") is not None or home.get("postal_code") is None:
        return home
    spot = _spots().get(home["postal_code"][:5])
    if spot is None:
        return home
    city, state, county, latitude, longitude = spot
    named = {name: home.get(name) or value for name, value in (("city", city), ("county", county or None), ("state", state))}
    return {"postal_code": home["postal_code"], **named, "latitude": latitude, "longitude": longitude}


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@cache
def _spots() -> dict[str, tuple[str, str, str, float, float]]:
    """ZIP code -> city, state, county, latitude, longitude."""
    with POSTAL_CODES.open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]
    return {line[0]: (line[1], line[2], line[3], float(line[4]), float(line[5])) for line in lines}


def request_json(request: Struct) -> dict[str, Any]:
    """A request as it goes over the wire."""
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(request))
    return plain


__all__ = ["COSTS", "ELIGIBLE", "Answer", "Oracle", "Ranked", "request_json"]
