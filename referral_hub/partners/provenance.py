"""Where each field of the directory comes from, who last stood behind it, and how far that carries today. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from referral_hub.actors import Actor, Role
from referral_hub.partners.freshness import Freshness, freshness
from referral_hub.partners.history import ChangeCause
from referral_hub.partners.model import Row, SourceRecord

WHOLE = ""
"""The field of a statement about a whole record: each of its fields, and which records hang on it."""
PARTNER = "partner"
COORDINATOR = "coordinator"
PEOPLE = frozenset({PARTNER, COORDINATOR})
"""Sources that are people; every other source is the name of an import."""
PORTAL = "portal"
"""The source of what no import brought and nobody has confirmed: it was written here."""

STATING = frozenset({ChangeCause.EDIT, ChangeCause.CONFIRM, ChangeCause.RULE, ChangeCause.ROOM})
"""Changes by which a person says what is right (a refusal may pause a service). A review says per difference whose word stands."""
NOT_STATED = frozenset({"id", "last_modified", "source", "assured_date", "assurer_email"})
"""Fields that tell about the record and not about the help."""
NEVER_STATED = frozenset({"service_capacity", "source_record", "sealed_location", "taxonomy", "taxonomy_term", "unit"})
"""Kinds that nobody confirms field by field: room grows old within days, words belong to everybody, sealed places are read by nobody."""

_OWNERS = (
    ("organization_id", "organization"),
    ("service_id", "service"),
    ("location_id", "location"),
    ("service_at_location_id", "service_at_location"),
    ("contact_id", "contact"),
    ("phone_id", "phone"),
)
_LINKS = {name for name, _ in _OWNERS} | {"program_id", "parent_organization_id", "unit_id", "link_id", "link_entity"}
"""Fields that say what hangs on what, which a page shows by its order."""
HANGING = frozenset(
    {
        "service_at_location", "address", "contact", "phone", "schedule", "language", "cost_option", "required_document",
        "service_area", "accessibility", "attribute",
    }
)  # fmt: skip
"""Kinds that say something about the record they hang on: one more or one less of them changes what people read there."""


class FieldAssurance(Struct, frozen=True, kw_only=True):
    """One field (or, with `field` empty, one whole record) that somebody stood behind; in force while its change set is not undone.

    A `field` that is the name of a kind (`phone`) is about which records of that kind hang on this one.
    """

    id: UUID
    change_set_id: UUID
    kind: str
    """The name of the record's table."""
    record_id: UUID
    field: str
    source: str
    """partner | coordinator, or the import that a coordinator gave the word back to."""
    assured_at: datetime
    account_id: UUID | None = None
    organization_id: UUID | None = None
    """Whose person said it."""


Statements = Mapping[str, FieldAssurance]
"""What is in force for one record, by field."""


class Origin(Struct, frozen=True, kw_only=True):
    """The row of a source that a record came from, and the last import of that source."""

    source: str
    row: int | None
    source_id: str
    imported_at: datetime | None


class FieldProvenance(Struct, frozen=True, kw_only=True):
    """One field of one record: its value, whose word it is, when that was last confirmed, and what this is worth today."""

    kind: str
    record_id: UUID
    field: str
    value: Any
    source: str
    """partner | coordinator | portal | the name of an import"""
    source_row: int | None
    """The row of the import's file, as a spreadsheet counts; None: not known, or a person's word."""
    imported_at: datetime | None
    """The last import of that source; None for a person's word."""
    assured_on: date | None
    """When it was last confirmed; None: nobody ever has."""
    confidence: Freshness


def source_of(actor: Actor | None) -> str | None:
    """Which source an asker is; None for the system and for people who look after patients."""
    if actor is None:
        return None
    if actor.role is Role.COORDINATOR:
        return COORDINATOR
    return PARTNER if actor.role in (Role.PARTNER_STAFF, Role.PARTNER_LEAD) else None


def stands_for(statements: Statements, field: str) -> FieldAssurance | None:
    """What was said last about a field: of the field itself, or of the whole record."""
    said = [statements[name] for name in dict.fromkeys((field, WHOLE)) if name in statements]
    return max(said, key=lambda one: (one.assured_at, one.id)) if said else None


def is_held(statements: Statements, field: str) -> bool:
    """Whether a person's word stands on a field, so that no import may change it."""
    last = stands_for(statements, field)
    return last is not None and last.source in PEOPLE


def owners_of(record: Any) -> list[tuple[str, UUID]]:
    """(kind, id) of the records that this one hangs on."""
    found = [(kind, value) for name, kind in _OWNERS if (value := getattr(record, name, None)) is not None]
    return [*found, (record.link_entity, record.link_id)] if hasattr(record, "link_entity") else found


def stated_by(kind: str, before: Row | None, after: Row | None) -> list[tuple[str, UUID, str]]:
    """(kind, record, field) of what a person says by making one record into another; None: it is not there.

    Only what differs is said. Who adds or takes away a phone says which phones there are.
    """
    record = after or before
    if record is None or kind in NEVER_STATED:
        return []
    if before is not None and after is not None:
        names = [name for name in record.__struct_fields__ if name not in NOT_STATED]
        return [(kind, record.id, name) for name in names if getattr(before, name) != getattr(after, name)]
    hung = [(owner, owner_id, kind) for owner, owner_id in owners_of(record)] if kind in HANGING else []
    return [(kind, record.id, WHOLE), *hung]


def provenance_of(
    kind: str, record: Row, statements: Statements, origin: Origin | None, assured_date: date | None, today: date
) -> list[FieldProvenance]:
    """For each field of a record that says anything, whose word it is and what that is worth today.

    `assured_date` is the date that the record's service carries: what its source says of when it was last confirmed.
    """
    return [
        _field(kind, record, name, stands_for(statements, name), origin, assured_date, today)
        for name in record.__struct_fields__
        if name not in NOT_STATED and name not in _LINKS and getattr(record, name) not in (None, "", [], {})
    ]


def _field(
    kind: str, record: Row, name: str, said: FieldAssurance | None, origin: Origin | None, assured_date: date | None, today: date
) -> FieldProvenance:
    by_person = said is not None and said.source in PEOPLE
    assured = assured_date if said is None else said.assured_at.date()
    if by_person or origin is None:
        source, row, imported = (said.source if said else PORTAL), None, None
    else:
        source, row, imported = origin.source, origin.row, origin.imported_at
    return FieldProvenance(
        kind=kind,
        record_id=record.id,
        field=name,
        value=msgspec.to_builtins(getattr(record, name)),
        source=source,
        source_row=row,
        imported_at=imported,
        assured_on=assured,
        confidence=freshness(assured, today),
    )


def origins_of(records: Iterable[SourceRecord], imported: Mapping[str, datetime]) -> dict[UUID, Origin]:
    """By record, the row that it came from; `imported` has the last import of each source. Of two sources the later one counts."""
    found: dict[UUID, Origin] = {}
    for one in records:
        origin = Origin(source=one.source, row=one.row, source_id=one.source_id, imported_at=imported.get(one.source))
        other = found.get(one.record_id)
        if other is None or _age(origin) > _age(other):
            found[one.record_id] = origin
    return found


def _age(origin: Origin) -> tuple[bool, float, str]:
    return (origin.imported_at is not None, origin.imported_at.timestamp() if origin.imported_at else 0.0, origin.source)
