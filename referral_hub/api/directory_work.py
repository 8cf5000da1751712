"""What is to be put right in the directory, for programs: corrections, differences, confirmations."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Struct

from referral_hub.actors import Actor
from referral_hub.errors import FieldError, Invalid
from referral_hub.partners import correcting, reviewing
from referral_hub.partners.confirming import Confirmed, confirm_services
from referral_hub.partners.correcting import DirectoryWork
from referral_hub.partners.correction import Correction, CorrectionState
from referral_hub.partners.reviewing import Choice, ReviewPage, ReviewSummary
from referral_hub.unit_of_work import Hub


class ReportListing(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`code`: hours, closed, phone, address, eligibility, area, not_offered, language, access, papers, cost or other."""

    code: str
    words: str = ""
    """About the service only, never about a patient."""


class CloseCorrection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`done`: it is right now; `dismissed`: it was right; `open`: it waits again."""

    state: CorrectionState


class DecideDifferences(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Some differences by `ids`, or all of a `source`, of which `count` were seen."""

    choice: Choice
    ids: list[UUID] = []
    source: str | None = None
    count: int | None = None


@get("/directory-work", sync_to_thread=True)
def show_work(
    hub: NamedDependency[Hub], actor: NamedDependency[Actor], page: Annotated[int, QueryParameter(name="page")] = 1
) -> DirectoryWork:
    """What misleads most people first; a partner's is about its own listings."""
    with hub.read(actor) as work:
        return correcting.list_work(work, page=page)


@post("/service-at-locations/{listing_id:uuid}/reports", sync_to_thread=True, status_code=200)
def report(
    hub: NamedDependency[Hub], actor: NamedDependency[Actor], listing_id: FromPath[UUID], data: JSONBody[ReportListing]
) -> list[Correction]:
    """Say that something about a listing is wrong; the corrections as they stand now."""
    with hub.begin(actor) as work:
        return correcting.report_listing(work, listing_id, data.code, data.words)


@post("/corrections/{correction_id:uuid}", sync_to_thread=True, status_code=200)
def close(
    hub: NamedDependency[Hub], actor: NamedDependency[Actor], correction_id: FromPath[UUID], data: JSONBody[CloseCorrection]
) -> Correction:
    """Close a correction, or open it again."""
    with hub.begin(actor) as work:
        return correcting.close_correction(work, correction_id, data.state)


@get("/differences", sync_to_thread=True)
def list_differences(
    hub: NamedDependency[Hub],
    actor: NamedDependency[Actor],
    source: Annotated[str | None, QueryParameter(name="source")] = None,
    page: Annotated[int, QueryParameter(name="page")] = 1,
    per_page: Annotated[int, QueryParameter(name="per_page", description="At most 100.")] = 25,
) -> ReviewPage:
    """Where an import says otherwise than a person, whose word was kept; for the coordinator."""
    with hub.read(actor) as work:
        return reviewing.list_differences(work, source=source, page=page, per_page=per_page)


@post("/differences", sync_to_thread=True, status_code=200)
def decide(hub: NamedDependency[Hub], actor: NamedDependency[Actor], data: JSONBody[DecideDifferences]) -> ReviewSummary:
    """Keep ours or take theirs; `change_set_id` takes it back."""
    if bool(data.ids) == (data.source is not None) or (data.source is not None and data.count is None):
        raise Invalid("Say which differences.", errors=(FieldError("ids", "Give ids, or a source and how many were seen."),))
    with hub.begin(actor) as work:
        if data.source is not None:
            return reviewing.decide_source(work, data.source, data.choice, count=data.count or 0)
        return reviewing.decide_differences(work, data.ids, data.choice)


@post("/services/{service_id:uuid}/confirm", sync_to_thread=True, status_code=200)
def confirm(hub: NamedDependency[Hub], actor: NamedDependency[Actor], service_id: FromPath[UUID]) -> Confirmed:
    """Say that a service is right as it stands, everywhere it is offered."""
    with hub.begin(actor) as work:
        return confirm_services(work, [service_id])


handlers = [show_work, report, close, list_differences, decide, confirm]
