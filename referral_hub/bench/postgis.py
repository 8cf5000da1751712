"""A Finder over PostGIS: the same filter and order as the hub's index, to be measured beside it."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import msgspec
import numpy as np
import psycopg
from msgspec import Struct
from psycopg.types.string import ByteaBinaryLoader

from referral_hub.bench.criteria import KINDS, Unfit
from referral_hub.bench.postgis_load import HORIZON, Catalog
from referral_hub.matching.asking import request_of
from referral_hub.matching.candidates import Asked
from referral_hub.matching.eligibility import Verdict
from referral_hub.matching.match_index import Found, Hit, MatchIndex, Query
from referral_hub.matching.settling import count_settled
from referral_hub.matching.sought import Sought, Vocabulary, read_search
from referral_hub.partners.hours import zone_of

METRES_PER_MILE = 1609.344
_TRAVEL = {"car": (0.0, 1.41, 25.0), "transit": (10.0, 1.41, 12.0), "walk": (0.0, 1.28, 3.0), "none": (0.0, 0.0, 1.0)}
"""Wait in minutes, road by straight line, miles an hour."""
RARE = 1_500
"""Words that at most so many listings have are looked up first, and the map afterwards."""
SESSION = "-c plan_cache_mode=force_generic_plan -c enable_hashjoin=off -c enable_mergejoin=off -c enable_seqscan=off"
"""Plans are made once; each step is a walk along an index."""
_FIRST = ", ".join(f"%({name})s" for name in "needs home places missing wait per_metre goes max_m".split())
_MIDDLE = ", ".join(f"%({name})s" for name in "shift today at languages needed windows".split())
_LAST = "%(with_full)s, %(least_verdict)s, %(top)s"
_MATCHES = f"SELECT uid, minutes, verdict, id FROM best_matches({_FIRST}, %(v)b, {_MIDDLE}, %(query)s, {_LAST})"  # noqa: S608  # nosec B608 # our own names only
_AMONG = f"SELECT uid, minutes, verdict, id FROM best_among({_FIRST}, %(v)b, {_MIDDLE}, ARRAY(CANDIDATES), {_LAST})"  # noqa: S608  # nosec B608
_HAVING_WORDS = "SELECT id FROM listing WHERE words @@ %(query)s::query_int AND needs && %(needs)s::int[]"
_ANY = "SELECT id FROM listing WHERE %(query)s::query_int IS NULL OR words @@ %(query)s::query_int"
_WITH_WORDS = _AMONG.replace("CANDIDATES", _HAVING_WORDS)
_ALL = _AMONG.replace("CANDIDATES", _ANY)
_COUNTED = "SELECT open_rule, open_day, found, unplaced, enough FROM"
_IN_REACH = ", ".join(f"%({name})s" for name in "needs home places missing goes max_m".split())
_ON_DAY = "%(v)b, " + ", ".join(f"%({name})s" for name in "shift today at needed".split())
_KEPT = "%(with_full)s, %(least_verdict)s"
_COUNT = f"{_COUNTED} count_matches({_IN_REACH}, {_ON_DAY}, %(query)s, {_KEPT})"
_COUNT_AMONG = f"{_COUNTED} count_among({_IN_REACH}, {_ON_DAY}, ARRAY(CANDIDATES), {_KEPT})"
_COUNT_WITH_WORDS = _COUNT_AMONG.replace("CANDIDATES", _HAVING_WORDS)
_COUNT_ALL = _COUNT_AMONG.replace("CANDIDATES", _ANY)


class Ranked(Struct, frozen=True):
    """One match and its row's number."""

    id: bytes
    minutes: float
    verdict: int
    row: int


class Counted(Struct, frozen=True):
    """Everything in reach: `undecided` is (number of a rule, day, listings) of what is neither eligible nor not."""

    total: int = 0
    unplaced: int = 0
    enough: bool = False
    undecided: Sequence[tuple[int, date, int]] = ()


class Settler:
    """What an answer would settle, from the counts of a database by the hub's own arithmetic, over the hub's own rules."""

    def __init__(self, index: MatchIndex, catalog: Catalog) -> None:
        self._index = index
        self._views = index.columns.views()
        rows = [index.columns.row_of(one) for one in catalog.with_rule]
        self._rules = self._views.tables.hot["rule"][rows]

    def settled(self, query: Query, undecided: Sequence[tuple[int, date, int]]) -> Mapping[str, float]:
        """Fact -> how many listings its answer is expected to settle."""
        if not undecided:
            return {}
        columns = self._index.columns
        with self._index.lock:
            request = request_of(columns, query.asked, query.needs, has_words=False)
        days = {day: place for place, day in enumerate(request.days)}
        rules, dates, counts = zip(*undecided, strict=True)
        pairs = np.array([[days[one] for one in dates], self._rules[list(rules)]], np.int32).T
        each, places = np.unique(pairs, axis=0, return_inverse=True)
        merged = np.bincount(places.ravel(), weights=counts).astype(np.int32)
        return count_settled(columns, self._views, request, query.asked.facts, np.ascontiguousarray(each), merged)


