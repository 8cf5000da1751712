"""Where each field of a listing comes from."""

from __future__ import annotations

from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath

from referral_hub.actors import Actor
from referral_hub.partners.tracing import ListingProvenance, trace_listing
from referral_hub.unit_of_work import Hub


@get("/service-at-locations/{listing_id:uuid}/provenance", sync_to_thread=True)
def show(hub: NamedDependency[Hub], actor: NamedDependency[Actor], listing_id: FromPath[UUID]) -> ListingProvenance:
    """Field by field: value, source, row, when it was imported or confirmed, and what this is worth today; for its partner, too."""
    with hub.read(actor) as work:
        return trace_listing(work, listing_id)


handlers = [show]
