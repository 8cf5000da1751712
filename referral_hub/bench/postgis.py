"""A Finder over PostGIS: the same filter and order as the hub's index, to be measured beside it."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from msgspec import Struct

from referral_hub.bench.criteria import KINDS, Unfit
from referral_hub.bench.postgis_load import HORIZON, Catalog
from referral_hub.matching.candidates import Asked
from referral_hub.matching.eligibility import Verdict
from referral_hub.matching.match_index import Found, Hit, Query
from referral_hub.matching.sought import Vocabulary, read_search
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
_MATCHES = f"SELECT uid, minutes, verdict, id FROM best_matches({_FIRST}, %(v)b, {_MIDDLE}, %(query)s, {_LAST})"  # noqa: S608  # our own names only
_AMONG = f"SELECT uid, minutes, verdict, id FROM best_among({_FIRST}, %(v)b, {_MIDDLE}, ARRAY(CANDIDATES), {_LAST})"  # noqa: S608
_WITH_WORDS = _AMONG.replace("CANDIDATES", "SELECT id FROM listing WHERE words @@ %(query)s::query_int AND needs && %(needs)s::int[]")
_ALL = _AMONG.replace("CANDIDATES", "SELECT id FROM listing WHERE %(query)s::query_int IS NULL OR words @@ %(query)s::query_int")


class Ranked(Struct, frozen=True):
    """One match and its row's number."""

    id: UUID
    minutes: float
    verdict: int
    row: int


class PostgisFinder:
    """One connection, prepared statements; see matching.match_index.Finder."""

    def __init__(self, address: str, catalog: Catalog) -> None:
        self._connection = psycopg.connect(address, autocommit=True, options=SESSION, prepare_threshold=0)
        self._connection.prepared_max = None
        self._catalog = catalog
        self._vocabulary = Vocabulary(catalog.words)

    def close(self) -> None:
        self._connection.close()

    def find(self, query: Query, *, whole: bool) -> Found:  # noqa: ARG002  # it never counts what it does not show
        """The best of a request. Neither the total nor what is worth asking is counted: less work than the index does."""
        ranked = self.rank(query.asked, query.needs, query.search, query.limit)
        hits = [Hit(one.id, one.minutes, Verdict(one.verdict)) for one in ranked]
        enough = any(one.verdict is Verdict.ELIGIBLE for one in hits)
        return Found(hits=hits, total=len(hits), unplaced=0, enough=enough, settled={})

    def rank(self, asked: Asked, needs: Sequence[str], search: str | None, limit: int) -> list[Ranked]:
        """Ids with minutes and verdicts, in order."""
        given = self._parameters(asked, needs, limit)
        words = read_search(search)
        if not words:
            return self._run(given, rare=False)
        meant = [self._vocabulary.meant_by(word) for word in words]
        if all(meant):
            given["query"] = "&".join("(" + "|".join(map(str, numbers)) + ")" for numbers in meant)
            found = self._run(given, rare=min(map(self._count, meant)) <= RARE)
            if found or len(words) == 1:
                return found
        any_of = sorted({number for numbers in meant for number in numbers})
        if not any_of:
            return []
        given["query"] = "|".join(map(str, any_of))
        return self._run(given, rare=self._count(any_of) <= RARE)

    def _run(self, given: dict[str, Any], *, rare: bool) -> list[Ranked]:
        no_bound = given["home"] is None or given["places"] is None or given["needs"] is None
        with self._connection.cursor(binary=True) as cursor:
            rows = cursor.execute(_ALL if no_bound else _WITH_WORDS if rare else _MATCHES, given).fetchall()
        return [Ranked(uid, round(minutes, 6), verdict, row) for uid, minutes, verdict, row in rows]

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
            "with_full": asked.with_full,
            "least_verdict": "0" if asked.with_ineligible else "1",
            "top": str(limit),
        }


_HOME = (("postal_codes", "postal_code"), ("counties", "county"), ("cities", "city"), ("states", "state"))


def _braces(numbers: Sequence[int]) -> str:
    return "{" + ",".join(map(str, numbers)) + "}"


def _ewkb(latitude: float, longitude: float) -> str:
    return "0101000020E6100000" + struct.pack("<dd", longitude, latitude).hex()


def _ranges(asked: Asked) -> str:
    return "{" + ",".join(f'["{one.start.isoformat()}","{one.end.isoformat()}")' for one in asked.windows) + "}"
