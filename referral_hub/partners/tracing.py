"""Where a listing comes from: each of its fields with whose word it is, when that was said, and what it is worth today."""

from __future__ import annotations

from uuid import UUID

from msgspec import Struct

from referral_hub.partners.hours import zone_of
from referral_hub.partners.listing import Named
from referral_hub.partners.model import DirectoryRows, Row
from referral_hub.partners.provenance import FieldProvenance, origins_of, owners_of, provenance_of
from referral_hub.permissions import require
from referral_hub.unit_of_work import Work

_UNTOLD = frozenset({"program", "sealed_location", "service_capacity", "unit", "taxonomy", "taxonomy_term", "source_record"})
"""Kinds that tell nothing of their own here: room has a page, words belong to everybody, a sealed place is read by nobody."""

_THEMSELVES = frozenset({"organization", "service", "location", "service_at_location"})


class RecordProvenance(Struct, frozen=True, kw_only=True):
    """One record of a listing, field by field."""

    kind: str
    record_id: UUID
    fields: list[FieldProvenance]


class ListingProvenance(Struct, frozen=True, kw_only=True):
    """A service at a place with everything that is said of it; `id` is the listing's."""

    id: UUID
    service: Named
    organization: Named
    location: Named
    confidential: bool
    records: list[RecordProvenance]


def trace_listing(work: Work, listing_id: UUID) -> ListingProvenance:
    """Where each field of a listing comes from; for coordinators, and for the partner whose listing it is.

    Raises:
        NotFound: there is none, or it is another organization's.
    """
    actor = require(work.actor, "provenance:read")
    listing = work.directory.service_at_location_for(actor, listing_id)
    rows = work.directory.service_rows([listing.service_id])
    service, organization = rows.service[0], rows.organization[0]
    place = next(one for one in rows.location if one.id == listing.location_id)
    own = _rows_of({service.id, organization.id, place.id, listing.id}, rows)
    ids = [record.id for _, record in own]
    said = work.assurances.in_force(ids)
    brought = work.directory.source_records_about(ids)
    origins = origins_of(brought, work.history.last_imports({one.source for one in brought}))
    today = work.now.astimezone(zone_of(organization.timezone)).date()
    records = [
        RecordProvenance(
            kind=kind,
            record_id=record.id,
            fields=provenance_of(kind, record, said.get(record.id, {}), origins.get(record.id), service.assured_date, today),
        )
        for kind, record in own
    ]
    return ListingProvenance(
        id=listing.id,
        service=Named(service.id, service.name),
        organization=Named(organization.id, organization.name),
        location=Named(place.id, "Confidential location" if place.confidential else place.name or ""),
        confidential=place.confidential,
        records=[one for one in records if one.fields],
    )


def _rows_of(known: set[UUID], rows: DirectoryRows) -> list[tuple[str, Row]]:
    """(kind, record) of these records and what hangs on them alone, owners first."""
    found: list[tuple[str, Row]] = []
    for kind in DirectoryRows.__struct_fields__:
        if kind in _UNTOLD:
            continue
        for record in getattr(rows, kind):
            owners = [owner for _, owner in owners_of(record)]
            if record.id in known or (kind not in _THEMSELVES and owners and all(owner in known for owner in owners)):
                known = known | {record.id}
                found.append((kind, record))
    return found
