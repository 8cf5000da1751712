"""Differences between sources and people, until a coordinator has decided them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from referral_hub.ids import new_id
from referral_hub.partners.difference import Difference, DifferenceState, Said
from referral_hub.storage import rows
from referral_hub.storage.referral_counts import count_to_organization
from referral_hub.storage.tables.history import change_set
from referral_hub.storage.tables.provenance import difference as table

BATCH = 400
_UNDONE = sa.select(change_set.c.id).where(change_set.c.undone_by.is_not(None))
_OPEN = sa.and_(
    sa.or_(table.c.state == DifferenceState.OPEN, table.c.decided_in.in_(_UNDONE)),
    table.c.change_set_id.not_in(_UNDONE),
)
"""Waiting for a decision: never decided, or the decision was undone; and the import that said it stands."""


class DifferenceStore:
    """For coordinators: one row for each record, field and source."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    # What imports write

    def note(
        self, source: str, said: Sequence[Said], organizations: Mapping[UUID, UUID | None], *, change_set_id: UUID, now: datetime
    ) -> int:
        """Open what a source says otherwise, or bring it up to date; how many wait for a decision.

        What was decided to be kept stays decided while the source says the same.
        """
        waiting = 0
        for start in range(0, len(said), BATCH):
            part = said[start : start + BATCH]
            known = {(one.record_id, one.field): one for one in self._of(source, [one.record_id for one in part])}
            fresh = [
                one
                for each in part
                if (one := _noted(source, each, known.get((each.record_id, each.field)), organizations, change_set_id, now)) is not None
            ]
            rows.upsert(self._connection, table, fresh)
            waiting += len(fresh)
        return waiting

    def settle(self, source: str, change_set_id: UUID, now: datetime) -> int:
        """Close what the import of this change set did not say again; how many."""
        closed = {"state": DifferenceState.AGREED, "decided_at": now, "decided_by": None, "decided_in": None}
        statement = sa.update(table).where(table.c.source == source, table.c.change_set_id != change_set_id, _OPEN).values(closed)
        return self._connection.execute(statement).rowcount

    def _of(self, source: str, record_ids: Collection[UUID]) -> list[Difference]:
        undone = sa.or_(table.c.decided_in.in_(_UNDONE), sa.false()).label("undone")
        found = self._connection.execute(sa.select(table, undone).where(table.c.source == source, table.c.record_id.in_(record_ids)))
        return [_as_it_counts(row) for row in found]

    # What coordinators read and decide

    def page(self, *, source: str | None, limit: int, offset: int = 0) -> list[Difference]:
        """Open ones: those of the organizations that most referrals went to first."""
        touched = count_to_organization(table.c.organization_id)
        order = (touched.desc(), table.c.organization_id, table.c.kind, table.c.record_id, table.c.field, table.c.id)
        return self._found(self._open(sa.select(table), source).order_by(*order).limit(limit).offset(offset))

    def open_ids(self, source: str) -> list[UUID]:
        """Of every open difference with a source."""
        return list(self._connection.execute(self._open(sa.select(table.c.id), source).order_by(table.c.id)).scalars())

    def count_by_source(self) -> dict[str, int]:
        """How many are open, by source."""
        statement = sa.select(table.c.source, sa.func.count()).where(_OPEN).group_by(table.c.source).order_by(table.c.source)
        return {row[0]: row[1] for row in self._connection.execute(statement)}

    def open_of(self, ids: Collection[UUID]) -> list[Difference]:
        """Those of these that wait for a decision, kept for this transaction."""
        found: list[Difference] = []
        every = sorted(set(ids))
        for start in range(0, len(every), BATCH):
            statement = sa.select(table).where(table.c.id.in_(every[start : start + BATCH]), _OPEN).order_by(table.c.id)
            found += self._found(statement.with_for_update(of=table))
        return found

    def save(self, differences: Sequence[Difference]) -> None:
        """Replace."""
        rows.upsert(self._connection, table, differences)

    def _open(self, statement: sa.Select[Any], source: str | None) -> sa.Select[Any]:
        return statement.where(_OPEN) if source is None else statement.where(_OPEN, table.c.source == source)

    def _found(self, statement: sa.Select[Any]) -> list[Difference]:
        return [rows.from_row(Difference, row) for row in self._connection.execute(statement)]


def _as_it_counts(row: sa.Row[Any]) -> Difference:
    """A decision that was undone counts as none."""
    found = rows.from_row(Difference, row)
    return msgspec.structs.replace(found, state=DifferenceState.OPEN) if row.undone else found


def _noted(
    source: str, said: Said, known: Difference | None, organizations: Mapping[UUID, UUID | None], change_set_id: UUID, now: datetime
) -> Difference | None:
    """The row of what was said now; None where a decision about the very same stands."""
    if known is not None and known.state is DifferenceState.KEPT and known.theirs == said.theirs:
        return None
    is_open = known is not None and known.state is DifferenceState.OPEN
    return Difference(
        id=known.id if known else new_id(),
        kind=said.kind,
        record_id=said.record_id,
        field=said.field,
        source=source,
        organization_id=organizations.get(said.record_id),
        ours=said.ours,
        theirs=said.theirs,
        change_set_id=change_set_id,
        opened_at=known.opened_at if known is not None and is_open else now,
    )
