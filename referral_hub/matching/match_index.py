"""The match index: which listings fit a request, in what order, out of arrays.

Derived from the stored listings, and as good as they are: what is shown of a found listing is counted again from
its record. One index serves all threads of a process.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Protocol
from uuid import UUID

import msgspec
import numpy as np
from msgspec import Struct

from referral_hub.matching import kernel
from referral_hub.matching.asking import asker_of
from referral_hub.matching.candidates import Asked
from referral_hub.matching.columns import Columns
from referral_hub.matching.criteria import read_stored_rule
from referral_hub.matching.eligibility import Verdict, judge
from referral_hub.matching.kernel import NO, YES, Asker, Pass, Tables
from referral_hub.matching.reach import distance_m, holds_home
from referral_hub.matching.settling import count_settled
from referral_hub.matching.shapes import Shape, holds, shapes_of
from referral_hub.matching.sought import Vocabulary, read_search
from referral_hub.partners.areas import polygons_of
from referral_hub.partners.hours import Interval, open_intervals
from referral_hub.partners.listing import Area

VERDICTS = tuple(Verdict)
MOST_PASSES = 16
MOST_UNSETTLED = 4096
"""Of each kind, in one pass; the rest is left to the next."""
MOST_FAR = 4096
"""Points on the other side of the earth that one pass may put down."""


class Query(Struct, frozen=True, kw_only=True):
    """What is looked for; without needs help of any kind."""

    asked: Asked
    needs: Sequence[str]
    search: str | None
    limit: int


class Hit(Struct, frozen=True):
    """One listing that was found."""

    listing_id: UUID
    minutes: float
    verdict: Verdict


class Found(Struct, frozen=True, kw_only=True):
    """The best of what was found, and what is known of all of it (where the whole was asked for)."""

    hits: list[Hit]
    total: int
    unplaced: int
    enough: bool
    """Something is eligible and has room."""
    settled: Mapping[str, float]
    """Fact -> how many listings its answer is expected to settle."""


class Finder(Protocol):
    """Finds listings for a request, best first; `whole` counts everything in reach besides."""

    def find(self, query: Query, *, whole: bool) -> Found:
        """The answer, in the order of minutes, name and id."""


class MatchIndex:
    """The directory as it was at one change number, ready for matching."""

    def __init__(self, columns: Columns, number: int) -> None:
        self.number = number
        self.columns = columns
        self.lock = threading.RLock()
        self._views: Tables | None = None
        self._vocabulary = Vocabulary(columns.numbers["word"], columns.is_used)
        self._seen = np.zeros(0, np.int32)
        self._stamp = 0
        self._request = 0
        self._word_bits = np.zeros(0, np.uint16)
        self._passes: dict[int, Pass] = {}

    def __len__(self) -> int:
        return self.columns.tables["rows"].size

    @property
    def later_rows(self) -> int:
        """Rows that came after the index was built."""
        return len(self.columns.newer)

    def apply(self, changes: Iterable[tuple[UUID, bytes | None, str]], number: int) -> None:
        """Bring the index to a later change number; raises OutOfSpace where it must be built anew."""
        with self.lock:
            self._views = None
            self.columns.apply(changes)
            self._vocabulary.forget()
            self.number = number

    def fork(self) -> MatchIndex:
        """A copy that a transaction may change for itself."""
        with self.lock:
            return MatchIndex(self.columns.copy(), self.number)

    def find(self, query: Query, *, whole: bool) -> Found:
        """See Finder."""
        with self.lock:
            words = read_search(query.search)
            meant = [self._vocabulary.meant_by(word) for word in words]
            found = self._find(query, meant, whole=whole, any_word=False)
            if len(words) > 1 and not found.total:
                found = self._find(query, meant, whole=whole, any_word=True)
            return found

    def _find(self, query: Query, meant: list[list[int]], *, whole: bool, any_word: bool) -> Found:
        columns = self.columns
        self._make_room()
        for bit, numbers in enumerate(meant):
            self._word_bits[numbers] |= 1 << bit
        try:
            bits = self._word_bits
            asker = asker_of(columns, query.asked, query.needs, bits, (1 << len(meant)) - 1, any_word=any_word)
            views = self._views or columns.views()
            self._views = views
            made = self._sweep(views, asker, query, whole=whole)
        finally:
            for numbers in meant:
                self._word_bits[numbers] = 0
        kept = int(made.tally[kernel.KEPT])
        best = made.best[:kept].tolist()
        ids = columns.ids_of([row for _, _, row, _ in best])
        hits = [Hit(one, minutes / kernel.MICRO, VERDICTS[verdict]) for one, (minutes, _, _, verdict) in zip(ids, best, strict=True)]
        settled: Mapping[str, float] = {}
        touched = made.touched[: int(made.tally[kernel.TOUCHED])]
        if whole and len(touched):
            counts = made.counts[touched[:, 0], touched[:, 1]]
            settled = count_settled(columns, views, asker, query.asked.facts, touched, counts)
            made.counts[touched[:, 0], touched[:, 1]] = 0
        tally = made.tally
        return Found(
            hits=hits,
            total=int(tally[kernel.TOTAL]),
            unplaced=int(tally[kernel.UNPLACED]),
            enough=bool(tally[kernel.ENOUGH]),
            settled=settled,
        )

    def _make_room(self) -> None:
        count = len(self)
        if len(self._seen) < count:
            self._seen = np.zeros(count + count // 8 + 64, np.int32)
            self._stamp = 0
        words = len(self.columns.numbers["word"])
        if len(self._word_bits) < words:
            self._word_bits = np.zeros(words + words // 8 + 64, np.uint16)

    def _sweep(self, views: Tables, asker: Asker, query: Query, *, whole: bool) -> Pass:
        """Passes until nothing that could change the answer is left open."""
        made = self._pass(len(asker.todays), query.limit)
        measured = 0
        while True:
            self._stamp += 1
            made.tally[:] = 0
            made.tally[kernel.MEASURED] = measured
            kernel.sweep(views, self.columns.base, self.columns.fresh, asker, made, self._stamp, whole)
            tally = made.tally
            if not (tally[kernel.OPEN_RULES] or tally[kernel.OPEN_AREAS] or tally[kernel.OPEN_WEEKS] or tally[kernel.FAR]):
                return made
            touched = made.touched[: int(tally[kernel.TOUCHED])]
            made.counts[touched[:, 0], touched[:, 1]] = 0
            self._settle(made, views, asker, query.asked)
            measured = self._measure(made, query.asked, views)

    def _pass(self, days: int, limit: int) -> Pass:
        """The arrays of a pass, kept for the next one of their size."""
        rules, areas, weeks = (self.columns.tables[name].size for name in ("rules", "areas", "weeks"))
        made = self._passes.get(limit)
        sizes = ((days, rules), areas, weeks, len(self._seen))
        if made is not None and (made.verdicts.shape, len(made.areas), len(made.weeks), len(made.seen)) == sizes:
            return self._numbered(made)
        if len(self._passes) > MOST_PASSES:
            self._passes.clear()
        made = self._passes[limit] = Pass(
            number=0,
            verdicts=np.zeros((days, rules), np.int64),
            areas=np.zeros(areas, np.int64),
            weeks=np.zeros(weeks, np.int64),
            unsettled=np.zeros((3, MOST_UNSETTLED), np.int64),
            best=np.zeros(limit, kernel.BEST),
            tally=np.zeros(kernel.COUNTS, np.int64),
            touched=np.zeros((days * rules, 2), np.int32),
            counts=np.zeros((days, rules), np.int32),
            far=np.zeros(MOST_FAR, kernel.FAR_POINT),
            seen=self._seen,
        )
        return self._numbered(made)

    def _numbered(self, made: Pass) -> Pass:
        self._request += 1
        return made._replace(number=self._request)

    def _settle(self, made: Pass, tables: Tables, asker: Asker, asked: Asked) -> None:
        """Ask the exact functions what the arrays could not tell."""
        raw = self.columns.raw
        for key in _listed(made, kernel.RULES, kernel.OPEN_RULES):
            day, rule = key >> kernel.RULE_BITS, key & ((1 << kernel.RULE_BITS) - 1)
            verdict = judge_raw(raw["rule"][rule], asked, date.fromordinal(int(asker.todays[day])))
            made.verdicts[day, rule] = kernel.to_hold(verdict, made.number)
        for area in _listed(made, kernel.AREAS, kernel.OPEN_AREAS):
            otherwise = kernel.BY_RADIUS if tables.areas[area]["radius"] >= 0 else NO
            made.areas[area] = kernel.to_hold(YES if _shape_holds(raw["area"][area], asked) else otherwise, made.number)
        windows = [Interval(span.start, span.end) for span in asked.windows]
        for week in _listed(made, kernel.WEEKS, kernel.OPEN_WEEKS):
            made.weeks[week] = kernel.to_hold(YES if self._is_open(week, windows) else NO, made.number)

    def _is_open(self, week: int, windows: list[Interval]) -> bool:
        schedule, timezone = self.columns.schedule_of(week)
        return bool(open_intervals(schedule, timezone, windows))

    def _measure(self, made: Pass, asked: Asked, tables: Tables) -> int:
        """The distances of far points, by the method that is never at a loss; how many are known now."""
        count = int(made.tally[kernel.MEASURED] + made.tally[kernel.FAR])
        home = asked.home
        if home is None or home.latitude is None or home.longitude is None:
            return 0
        for place in range(int(made.tally[kernel.MEASURED]), count):
            point = tables.rows[made.far[place]["row"]]
            metres = distance_m(home.latitude, home.longitude, float(point["latitude"]), float(point["longitude"]))
            made.far[place]["metres"] = metres
        return count


def _listed(made: Pass, which: int, counter: int) -> list[int]:
    """What a pass left to be settled."""
    listed: list[int] = made.unsettled[which, : int(made.tally[counter])].tolist()
    return listed


def judge_raw(raw: bytes, asked: Asked, today: date) -> int:
    """The verdict of a stored rule by the whole of matching.eligibility."""
    return int(judge(read_stored_rule(msgspec.msgpack.decode(raw)), asked.facts, today).verdict)


def _shape_holds(raw: bytes, asked: Asked) -> bool:
    home = asked.home
    if home is None or home.latitude is None or home.longitude is None:
        area = msgspec.msgpack.decode(raw, type=Area, strict=False)
        return holds_home(Area(polygon=area.polygon, polygons=area.polygons), home, None)
    return any(holds(shape, home.longitude, home.latitude) for shape in _shapes(raw))


@lru_cache(maxsize=256)
def _shapes(raw: bytes) -> list[Shape]:
    """An area's polygons made ready: the outline of a county has thousands of corners, and many services share it."""
    return shapes_of(polygons_of(msgspec.msgpack.decode(raw, type=Area, strict=False)))
