"""What an import would change: its rows against what the hub holds. Pure."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct, field

from referral_hub.partners.difference import Said
from referral_hub.partners.model import DirectoryRows, Row, ServiceCapacity, ServiceStatus, SourceRecord

DEPENDENT = (
    "address", "contact", "phone", "schedule", "language", "cost_option", "required_document", "service_area", "service_capacity", "accessibility", "attribute",
)  # fmt: skip
"""Kinds whose records go when their row has gone from the source while its owner stayed."""
_TIMES = frozenset({"last_modified"})


class KindCount(Struct):
    """How many records of one kind an import adds, changes, leaves as they are and takes away."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0


class ImportPlan(Struct, kw_only=True):
    """What one part of a source changes: the rows that are new or other than before, and the ids to delete by kind."""

    added: DirectoryRows = field(default_factory=DirectoryRows)
    changed: DirectoryRows = field(default_factory=DirectoryRows)
    deletions: dict[str, list[UUID]] = field(default_factory=dict)
    """Listings among them go only where no referral points to them."""
    held: list[Said] = field(default_factory=list)
    """What the source says otherwise than a person whose word stands: not written, but put before the coordinator."""
    held_of: dict[UUID, UUID] = field(default_factory=dict)
    """The organization of each record in `held`."""


def rekey(rows: DirectoryRows, mapping: dict[UUID, UUID]) -> DirectoryRows:
    """The same rows with other ids: every UUID of every record that the mapping knows."""
    if not mapping:
        return rows
    out = DirectoryRows()
    for kind in rows.__struct_fields__:
        records: list[Any] = getattr(rows, kind)
        if not records:
            continue
        fields = [name for name in records[0].__struct_fields__ if name == "id" or name.endswith("_id")]
        target = getattr(out, kind)
        for record in records:
            changes = {name: mapping[value] for name in fields if (value := getattr(record, name)) in mapping}
            target.append(msgspec.structs.replace(record, **changes) if changes else record)
    return out


def without_merged(rows: DirectoryRows, known: dict[tuple[str, str], SourceRecord]) -> DirectoryRows:
    """The rows without those that somebody merged into others; what hangs on them stays."""
    merged = {(one.kind, one.record_id) for one in rows.source_record if (kept := known.get((one.kind, one.source_id))) and kept.merged}
    if not merged:
        return rows
    out = DirectoryRows(source_record=[one for one in rows.source_record if (one.kind, one.record_id) not in merged])
    for kind in rows.__struct_fields__:
        if kind != "source_record":
            getattr(out, kind).extend(record for record in getattr(rows, kind) if (kind, record.id) not in merged)
    return out


def keep_fields(record: Any, stored: Any, names: tuple[str, ...]) -> Any:
    """The record with these fields as the hub holds them: the source knows nothing of them."""
    changes = {name: getattr(stored, name) for name in names if getattr(stored, name) != getattr(record, name)}
    return msgspec.structs.replace(record, **changes) if changes else record


def keep_said(record: ServiceCapacity, stored: ServiceCapacity) -> ServiceCapacity:
    """The figure as the hub holds it, unless the source has said a newer one: an import takes back no refusal and no reservation."""
    if stored.refusals or (stored.said_at is not None and record.updated <= stored.said_at):
        return stored
    if stored.said_at is None and stored.stated is not None and record.available == stored.stated:
        return msgspec.structs.replace(record, available=stored.available, stated=stored.stated, updated=stored.updated)
    return record


def is_same(record: Row, stored: Row) -> bool:
    """Whether two records say the same, times of change aside."""
    return all(getattr(record, name) == getattr(stored, name) for name in record.__struct_fields__ if name not in _TIMES)


def owners_of(record: Any) -> list[UUID]:
    """The records that this one hangs on."""
    names = ("organization_id", "service_id", "location_id", "service_at_location_id", "contact_id", "link_id", "phone_id")
    return [value for name in names if (value := getattr(record, name, None)) is not None]


def inactive(service: Any) -> Any:
    """A service that its source no longer lists."""
    return msgspec.structs.replace(service, status=ServiceStatus.INACTIVE)
