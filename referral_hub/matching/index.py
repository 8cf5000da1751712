"""Which index a match uses: one a process, following the database by its change number.

A worker looks at the number before each match and takes over what changed since: one listing in microseconds. A
transaction that changed the directory itself matches by a copy of its own, because it may be rolled back.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID
from weakref import WeakKeyDictionary

from referral_hub.matching.columns import Columns, OutOfSpace
from referral_hub.matching.kinds import Kinds, kinds_of
from referral_hub.matching.match_index import Finder, MatchIndex
from referral_hub.matching.records import Records
from referral_hub.matching.snapshot import Numbers, load_snapshot, save_snapshot
from referral_hub.partners.listing import PackedListing
from referral_hub.unit_of_work import Hub, Work

SNAPSHOT = "match-index.bin"
WORTH_A_SNAPSHOT = 20_000
"""Listings; fewer are read from the database as fast."""
MANY = 20_000
"""Changes above which, if they are also a quarter of the directory, the index is built anew."""
WORN = 20_000
"""Changes after which a snapshot is written anew, and rows that came later after which an index is."""


class Held:
    """The index of a process."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.index: MatchIndex | None = None
        self.kinds: Kinds = kinds_of([])
        self.records = Records()
        self.numbers = Numbers(0, 0, 0)
        self.saved_at = 0
        """The directory's number of the newest snapshot that this process knows."""


_held: WeakKeyDictionary[Hub, Held] = WeakKeyDictionary()
_finders: WeakKeyDictionary[Hub, Finder] = WeakKeyDictionary()
_lock = threading.Lock()


def index_of(work: Work) -> tuple[MatchIndex, Kinds]:
    """The index as of this transaction, and the tree of kinds."""
    numbers = Numbers(*work.changes.numbers("identity", "directory", "taxonomy"))
    held = _held_by(work.hub)
    if work.changes.has_raised("directory"):
        return _own_index(work, numbers)
    with held.lock:
        index = held.index
        if index is not None and (held.numbers.identity, held.numbers.taxonomy) != (numbers.identity, numbers.taxonomy):
            index = None
        if index is None:
            index = _open_index(work, held, numbers)
        if index.number < numbers.directory:
            index = _follow(work, held, index, numbers)
        return index, held.kinds


def records_of(work: Work, ids: Sequence[bytes]) -> list[PackedListing]:
    """The records of listings (16 bytes each) as this transaction sees them, in no order; unknown ids are left out."""
    if work.may_write:
        return work.listings.packed([UUID(bytes=one) for one in ids])  # what it sees may be rolled back, or change while it looks
    records, number = _held_by(work.hub).records, work.changes.number("directory")
    known, missing = records.known(number, ids)
    if missing:
        read = work.listings.packed([UUID(bytes=one) for one in missing])
        records.keep(number, read)
        known += read
    return known


def finder_of(hub: Hub, index: MatchIndex) -> Finder:
    """Who finds the listings: the index, unless another was put in its place."""
    return _finders.get(hub, index)


def finds_by_index(hub: Hub) -> bool:
    """Whether the index answers this hub's matches, and no other finder."""
    return hub not in _finders


def count_indexed(hub: Hub) -> int:
    """How many listings the index of this process has; 0 before it is there."""
    index = _held_by(hub).index
    return 0 if index is None else len(index)


def has_current_index(work: Work) -> bool:
    """Whether the index is there as of this transaction: a match need not build it or read changes first."""
    numbers = Numbers(*work.changes.numbers("identity", "directory", "taxonomy"))
    held = _held_by(work.hub)
    index = held.index
    known = None if index is None else (held.numbers.identity, index.number, held.numbers.taxonomy)
    return known == (numbers.identity, numbers.directory, numbers.taxonomy) and not work.changes.has_raised("directory")


def use_finder(hub: Hub, finder: Finder) -> None:
    """Let another finder answer this hub's matches: how the benchmark compares."""
    _finders[hub] = finder


def forget_index(hub: Hub) -> None:
    """Read everything anew with the next match: the database was put back to an earlier time."""
    with _lock:
        _held.pop(hub, None)
    snapshot_path(hub).unlink(missing_ok=True)


def keep_index(hub: Hub, work: Work) -> None:
    """What is done beside the matches: a worn index is built anew, and a large one is written down now and then."""
    index, _ = index_of(work)
    held = _held_by(hub)
    if index.later_rows > WORN:
        rebuilt = _build_index(work, held.kinds, held.numbers)
        with held.lock:
            if held.index is index:
                held.index = index = rebuilt
    if len(index) < WORTH_A_SNAPSHOT or (held.saved_at and index.number - held.saved_at < WORN):
        return
    with held.lock:
        twin, kept = index.fork(), Numbers(held.numbers.identity, index.number, held.numbers.taxonomy)
    save_snapshot(snapshot_path(hub), twin.columns, kept)
    held.saved_at = kept.directory


def snapshot_path(hub: Hub) -> Path:
    """Where the snapshot of a hub lies."""
    return hub.settings.data_dir / SNAPSHOT


def _held_by(hub: Hub) -> Held:
    with _lock:
        found = _held.get(hub)
        if found is None:
            found = _held[hub] = Held()
        return found


def _open_index(work: Work, held: Held, numbers: Numbers) -> MatchIndex:
    """From the snapshot, else built from every record."""
    held.kinds = kinds_of(work.listings.terms())
    held.numbers = numbers
    held.records.forget(numbers.directory)
    loaded = load_snapshot(snapshot_path(work.hub), numbers.identity)
    if loaded is not None and loaded[1].taxonomy == numbers.taxonomy and loaded[1].directory <= numbers.directory:
        held.saved_at = loaded[1].directory
        held.index = MatchIndex(loaded[0], loaded[1].directory)
        return held.index
    held.index = _build_index(work, held.kinds, numbers)
    return held.index


def _build_index(work: Work, kinds: Kinds, numbers: Numbers) -> MatchIndex:
    columns = Columns(kinds.above)
    columns.build(work.listings.records())
    return MatchIndex(columns, numbers.directory)


def _follow(work: Work, held: Held, index: MatchIndex, numbers: Numbers) -> MatchIndex:
    newest = numbers.directory
    changes: list[tuple[UUID, bytes | None, str]] = []
    for row in work.listings.changed_after(index.number):
        newest = max(newest, row.number)
        changes.append((row.id, row.record, row.words))
    held.records.follow(numbers.directory, [listing_id for listing_id, _, _ in changes])
    if len(changes) > max(MANY, len(index) // 4):
        held.index = _build_index(work, held.kinds, numbers)
        return held.index
    try:
        index.apply(changes, newest)
    except OutOfSpace:
        held.index = index = _build_index(work, held.kinds, numbers)
    return index


def _own_index(work: Work, numbers: Numbers) -> tuple[MatchIndex, Kinds]:
    """The index with what this transaction changed and has not committed."""
    kinds = kinds_of(work.listings.terms())
    shared = _held_by(work.hub)
    with shared.lock:
        known = shared.index
        same_kinds = known is not None and kinds.above == shared.kinds.above and shared.numbers.identity == numbers.identity
        index = known.fork() if known is not None and same_kinds else None
    if index is None:
        return _build_index(work, kinds, numbers), kinds
    try:
        index.apply(((row.id, row.record, row.words) for row in work.listings.changed_after(index.number)), numbers.directory)
    except OutOfSpace:
        index = _build_index(work, kinds, numbers)
    return index, kinds
