"""What was done to the directory, by whom, and what stood there before: so that it can be shown, and undone. Pure."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from msgspec import Struct


class ChangeCause(StrEnum):
    """Why the directory was changed."""

    IMPORT = "import"
    EDIT = "edit"
    CONFIRM = "confirm"
    ROOM = "room"
    RULE = "rule"
    MERGE = "merge"
    REVIEW = "review"
    """A difference or a correction was decided."""
    GEOCODE = "geocode"
    UNDO = "undo"


class ChangeSet(Struct, frozen=True, kw_only=True):
    """Changes that were made together and are undone together."""

    id: UUID
    cause: ChangeCause
    title: str
    """A sentence for coordinators: what was done, without personal data."""
    made_at: datetime
    account_id: UUID | None = None
    """None: the system, or the command line."""
    organization_id: UUID | None = None
    """Whose person made it."""
    channel: str
    source: str | None = None
    """The network that an import read."""
    undoes: UUID | None = None
    undone_by: UUID | None = None
    """The change set that undid this one."""


class RecordChange(Struct, frozen=True, kw_only=True):
    """One record before and after a change set; None: it was not there."""

    id: UUID
    change_set_id: UUID
    kind: str
    """The name of its table."""
    record_id: UUID
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    forgotten: bool = False
    """Both are gone, since they could tell where a confidential place is."""


class AddedRecords(Struct, frozen=True, kw_only=True):
    """The ids of what an import added: what they were made of is in the directory itself."""

    id: UUID
    change_set_id: UUID
    kind: str
    record_ids: bytes
    """16 bytes each."""


class KeptRecord(Struct, frozen=True):
    """A record that an undo left as it is, and why."""

    kind: str
    record_id: UUID
    why: str


class UndoSummary(Struct, frozen=True, kw_only=True):
    """What an undo did."""

    change_set_id: UUID
    """Of the undo itself, which can be undone too."""
    restored: int
    """Records that are again as they were before."""
    removed: int
    """Records that were added and are gone again."""
    kept: list[KeptRecord]


def ids_in(packed: bytes) -> list[UUID]:
    """The ids that were packed, 16 bytes each."""
    return [UUID(bytes=packed[start : start + 16]) for start in range(0, len(packed), 16)]
