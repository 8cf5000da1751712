"""Change sets: changes of the directory that are made together, shown together and undone together."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from referral_hub.errors import Conflict
from referral_hub.ids import new_id
from referral_hub.partners.history import ChangeCause, ChangeSet, KeptRecord, RecordChange, UndoSummary
from referral_hub.partners.imports.plan import inactive, is_same
from referral_hub.partners.model import DirectoryRows, ServiceStatus
from referral_hub.partners.provenance import STATING, source_of
from referral_hub.permissions import require
from referral_hub.storage.history import UNRECORDED, Recorder, record_of
from referral_hub.unit_of_work import Work

_IN_ORDER = DirectoryRows.__struct_fields__
"""Kinds, owners before what hangs on them."""
_CHANGED_SINCE = "it was changed again since"
_STILL_USED = "something else points to it"
_NO_PLACE = "what it hung on is gone, or something has taken its place"
_FORGOTTEN = "a place of its organization is confidential now, so what stood here was not kept"


@contextmanager
def recorded(work: Work, cause: ChangeCause, title: str, *, source: str | None = None, undoes: UUID | None = None) -> Iterator[ChangeSet]:
    """A change set: whatever the block writes to the directory is noted in it, with what stood there before.

    `title` says to a coordinator what is done, without personal data. A block within a block adds to the outer one.
    Where a person edits or confirms, what they change is their word from then on, which no import overwrites.
    The set is stored with the transaction, so a block that raises leaves nothing.
    """
    directory = work.directory
    if directory.recorder is not None:
        yield work.history.change_set(directory.recorder.change_set_id)
        return
    actor = work.actor
    change_set = ChangeSet(
        id=new_id(),
        cause=cause,
        title=title,
        made_at=work.now,
        account_id=actor.account_id if actor else None,
        organization_id=actor.organization_id if actor else None,
        channel=actor.channel if actor else "command",
        source=source,
        undoes=undoes,
    )
    work.history.save(change_set)
    speaker = source_of(actor) if cause in STATING else None
    directory.recorder = Recorder(
        work.history, work.assurances, change_set, keeps_added=cause is not ChangeCause.IMPORT, speaker=speaker
    )
    try:
        yield change_set
        directory.recorder.close()
    finally:
        directory.recorder = None


class ChangeSetPage(Struct, frozen=True):
    """One page of change sets, the latest first, and how many there are in all."""

    items: list[ChangeSet]
    total: int
    page: int


class WholeChangeSet(Struct, frozen=True):
    """A change set with its records."""

    change_set: ChangeSet
    changes: list[RecordChange]
    added: dict[str, int]
    """Of an import: how many records of each kind are new."""


def list_change_sets(work: Work, *, causes: Collection[str] = (), page: int, per_page: int) -> ChangeSetPage:
    """What was done to the directory, for coordinators."""
    require(work.actor, "directory:write")
    total = work.history.count(causes=causes)
    page = min(page, max(-(-total // per_page), 1))
    return ChangeSetPage(work.history.page(causes=causes, limit=per_page, offset=(page - 1) * per_page), total, page)


def get_change_set(work: Work, change_set_id: UUID) -> WholeChangeSet:
    """One change set, for coordinators; raises NotFound for an unknown id."""
    require(work.actor, "directory:write")
    found = work.history.change_set(change_set_id)
    return WholeChangeSet(found, work.history.changes(found.id), work.history.count_added(found.id))


def state_all(work: Work, stated: Iterable[tuple[str, UUID, str]], source: str) -> None:
    """Within a `recorded` block: `source` stands behind these (kind, record, field) as they are; an empty field is the whole record."""
    recorder = work.directory.recorder
    if recorder is not None:
        recorder.note_statements(stated, source)


def undo_change_set(work: Work, change_set_id: UUID) -> UndoSummary:
    """Put back what stood in the directory before a change set, as far as nobody has changed it since.

    What was changed again, or is pointed to by a referral, stays as it is and is named; a service that cannot go becomes
    inactive. The undo is a change set too: to undo it does again what was done first.

    Raises:
        NotFound: there is no such change set.
        Conflict: it is undone already.
    """
    require(work.actor, "directory:write")
    undone = work.history.change_set(change_set_id, kept=True)
    if undone.undone_by is not None:
        raise Conflict("These changes are undone already. Undo the undo to make them again.")
    with recorded(work, ChangeCause.UNDO, f"Undone: {undone.title}"[:200], undoes=undone.id) as undo:
        summary = _Undo(work, undone).run(undo.id)
        work.assurances.carry([one.record_id for one in summary.kept], of=undone.id, to=undo.id)
    work.history.save(msgspec.structs.replace(undone, undone_by=undo.id))
    if undone.undoes is not None:
        work.history.save(msgspec.structs.replace(work.history.change_set(undone.undoes, kept=True), undone_by=None))
    return summary


class _Undo:
    """One undo on its way: what was restored, removed and kept."""

    def __init__(self, work: Work, undone: ChangeSet) -> None:
        self._work = work
        self._undone = undone
        self._kept: list[KeptRecord] = []
        self._restored = 0
        self._removed = 0

    def run(self, undo_id: UUID) -> UndoSummary:
        by_kind: dict[str, list[RecordChange]] = {kind: [] for kind in _IN_ORDER}
        for change in self._work.history.changes(self._undone.id):
            by_kind[change.kind].append(change)
        added = self._restore_all(by_kind)
        for kind, ids in self._work.history.added(self._undone.id):
            later = self._work.history.changed_after(self._undone.id, ids)
            self._keep(kind, later, _CHANGED_SINCE)
            added[kind].extend(one for one in ids if one not in later)
        origins = added.pop("source_record")
        for kind in reversed(_IN_ORDER):
            self._remove(kind, added.get(kind, []))
        self._remove("source_record", self._without_record(origins))
        return UndoSummary(change_set_id=undo_id, restored=self._restored, removed=self._removed, kept=self._kept)

    def _restore_all(self, by_kind: dict[str, list[RecordChange]]) -> dict[str, list[UUID]]:
        """Put back what changed or went; the ids of what was added, by kind."""
        added: dict[str, list[UUID]] = {kind: [] for kind in _IN_ORDER}
        for kind, changes in by_kind.items():
            present = self._work.directory.records(kind, [change.record_id for change in changes])
            back = []
            for change in changes:
                if change.forgotten:
                    self._keep(kind, [change.record_id], _FORGOTTEN)
                elif not _is_as_left(kind, change, present.get(change.record_id)):
                    self._keep(kind, [change.record_id], _CHANGED_SINCE)
                elif change.before is not None:
                    back.append(self._as_before(kind, change.before))
                elif change.after is not None:
                    added[kind].append(change.record_id)
            homeless = self._work.directory.save_possible(kind, back)
            self._keep(kind, homeless, _NO_PLACE)
            self._restored += len(back) - len(homeless)
        return added

    def _as_before(self, kind: str, image: dict[str, Any]) -> Any:
        record = record_of(kind, image)
        return msgspec.structs.replace(record, last_modified=self._work.now) if hasattr(record, "last_modified") else record

    def _remove(self, kind: str, ids: list[UUID]) -> None:
        if not ids:
            return
        present = self._work.directory.records(kind, ids)
        used = self._work.directory.delete_unused(kind, list(present))
        self._removed += len(present) - len(used)
        self._keep(kind, used, _STILL_USED)
        if kind == "service":
            left = [inactive(present[one]) for one in used if present[one].status is ServiceStatus.ACTIVE]
            self._work.directory.save(DirectoryRows(service=[msgspec.structs.replace(one, last_modified=self._work.now) for one in left]))

    def _without_record(self, origins: list[UUID]) -> list[UUID]:
        """The source rows whose record is gone too: without its row a record that stays would come a second time."""
        present = self._work.directory.records("source_record", origins)
        by_kind: dict[str, list[UUID]] = {}
        for origin in present.values():
            by_kind.setdefault(origin.kind, []).append(origin.record_id)
        ours = [kind for kind in by_kind if kind not in UNRECORDED]
        staying = {one for kind in ours for one in self._work.directory.records(kind, by_kind[kind])}
        return [one for one, origin in present.items() if origin.record_id not in staying]

    def _keep(self, kind: str, ids: Iterable[UUID], why: str) -> None:
        self._kept.extend(KeptRecord(kind, one, why) for one in sorted(ids))


def _is_as_left(kind: str, change: RecordChange, present: Any) -> bool:
    """Whether a record still is what the change made of it, times of change aside."""
    if change.after is None or present is None:
        return change.after is None and present is None
    return is_same(record_of(kind, change.after), present)
