"""The directory as rows: what imports write and HSDS answers read."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa

from referral_hub.errors import NotFound
from referral_hub.partners.model import DirectoryRows, Organization
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

    def organization(self, organization_id: UUID) -> Organization:
        """One organization (they are public); raises NotFound for an unknown id."""
        row = self._connection.execute(sa.select(tables.organization).where(tables.organization.c.id == organization_id)).one_or_none()
        if row is None:
            raise NotFound
        return rows.from_row(Organization, row)

    def organizations_named(self, name: str) -> list[Organization]:
        """Every organization of exactly this name."""
        statement = sa.select(tables.organization).where(tables.organization.c.name == name).order_by(tables.organization.c.id)
        return [rows.from_row(Organization, row) for row in self._connection.execute(statement)]

    def known_organizations(self, ids: Collection[UUID]) -> set[UUID]:
        """Those of the ids that are an organization's."""
        statement = sa.select(tables.organization.c.id).where(tables.organization.c.id.in_(list(ids)))
        return set(self._connection.execute(statement).scalars())
