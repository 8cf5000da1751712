"""The match index: which listings fit a request, in what order, out of arrays.

Derived from the stored listings, and as good as they are: what is shown of a found listing is counted again from
its record. One index serves all threads of a process.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any, NamedTuple, Protocol
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
from referral_hub.matching.reach import distance_m
from referral_hub.matching.settling import count_settled
from referral_hub.matching.shapes import holds
from referral_hub.matching.sought import Vocabulary, read_search
from referral_hub.matching.word_rows import lines_for
from referral_hub.partners.hours import Interval, open_intervals

VERDICTS = tuple(Verdict)
NOT_FEW = -1
MOST_NUMBERS = 1 << 28
"""Requests that have numbers of their own: above the verdict's three bits there is room for so many."""
MOST_MEANINGS = 4096
"""Searches whose meaning is kept until the directory changes."""
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


class Meant(NamedTuple):
    """The words of a search: of each the numbers of what it may mean, one after the other up to `ends`; later rows likewise."""

    numbers: Any
    ends: Any
    later: Any
    later_ends: Any


class Gate:
    """Many may read the arrays at once; who changes them waits until nobody does, and keeps newcomers out meanwhile."""

    def __init__(self) -> None:
        self._free = threading.Condition()
        self._readers = 0
        self._is_changing = False

    def begin_reading(self) -> None:
        with self._free:
            while self._is_changing:
                self._free.wait()
            self._readers += 1

    def end_reading(self) -> None:
        with self._free:
            self._readers -= 1
            if self._is_changing and not self._readers:
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
    """The arrays of a pass, kept for the next one; each pass in progress has one of its own."""

    def __init__(self) -> None:
        self.number = 0
        self.stamp = 0
        self.sizes: tuple[int, ...] = ()
        self.made: Pass | None = None

    def pass_for(self, sizes: tuple[int, ...], limit: int) -> Pass:
        """The arrays for an index of (rows, days, rules, areas, weeks), with a new number of the request."""
        if self.made is None or self.sizes != sizes or self.number >= MOST_NUMBERS:
            self.sizes, self.number, self.stamp, self.made = sizes, 0, 0, _new_pass(*sizes)
        self.number += 1
        return self.made._replace(number=self.number, best=np.zeros(limit, kernel.BEST))

    def next_stamp(self) -> int:
        self.stamp += 1
        return self.stamp


def _new_pass(rows: int, days: int, rules: int, areas: int, weeks: int) -> Pass:
    return Pass(
        number=0,
        verdicts=np.zeros((days, rules), np.int32),
        areas=np.zeros(areas, np.int32),
        weeks=np.zeros(weeks, np.int32),
        unsettled=np.zeros((3, MOST_UNSETTLED), np.int64),
        best=np.zeros(0, kernel.BEST),
        tally=np.zeros(kernel.COUNTS, np.int64),
        touched=np.zeros((days * rules, 2), np.int32),
        counts=np.zeros((days, rules), np.int32),
        far=np.zeros(MOST_FAR, kernel.FAR_POINT),
        seen=np.zeros(rows, np.int32),
        have=np.zeros(lines_for(rows), np.uint32),
        scratch=np.zeros(lines_for(rows), np.uint32),
        listed=np.zeros(kernel.FEW_ROWS, np.int32),
    )


