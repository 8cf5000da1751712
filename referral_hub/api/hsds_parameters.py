"""What the open directory can be asked, as the official OpenAPI document names it, and how it is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from math import isfinite
from typing import Annotated, Any, TypeVar
from uuid import UUID

from litestar import Request
from litestar.params import QueryParameter

from referral_hub.errors import FieldError, Invalid
from referral_hub.partners.geocoding import geocoder_of
from referral_hub.partners.hsds_query import HsdsQuery, Near
from referral_hub.partners.open_directory import term_ids
from referral_hub.unit_of_work import Hub

T = TypeVar("T")

MOST_PER_PAGE = 100
MOST_MINIMAL = 10_000
"""Entries of a minimal page: two short fields each."""
MOST_WORDS = 10
LONGEST_SEARCH = 200
"""Characters."""
MOST_METRES = 200_000
LONGEST_NAME = 60
"""Characters of a parameter's name that are told again."""

_PAGED = frozenset({"search", "page", "per_page", "format"})
PARAMETERS: dict[str, frozenset[str]] = {
    "/hsds": frozenset(),
    "/hsds/services": _PAGED | {"taxonomy_term_id", "taxonomy_id", "organization_id", "modified_after", "minimal", "full"},
    "/hsds/service_at_locations": _PAGED
    | {"taxonomy_term_id", "taxonomy_id", "organization_id", "modified_after", "full", "postcode", "proximity"},
    "/hsds/organizations": _PAGED | {"full_service", "full", "taxonomy_term_id", "taxonomy_id"},
    "/hsds/organizations/{organization_id}": frozenset({"full_service"}),
    "/hsds/taxonomies": _PAGED,
    "/hsds/taxonomy_terms": _PAGED | {"taxonomy_id", "top_only", "parent_id"},
}
"""What each address can be asked, as the official document names it; an address that is not here takes nothing."""

Search = Annotated[str, QueryParameter(description="Words that must all stand in a name or description, in any case.")]
PageNumber = Annotated[int, QueryParameter(name="page", ge=1, le=1_000_000, description="Page number, from 1.")]
PerPage = Annotated[int, QueryParameter(ge=1, le=MOST_PER_PAGE, description="Records on a page; at most 100.")]
ServicesPerPage = Annotated[
    int,
    QueryParameter(name="per_page", ge=1, le=MOST_MINIMAL, description="Services on a page; at most 100, with `minimal` at most 10,000."),
]
Format = Annotated[
    str,
    QueryParameter(
        pattern="^(json|ndjson)$", description="`json`, or `ndjson`: everything, one record a line, without pages."
    ),
]
TermId = Annotated[
    str | None, QueryParameter(description="Tagged with this term: its id, or a code of ours, which covers the codes below it.")
]
TaxonomyId = Annotated[str | None, QueryParameter(description="Tagged with any term of this taxonomy; of a term: of this taxonomy.")]
ModifiedAfter = Annotated[str | None, QueryParameter(description="Services changed at this time or later (RFC 3339).")]
Postcode = Annotated[
    str | None, QueryParameter(description="A ZIP code: whoever has a service area must serve it; `proximity` counts from its middle.")
]
Proximity = Annotated[str | None, QueryParameter(description="Metres from the middle of `postcode`; at most 200,000.")]


def check_parameters(request: Request[Any, Any, Any]) -> None:
    """Refuse a parameter that this address does not know, or one that is given twice.

    Raises:
        Invalid: `errors` names each.
    """
    known = PARAMETERS.get(request.scope["path_template"], frozenset())
    given = Counter(name for name, _ in request.query_params.multi_items())
    faults = [FieldError(name[:LONGEST_NAME], "There is no such parameter here.") for name in given if name not in known]
    faults += [FieldError(name, "This is given more than once.") for name, times in given.items() if name in known and times > 1]
    if faults:
        raise Invalid("The directory cannot be asked like this; `errors` names each parameter.", errors=tuple(faults))


class Reader:
    """Makes a query of what was typed, and names every parameter that cannot be read."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.faults: list[FieldError] = []

    def read(
        self,
        *,
        search: str = "",
        taxonomy_term_id: str | None = None,
        taxonomy_id: str | None = None,
        organization_id: str | None = None,
        modified_after: str | None = None,
        postcode: str | None = None,
        proximity: str | None = None,
        parent_id: str | None = None,
    ) -> HsdsQuery:
        """Raises Invalid, which names each fault."""
        query = HsdsQuery(
            words=self._take("search", search, _words, f"Write at most {MOST_WORDS} words, and {LONGEST_SEARCH} characters.") or (),
            term_ids=self._take("taxonomy_term_id", taxonomy_term_id, term_ids, "This is neither an id nor a code of ours."),
            taxonomy_id=self._take("taxonomy_id", taxonomy_id, UUID, "This is no id."),
            organization_id=self._take("organization_id", organization_id, UUID, "This is no id."),
            parent_id=self._take("parent_id", parent_id, UUID, "This is no id."),
            modified_after=self._take("modified_after", modified_after, _moment, "Write a time such as 2026-11-23T09:00:00-05:00."),
            near=self._near(postcode, self._take("proximity", proximity, _metres, f"Write metres, from 0 to {MOST_METRES:,}.")),
        )
        if proximity is not None and postcode is None:
            self.faults.append(FieldError("postcode", "Say from which postcode `proximity` counts."))
        if self.faults:
            raise Invalid("The directory cannot be asked like this; `errors` names each parameter.", errors=tuple(self.faults))
        return query

    def _take(self, field: str, text: str | None, read: Callable[[str], T], otherwise: str) -> T | None:
        if text is None:
            return None
        try:
            return read(text)
        except (ValueError, Invalid):
            self.faults.append(FieldError(field, otherwise))
            return None

    def _near(self, postcode: str | None, metres: float | None) -> Near | None:
        if postcode is None:
            return None
        code = postcode.strip()
        spot = geocoder_of(self.hub).locate(code) if code[:5].isdigit() and len(code) in (5, 10) else None
        if spot is None:
            self.faults.append(FieldError("postcode", "This is no ZIP code that we know; write five digits such as 21230."))
            return None
        return Near(
            postal_code=spot.postal_code,
            city=spot.city,
            state=spot.state,
            county=spot.county,
            latitude=spot.latitude,
            longitude=spot.longitude,
            within_m=metres,
        )


def _words(text: str) -> tuple[str, ...]:
    words = tuple(text.split())
    if len(words) > MOST_WORDS or len(text) > LONGEST_SEARCH or "\0" in text:
        raise ValueError
    return words


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text.replace(" ", "+"))  # a plus sign that was not escaped in the address
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError as fault:
        raise ValueError from fault


def _metres(text: str) -> float:
    metres = float(text)
    if not (isfinite(metres) and 0 <= metres <= MOST_METRES):
        raise ValueError
    return metres
