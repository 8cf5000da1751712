"""An import through the portal: one uploaded spreadsheet on its way from choosing columns to the directory."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from msgspec import Struct


class ImportState(StrEnum):
    """How far an import is."""

    UPLOADED = "uploaded"
    """Columns are to be chosen."""
    CHECKING = "checking"
    """A dry run is on its way."""
    CHECKED = "checked"
    """What it would change is known."""
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    """Nothing was imported; `error` says why."""


BUSY = frozenset({ImportState.CHECKING, ImportState.RUNNING})
"""States in which a thread works on the file; in which it held the job's lock, unless it died."""
OPEN = frozenset({ImportState.UPLOADED, ImportState.CHECKED, ImportState.FAILED})
"""States in which columns may be chosen and a check or an import may begin, while the file is there."""


class ImportJob(Struct, frozen=True, kw_only=True):
    """What is known of one upload."""

    id: UUID
    state: ImportState
    file_name: str
    """As the person's computer calls it, shortened; never a path."""
    size: int
    """Bytes."""
    made_at: datetime
    account_id: UUID | None
    made_by: str
    """The coordinator's name."""
    mapping: dict[str, Any] | None = None
    """`spreadsheet.mapping.Mapping` as JSON, once columns were chosen."""
    summary: dict[str, Any] | None = None
    """`ImportSummary` as JSON, of the dry run or of the import."""
    error: str | None = None
    faults: list[dict[str, str]] | None = None
    """{field, message} of what refused it (the first fifty)."""
    ended_at: datetime | None = None
    change_set_id: UUID | None = None
    """What undoes the import."""
    has_file: bool = True
    """Whether the upload is still kept."""


class JobProgress(Struct, frozen=True):
    """How far a thread is: steps done of all, and what it does now."""

    done: int
    total: int
    what: str
