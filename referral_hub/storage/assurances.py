"""Whose word stands on which field of the directory."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from uuid import UUID

import msgspec
import sqlalchemy as sa

from referral_hub.ids import new_id
from referral_hub.partners.provenance import FieldAssurance
from referral_hub.storage import rows
from referral_hub.storage.tables.history import change_set
from referral_hub.storage.tables.provenance import field_assurance as table

BATCH = 400


class AssuranceStore:
    """Statements are only ever added; those of a change set that is undone count no more, until the undo is undone."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def note(self, statements: Sequence[FieldAssurance]) -> None:
        """Keep what was said; of the same field in the same change set the last."""
        statement = rows.insert_into(self._connection, table)
        said = {name: statement.excluded[name] for name in ("source", "assured_at", "account_id", "organization_id")}
        statement = statement.on_conflict_do_update(index_elements=["change_set_id", "record_id", "field"], set_=said)
        for start in range(0, len(statements), BATCH):
            self._connection.execute(statement, [rows.to_row(one) for one in statements[start : start + BATCH]])

    def stated_ids(self, most: int) -> set[UUID] | None:
        """The records of which anybody said anything, or None where there are more than `most`."""
        found = set(self._connection.execute(sa.select(table.c.record_id).distinct().limit(most + 1)).scalars())
        return None if len(found) > most else found

    def in_force(self, record_ids: Collection[UUID]) -> dict[UUID, dict[str, FieldAssurance]]:
        """By record and field what was said last; records of which nobody said anything are left out."""
        found: dict[UUID, dict[str, FieldAssurance]] = {}
        statement = sa.select(table).join(change_set, change_set.c.id == table.c.change_set_id).where(change_set.c.undone_by.is_(None))
        for part in _parts(record_ids):
            for row in self._connection.execute(statement.where(table.c.record_id.in_(part)).order_by(table.c.assured_at, table.c.id)):
                one = rows.from_row(FieldAssurance, row)
                found.setdefault(one.record_id, {})[one.field] = one
        return found

    def carry(self, record_ids: Collection[UUID], *, of: UUID, to: UUID) -> None:
        """Say in another change set what one said of these records: it is undone, and they stay as they are."""
        for part in _parts(record_ids):
            statement = sa.select(table).where(table.c.change_set_id == of, table.c.record_id.in_(part))
            found = [rows.from_row(FieldAssurance, row) for row in self._connection.execute(statement)]
            self.note([msgspec.structs.replace(one, id=new_id(), change_set_id=to) for one in found])


def _parts(ids: Collection[UUID]) -> Iterator[list[UUID]]:
    every = list(dict.fromkeys(ids))
    return (every[start : start + BATCH] for start in range(0, len(every), BATCH))
