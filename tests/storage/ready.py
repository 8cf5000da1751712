"""The ready rows as they are stored, and as they have to be: for the tests that compare the two."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from referral_hub.actors import COMMAND_LINE
from referral_hub.partners.listing import decode_listing
from referral_hub.partners.listing_row import ListingRow
from referral_hub.storage.ready_listings import make_row
from referral_hub.storage.tables.matching import listing as table
from referral_hub.unit_of_work import Hub, Work

Columns = dict[UUID, tuple[object, ...]]


def stored(work: Work) -> dict[UUID, ListingRow]:
    """Every row by id as it is stored, gone ones too."""
    return {row.id: ListingRow(**row._mapping) for row in work._connection.execute(sa.select(table))}


def shown(work: Work) -> Columns:
    """What the rows that are not gone say, without their numbers."""
    return {row.id: _said(row) for row in stored(work).values() if row.record is not None}


def truth(work: Work) -> Columns:
    """What they have to say: every listing put together anew from the directory's own tables."""
    names = {term.code: term.name for term in work.listings.terms()}
    texts = work.listings.texts()
    return {one.id: _said(make_row(one, *texts[one.id], names)) for one in work.listings.all()}


def check_ready(hub: Hub) -> None:
    """Every row that is committed is true."""
    with hub.read(COMMAND_LINE) as work:
        assert shown(work) == truth(work)


def rows_in(hub: Hub) -> dict[UUID, ListingRow]:
    """Every committed row by id."""
    with hub.read(COMMAND_LINE) as work:
        return stored(work)


def number_of(hub: Hub, subject: str = "directory") -> int:
    """The committed number."""
    with hub.read(COMMAND_LINE) as work:
        return work.changes.number(subject)


def _said(row: ListingRow) -> tuple[object, ...]:
    assert row.record is not None
    return (decode_listing(row.record), row.words, row.other_names, row.description)
