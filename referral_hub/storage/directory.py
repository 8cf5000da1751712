"""The directory as rows: what imports write and HSDS answers read."""

from __future__ import annotations

import sqlalchemy as sa

from referral_hub.partners.model import DirectoryRows
from referral_hub.storage import rows
from referral_hub.storage.changes import ChangeStore
from referral_hub.storage.tables import directory as tables


class DirectoryStore:
    """Organizations, services, places and what hangs on them."""

    def __init__(self, connection: sa.Connection, changes: ChangeStore) -> None:
        self._connection = connection
        self._changes = changes

    def save(self, records: DirectoryRows) -> None:
        """Insert or replace every row, parents first."""
        for table in tables.IN_ORDER:
            rows.upsert(self._connection, table, getattr(records, table.name))
        self._changes.raise_number("directory")
