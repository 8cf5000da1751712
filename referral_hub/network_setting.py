"""A setting that the network's coordinators change while the hub runs, such as what a wait costs in minutes."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct


class NetworkSetting(Struct, frozen=True, kw_only=True):
    """The last value of one setting, and who set it."""

    name: str
    value: Any
    """Any JSON."""
    changed_at: datetime
    changed_by: UUID | None = None
    """An account; None where the hub itself set it."""


class SettingChange(Struct, frozen=True, kw_only=True):
    """One change of a setting, kept for good: who set what, when."""

    id: UUID
    name: str
    number: int
    """The change number of the subject `name` that this change made: 1, 2, 3, ..."""
    value: Any
    changed_at: datetime
    changed_by: UUID | None = None
