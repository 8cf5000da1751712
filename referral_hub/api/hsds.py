"""The open directory: the HSDS 3.2 API, read only, for anybody."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from referral_hub.api.conditional import Validators, is_known, not_modified, validators_of
from referral_hub.api.hsds_parameters import (
    MOST_PER_PAGE,
    Format,
    ModifiedAfter,
    PageNumber,
    PerPage,
    Postcode,
    Proximity,
    Reader,
    Search,
    ServicesPerPage,
    TaxonomyId,
    TermId,
    check_parameters,
)
from referral_hub.api.lines import Lines, stream_lines, take_turn
from referral_hub.errors import FieldError, Invalid, NotFound
from referral_hub.partners import hsds
from referral_hub.partners.hsds_query import HsdsQuery
from referral_hub.partners.open_directory import Form, Kind, read_all, read_one, read_page, require_one
from referral_hub.unit_of_work import Hub, Work

Asked = Request[Any, Any, Any]

FORM = 1
"""To be raised when the same directory is told in other words, so that nobody keeps the old ones."""


# Endpoints


@get("/", sync_to_thread=True, summary="About this API")
def describe_api(hub: NamedDependency[Hub], request: Asked) -> Response[bytes]:
    """Which version of HSDS this is, and where it is described."""
    base = hub.settings.base_url.rstrip("/")
    about = {
        "version": hsds.VERSION,
        "profile": hsds.PROFILE,
        "openapi_url": f"{base}/schema/openapi.json",
        "description": "The public directory of this referral network. Confidential places appear without address and point.",
    }
    with hub.read(None) as work:
        return _answer(request, work, lambda: about)


@get("/services", sync_to_thread=True, summary="Services, page by page")
def list_services(
    hub: NamedDependency[Hub],
    request: Asked,
    search: Search = "",
    page: PageNumber = 1,
    per_page: ServicesPerPage = 50,
    format: Format = "json",  # noqa: A002  # so the official document calls it
    taxonomy_term_id: TermId = None,
    taxonomy_id: TaxonomyId = None,
    organization_id: FromQuery[str | None] = None,
    modified_after: ModifiedAfter = None,
    minimal: FromQuery[bool] = False,
    full: FromQuery[bool] = False,
) -> Response[Any]:
    """`minimal`: only ids and dates of change; `full`: everything nested."""
    if per_page > MOST_PER_PAGE and not minimal:
        raise Invalid("The page is too large.", errors=(FieldError("per_page", f"At most {MOST_PER_PAGE} services on a page."),))
    query = Reader(hub).read(
        search=search,
        taxonomy_term_id=taxonomy_term_id,
        taxonomy_id=taxonomy_id,
        organization_id=organization_id,
        modified_after=modified_after,
    )
    return _list(hub, request, Kind.SERVICES, query, Form(minimal=minimal, full=full), page, per_page, format)


@get("/services/{service_id:str}", sync_to_thread=True, summary="One service with everything nested")
def show_service(hub: NamedDependency[Hub], request: Asked, service_id: FromPath[str]) -> Response[bytes]:
    """A service by its id; 404 where there is none."""
    return _show(hub, request, Kind.SERVICES, service_id, Form(full=True))


@get("/service_at_locations", sync_to_thread=True, summary="Services at locations, page by page")
def list_service_at_locations(
    hub: NamedDependency[Hub],
    request: Asked,
    search: Search = "",
    taxonomy_term_id: TermId = None,
    taxonomy_id: TaxonomyId = None,
    organization_id: FromQuery[str | None] = None,
    modified_after: ModifiedAfter = None,
    full: FromQuery[bool] = False,
    page: PageNumber = 1,
    per_page: PerPage = 50,
    format: Format = "json",  # noqa: A002  # so the official document calls it
    postcode: Postcode = None,
    proximity: Proximity = None,
) -> Response[Any]:
    """Where services are offered; a confidential place is never near a postcode."""
    query = Reader(hub).read(
        search=search,
        taxonomy_term_id=taxonomy_term_id,
        taxonomy_id=taxonomy_id,
        organization_id=organization_id,
        modified_after=modified_after,
        postcode=postcode,
        proximity=proximity,
    )
    return _list(hub, request, Kind.LISTINGS, query, Form(full=full), page, per_page, format)


@get("/service_at_locations/{listing_id:str}", sync_to_thread=True, summary="One service at a location with everything nested")
def show_service_at_location(hub: NamedDependency[Hub], request: Asked, listing_id: FromPath[str]) -> Response[bytes]:
    """A service at a location by its id; 404 where there is none."""
    return _show(hub, request, Kind.LISTINGS, listing_id, Form(full=True))


@get("/organizations", sync_to_thread=True, summary="Organizations, page by page")
def list_organizations(
    hub: NamedDependency[Hub],
    request: Asked,
    search: Search = "",
    full_service: FromQuery[bool] = False,
    full: FromQuery[bool] = False,
    taxonomy_term_id: TermId = None,
    taxonomy_id: TaxonomyId = None,
    page: PageNumber = 1,
    per_page: PerPage = 50,
    format: Format = "json",  # noqa: A002  # so the official document calls it
) -> Response[Any]:
    """`full`: with places, programs and services; `full_service`: the services fully nested too."""
    query = Reader(hub).read(search=search, taxonomy_term_id=taxonomy_term_id, taxonomy_id=taxonomy_id)
    return _list(hub, request, Kind.ORGANIZATIONS, query, Form(full=full, full_service=full_service), page, per_page, format)


@get("/organizations/{organization_id:str}", sync_to_thread=True, summary="One organization with everything nested")
def show_organization(
    hub: NamedDependency[Hub], request: Asked, organization_id: FromPath[str], full_service: FromQuery[bool] = False
) -> Response[bytes]:
    """An organization by its id, with its services; 404 where there is none."""
    return _show(hub, request, Kind.ORGANIZATIONS, organization_id, Form(full=True, full_service=full_service))


@get("/taxonomies", sync_to_thread=True, summary="Taxonomies, page by page")
def list_taxonomies(
    hub: NamedDependency[Hub],
    request: Asked,
    search: Search = "",
    page: PageNumber = 1,
    per_page: PerPage = 50,
    format: Format = "json",  # noqa: A002  # so the official document calls it
) -> Response[Any]:
    """By name."""
    return _list(hub, request, Kind.TAXONOMIES, Reader(hub).read(search=search), Form(), page, per_page, format)


@get("/taxonomies/{taxonomy_id:str}", sync_to_thread=True, summary="One taxonomy")
def show_taxonomy(hub: NamedDependency[Hub], request: Asked, taxonomy_id: FromPath[str]) -> Response[bytes]:
    """A taxonomy by its id; 404 where there is none."""
    return _show(hub, request, Kind.TAXONOMIES, taxonomy_id, Form())


@get("/taxonomy_terms", sync_to_thread=True, summary="Taxonomy terms, page by page")
def list_taxonomy_terms(
    hub: NamedDependency[Hub],
    request: Asked,
    search: Search = "",
    page: PageNumber = 1,
    per_page: PerPage = 50,
    format: Format = "json",  # noqa: A002  # so the official document calls it
    taxonomy_id: TaxonomyId = None,
    top_only: FromQuery[bool] = False,
    parent_id: FromQuery[str | None] = None,
) -> Response[Any]:
    """By name; `top_only`: those without a parent."""
    query = Reader(hub).read(search=search, taxonomy_id=taxonomy_id, parent_id=parent_id)
    query = msgspec.structs.replace(query, top_only=top_only)
    return _list(hub, request, Kind.TERMS, query, Form(), page, per_page, format)


@get("/taxonomy_terms/{term_id:str}", sync_to_thread=True, summary="One taxonomy term")
def show_taxonomy_term(hub: NamedDependency[Hub], request: Asked, term_id: FromPath[str]) -> Response[bytes]:
    """A taxonomy term by its id, with its taxonomy; 404 where there is none."""
    return _show(hub, request, Kind.TERMS, term_id, Form())


# Answers


def _list(
    hub: Hub, request: Asked, kind: Kind, query: HsdsQuery, form: Form, page: int, per_page: int, line_format: str
) -> Response[Any]:
    if line_format == "ndjson":
        return _stream(hub, request, kind, query, form)
    with hub.read(None) as work:
        return _answer(request, work, lambda: read_page(work, kind, query, form, page=page, per_page=per_page))


def _show(hub: Hub, request: Asked, kind: Kind, record_id: str, form: Form) -> Response[bytes]:
    try:
        wanted = UUID(record_id)
    except ValueError:
        raise NotFound from None
    with hub.read(None) as work:
        require_one(work, kind, wanted)  # also before it is said that nothing changed
        return _answer(request, work, lambda: read_one(work, kind, wanted, form))


def _answer(request: Asked, work: Work, make: Callable[[], object]) -> Response[bytes]:
    """304 where the asker has the answer; else what is made, as JSON, encoded in this thread and not in the loop."""
    validators = _validators(request, work)
    if is_known(request, validators):
        return not_modified(validators)
    return Response(msgspec.json.encode(make()), media_type="application/json", headers=validators.headers())


def _stream(hub: Hub, request: Asked, kind: Kind, query: HsdsQuery, form: Form) -> Response[Any]:
    """Everything, in one transaction that is kept until the last line was taken."""
    with ExitStack() as stack:
        stack.callback(take_turn())
        work = stack.enter_context(hub.read(None))
        validators = _validators(request, work)
        if is_known(request, validators):
            return not_modified(validators)
        return stream_lines(Lines(read_all(work, kind, query, form), stack.pop_all().close), validators.headers())


def _validators(request: Asked, work: Work) -> Validators:
    version = work.open_directory.version()
    return validators_of(request, (version.identity, version.second, FORM), version.second, work.now)


router = Router(
    "/hsds",
    route_handlers=[
        describe_api,
        list_services,
        show_service,
        list_service_at_locations,
        show_service_at_location,
        list_organizations,
        show_organization,
        list_taxonomies,
        show_taxonomy,
        list_taxonomy_terms,
        show_taxonomy_term,
    ],
    before_request=check_parameters,
    tags=["hsds"],
)
handlers = [router]
