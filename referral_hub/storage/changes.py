"""Change numbers: what derived indexes look at before each query."""

from __future__ import annotations

import sqlalchemy as sa

from referral_hub.storage import rows
from referral_hub.storage.tables.changes import change_number


class ChangeStore:
    """Counters by subject (`directory`)."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def number(self, subject: str) -> int:
        """How often the subject changed; 0 before the first change."""
        statement = sa.select(change_number.c.number).where(change_number.c.subject == subject)
        return self._connection.execute(statement).scalar_one_or_none() or 0

    def raise_number(self, subject: str) -> None:
        """Say that the subject changes in this transaction."""
        first = rows.insert_into(self._connection, change_number).values(subject=subject, number=1)
        raised = {"number": change_number.c.number + 1}
        self._connection.execute(first.on_conflict_do_update(index_elements=["subject"], set_=raised))
