"""Imports through the portal, as coordinators see them."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from referral_hub.errors import NotFound
from referral_hub.partners.imports.job import ImportJob
from referral_hub.storage import rows
from referral_hub.storage.tables.imports import import_job as table


class ImportJobStore:
    """They belong to the network: every coordinator sees every one."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def save(self, job: ImportJob) -> ImportJob:
        """Insert or replace."""
        rows.upsert(self._connection, table, [job])
        return job

    def get(self, job_id: UUID, *, hold: bool = False) -> ImportJob:
        """One import; with `hold` nobody else changes it during this transaction.

        Raises:
            NotFound: there is none.
        """
        statement = sa.select(table).where(table.c.id == job_id)
        row = self._connection.execute(statement.with_for_update() if hold else statement).one_or_none()
        if row is None:
            raise NotFound
        return rows.from_row(ImportJob, row)

    def page(self, *, limit: int, offset: int = 0) -> list[ImportJob]:
        """The latest first."""
        statement = sa.select(table).order_by(table.c.id.desc()).limit(limit).offset(offset)
        return [rows.from_row(ImportJob, row) for row in self._connection.execute(statement)]

    def count(self) -> int:
        """How many there are."""
        return int(self._connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())
