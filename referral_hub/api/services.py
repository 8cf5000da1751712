"""GET /api/services: the directory by words, kind, place, time and language."""

from __future__ import annotations

from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from referral_hub.actors import Actor
from referral_hub.matching import actions
from referral_hub.matching.answers import SearchAnswer, SearchRequest
from referral_hub.unit_of_work import Hub


@get("/services", sync_to_thread=True)
def search(
    hub: NamedDependency[Hub],
    actor: NamedDependency[Actor],
    search: Annotated[str, QueryParameter(name="search", description="Words; typos are tolerated.")] = "",
    taxonomy: Annotated[list[str] | None, QueryParameter(name="taxonomy", description="Codes; each covers the codes below it.")] = None,
    near: Annotated[str | None, QueryParameter(name="near", description="LAT,LON or a ZIP code.")] = None,
    within_m: Annotated[float | None, QueryParameter(name="within_m", description="Metres from `near`.")] = None,
    open_at: Annotated[str | None, QueryParameter(name="open_at", description="RFC 3339 time with offset.")] = None,
    open_now: Annotated[bool, QueryParameter(name="open_now")] = False,
    free: Annotated[bool, QueryParameter(name="free", description="Known to cost nothing.")] = False,
    no_documents: Annotated[bool, QueryParameter(name="no_documents", description="Nothing need be brought along.")] = False,
    language: Annotated[str | None, QueryParameter(name="language", description="ISO 639 code, spoken or interpreted.")] = None,
    page: Annotated[int, QueryParameter(name="page")] = 1,
    per_page: Annotated[int, QueryParameter(name="per_page", description="At most 100.")] = 25,
) -> SearchAnswer:
    """Search the directory; paused services are found too, labelled and last."""
    request = SearchRequest(
        search=search,
        taxonomy=taxonomy or [],
        near=near,
        within_m=within_m,
        open_at=open_at,
        open_now=open_now,
        free=free,
        no_documents=no_documents,
        language=language,
        page=page,
        per_page=per_page,
    )
    with hub.read(actor) as work:
        return actions.search_services(work, request)


handlers = [search]
