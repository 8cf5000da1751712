"""Listings: the directory flat, one record a service at a place, for matching and search."""

from __future__ import annotations

import sqlalchemy as sa


class ListingStore:
    """Reads only; a sealed location's point is in none of its queries."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
