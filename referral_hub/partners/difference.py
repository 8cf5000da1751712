"""What a source says otherwise than a person whose word stands: kept as it is here, and put before the coordinator. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from referral_hub.partners.model import Row
from referral_hub.partners.provenance import HANGING, NEVER_STATED, NOT_STATED, WHOLE, Statements, is_held, owners_of


class DifferenceState(StrEnum):
    """What became of a difference."""

    OPEN = "open"
    KEPT = "kept"
    """Decided: what stands here is right."""
    TAKEN = "taken"
    """Decided: the source is right."""
    AGREED = "agreed"
    """The source says the same again, or says nothing of it any more."""


class Difference(Struct, frozen=True, kw_only=True):
    """One field of one record on which a source and a person differ; one for each record, field and source.

    With `field` empty it is about the whole record: `ours` None, the source has one more; `theirs` None, one less.
    """

    id: UUID
    kind: str
    record_id: UUID
    field: str
    source: str
    """The import's network."""
    organization_id: UUID | None
    """Whose directory it is in."""
    ours: Any = None
    theirs: Any = None
    change_set_id: UUID
    """The last import that said it."""
    opened_at: datetime
    state: DifferenceState = DifferenceState.OPEN
    decided_at: datetime | None = None
    decided_by: UUID | None = None
    decided_in: UUID | None = None
    """The change set of the decision: while that is undone the difference is open again."""


class Said(Struct, frozen=True):
    """What a source says otherwise, before it is known whether that was decided already."""

    kind: str
    record_id: UUID
    field: str
    ours: Any
    theirs: Any


def hold_back(
    kind: str,
    records: Sequence[Any],
    stored: Mapping[UUID, Any],
    statements: Mapping[UUID, Statements],
    absent: set[UUID],
) -> tuple[list[Any], list[Said]]:
    """The records of a source as they may be stored, and what was held back of them.

    A field on which a person's word stands keeps what the hub holds; a record that a person took away, or that would hang
    on one whose records of this kind a person has stated, is left out. `absent` gathers what is left out, since nothing
    may hang on it.
    """
    out: list[Any] = []
    said: list[Said] = []
    if kind in NEVER_STATED:
        return [one for one in records if one.id not in absent and not _hangs_on(one, absent)], said
    for record in records:
        before = stored.get(record.id)
        if before is None:
            if _is_unwanted(kind, record, statements, absent):
                absent.add(record.id)
                said.append(Said(kind, record.id, WHOLE, None, msgspec.to_builtins(record)))
            else:
                out.append(record)
            continue
        own = statements.get(record.id, {})
        names = [
            name
            for name in record.__struct_fields__
            if name not in NOT_STATED
            and getattr(record, name) != getattr(before, name)
            and (is_held(own, name) or getattr(record, name) in _absent_of(name, absent))
        ]
        said += [_said(kind, record, before, name) for name in names]
        changes = {name: getattr(before, name) for name in names}
        if own and is_held(own, WHOLE):
            changes |= _dates(record, before)
        out.append(msgspec.structs.replace(record, **changes) if changes else record)
    return out, said


def _absent_of(name: str, absent: set[UUID]) -> Collection[UUID]:
    """The ids that a field may not take: of records that are left out."""
    return absent if name.endswith("_id") else ()


def hold_gone(kind: str, gone: Sequence[Any], statements: Mapping[UUID, Statements]) -> tuple[set[UUID], list[Said]]:
    """Which of the records that a source no longer has stay, because a person's word stands on them; and what to say of it."""
    said: list[Said] = []
    stay: set[UUID] = set()
    for record in gone if kind not in NEVER_STATED else ():
        if _is_stood_for(kind, record, statements):
            stay.add(record.id)
            said.append(Said(kind, record.id, WHOLE, msgspec.to_builtins(record), None))
    return stay, said


def hold_status(services: Sequence[Any], status: str, statements: Mapping[UUID, Statements]) -> tuple[set[UUID], list[Said]]:
    """Which services that a source no longer lists keep their status, because a person says that they have it."""
    stay = {one.id for one in services if is_held(statements.get(one.id, {}), "status")}
    return stay, [Said("service", one.id, "status", str(one.status), status) for one in services if one.id in stay]


def _is_stood_for(kind: str, record: Row, statements: Mapping[UUID, Statements]) -> bool:
    own = statements.get(record.id, {})
    if any(is_held(own, name) for name in own):
        return True
    return any(is_held(statements.get(owner, {}), kind) for _, owner in owners_of(record))


def _is_unwanted(kind: str, record: Row, statements: Mapping[UUID, Statements], absent: set[UUID]) -> bool:
    if _hangs_on(record, absent) or is_held(statements.get(record.id, {}), WHOLE):
        return True
    return kind in HANGING and any(is_held(statements.get(owner, {}), kind) for _, owner in owners_of(record))


def _hangs_on(record: Any, absent: set[UUID]) -> bool:
    return bool(absent) and any(owner in absent for _, owner in owners_of(record))


def _said(kind: str, record: Any, before: Any, name: str) -> Said:
    ours, theirs = (msgspec.to_builtins(getattr(one, name)) for one in (before, record))
    return Said(kind, record.id, name, ours, theirs)


def _dates(record: Any, before: Any) -> dict[str, Any]:
    """A record that a person confirmed here is not older than that, whenever the source's people looked last."""
    if not hasattr(record, "assured_date") or before.assured_date is None:
        return {}
    if record.assured_date is not None and record.assured_date >= before.assured_date:
        return {}
    return {"assured_date": before.assured_date, "assurer_email": before.assurer_email}