class MatchIndex:
    """The directory as it was at one change number, ready for matching."""

    def __init__(self, columns: Columns, number: int) -> None:
        self.number = number
        self.columns = columns
        self.lock = threading.RLock()
        """Held while Python reads or changes the columns; a pass needs the gate alone."""
        self._gate = Gate()
        self._views: Tables | None = None
        self._vocabulary = Vocabulary(columns.numbers["word"], columns.is_used)
        self._meanings: dict[str, Meant] = {}
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
            with self.lock:
                scratch = self._idle.pop() if self._idle else Scratch()
                meant = self._meant_by(query.search)
                asker = asker_of(self.columns, query.asked, query.needs, has_words=meant is not None)
                self._views = self._views or self.columns.views()
            found = self._find(scratch, query, asker, meant, whole=whole, any_word=False)
            if meant is not None and len(meant.ends) > 1 and not found.total:
                found = self._find(scratch, query, asker, meant, whole=whole, any_word=True)
            self._idle.append(scratch)  # not after a fault: what it counted may be half done
            return found
        finally:
            self._gate.end_reading()

    def _meant_by(self, search: str | None) -> Meant | None:
        """The words of a search with what they may mean in this directory; None without words."""
        if not search:
            return None
        known = self._meanings.get(search)
        if known is None:
            words = read_search(search)
            if not words:
                return None
            groups = [self._vocabulary.meant_by(word) for word in words]
            later = [[row for number in numbers for row in self.columns.later_words.get(number, ())] for numbers in groups]
            if len(self._meanings) >= MOST_MEANINGS:
                self._meanings.clear()
            known = self._meanings[search] = Meant(*_in_groups(groups), *_in_groups(later))
        return known

    def _find(self, scratch: Scratch, query: Query, asker: Asker, meant: Meant | None, *, whole: bool, any_word: bool) -> Found:
        columns, views = self.columns, self._views or self.columns.views()
        sizes = (len(views.hot), len(asker.todays), len(views.rules), len(views.areas), len(views.weeks))
        made = scratch.pass_for(sizes, query.limit)
        listed = self._mark(views, asker, made, meant, any_word=any_word)
        tally = made.tally
        tally[:] = 0
        if listed:
            self._sweep(scratch, views, asker, made, query, listed, whole=whole)
        kept = int(tally[kernel.KEPT])
        best = made.best[:kept].tolist()
        ids = columns.ids_of([row for _, _, row, _ in best])
        hits = [Hit(one, minutes / kernel.MICRO, VERDICTS[verdict]) for one, (minutes, _, _, verdict) in zip(ids, best, strict=True)]
        settled: Mapping[str, float] = {}
        touched = made.touched[: int(tally[kernel.TOUCHED])]
        if len(touched):
            counts = made.counts[touched[:, 0], touched[:, 1]]
            settled = count_settled(columns, views, asker, query.asked.facts, touched, counts)
            made.counts[touched[:, 0], touched[:, 1]] = 0
        return Found(
            hits=hits,
            total=int(tally[kernel.TOTAL]),
            unplaced=int(tally[kernel.UNPLACED]),
            enough=bool(tally[kernel.ENOUGH]),
            settled=settled,
        )

    def _mark(self, views: Tables, asker: Asker, made: Pass, meant: Meant | None, *, any_word: bool) -> int:
        """Mark the rows that have the words; how many to look at one by one, NOT_FEW for those on the map and in the areas."""
        if meant is None:
            return NOT_FEW
        count = int(kernel.mark_words(self.columns.words, made, *meant, any_word))
        if count > kernel.FEW_ROWS:
            return NOT_FEW
        rows = made.listed[:count]
        wanted = rows[asker.kinds_ok[views.cold["kinds"][rows]] > 0]
        made.listed[: len(wanted)] = wanted
        return len(wanted)

    def _sweep(self, scratch: Scratch, views: Tables, asker: Asker, made: Pass, query: Query, listed: int, *, whole: bool) -> None:
        """Passes until nothing that could change the answer is left open."""
        tally = made.tally
        measured = 0
        while True:
            tally[:] = 0
            tally[kernel.MEASURED] = measured
            kernel.sweep(views, self.columns.base, self.columns.fresh, asker, made, listed, scratch.next_stamp(), whole)
            if not (tally[kernel.OPEN_RULES] or tally[kernel.OPEN_AREAS] or tally[kernel.OPEN_WEEKS] or tally[kernel.FAR]):
                return
            touched = made.touched[: int(tally[kernel.TOUCHED])]
            made.counts[touched[:, 0], touched[:, 1]] = 0
            self._settle(made, views, asker, query.asked)
            measured = self._measure(made, query.asked, views)

    def _settle(self, made: Pass, tables: Tables, asker: Asker, asked: Asked) -> None:
        """Ask the exact functions what the arrays could not tell."""
        raw = self.columns.raw
        for key in _listed(made, kernel.RULES, kernel.OPEN_RULES):
            day, rule = key >> kernel.RULE_BITS, key & ((1 << kernel.RULE_BITS) - 1)
            verdict = judge_raw(raw["rule"][rule], asked, date.fromordinal(int(asker.todays[day])))
            made.verdicts[day, rule] = kernel.to_hold(verdict, made.number)
        for area in _listed(made, kernel.AREAS, kernel.OPEN_AREAS):
            otherwise = kernel.BY_RADIUS if tables.areas[area]["radius"] >= 0 else NO
            made.areas[area] = kernel.to_hold(YES if self._shape_holds(area, asker) else otherwise, made.number)
        windows = [Interval(span.start, span.end) for span in asked.windows]
        for week in _listed(made, kernel.WEEKS, kernel.OPEN_WEEKS):
            made.weeks[week] = kernel.to_hold(YES if self._is_open(week, windows) else NO, made.number)

    def _shape_holds(self, area: int, asker: Asker) -> bool:
        return any(holds(shape, asker.longitude, asker.latitude) for shape in self.columns.shapes_in(area))

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
            point = tables.cold[made.far[place]["row"]]
            metres = distance_m(home.latitude, home.longitude, float(point["latitude"]), float(point["longitude"]))
            made.far[place]["metres"] = metres
        return count


def _in_groups(groups: list[list[int]]) -> tuple[Any, Any]:
    """(the numbers of all groups one after the other, where those of each end)."""
    return np.array([number for group in groups for number in group], np.int64), np.cumsum([len(group) for group in groups], dtype=np.int64)


def _listed(made: Pass, which: int, counter: int) -> list[int]:
    """What a pass left to be settled."""
    listed: list[int] = made.unsettled[which, : int(made.tally[counter])].tolist()
    return listed


def judge_raw(raw: bytes, asked: Asked, today: date) -> int:
    """The verdict of a stored rule by the whole of matching.eligibility."""
    return int(judge(read_stored_rule(msgspec.msgpack.decode(raw)), asked.facts, today).verdict)
