"""The open directory: the HSDS 3.2 API, read only, for anybody."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from referral_hub.errors import FieldError, Invalid, NotFound
from referral_hub.partners import hsds
from referral_hub.partners.actions import HsdsQuery, find_hsds_services, get_hsds_service
from referral_hub.unit_of_work import Hub

MOST_PER_PAGE = 100
MOST_MINIMAL = 10_000
"""Entries of a minimal page: two short fields each."""

Page = Annotated[int, QueryParameter(ge=1, le=1_000_000, description="Page number, from 1.")]
PerPage = Annotated[
    int, QueryParameter(ge=1, le=MOST_MINIMAL, description="Services on a page; at most 100, with `minimal` at most 10,000.")
]


@get("/", sync_to_thread=False, summary="About this API")
def describe_api(hub: NamedDependency[Hub]) -> dict[str, Any]:
    """Which version of HSDS this is, and where it is described."""
    base = hub.settings.base_url.rstrip("/")
    return {
        "version": hsds.VERSION,
        "profile": hsds.PROFILE,
        "openapi_url": f"{base}/schema/openapi.json",
        "description": "The public directory of this referral network. Confidential places appear without address and point.",
    }


@get("/services", sync_to_thread=True, summary="Services, page by page")
def list_services(
    hub: NamedDependency[Hub],
    search: FromQuery[str] = "",
    page: Page = 1,
    per_page: PerPage = 50,
    minimal: FromQuery[bool] = False,
    full: FromQuery[bool] = False,
    taxonomy_term_id: FromQuery[str | None] = None,
    taxonomy_id: FromQuery[str | None] = None,
    organization_id: FromQuery[str | None] = None,
    modified_after: FromQuery[str | None] = None,
) -> dict[str, Any]:
    """`minimal`: only ids and dates of change; `full`: everything nested; a term is an id or a code of ours."""
    if per_page > MOST_PER_PAGE and not minimal:
        raise Invalid("The page is too large.", errors=(FieldError("per_page", f"At most {MOST_PER_PAGE} services on a page."),))
    query = HsdsQuery(
        search=search,
        taxonomy_term=taxonomy_term_id,
        taxonomy_id=_id_of("taxonomy_id", taxonomy_id),
        organization_id=_id_of("organization_id", organization_id),
        modified_after=_moment_of(modified_after),
    )
    with hub.read(None) as work:
        found = find_hsds_services(work, query, page=page, per_page=per_page, full=full)
    if minimal:
        contents = [hsds.minimal_document(service) for service in found.rows.service]
    elif full:
        contents = hsds.service_documents(found.rows)
    else:
        contents = [hsds.list_document(service, found.rows) for service in found.rows.service]
    pages = -(-found.total // per_page)
    return {
        "total_items": found.total,
        "total_pages": pages,
        "page_number": page,
        "size": len(contents),
        "first_page": page == 1,
        "last_page": page >= pages,
        "empty": not contents,
        "contents": contents,
    }


@get("/services/{service_id:str}", sync_to_thread=True, summary="One service with everything nested")
def show_service(hub: NamedDependency[Hub], service_id: FromPath[str]) -> dict[str, Any]:
    """A service by its id; 404 where there is none."""
    try:
        wanted = UUID(service_id)
    except ValueError:
        raise NotFound from None
    with hub.read(None) as work:
        return hsds.service_documents(get_hsds_service(work, wanted))[0]


def _id_of(field: str, text: str | None) -> UUID | None:
    if text is None:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise Invalid("An id cannot be read.", errors=(FieldError(field, "This is no id."),)) from None


def _moment_of(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))  # a plus sign that was not escaped in the address
    except ValueError:
        raise Invalid(
            "A time cannot be read.", errors=(FieldError("modified_after", "Write a time such as 2026-11-23T09:00:00-05:00."),)
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


router = Router("/hsds", route_handlers=[describe_api, list_services, show_service], tags=["hsds"])
handlers = [router]
