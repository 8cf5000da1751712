"""A small source with one service at one place, whose readings get fresh ids each time as a reader's do; and people who say otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from referral_hub.actors import COMMAND_LINE, Actor, Role
from referral_hub.ids import new_id
from referral_hub.partners.actions import import_directory
from referral_hub.partners.change_sets import recorded
from referral_hub.partners.difference import Difference
from referral_hub.partners.history import ChangeCause
from referral_hub.partners.imports.report import Reading, Report
from referral_hub.partners.model import (
    Address,
    DirectoryRows,
    Location,
    Organization,
    Phone,
    Schedule,
    Service,
    ServiceAtLocation,
    SourceRecord,
)
from referral_hub.storage import rows as stored_rows
from referral_hub.storage.tables import provenance as tables
from referral_hub.unit_of_work import Hub

CORA = Actor(account_id=None, organization_id=None, role=Role.COORDINATOR, name="Cora")
FIRST, OURS, THEIRS = "First", "Ours", "Theirs"


def read_source(
    network: str,
    *,
    description: str | None = FIRST,
    phones: tuple[tuple[str, str], ...] = (("a", "410-555-0101"),),
    services: bool = True,
    confidential: bool = False,
) -> Reading:
    """What the source says now: one organization, one place and, with `services`, one service there; (key, number) of its phones."""
    rows = DirectoryRows()
    made: dict[str, UUID] = {}

    def put(kind: str, key: str, record: Any) -> None:
        made[key] = record.id
        getattr(rows, kind).append(record)
        origin = SourceRecord(id=new_id(), source=network, kind=kind, source_id=f"{kind}-{key}", record_id=record.id, row=len(rows.source_record) + 2)
        rows.source_record.append(origin)

    put("organization", "org", Organization(id=new_id(), name="Quay Kitchen", source=network))
    place = Location(id=new_id(), organization_id=made["org"], name="Quay", confidential=confidential, latitude=None if confidential else 39.2)
    put("location", "place", place)
    if not confidential:
        put("address", "door", Address(id=new_id(), location_id=made["place"], address_1="4 Quay Road", city="Baltimore", state_province="MD", postal_code="21230"))
    if services:
        put("service", "soup", Service(id=new_id(), organization_id=made["org"], name="Soup", description=description, source=network))
        put("service_at_location", "soup-place", ServiceAtLocation(id=new_id(), service_id=made["soup"], location_id=made["place"]))
        put("schedule", "monday", Schedule(id=new_id(), service_id=made["soup"], freq="WEEKLY", byday="MO", opens_at="09:00", closes_at="12:00"))
        for key, number in phones:
            put("phone", f"phone-{key}", Phone(id=new_id(), service_id=made["soup"], number=number))
    return Reading(network=network, rows=rows, report=Report())


def bring_in(hub: Hub, network: str, **says: Any) -> tuple[UUID, Reading]:
    """Import what the source says now; the change set and the reading with its report."""
    reading = read_source(network, **says)
    with hub.begin(COMMAND_LINE) as work:
        summary = import_directory(work, reading)
    assert summary.change_set_id is not None
    return summary.change_set_id, reading


def held_of(hub: Hub, network: str) -> DirectoryRows:
    """What the hub holds of the source's organization."""
    with hub.read(COMMAND_LINE) as work:
        found = [one.record_id for one in work.directory.source_records_of(network, "organization", ["organization-org"])]
        return work.directory.organization_rows(found[0])


def service_of(hub: Hub, network: str) -> Service:
    return held_of(hub, network).service[0]


def partner_of(hub: Hub, network: str) -> Actor:
    """Somebody of the source's organization."""
    return Actor(account_id=None, organization_id=held_of(hub, network).organization[0].id, role=Role.PARTNER_LEAD, name="Quinn")


def change(hub: Hub, actor: Actor, make: Callable[[DirectoryRows], DirectoryRows], held: DirectoryRows, gone: dict[str, list[UUID]] | None = None) -> UUID:
    """Edit as this asker does; the change set."""
    with hub.begin(actor) as work, recorded(work, ChangeCause.EDIT, "An edit") as change_set:
        work.directory.save(make(held))
        for kind, ids in (gone or {}).items():
            work.directory.delete(kind, ids)
    return change_set.id


def describe(hub: Hub, actor: Actor, network: str, text: str) -> UUID:
    """Edit the service's description."""
    return change(hub, actor, lambda held: DirectoryRows(service=[msgspec.structs.replace(held.service[0], description=text)]), held_of(hub, network))


def open_differences(hub: Hub, network: str) -> list[Difference]:
    with hub.read(CORA) as work:
        return work.differences.page(source=network, limit=100)


def all_differences(hub: Hub) -> list[Difference]:
    with hub.database.read() as connection:
        return [stored_rows.from_row(Difference, row) for row in connection.execute(sa.select(tables.difference))]
