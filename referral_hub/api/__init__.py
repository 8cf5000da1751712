"""The hub for programs: JSON under /api, the open directory under /hsds."""

from __future__ import annotations

from collections.abc import Sequence

from litestar.openapi.spec import Components, SecurityScheme
from litestar.types import ControllerRouterHandler

from referral_hub.api import (
    area_medians,
    directory_changes,
    directory_work,
    duplicates,
    hsds,
    listing_edits,
    match_costs,
    matches,
    needs,
    patients,
    provenance,
    referrals,
    referrers,
    room_days,
    rule_suggestions,
    service_at_locations,
    services,
    taxonomy_terms,
    worklist,
)


def handlers() -> Sequence[ControllerRouterHandler]:
    """Everything under /api; all of it asks for a token."""
    subjects = (
        area_medians,
        directory_changes,
        directory_work,
        duplicates,
        listing_edits,
        match_costs,
        matches,
        needs,
        patients,
        provenance,
        referrals,
        referrers,
    room_days,
        rule_suggestions,
        service_at_locations,
        services,
        taxonomy_terms,
        worklist,
    )
    return [handler for subject in subjects for handler in subject.handlers]


def public_handlers() -> Sequence[ControllerRouterHandler]:
    """What anybody may read: the public directory in HSDS."""
    return hsds.handlers


def openapi_components() -> Components:
    """How a program signs in."""
    bearer = SecurityScheme(type="http", scheme="bearer", description="A token of `referral-hub tokens create`.")
    return Components(security_schemes={"bearer": bearer})
