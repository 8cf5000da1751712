"""Listings ready for matching: one row each, kept true in the transaction of every change that matching can see.

Writers only mark what they touch. Before the commit, and before anything reads the ready rows in the same
transaction, the marked listings are put together anew under the directory's lock and compared with what is stored:
a row that did not change keeps its number, so a number tells nothing of what nobody may see.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache
from itertools import islice
from math import ceil
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from referral_hub.partners import taxonomy
from referral_hub.partners.listing import Listing, decode_listing, encode_listing
from referral_hub.partners.listing_row import ListingRow
from referral_hub.partners.model import DirectoryRows
from referral_hub.partners.synonyms import MEANINGS
from referral_hub.partners.words import words_of
from referral_hub.storage import rows
from referral_hub.storage.changes import DIRECTORY, OPEN_DIRECTORY, TAXONOMY, ChangeStore
from referral_hub.storage.listing_marks import Added, Marks, parts_of
from referral_hub.storage.listing_source import capacity_of, load_capacities, load_listings, load_texts
from referral_hub.storage.new_listings import new_listings
from referral_hub.storage.tables import directory
from referral_hub.storage.tables.matching import listing as table

FORM = "listing form"
"""Subject of the number that says which program wrote the ready rows."""
FORM_VERSION = 2
"""To be raised when ready rows are made differently from the same directory."""
BATCH = 2000
_COLUMNS = ("record", "words", "other_names", "description")
_NEVER_TOLD = frozenset({"sealed_location", "source_record"})
"""Kinds of which no reader of the open directory sees anything."""


class ReadyListings:
    """The marks of one transaction, and the ready rows; shared by every store of the transaction."""

    def __init__(self, connection: sa.Connection, *, may_write: bool = True, now: datetime | None = None) -> None:
        self._connection = connection
        self._second = 0 if now is None else ceil(now.timestamp())
        self._marks = Marks()
        self._is_told = False
        """Something was touched that readers of the open directory see."""
        self.changes = ChangeStore(connection, settle=self.refresh, may_write=may_write)

    # What writers say

    def mark_saved(self, kind: str, records: list[Any]) -> None:
        """Before records of a kind are stored."""
        if records:
            self._queue_up(kind)
            self._is_told |= kind not in _NEVER_TOLD
            self._marks.mark_saved(self._connection, kind, records)

    def mark_added(self, kind: str, records: list[Any], added: Added) -> None:
        """Before new records of a kind are stored; `add` has to be told of all of them afterwards."""
        if records:
            self._queue_up(kind)
            self._is_told |= kind not in _NEVER_TOLD
            self._marks.mark_added(self._connection, kind, records, added)

    def add(self, new: DirectoryRows, added: Added) -> None:
        """After new records were stored: ready rows of the listings that are new with their service and place.

        Everything that such a listing shows is at hand, its organization and the names of terms aside.
        """
        if not added.listings:
            return
        # First the lock: what others commit meanwhile of an organization would be missing.
        self.changes.lock(DIRECTORY)
        self.changes.make_identity()
        names, number = self._term_names(), self.changes.own_number(DIRECTORY)
        made = (make_row(one, *texts, names) for one, texts in new_listings(self._connection, new, added.listings))
        self._upsert([_columns(row) | {"id": row.id, "number": number} for row in made])

    def mark_gone(self, kind: str, ids: Collection[UUID]) -> None:
        """Before records of a kind are deleted; before or after they are changed without changing their owner."""
        if ids:
            self._queue_up(kind)
            self._is_told |= kind not in _NEVER_TOLD
            self._marks.mark_gone(self._connection, kind, ids)

    def mark_every_room(self) -> None:
        """Every figure of room: how long they are believed changes."""
        self._marks.mark_every_room(self._connection)

    def _queue_up(self, kind: str) -> None:
        """Figures of room are counted under the directory's lock: who writes one waits for it first, so that nobody waits in a circle."""
        if kind == "service_capacity":
            self.changes.lock(DIRECTORY)

    # Keeping the rows true

    @property
    def is_pending(self) -> bool:
        """Whether something was touched that the ready rows do not show yet."""
        return bool(self._marks)

    def refresh(self) -> None:
        """Write what was touched since the last refresh; once more before the commit."""
        if not (self._marks or self._is_told):
            return
        marks, self._marks = self._marks, Marks()
        # First the lock, then what the rows are made from: what others commit meanwhile would be missing.
        self.changes.lock(DIRECTORY)
        self.changes.make_identity()
        if self._is_told:
            self._is_told = False
            self.changes.raise_to(OPEN_DIRECTORY, self._second)
        whole = marks.find_listings(self._connection)
        if whole:
            names = self._term_names()
            for part in parts_of(whole):
                self._store_changed(part, self._make(part, names))
        for part in parts_of(marks.find_rooms(self._connection) - whole):
            self._store_rooms(part)
        if marks.terms:
            self.changes.own_number(DIRECTORY)
            self.changes.own_number(TAXONOMY)

    def put(self, given: Iterable[ListingRow]) -> None:
        """Store ready rows as they are, under this transaction's number, whether or not the directory has their listings."""
        every = iter(given)
        while part := list(islice(every, BATCH)):
            self.changes.lock(DIRECTORY)
            self.changes.make_identity()
            number = self.changes.own_number(DIRECTORY)
            self._upsert([_columns(row) | {"id": row.id, "number": number} for row in part])

    def rebuild(self) -> int:
        """Write every row anew from the directory under a new number; how many listings there are."""
        self._marks = Marks()
        self.changes.lock(DIRECTORY)
        self.changes.make_identity()
        names, count = self._term_names(), 0
        for part in self._all_ids():
            number = self.changes.own_number(DIRECTORY)
            made = self._make(part, names)
            self._upsert([_columns(row) | {"id": row.id, "number": number} for row in made.values()])
            count += len(made)
        self._bury_the_rest()
        self.changes.put(FORM, form())
        return count

    def rebuild_if_other_form(self) -> None:
        """Write every row anew if another program wrote them, or none did."""
        if self.changes.stored(FORM) != form() or (self._is_empty(table) and not self._is_empty(directory.service_at_location)):
            self.rebuild()

    def _is_empty(self, which: sa.Table) -> bool:
        return self._connection.execute(sa.select(which.c.id).limit(1)).first() is None

    # How it is done

    def _make(self, ids: list[UUID], names: Mapping[str, str]) -> dict[UUID, ListingRow]:
        texts = load_texts(self._connection, ids)
        return {one.id: make_row(one, *texts[one.id], names) for one in load_listings(self._connection, ids, None)}

    def _store_changed(self, ids: list[UUID], made: Mapping[UUID, ListingRow]) -> None:
        held = {row.id: row for row in self._connection.execute(sa.select(table).where(table.c.id.in_(ids)))}
        changed = []
        for listing_id in ids:
            now, before = made.get(listing_id), held.get(listing_id)
            columns = _GONE if now is None else _columns(now)
            if before is None and now is None:
                continue
            if before is None or any(getattr(before, name) != columns[name] for name in _COLUMNS):
                changed.append(columns | {"id": listing_id})
        if changed:
            number = self.changes.own_number(DIRECTORY)
            self._upsert([columns | {"number": number} for columns in changed])

    def _store_rooms(self, ids: list[UUID]) -> None:
        """Put the room that the directory has now into the records as they are."""
        statement = sa.select(table.c.id, table.c.record).where(table.c.id.in_(ids), table.c.record.is_not(None))
        held = {row.id: (row.record, decode_listing(row.record)) for row in self._connection.execute(statement)}
        if not held:
            return
        services = [one.service.id for _, one in held.values()]
        capacities = load_capacities(self._connection, services, list(held))
        changed = []
        for listing_id, (record, one) in held.items():
            capacity = capacity_of(capacities, listing_id, one.service.id)
            after = encode_listing(msgspec.structs.replace(one, capacity=capacity))
            if after != record:
                changed.append({"row_id": listing_id, "record": after})
        if changed:
            number = self.changes.own_number(DIRECTORY)
            update = sa.update(table).where(table.c.id == sa.bindparam("row_id"))
            self._connection.execute(update, [columns | {"number": number} for columns in changed])

    def _upsert(self, values: list[dict[str, Any]]) -> None:
        if not values:
            return
        statement = rows.insert_into(self._connection, table)
        changes = {name: statement.excluded[name] for name in ("number", *_COLUMNS)}
        self._connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=changes), values)

    def _bury_the_rest(self) -> None:
        """Rows whose listing the directory has not (any more)."""
        sal = directory.service_at_location
        lost = sa.and_(table.c.record.is_not(None), table.c.id.not_in(sa.select(sal.c.id)))
        if self._connection.execute(sa.select(table.c.id).where(lost).limit(1)).first() is not None:
            values = _GONE | {"number": self.changes.own_number(DIRECTORY)}
            self._connection.execute(sa.update(table).where(lost).values(values))

    def _all_ids(self) -> Iterator[list[UUID]]:
        """Every listing's id, in parts."""
        ids = directory.service_at_location.c.id
        statement = sa.select(ids).order_by(ids).limit(BATCH)
        part = list(self._connection.execute(statement).scalars())
        while part:
            yield part
            part = list(self._connection.execute(statement.where(ids > part[-1])).scalars())

    def _term_names(self) -> dict[str, str]:
        term = directory.taxonomy_term
        return {row.code: row.name for row in self._connection.execute(sa.select(term.c.code, term.c.name))}


_GONE: dict[str, Any] = {"record": None, "words": "", "other_names": "", "description": ""}


def make_row(listing: Listing, other_names: str, description: str, term_names: Mapping[str, str], number: int = 0) -> ListingRow:
    """The ready row of a listing; `term_names` by code."""
    words = words_of(listing, other_names, description, [term_names[code] for code in listing.terms if code in term_names])
    return ListingRow(
        id=listing.id,
        number=number,
        record=encode_listing(msgspec.structs.replace(listing, availability="unknown")),
        words=" ".join(words),
        other_names=other_names,
        description=description,
    )


def _columns(row: ListingRow) -> dict[str, Any]:
    return {"record": row.record, "words": row.words, "other_names": row.other_names, "description": row.description}


@cache
def form() -> int:
    """Which shape and words the ready rows have: another number when a program would write them differently."""
    synonyms = [(term.code, term.synonyms) for term in taxonomy.TERMS]
    shape = msgspec.json.encode((FORM_VERSION, msgspec.json.schema(Listing), MEANINGS, synonyms))
    return int.from_bytes(hashlib.sha256(shape).digest()[:7], "big")
