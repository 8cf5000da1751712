"""What is said to be wrong in the directory: opened by reports and by partners' reasons for a no, closed by who made it right."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from msgspec import Struct

from referral_hub.actors import Role
from referral_hub.errors import FieldError, Invalid
from referral_hub.ids import new_id
from referral_hub.partners.correction import DECLINES, FAULTS, LONGEST_WORDS, Correction, CorrectionState
from referral_hub.partners.freshness import STALE_DAYS
from referral_hub.partners.listing import Named
from referral_hub.partners.model import Service, ServiceAtLocation
from referral_hub.partners.provenance import PARTNER, source_of
from referral_hub.permissions import allowed, require
from referral_hub.unit_of_work import Work

CARE_TEAM = "care team"
ANOTHER_PARTNER = "another partner"
PER_PAGE = 20
_RECORDS = {"service": "service_id", "location": "location_id"}
"""Kind -> the listing's field with the record's id."""


class OpenCorrection(Struct, frozen=True, kw_only=True):
    """A correction with what a person needs to act on it."""

    correction: Correction
    service: Named
    organization: Named
    referrals: int
    """How many went to the service: how many people may have been misled."""


class StaleService(Struct, frozen=True, kw_only=True):
    """An active service that nobody has confirmed for 180 days, or ever."""

    service: Service
    organization: Named
    listing_id: UUID | None
    """One of its places; None where it is offered nowhere."""
    referrals: int


class DirectoryWork(Struct, frozen=True, kw_only=True):
    """What is to be put right, most harmful first; a partner's is about its own services."""

    corrections: list[OpenCorrection]
    corrections_total: int
    stale: list[StaleService]
    stale_total: int
    differences: dict[str, int]
    """Open differences by source; empty for partners."""
    imported_at: dict[str, datetime]
    """When each of these sources was last imported."""


def report_listing(work: Work, listing_id: UUID, code: str, words: str = "") -> list[Correction]:
    """Say that something about a listing is wrong; `code` is a key of FAULTS.

    Raises:
        NotFound: there is no such listing.
        Invalid: no such fault, too many words, or "something else" without any.
    """
    actor = require(work.actor, "listing:report")
    text = " ".join(words.split())
    faults = [] if code in FAULTS else [FieldError("code", "Choose what is wrong.")]
    if len(text) > LONGEST_WORDS:
        faults.append(FieldError("words", f"Keep it under {LONGEST_WORDS} letters."))
    if code == "other" and not text:
        faults.append(FieldError("words", "Say what is wrong."))
    if faults:
        raise Invalid("Some answers need another look.", errors=tuple(faults))
    listing = work.listings.get(listing_id)
    row: ServiceAtLocation = work.directory.records("service_at_location", [listing_id])[listing_id]
    said_by = source_of(actor) or CARE_TEAM
    if said_by == PARTNER and actor.organization_id != listing.organization.id:
        said_by = ANOTHER_PARTNER
    made = _corrections(work, row, listing.organization.id, [code], said_by=said_by)
    return work.corrections.note([msgspec.structs.replace(one, words=text or None) for one in made])


def note_decline(work: Work, listing_id: UUID, organization_id: UUID, reason: str, *, detail: str, referral_id: UUID) -> list[Correction]:
    """Open what a partner's reason for a no says of the directory; nothing for a reason that says nothing of it.

    `detail` is the criterion that did not fit, in the hub's own words. What was typed is not taken over: it is about a patient.
    """
    row = work.directory.records("service_at_location", [listing_id]).get(listing_id)
    codes = DECLINES.get(reason, ())
    if row is None or not codes:
        return []
    made = _corrections(work, row, organization_id, codes, said_by=PARTNER, detail=detail)
    return work.corrections.note([msgspec.structs.replace(one, referral_id=referral_id) for one in made])


def close_correction(work: Work, correction_id: UUID, state: CorrectionState) -> Correction:
    """Say that a field is right now (done), or was right all the time (dismissed); `open` opens it again.

    Raises:
        NotFound: there is none, or it is about another organization's service.
    """
    actor = require(work.actor, "listing:confirm")
    one = work.corrections.get_for(actor, correction_id)
    is_open = state is CorrectionState.OPEN
    decided = msgspec.structs.replace(
        one, state=state, decided_at=None if is_open else work.now, decided_by=None if is_open else actor.account_id
    )
    work.corrections.save([decided])
    return decided


def list_work(work: Work, *, page: int = 1) -> DirectoryWork:
    """What is to be put right: for coordinators everywhere, for partners in their own listings."""
    actor = require(work.actor, "provenance:read")
    found = work.corrections.page_for(actor, CorrectionState.OPEN, limit=PER_PAGE, offset=(max(page, 1) - 1) * PER_PAGE)
    before = work.now.date() - timedelta(days=STALE_DAYS)
    stale = work.corrections.stale_for(actor, before, limit=PER_PAGE)
    services = work.directory.records("service", {one.service_id for one, _ in found})
    owners = {one.organization_id for one in services.values()} | {service.organization_id for service, _ in stale}
    names = {one.id: Named(one.id, one.name) for one in work.directory.records("organization", owners).values()}
    listings = work.directory.children_of("service_at_location", "service_id", {service.id for service, _ in stale})
    places = {one.service_id: one.id for one in reversed(listings)}
    every = allowed(actor, "directory:write") and actor.role is Role.COORDINATOR
    differences = work.differences.count_by_source() if every else {}
    return DirectoryWork(
        corrections=[
            OpenCorrection(
                correction=one,
                service=Named(one.service_id, services[one.service_id].name),
                organization=names[services[one.service_id].organization_id],
                referrals=many,
            )
            for one, many in found
        ],
        corrections_total=work.corrections.count_for(actor),
        stale=[
            StaleService(service=service, organization=names[service.organization_id], listing_id=places.get(service.id), referrals=many)
            for service, many in stale
        ],
        stale_total=work.corrections.count_stale_for(actor, before),
        differences=differences,
        imported_at=work.history.last_imports(list(differences)) if differences else {},
    )


def _corrections(
    work: Work, row: ServiceAtLocation, organization_id: UUID, codes: Iterable[str], *, said_by: str, detail: str = ""
) -> list[Correction]:
    return [
        Correction(
            id=new_id(),
            organization_id=organization_id,
            service_id=row.service_id,
            service_at_location_id=row.id,
            kind=kind,
            record_id=getattr(row, _RECORDS[kind]),
            field=field,
            detail=detail,
            code=code,
            said_by=said_by,
            opened_at=work.now,
            said_at=work.now,
        )
        for code in codes
        for kind, field in FAULTS[code].fields
    ]
