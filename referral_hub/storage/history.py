"""Change sets of the directory, and the records before and after them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from referral_hub.errors import NotFound
from referral_hub.ids import new_id
from referral_hub.partners.history import AddedRecords, ChangeCause, ChangeSet, RecordChange, ids_in
from referral_hub.partners.model import Row
from referral_hub.partners.provenance import FieldAssurance, stated_by
from referral_hub.storage import rows
from referral_hub.storage.assurances import AssuranceStore
from referral_hub.storage.schema import STRUCTS
from referral_hub.storage.tables import history as tables
from referral_hub.storage.tables.provenance import correction, difference, field_assurance

BATCH = 400
PACK = 4096
"""Ids in one row of added records."""
_OWNERS = ("organization_id", "service_id", "location_id", "service_at_location_id", "link_id")
UNRECORDED = frozenset({"sealed_location", "taxonomy", "taxonomy_term", "unit"})
"""Where a confidential place is stays in one table; words that everybody shares belong to nobody's change."""


class HistoryStore:
    """What was changed in the directory; written by a `Recorder`, read by coordinators and by those whose listing it is."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def save(self, change_set: ChangeSet) -> None:
        """Insert or replace a change set; its records are noted by a `Recorder`."""
        rows.upsert(self._connection, tables.change_set, [change_set])

    def change_set(self, change_set_id: UUID, *, kept: bool = False) -> ChangeSet:
        """One change set; `kept`: for this transaction, which may write. Raises NotFound for an unknown id."""
        statement = sa.select(tables.change_set).where(tables.change_set.c.id == change_set_id)
        row = self._connection.execute(statement.with_for_update() if kept else statement).one_or_none()
        if row is None:
            raise NotFound
        return rows.from_row(ChangeSet, row)

    def change_sets(self, change_set_ids: Collection[UUID]) -> dict[UUID, ChangeSet]:
        """Change sets as they stand, by id; unknown ids are left out."""
        found = self._connection.execute(sa.select(tables.change_set).where(tables.change_set.c.id.in_(change_set_ids)))
        return {one.id: one for one in (rows.from_row(ChangeSet, row) for row in found)}

    def page(self, *, causes: Collection[str] = (), limit: int, offset: int = 0) -> list[ChangeSet]:
        """The latest first; of some causes, or of all."""
        statement = sa.select(tables.change_set).order_by(tables.change_set.c.id.desc()).limit(limit).offset(offset)
        if causes:
            statement = statement.where(tables.change_set.c.cause.in_(causes))
        return [rows.from_row(ChangeSet, row) for row in self._connection.execute(statement)]

    def count(self, *, causes: Collection[str] = ()) -> int:
        """How many change sets there are, of some causes or of all."""
        statement = sa.select(sa.func.count()).select_from(tables.change_set)
        if causes:
            statement = statement.where(tables.change_set.c.cause.in_(causes))
        return int(self._connection.execute(statement).scalar_one())

    def last_imports(self, sources: Collection[str]) -> dict[str, datetime]:
        """When each source was last imported, undone imports aside."""
        c = tables.change_set.c
        statement = sa.select(c.source, c.made_at).where(c.cause == ChangeCause.IMPORT, c.undone_by.is_(None), c.source.in_(sources))
        return {row.source: row.made_at for row in self._connection.execute(statement.order_by(c.id))}

    def changes(self, change_set_id: UUID) -> list[RecordChange]:
        """The records that a change set changed, took away or, where they were few, added; in the order of the ids of the notes."""
        table = tables.record_change
        return self._found(sa.select(table).where(table.c.change_set_id == change_set_id).order_by(table.c.id))

    def changes_of(self, record_ids: Collection[UUID], *, limit: int = 100) -> list[tuple[ChangeSet, list[RecordChange]]]:
        """The latest change sets that touched any of these records, each with what it did to them."""
        table, sets = tables.record_change, tables.change_set
        by_set: dict[UUID, list[RecordChange]] = {}
        for part in _parts(record_ids):
            for change in self._found(sa.select(table).where(table.c.record_id.in_(part)).order_by(table.c.id)):
                by_set.setdefault(change.change_set_id, []).append(change)
        latest = sorted(by_set, reverse=True)[:limit]
        found = [rows.from_row(ChangeSet, row) for row in self._connection.execute(sa.select(sets).where(sets.c.id.in_(latest)))]
        return [(one, by_set[one.id]) for one in sorted(found, key=lambda one: one.id, reverse=True)]

    def ids_of_owners(self, owner_ids: Collection[UUID]) -> set[UUID]:
        """Records that hang or hung on any of these, as far as they were noted."""
        table = tables.record_change
        names = [str(one) for one in owner_ids]
        told = [table.c[side][owner].as_string().in_(names) for side in ("before", "after") for owner in _OWNERS[1:]]
        return set(self._connection.execute(sa.select(table.c.record_id).where(sa.or_(*told))).scalars())

    def added(self, change_set_id: UUID) -> Iterator[tuple[str, list[UUID]]]:
        """(kind, ids) of what an import added, in portions."""
        table = tables.added_records
        for row in self._connection.execute(sa.select(table).where(table.c.change_set_id == change_set_id).order_by(table.c.id)).all():
            note = rows.from_row(AddedRecords, row)
            yield note.kind, ids_in(note.record_ids)

    def count_added(self, change_set_id: UUID) -> dict[str, int]:
        """How many records of each kind an import added."""
        table = tables.added_records
        size = sa.func.sum(sa.func.length(table.c.record_ids)) / 16
        statement = sa.select(table.c.kind, size).where(table.c.change_set_id == change_set_id).group_by(table.c.kind)
        return {kind: int(many) for kind, many in self._connection.execute(statement)}

    def changed_after(self, change_set_id: UUID, record_ids: Collection[UUID]) -> set[UUID]:
        """Which of these records a later change set touched, or somebody confirmed in one, that was not undone."""
        sets = tables.change_set
        found: set[UUID] = set()
        for table in (tables.record_change, field_assurance):
            later = sa.select(table.c.record_id).join(sets, sets.c.id == table.c.change_set_id).where(sets.c.id > change_set_id)
            later = later.where(sets.c.undone_by.is_(None), sets.c.undoes.is_(None))
            for part in _parts(record_ids):
                found.update(self._connection.execute(later.where(table.c.record_id.in_(part))).scalars())
        return found

    def forget(self, owner_ids: Collection[UUID]) -> None:
        """Take out of the notes what these records, and whatever hung on them, said: a place of theirs is confidential now."""
        table = tables.record_change
        names = [str(one) for one in owner_ids]
        for start in range(0, len(names), BATCH):
            part = names[start : start + BATCH]
            told = [table.c[side][owner].as_string().in_(part) for side in ("before", "after") for owner in _OWNERS]
            ids = [UUID(one) for one in part]
            touched = sa.or_(table.c.record_id.in_(ids), *told)
            gone = {"before": sa.null(), "after": sa.null(), "forgotten": True}
            self._connection.execute(sa.update(table).where(touched).values(gone))
            self._connection.execute(sa.delete(difference).where(difference.c.organization_id.in_(ids)))
            self._connection.execute(sa.update(correction).where(correction.c.organization_id.in_(ids)).values(words=None))

    # What a recorder notes

    def note_changes(self, changes: Sequence[RecordChange]) -> None:
        """Keep what stood first and what stands last of each record of a change set."""
        statement = rows.insert_into(self._connection, tables.record_change)
        statement = statement.on_conflict_do_update(
            index_elements=["change_set_id", "record_id"], set_={"after": statement.excluded.after}
        )
        for start in range(0, len(changes), BATCH):
            self._connection.execute(statement, [rows.to_row(change) for change in changes[start : start + BATCH]])

    def note_added(self, change_set_id: UUID, kind: str, record_ids: bytes) -> None:
        """Keep ids of added records."""
        rows.insert(
            self._connection,
            tables.added_records,
            [AddedRecords(id=new_id(), change_set_id=change_set_id, kind=kind, record_ids=record_ids)],
        )

    def _found(self, statement: sa.Select[Any]) -> list[RecordChange]:
        return [rows.from_row(RecordChange, row) for row in self._connection.execute(statement)]


class Recorder:
    """Notes what the directory's store writes while a change set is being made.

    `keeps_added`: added records are noted whole, so that their history shows them; of an import only their ids are.
    `speaker`: the source that the person is who makes the changes; what they change is their word from then on.
    """

    def __init__(
        self, store: HistoryStore, assurances: AssuranceStore, change_set: ChangeSet, *, keeps_added: bool, speaker: str | None
    ) -> None:
        self.change_set_id = change_set.id
        self._change_set = change_set
        self._store = store
        self._assurances = assurances
        self._speaker = speaker
        self._keeps_added = keeps_added
        self._added: dict[str, bytearray] = {}

    def note_saved(self, kind: str, records: Sequence[Row], stored: dict[UUID, Row]) -> None:
        """Records that are about to be stored, and those of their ids that stand there now."""
        if kind in UNRECORDED:
            return
        changes = []
        for record in records:
            before = stored.get(record.id)
            if before is None and not self._keeps_added:
                self._pack(kind, [record])
            elif before != record:
                changes.append(self._change(kind, record.id, before, record))
        self._store.note_changes(changes)
        self._note_said(kind, [(stored.get(record.id), record) for record in records])

    def note_added(self, kind: str, records: Sequence[Row]) -> None:
        """Records that are about to be stored for the first time."""
        if self._keeps_added:
            self.note_saved(kind, records, {})
        elif kind not in UNRECORDED:
            self._pack(kind, records)

    def note_gone(self, kind: str, stored: Collection[Row]) -> None:
        """Records that are about to be deleted."""
        if kind not in UNRECORDED:
            self._store.note_changes([self._change(kind, record.id, record, None) for record in stored])
            self._note_said(kind, [(record, None) for record in stored])

    def note_statements(self, stated: Iterable[tuple[str, UUID, str]], source: str) -> None:
        """Somebody stands behind fields (kind, record, field), or with an empty field behind whole records, that do not change."""
        self._assurances.note([self._said(*one, source) for one in stated])

    def close(self) -> None:
        """Write what is still held back."""
        for kind, packed in self._added.items():
            if packed:
                self._store.note_added(self.change_set_id, kind, bytes(packed))
        self._added.clear()

    def _note_said(self, kind: str, pairs: Sequence[tuple[Row | None, Row | None]]) -> None:
        if self._speaker is None:
            return
        stated = dict.fromkeys(one for before, after in pairs for one in stated_by(kind, before, after))
        self._assurances.note([self._said(*one, self._speaker) for one in stated])

    def _said(self, kind: str, record_id: UUID, field: str, source: str) -> FieldAssurance:
        made = self._change_set
        return FieldAssurance(
            id=new_id(),
            change_set_id=made.id,
            kind=kind,
            record_id=record_id,
            field=field,
            source=source,
            assured_at=made.made_at,
            account_id=made.account_id,
            organization_id=made.organization_id,
        )

    def _pack(self, kind: str, records: Sequence[Row]) -> None:
        packed = self._added.setdefault(kind, bytearray())
        packed += b"".join([record.id.int.to_bytes(16, "big") for record in records])
        while len(packed) >= PACK * 16:
            self._store.note_added(self.change_set_id, kind, bytes(packed[: PACK * 16]))
            del packed[: PACK * 16]

    def _change(self, kind: str, record_id: UUID, before: Row | None, after: Row | None) -> RecordChange:
        return RecordChange(
            id=new_id(),
            change_set_id=self.change_set_id,
            kind=kind,
            record_id=record_id,
            before=None if before is None else msgspec.to_builtins(before),
            after=None if after is None else msgspec.to_builtins(after),
        )


def record_of(kind: str, image: dict[str, Any]) -> Any:
    """The record that a note holds; a field that the model has no longer is dropped, one that came since has its default."""
    return msgspec.convert(image, STRUCTS[kind], strict=False)


def _parts(ids: Collection[UUID]) -> Iterator[list[UUID]]:
    every = list(ids)
    return (every[start : start + BATCH] for start in range(0, len(every), BATCH))
