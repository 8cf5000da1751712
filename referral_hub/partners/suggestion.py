"""A rule that was read out of a service's eligibility text: suggested, and in force only once a person confirms it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from msgspec import Struct


class SuggestionState(StrEnum):
    """What became of a suggestion."""

    SUGGESTED = "suggested"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"


class EligibilityText(Struct, frozen=True):
    """A service's prose, with what the directory says beside it."""

    service_id: UUID
    text: str
    minimum_age: float | None
    """Years."""
    maximum_age: float | None
    rule: dict[str, Any] | None


class Phrase(Struct, frozen=True, kw_only=True):
    """Where in the text a criterion was read: `text` is the text from `start` to `end` (characters, end excluded)."""

    start: int
    end: int
    text: str
    criterion: Any
    """As in a rule."""


class RuleSuggestion(Struct, frozen=True, kw_only=True):
    """One a service and text: a text that changes is read again."""

    id: UUID
    service_id: UUID
    text_digest: str
    """Of the text that was read."""
    rule: dict[str, Any]
    phrases: list[Phrase]
    state: SuggestionState
    made_at: datetime
    decided_at: datetime | None = None
    decided_by: UUID | None = None
    """An account."""
