"""The match index: which listings fit a request, in what order, out of arrays.

Derived from the stored listings, and as good as they are: what is shown of a found listing is counted again from
its record. One index serves all threads of a process.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import accumulate, chain
from typing import Any, Protocol
from uuid import UUID

import numpy as np
from msgspec import Struct

from referral_hub.matching import kernel
from referral_hub.matching.asking import Request, request_of
from referral_hub.matching.candidates import Asked
from referral_hub.matching.columns import Columns, Views, addresses_of
from referral_hub.matching.criteria import read_packed_rule
from referral_hub.matching.eligibility import Verdict, judge
from referral_hub.matching.kernel import NO, YES
from referral_hub.matching.reach import distance_m
from referral_hub.matching.settling import count_settled
from referral_hub.matching.shapes import holds
from referral_hub.matching.sought import Vocabulary, read_search
from referral_hub.matching.word_rows import lines_for
from referral_hub.partners.hours import Interval, open_intervals

VERDICTS = tuple(Verdict)
MOST_NUMBERS = 1 << 28
"""Requests that have numbers of their own: above the verdict's three bits there is room for so many."""
MOST_MEANINGS = 4096
"""Searches whose meaning is kept until the directory changes."""
ID_BYTES = 16
LEAST_LIMIT = 100
"""Matches that there is room for, however few are asked for."""
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


Sizes = tuple[int, int, int, int, int]
"""Rows, days, rules, areas, weeks of an index."""


class Hit(Struct, frozen=True):
    """One listing that was found."""

    id: bytes
    """Of the listing, 16 bytes."""
    minutes: float
    verdict: Verdict

    @property
    def listing_id(self) -> UUID:
        return UUID(bytes=self.id)


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


class Gate:
    """Many may read the arrays at once; who changes them waits until nobody does, and keeps newcomers out meanwhile.

    Readers say that they are there before they look whether somebody is changing, and he says so before he looks whether
    somebody is there: one of the two sees the other, and who reads while nobody changes takes no lock.
    """

    def __init__(self) -> None:
        self._free = threading.Condition()
        self._readers: list[None] = []
        self._is_changing = False

    def begin_reading(self) -> None:
        self._readers.append(None)
        while self._is_changing:
            self.end_reading()
            with self._free:
                while self._is_changing:
                    self._free.wait()
            self._readers.append(None)

    def end_reading(self) -> None:
        self._readers.pop()
        if self._is_changing:
            with self._free:
                self._free.notify_all()

    @contextmanager
    def changing(self) -> Iterator[None]:
        """For who changes the arrays."""
        with self._free:
            while self._is_changing:
                self._free.wait()
            self._is_changing = True
            while self._readers:
                self._free.wait()
        try:
            yield
        finally:
            with self._free:
                self._is_changing = False
                self._free.notify_all()


class Scratch:
    """The arrays of a pass, kept for the next one; each pass in progress has some of its own."""

    def __init__(self, sizes: Sizes, limit: int) -> None:
        self.sizes = sizes
        self.limit = limit
        self.number = 0
        """Of the request: of what is found out counts what carries it, so that nothing need be wiped out."""
        self.stamp = 0
        rows, days, rules, areas, weeks = sizes
        self.unsettled = np.zeros((3, MOST_UNSETTLED), np.int64)
        self.best = np.zeros((limit, 4), np.int64)
        self.tally = np.zeros(kernel.COUNTS, np.int64)
        self.touched = np.zeros((days * rules, 2), np.int32)
        self.counts = np.zeros((days, rules), np.int32)
        self.far = np.zeros(MOST_FAR, kernel.FAR_POINT)
        self.ids = np.zeros(limit * ID_BYTES, np.int8)
        self.verdicts = np.zeros((days, rules), np.int32)
        self.areas = np.zeros(areas, np.int32)
        self.weeks = np.zeros(weeks, np.int32)
        self.held = (
            self.verdicts,
            self.areas,
            self.weeks,
            self.unsettled,
            self.best.view(kernel.BEST),
            self.tally,
            self.touched,
            self.counts,
            self.far,
            np.zeros(rows, np.int32),
            np.zeros(lines_for(rows), np.uint32),
            np.zeros(lines_for(rows), np.uint32),
            np.zeros(kernel.FEW_ROWS, np.int32),
            self.ids,
            np.empty(kernel.STACK, np.int64),
        )
        """As kernel.Pass has them."""
        self.at = addresses_of(self.held)

    def serves(self, sizes: Sizes, limit: int) -> bool:
        """Whether another request may use it."""
        return self.sizes == sizes and limit <= self.limit and self.number < MOST_NUMBERS

    def listed(self, which: int, counter: int) -> list[int]:
        """What a pass left to be settled."""
        left: list[int] = self.unsettled[which, : int(self.tally[counter])].tolist()
        return left


