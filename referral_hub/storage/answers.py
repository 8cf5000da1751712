"""First answers by Idempotency-Key: claimed before the action runs, kept in its transaction."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from referral_hub.accounts import IdempotentAnswer
from referral_hub.storage import rows
from referral_hub.storage.tables.accounts import account
from referral_hub.storage.tables.accounts import idempotent_answer as table

KEPT_FOR = timedelta(hours=24)


class AnswerStore:
    """A key belongs to the account that used it."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def claim(self, answer: IdempotentAnswer) -> IdempotentAnswer | None:
        """Take the key, or give the answer that already has it.

        A second transaction with the same key waits for the first to end: on SQLite at the write
        lock, on PostgreSQL at the unique index.
        """
        self._connection.execute(sa.delete(table).where(table.c.created_at < answer.created_at - KEPT_FOR))
        claim = rows.insert_into(self._connection, table).values(rows.to_row(answer)).on_conflict_do_nothing().returning(table.c.key)
        if self._connection.execute(claim).first() is not None:
            return None
        return self._find(answer.account_id, answer.key)

    def complete(self, account_id: UUID, key: str, status: int, body: str) -> None:
        """Store what was answered."""
        mine = sa.update(table).where(table.c.account_id == account_id, table.c.key == key)
        self._connection.execute(mine.values(status=status, body=body))

    def forget(self, referral_ids: Collection[UUID], keeps: UUID) -> None:
        """Drop what others than the organization `keeps` were answered about these referrals.

        What an asker may no longer see must not come back by repeating a request; the repeated request
        then meets the present state.
        """
        own = sa.select(account.c.id).where(account.c.organization_id == keeps)
        for referral_id in referral_ids:
            about = table.c.body.contains(str(referral_id), autoescape=True)
            self._connection.execute(sa.delete(table).where(about, table.c.account_id.not_in(own)))

    def _find(self, account_id: UUID, key: str) -> IdempotentAnswer:
        statement = sa.select(table).where(table.c.account_id == account_id, table.c.key == key)
        return rows.from_row(IdempotentAnswer, self._connection.execute(statement).one())
