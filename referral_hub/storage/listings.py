"""Listings: the directory flat, one record a service at a place, for matching and search."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from referral_hub.errors import NotFound
from referral_hub.partners.freshness import availability
from referral_hub.partners.listing import Listing, ListingDetails, PackedListing, decode_listing, decode_packed, pack
from referral_hub.partners.listing_row import ListingRow
from referral_hub.partners.model import TaxonomyTerm
from referral_hub.storage import rows
from referral_hub.storage.listing_details import load_details
from referral_hub.storage.listing_marks import CHUNK, parts_of
from referral_hub.storage.listing_source import load_listings, load_texts
from referral_hub.storage.prepared import Prepared
from referral_hub.storage.ready_listings import ReadyListings
from referral_hub.storage.tables import directory as tables
from referral_hub.storage.tables.matching import listing as ready_table

FETCHED = 2000
"""Rows in memory at once while all are read."""


def _records_of(count: int) -> Prepared:
    ids = [sa.bindparam(f"id{number}", type_=ready_table.c.id.type) for number in range(count)]
    return Prepared(sa.select(ready_table.c.record).where(ready_table.c.record.is_not(None), ready_table.c.id.in_(ids)))


_ROW = [ready_table.c[name] for name in ("id", "number", "record", "words", "other_names", "description")]
FEW = 50
_FIRST_CHANGED = Prepared(
    sa.select(*_ROW)
    .where(ready_table.c.number > sa.bindparam("number", type_=ready_table.c.number.type))
    .order_by(ready_table.c.number, ready_table.c.id)
    .limit(sa.literal_column(str(FEW)))
)
"""Mostly a change is of one listing, and the next match waits for it."""


def _listing_row(row: Sequence[Any]) -> ListingRow:
    return ListingRow(id=row[0], number=row[1], record=row[2], words=row[3], other_names=row[4], description=row[5])


_RECORDS = {count: _records_of(count) for count in (1, 20, 100, CHUNK)}
"""By how many are asked for; every match asks it."""


class ListingStore:
    """A sealed location's point is in none of its queries. What is read is what this transaction has written."""

    def __init__(self, connection: sa.Connection, ready: ReadyListings, now: datetime | None = None) -> None:
        self._connection = connection
        self._ready = ready
        self._now = now or datetime.now(UTC)

    # Ready for matching

    def rows(self) -> Iterator[ListingRow]:
        """Every ready row that is not gone, in no order, a few thousand in memory at once."""
        return self._stream(sa.select(ready_table).where(ready_table.c.record.is_not(None)))

    def records(self) -> Iterator[tuple[bytes, str]]:
        """(record, search words) of every listing, in no order, a few thousand in memory at once."""
        self._ready.refresh()
        every = sa.select(ready_table.c.record, ready_table.c.words).where(ready_table.c.record.is_not(None))
        for part in self._connection.execute(every, execution_options={"yield_per": FETCHED}).partitions():
            yield from map(tuple, part)

    def changed_after(self, number: int) -> Iterator[ListingRow]:
        """What changed after a change number, gone ones too (without record), by number, then id."""
        self._ready.refresh()
        few = _FIRST_CHANGED.rows(self._connection, {"number": number})
        if len(few) < FEW:
            return (_listing_row(row) for row in few)
        return self._stream(sa.select(ready_table).where(ready_table.c.number > number).order_by(ready_table.c.number, ready_table.c.id))

    def get(self, listing_id: UUID) -> Listing:
        """One listing (they are public); raises NotFound for an unknown id."""
        found = self.some([listing_id])
        if not found:
            raise NotFound
        return found[listing_id]

    def some(self, ids: Collection[UUID]) -> dict[UUID, Listing]:
        """These listings by id; unknown ids are left out."""
        if self._ready.is_pending:
            # The rows themselves: to refresh the ready ones would keep other writers waiting until this one commits.
            return {one.id: one for part in parts_of(ids) for one in load_listings(self._connection, part, self._now)}
        found = {}
        for part in parts_of(ids):
            for record in self._records(part):
                listing = decode_listing(record)
                found[listing.id] = msgspec.structs.replace(listing, availability=availability(listing.capacity, self._now))
        return found

    def page(self, first: int, count: int) -> tuple[list[Listing], int]:
        """(so many listings from a place on, how many there are), by id."""
        self._ready.refresh()
        there = ready_table.c.record.is_not(None)
        statement = sa.select(ready_table.c.id).where(there).order_by(ready_table.c.id).offset(first).limit(count)
        ids = list(self._connection.execute(statement).scalars())
        total = self._connection.execute(sa.select(sa.func.count()).select_from(ready_table).where(there)).scalar_one()
        found = self.some(ids)
        return [found[one] for one in ids], total

    def packed(self, ids: Collection[UUID]) -> list[PackedListing]:
        """These listings as a match reads them, in no order; unknown ids are left out."""
        if self._ready.is_pending:
            return [pack(one) for one in self.some(ids).values()]
        return [decode_packed(record) for part in parts_of(ids) for record in self._records(part)]

    def _records(self, ids: Sequence[UUID]) -> Iterator[bytes]:
        count = next(count for count in _RECORDS if count >= len(ids))
        # A statement has so many places for ids: the last one may stand in several.
        values = {f"id{number}": ids[min(number, len(ids) - 1)] for number in range(count)}
        return (record for (record,) in _RECORDS[count].rows(self._connection, values))

    def words(self, ids: Collection[UUID]) -> dict[UUID, list[str]]:
        """The search words of listings, by id; unknown ids are left out."""
        self._ready.refresh()
        statement = sa.select(ready_table.c.id, ready_table.c.words).where(ready_table.c.record.is_not(None))
        return {
            row.id: row.words.split()
            for part in parts_of(ids)
            for row in self._connection.execute(statement.where(ready_table.c.id.in_(part)))
        }

    def descriptions(self, ids: Collection[UUID]) -> dict[UUID, str]:
        """The prose of listings for the excerpt of a search, by id; unknown ids are left out."""
        self._ready.refresh()
        statement = sa.select(ready_table.c.id, ready_table.c.description).where(ready_table.c.record.is_not(None))
        found: dict[UUID, str] = {}
        for part in parts_of(ids):
            found |= {row.id: row.description for row in self._connection.execute(statement.where(ready_table.c.id.in_(part)))}
        return found

    def put(self, given: Iterable[ListingRow]) -> None:
        """Store ready rows as they are, under this transaction's number: for a made-up network without a directory."""
        self._ready.put(given)

    def rebuild(self) -> int:
        """Write every ready row anew from the directory, under a new number; how many listings there are."""
        return self._ready.rebuild()

    def _stream(self, statement: sa.Select[Any]) -> Iterator[ListingRow]:
        self._ready.refresh()
        statement = statement.with_only_columns(*_ROW)
        for row in self._connection.execute(statement, execution_options={"yield_per": FETCHED}):
            yield _listing_row(row)

    # From the directory's own tables

    def all(self) -> list[Listing]:
        """Every listing, inactive ones too, by id, put together from the directory's own rows."""
        return load_listings(self._connection, None, self._now)

    def terms(self) -> list[TaxonomyTerm]:
        """Every taxonomy term, by code."""
        statement = sa.select(tables.taxonomy_term).order_by(tables.taxonomy_term.c.code)
        return [rows.from_row(TaxonomyTerm, row) for row in self._connection.execute(statement)]

    def texts(self) -> dict[UUID, tuple[str, str]]:
        """(other names, description) of every listing, for search. Nothing of a confidential place is in it."""
        return load_texts(self._connection, None)

    def changed_since(self, moment: datetime) -> set[UUID]:
        """Ids of the listings whose service, organization or room changed since a moment, or of which nobody knows when."""
        sal, service, organization, capacity = tables.service_at_location, tables.service, tables.organization, tables.service_capacity
        changed = sa.select(sal.c.id).join(service, service.c.id == sal.c.service_id)
        changed = changed.join(organization, organization.c.id == service.c.organization_id)
        written = changed.where(
            sa.or_(service.c.last_modified >= moment, service.c.last_modified.is_(None), organization.c.last_modified >= moment)
        )
        room = (
            sa.select(sal.c.id)
            .join(capacity, sa.or_(capacity.c.service_at_location_id == sal.c.id, capacity.c.service_id == sal.c.service_id))
            .where(capacity.c.updated >= moment)
        )
        return set(self._connection.execute(written).scalars()) | set(self._connection.execute(room).scalars())

    def details(self, ids: Collection[UUID]) -> dict[UUID, ListingDetails]:
        """What pages and letters show of listings, by id; unknown ids are left out. No address of a confidential place."""
        found: dict[UUID, ListingDetails] = {}
        for part in parts_of(ids):
            found |= load_details(self._connection, part)
        return found