class MatchIndex:
    """The directory as it was at one change number, ready for matching."""

    def __init__(self, columns: Columns, number: int) -> None:
        self.number = number
        self.columns = columns
        self.lock = threading.RLock()
        """Held while the columns or the vocabulary are changed or copied; to read the columns takes the gate alone."""
        self._gate = Gate()
        self._views: Views | None = None
        self._vocabulary = Vocabulary(columns.numbers["word"], columns.is_used)
        self._meanings: dict[str, Any] = {}
        self._idle: list[Scratch] = []

    def __len__(self) -> int:
        return self.columns.tables["hot"].size

    @property
    def later_rows(self) -> int:
        """Rows that came after the index was built."""
        return len(self.columns.newer)

    def apply(self, changes: Iterable[tuple[UUID, bytes | None, str]], number: int) -> None:
        """Bring the index to a later change number; raises OutOfSpace where it must be built anew."""
        with self._gate.changing(), self.lock:
            self._views = None
            self.columns.apply(changes)
            self._vocabulary.forget()
            self._meanings.clear()
            self.number = number

    def fork(self) -> MatchIndex:
        """A copy that a transaction may change for itself."""
        self._gate.begin_reading()
        try:
            with self.lock:
                return MatchIndex(self.columns.copy(), self.number)
        finally:
            self._gate.end_reading()

    def find(self, query: Query, *, whole: bool) -> Found:
        """See Finder."""
        self._gate.begin_reading()
        try:
            views = self._views
            if views is None:
                views = self._views = self.columns.views()
            meant = self._meant_by(query.search) if query.search else None
            request = request_of(self.columns, query.asked, query.needs, has_words=meant is not None)
            scratch = self._scratch_for(views, len(request.days), query.limit)
            found = self._find(scratch, views, query, request, meant, whole=whole, any_word=False)
            if meant is not None and meant[0] > 1 and not found.total:
                found = self._find(scratch, views, query, request, meant, whole=whole, any_word=True)
            self._idle.append(scratch)  # not after a fault: what it counted may be half done
            return found
        finally:
            self._gate.end_reading()

    def _scratch_for(self, views: Views, days: int, limit: int) -> Scratch:
        tables = views.tables
        sizes = (tables.hot.size, days, tables.rules.size, tables.areas.size, tables.weeks.size)
        try:
            idle = self._idle.pop()
        except IndexError:
            idle = None
        return idle if idle is not None and idle.serves(sizes, limit) else Scratch(sizes, max(limit, LEAST_LIMIT))

    def _meant_by(self, search: str) -> Any:
        """What the words of a search may mean in this directory, as kernel.mark_words takes it; None without words."""
        known = self._meanings.get(search)
        if known is None:
            words = read_search(search)
            if not words:
                return None
            with self.lock:
                groups = [self._vocabulary.meant_by(word) for word in words]
            later = [[row for number in numbers for row in self.columns.later_words.get(number, ())] for numbers in groups]
            if len(self._meanings) >= MOST_MEANINGS:
                self._meanings.clear()
            known = self._meanings[search] = meaning_of(groups, later)
        return known

    def _find(self, scratch: Scratch, views: Views, query: Query, request: Request, meant: Any, *, whole: bool, any_word: bool) -> Found:
        scratch.number += 1
        listed = kernel.NOT_FEW if meant is None else kernel.mark_words(views.at, scratch.at, request.numbers, meant, any_word)
        self._sweep(scratch, views, request, query, listed, whole=whole)
        kept, total, unplaced, enough, touched, *_ = scratch.tally.tolist()
        ids = scratch.ids[: kept * ID_BYTES].tobytes()
        hits = [
            Hit(ids[place : place + ID_BYTES], minutes / kernel.MICRO, VERDICTS[verdict])
            for place, (minutes, _, _, verdict) in zip(range(0, len(ids), ID_BYTES), scratch.best[:kept].tolist(), strict=True)
        ]
        settled = self._count_settled(scratch, views, request, query, touched) if touched else {}
        return Found(hits=hits, total=total, unplaced=unplaced, enough=bool(enough), settled=settled)

    def _count_settled(self, scratch: Scratch, views: Views, request: Request, query: Query, touched: int) -> Mapping[str, float]:
        pairs = scratch.touched[:touched]
        counts = scratch.counts[pairs[:, 0], pairs[:, 1]]
        scratch.counts[pairs[:, 0], pairs[:, 1]] = 0
        return count_settled(self.columns, views, request, query.asked.facts, pairs, counts)

    def _sweep(self, scratch: Scratch, views: Views, request: Request, query: Query, listed: int, *, whole: bool) -> None:
        """Passes until nothing that could change the answer is left open."""
        measured = 0
        while True:
            scratch.stamp += 1
            given = (scratch.number, scratch.stamp, query.limit, whole, listed, measured)
            if not kernel.sweep(views.at, scratch.at, request.numbers, *given):
                return
            touched = scratch.touched[: int(scratch.tally[kernel.TOUCHED])]
            scratch.counts[touched[:, 0], touched[:, 1]] = 0
            self._settle(scratch, views, request, query.asked)
            measured = self._measure(scratch, query.asked, views)

    def _settle(self, scratch: Scratch, views: Views, request: Request, asked: Asked) -> None:
        """Ask the exact functions what the arrays could not tell."""
        raw, number = self.columns.raw, scratch.number
        for key in scratch.listed(kernel.RULES, kernel.OPEN_RULES):
            day, rule = key >> kernel.RULE_BITS, key & ((1 << kernel.RULE_BITS) - 1)
            verdict = int(judge(read_packed_rule(raw["rule"][rule]), asked.facts, request.days[day]).verdict)
            scratch.verdicts[day, rule] = kernel.to_hold(verdict, number)
        for area in scratch.listed(kernel.AREAS, kernel.OPEN_AREAS):
            otherwise = kernel.BY_RADIUS if views.tables.areas[area]["radius"] >= 0 else NO
            scratch.areas[area] = kernel.to_hold(YES if self._shape_holds(area, asked) else otherwise, number)
        windows = [Interval(span.start, span.end) for span in asked.windows]
        for week in scratch.listed(kernel.WEEKS, kernel.OPEN_WEEKS):
            scratch.weeks[week] = kernel.to_hold(YES if self._is_open(week, windows) else NO, number)

    def _shape_holds(self, area: int, asked: Asked) -> bool:
        home = asked.home
        if home is None or home.latitude is None or home.longitude is None:
            return False
        return any(holds(shape, home.longitude, home.latitude) for shape in self.columns.shapes_in(area))

    def _is_open(self, week: int, windows: list[Interval]) -> bool:
        schedule, timezone = self.columns.schedule_of(week)
        return bool(open_intervals(schedule, timezone, windows))

    def _measure(self, scratch: Scratch, asked: Asked, views: Views) -> int:
        """The distances of far points, by the method that is never at a loss; how many are known now."""
        first, count = int(scratch.tally[kernel.MEASURED]), int(scratch.tally[kernel.MEASURED] + scratch.tally[kernel.FAR])
        home = asked.home
        if home is None or home.latitude is None or home.longitude is None:
            return 0
        for place in range(first, count):
            point = views.tables.cold[scratch.far[place]["row"]]
            metres = distance_m(home.latitude, home.longitude, float(point["latitude"]), float(point["longitude"]))
            scratch.far[place]["metres"] = metres
        return count


def meaning_of(groups: Sequence[Sequence[int]], later: Sequence[Sequence[int]]) -> Any:
    """Words by what they may mean, see kernel.mark_words: the numbers of each word, and rows that came later."""
    ends = [end for several in (groups, later) for end in accumulate(len(one) for one in several)]
    return np.array([len(groups), *ends, *chain(*groups), *chain(*later)], np.int64)
