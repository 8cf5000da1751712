"""Search inside the process: postings and columns in memory, each never changed once it is made.

A change puts a new pair in the place of the old one, so that a search sees one state from its beginning to its end
and waits for nobody.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from referral_hub.matching.search.model import SearchDocument, SearchPage, SearchQuery, Words
from referral_hub.matching.search.segment import write_segment
from referral_hub.matching.search.shelves import Known, Shelves, make_shelves
from referral_hub.matching.search.text import Found, Mask, TextIndex

WORN = 1_000


class Held(Struct, frozen=True):
    """One state of the index: row by row the texts, the columns, and whose row it is."""

    text: TextIndex
    shelves: Shelves
    alive: Mask
    ids: list[UUID]
    rows: dict[UUID, int]
    """Of the first rows, which were written together; later ones stand in `later`."""
    later: dict[UUID, int]
    digests: list[int]
    """Of each row's document without its room: a change of room alone writes no new row."""

    def row_of(self, listing_id: UUID) -> int | None:
        """The row of a listing; None for one that is not here."""
        row = self.later.get(listing_id, self.rows.get(listing_id))
        return row if row is not None and self.alive[row] else None


class EmbeddedSearch:
    """A SearchIndex; safe to share between threads."""

    def __init__(self, known: Known | None = None, held: Held | None = None) -> None:
        self._known = known or Known()
        self._held = held or _hold([], self._known)
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return int(self._held.alive.sum())

    @property
    def dead(self) -> int:
        """Rows that no longer stand for a listing: they go when the index is built anew."""
        return len(self._held.ids) - len(self)

    def rebuild(self, documents: Iterable[SearchDocument]) -> None:
        """Forget everything and hold these documents."""
        held = _hold(list(documents), self._known)
        with self._lock:
            self._held = held

    def apply(self, changes: Iterable[tuple[UUID, SearchDocument | None]]) -> bool:
        """Take over changed documents (None: the listing has gone); whether more than figures of room changed."""
        with self._lock:
            before = self._held
            self._held = _changed(before, dict(changes))
            return self._held.alive is not before.alive

    def fork(self) -> EmbeddedSearch:
        """A copy that changes on its own."""
        return EmbeddedSearch(self._known, self._held)

    def has(self, listing_id: UUID) -> bool:
        """Whether a listing is here."""
        return self._held.row_of(listing_id) is not None

    def search(self, query: SearchQuery) -> SearchPage:
        """Hits as well as their words fit, then the nearest, then by name."""
        held = self._held
        if not query.text.strip():
            every = Found(np.zeros(len(held.ids), np.int32), held.alive, Words(), "", False)
            return _page(held, every, query)
        return _page(held, held.text.find(query.text), query)

    def arrange(self, ids: Sequence[UUID], query: SearchQuery) -> SearchPage:
        """The page of hits that a server found, in its order; ids that are not here are left out."""
        held = self._held
        scores, hits = np.zeros(len(held.ids), np.int32), np.zeros(len(held.ids), bool)
        for place, listing_id in enumerate(ids):
            row = held.row_of(listing_id)
            if row is not None and not hits[row]:
                scores[row], hits[row] = len(ids) - place, True
        said = held.text.find(query.text)
        return _page(held, replace(said, scores=scores, hits=hits), query)

    @property
    def is_worn(self) -> bool:
        """Whether the rows that later changes left behind are a burden."""
        return self.dead > max(WORN, len(self) // 4)

    def warm(self, now: datetime) -> None:
        """Work out when everything is open in the days to come, and the order of names."""
        self.search(SearchQuery(now=now))


def _page(held: Held, found: Found, query: SearchQuery) -> SearchPage:
    around = held.shelves.look_around(query.home, found.hits)
    masks = held.shelves.narrow(query, around)
    passed = found.hits
    for mask in masks.values():
        passed = passed & mask
    rows = np.flatnonzero(passed)
    last = min(query.first + query.count, len(rows))
    chosen = held.shelves.order(rows, found.scores, around, last)[query.first :] if query.first < last else rows[:0]
    return SearchPage(
        ids=[held.ids[row] for row in chosen.tolist()],
        total=len(rows),
        facets=held.shelves.count(found.hits, masks, query, around),
        words=found.words,
        corrected=found.corrected,
        is_partial=found.is_partial,
    )


def _hold(documents: Sequence[SearchDocument], known: Known) -> Held:
    alive = np.ones(len(documents), bool)
    return Held(
        text=TextIndex([write_segment(0, documents)], alive),
        shelves=make_shelves(documents, known),
        alive=alive,
        ids=[document.id for document in documents],
        rows={document.id: row for row, document in enumerate(documents)},
        later={},
        digests=[_digest(document) for document in documents],
    )


def _changed(held: Held, changes: dict[UUID, SearchDocument | None]) -> Held:
    rooms: list[tuple[int, str, float]] = []
    fresh: list[SearchDocument] = []
    gone: list[int] = []
    for listing_id, document in changes.items():
        row = held.row_of(listing_id)
        if row is not None and document is not None and held.digests[row] == _digest(document):
            rooms.append((row, document.room, document.room_until))
            continue
        gone += [row] if row is not None else []
        fresh += [document] if document is not None else []
    shelves = held.shelves.with_rooms(rooms) if rooms else held.shelves
    if not fresh and not gone:
        return replace(held, shelves=shelves)
    alive = np.append(held.alive, np.ones(len(fresh), bool))
    alive[gone] = False
    first = len(held.ids)
    return Held(
        text=held.text.with_segment(write_segment(first, fresh), alive) if fresh else held.text.with_alive(alive),
        shelves=shelves.with_rows(fresh) if fresh else shelves,
        alive=alive,
        ids=[*held.ids, *(document.id for document in fresh)],
        rows=held.rows,
        later=held.later | {document.id: row for row, document in enumerate(fresh, start=first)},
        digests=[*held.digests, *map(_digest, fresh)],
    )


def _digest(document: SearchDocument) -> int:
    """Nobody gains by two documents that look alike."""
    return hash(replace(document, room="", room_until=0.0, area=None)) ^ hash(repr(document.area))
