"""Change sets as pages show them: who did what when, and each field before and after."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from referral_hub.partners.history import ChangeCause, ChangeSet, RecordChange
from referral_hub.unit_of_work import Work
from web.format import say_code

CAUSES: dict[ChangeCause, tuple[str, str]] = {
    ChangeCause.IMPORT: ("Import", "inbox"),
    ChangeCause.EDIT: ("Changed", "edit"),
    ChangeCause.CONFIRM: ("Confirmed", "check"),
    ChangeCause.ROOM: ("Room", "room"),
    ChangeCause.RULE: ("Rules", "scales"),
    ChangeCause.MERGE: ("Merged", "people"),
    ChangeCause.REVIEW: ("Reviewed", "eye"),
    ChangeCause.GEOCODE: ("Place found", "pin"),
    ChangeCause.UNDO: ("Undone", "back"),
}
"""cause -> (word, icon)."""
_SILENT = frozenset({"id", "last_modified", "source"})
LONGEST = 300
MOST_RECORDS = 100


class FieldChange(Struct, frozen=True):
    field: str
    before: str
    after: str


class RecordCard(Struct, frozen=True):
    """One record: what kind, and what became of it."""

    kind: str
    what: str
    """added | changed | removed | forgotten"""
    fields: tuple[FieldChange, ...]


class SetCard(Struct, frozen=True, kw_only=True):
    """One change set."""

    id: UUID
    title: str
    word: str
    icon: str
    who: str
    at: datetime
    is_undone: bool
    records: tuple[RecordCard, ...]
    more: int
    """Records that are not shown."""


def names_of(work: Work, sets: Iterable[ChangeSet]) -> dict[UUID, str]:
    """The names of those who made them."""
    return work.suggestions.names_of({one.account_id for one in sets if one.account_id})


def draw_set(one: ChangeSet, changes: Sequence[RecordChange], names: dict[UUID, str]) -> SetCard:
    """A change set with its records."""
    word, icon = CAUSES[one.cause]
    cards = [card for change in changes if (card := draw_record(change)) is not None]
    return SetCard(
        id=one.id,
        title=one.title,
        word=word,
        icon=icon,
        who=names.get(one.account_id, "Referral Hub") if one.account_id else "Referral Hub",
        at=one.made_at,
        is_undone=one.undone_by is not None,
        records=tuple(cards[:MOST_RECORDS]),
        more=max(len(cards) - MOST_RECORDS, 0),
    )


def draw_record(change: RecordChange) -> RecordCard | None:
    """A record's fields that differ; None where only times of change do, and for a note of which row of a source it was."""
    if change.kind == "source_record":
        return None
    kind = say_code(change.kind).capitalize()
    if change.forgotten:
        return RecordCard(kind, "forgotten", ())
    before, after = change.before or {}, change.after or {}
    names = [name for name in dict.fromkeys([*before, *after]) if name not in _SILENT and not name.endswith("_id")]
    fields = tuple(
        FieldChange(say_code(name).capitalize(), _say(before.get(name)), _say(after.get(name)))
        for name in names
        if before.get(name) != after.get(name) and (_say(before.get(name)) or _say(after.get(name)))
    )
    if change.before and change.after and not fields:
        return None
    return RecordCard(kind, "added" if not change.before else "removed" if not change.after else "changed", fields)


def _say(value: Any) -> str:
    """A value in a few words."""
    if value is None or value is False or value in ([], {}):
        return ""
    if value is True:
        return "yes"
    if isinstance(value, list):
        return _short(", ".join(_say(part) for part in value))
    if isinstance(value, dict):
        return _short("; ".join(f"{say_code(str(name))}: {_say(part)}" for name, part in value.items() if _say(part)))
    return _short(str(value))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"
