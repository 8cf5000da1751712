"""A listing as it is kept ready for matching: one row, written in the transaction that changes what matching sees."""

from __future__ import annotations

from uuid import UUID

from msgspec import Struct


class ListingRow(Struct, frozen=True, kw_only=True):
    """Derived from the directory's own rows, which it can be made from again at any time."""

    id: UUID
    """The service_at_location's."""
    number: int
    """The directory's change number of its last change."""
    record: bytes | None
    """msgpack of partners.listing.Listing; None where the listing has gone."""
    words: str
    """The search words, sorted, with a space between them; see partners.words."""
    other_names: str
    description: str
    """Prose for the excerpt of a search."""