class PostgisFinder:
    """One connection, prepared statements; see matching.match_index.Finder."""

    def __init__(self, address: str, catalog: Catalog, settler: Settler) -> None:
        self._connection = psycopg.connect(address, autocommit=True, options=SESSION, prepare_threshold=0)
        self._connection.prepared_max = None
        self._connection.adapters.register_loader("uuid", ByteaBinaryLoader)
        self._catalog = catalog
        self._settler = settler
        self._vocabulary = Vocabulary(catalog.words)

    def close(self) -> None:
        self._connection.close()

    def find(self, query: Query, *, whole: bool) -> Found:
        """The best of a request; with `whole` all in reach is counted too, in a query of its own."""
        given = self._parameters(query.asked, query.needs, query.limit)
        ranked, is_sought = self._rank(given, read_search(query.search))
        hits = [Hit(one.id, one.minutes, Verdict(one.verdict)) for one in ranked]
        if not whole:
            return Found(hits=hits, total=len(hits), unplaced=0, enough=False, settled={})
        counted = self._count_all(given) if is_sought else Counted()
        return Found(
            hits=hits,
            total=counted.total,
            unplaced=counted.unplaced,
            enough=counted.enough,
            settled=self._settler.settled(query, counted.undecided),
        )

    def _rank(self, given: dict[str, Any], words: Sequence[Sought]) -> tuple[list[Ranked], bool]:
        """(ids with minutes and verdicts, in order; whether any listing has the words); `given` has the words' numbers then."""
        if not words:
            return self._run(given), True
        meant = [self._vocabulary.meant_by(word) for word in words]
        if all(meant):
            given["query"] = "&".join("(" + "|".join(map(str, numbers)) + ")" for numbers in meant)
            given["having"] = min(map(self._count, meant))
            found = self._run(given)
            if found or len(words) == 1:
                return found, True
        any_of = sorted({number for numbers in meant for number in numbers})
        if not any_of:
            return [], False
        given["query"] = "|".join(map(str, any_of))
        given["having"] = self._count(any_of)
        return self._run(given), True

    def _run(self, given: dict[str, Any]) -> list[Ranked]:
        is_rare = given["query"] is not None and given["having"] <= RARE
        with self._connection.cursor(binary=True) as cursor:
            rows = cursor.execute(_ALL if _is_boundless(given) else _WITH_WORDS if is_rare else _MATCHES, given).fetchall()
        return [Ranked(uid, round(minutes, 6), verdict, row) for uid, minutes, verdict, row in rows]

    def _count_all(self, given: dict[str, Any]) -> Counted:
        # Without a distance the words leave fewer than the map does.
        by_words = given["query"] is not None and (given["having"] <= RARE or given["max_m"] is None)
        with self._connection.cursor(binary=True) as cursor:
            rows = cursor.execute(_COUNT_ALL if _is_boundless(given) else _COUNT_WITH_WORDS if by_words else _COUNT, given).fetchall()
        return Counted(
            total=sum(row[2] for row in rows),
            unplaced=sum(row[3] for row in rows),
            enough=any(row[4] for row in rows),
            undecided=[(rule, day, count) for rule, day, count, _, _ in rows if rule is not None],
        )

    def _count(self, words: Sequence[int]) -> int:
        """At most so many listings have one of the words."""
        return sum(self._catalog.word_counts[number] for number in words)

    def _parameters(self, asked: Asked, needs: Sequence[str], limit: int) -> dict[str, Any]:
        catalog, home = self._catalog, asked.home
        known = msgspec.to_builtins(asked.facts, builtin_types=(date,))
        values, shift, today = b"", [], []
        begins: dict[date, int] = {}
        for zone in catalog.zones:
            day = asked.now.astimezone(zone_of(zone)).date()
            if day not in begins:
                begins[day] = len(values)
                values += catalog.criteria.judge(known, day)
            shift.append(begins[day])
            today.append(day)
        wait, detour, speed = _TRAVEL[asked.mode]
        named = [] if home is None else [(kind, getattr(home, one)) for kind, one in _HOME if getattr(home, one) is not None]
        blank = home is None or not (named or home.latitude is not None)
        latest = max((one.end for one in asked.windows), default=asked.now)
        if latest > catalog.now + HORIZON - timedelta(days=1):
            raise Unfit(f"opening hours are written out until {catalog.now + HORIZON}")
        numbers = {catalog.needs[code] for code in needs}
        needed = {catalog.offers.get(name, 30) for name in asked.facts.accessibility or ()}
        return {
            "needs": _braces(sorted(numbers)) if needs else None,
            "home": None if home is None or home.latitude is None else _ewkb(home.latitude, home.longitude or 0.0),
            "places": None if blank else _braces(sorted(catalog.place_numbers(named))),
            "missing": sum(bit for kind, bit in KINDS.items() if kind not in dict(named)),
            "wait": wait,
            "per_metre": detour / METRES_PER_MILE / speed * 60,
            "goes": asked.mode != "none",
            "max_m": asked.max_distance_m,
            "v": values,
            "shift": _braces(shift),
            "today": "{" + ",".join(day.isoformat() for day in today) + "}",
            "at": asked.now,
            "languages": str(catalog.speak_mask(asked.facts.languages or ())),
            "needed": str(sum(1 << bit for bit in needed)),
            "windows": _ranges(asked) if asked.windows else None,
            "query": None,
            "having": 0,
            "with_full": asked.with_full,
            "least_verdict": "0" if asked.with_ineligible else "1",
            "top": str(limit),
        }


_HOME = (("postal_codes", "postal_code"), ("counties", "county"), ("cities", "city"), ("states", "state"))


def _is_boundless(given: Mapping[str, Any]) -> bool:
    return given["home"] is None or given["places"] is None or given["needs"] is None


def _braces(numbers: Sequence[int]) -> str:
    return "{" + ",".join(map(str, numbers)) + "}"


def _ewkb(latitude: float, longitude: float) -> str:
    return "0101000020E6100000" + struct.pack("<dd", longitude, latitude).hex()


def _ranges(asked: Asked) -> str:
    return "{" + ",".join(f'["{one.start.isoformat()}","{one.end.isoformat()}")' for one in asked.windows) + "}"
