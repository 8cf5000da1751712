"""What anybody may ask of the open directory, and gets as HSDS documents: a page, everything, or one record."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from typing import Any
from uuid import UUID

from msgspec import Struct

from referral_hub.errors import FieldError, Invalid, NotFound
from referral_hub.partners import hsds, taxonomy
from referral_hub.partners.hsds_query import HsdsQuery
from referral_hub.storage.open_directory import Selection
from referral_hub.unit_of_work import Work

Document = dict[str, Any]
PART = 100
"""Records that are read at once where everything is asked for."""


class Kind(StrEnum):
    """What the open directory holds, by its path."""

    SERVICES = "services"
    LISTINGS = "service_at_locations"
    ORGANIZATIONS = "organizations"
    TAXONOMIES = "taxonomies"
    TERMS = "taxonomy_terms"

    @property
    def record(self) -> str:
        """The name of its table."""
        return _RECORDS[self]


class Form(Struct, frozen=True, kw_only=True):
    """How much a document tells; `minimal` is for services alone and goes before the rest."""

    minimal: bool = False
    full: bool = False
    full_service: bool = False
    """Of organizations: with their services fully nested."""


class Page(Struct, frozen=True, kw_only=True):
    """A page as HSDS has it."""

    total_items: int
    total_pages: int
    page_number: int
    size: int
    first_page: bool
    last_page: bool
    empty: bool
    contents: list[Document]


def read_page(work: Work, kind: Kind, query: HsdsQuery, form: Form, *, page: int, per_page: int) -> Page:
    """A page of a kind's records, by name; pages count from 1."""
    selection = _SELECTIONS[kind](work, query)
    total = selection.total()
    contents = _DOCUMENTS[kind](work, selection.page((page - 1) * per_page, per_page), form)
    pages = -(-total // per_page)
    return Page(
        total_items=total,
        total_pages=pages,
        page_number=page,
        size=len(contents),
        first_page=page == 1,
        last_page=page >= pages,
        empty=not contents,
        contents=contents,
    )


def read_all(work: Work, kind: Kind, query: HsdsQuery, form: Form) -> Iterator[list[Document]]:
    """Everything of a kind, in parts, in the order of the ids; no more than a part is held."""
    for ids in _SELECTIONS[kind](work, query).parts(PART):
        yield _DOCUMENTS[kind](work, ids, form)


def require_one(work: Work, kind: Kind, record_id: UUID) -> None:
    """Raises NotFound where there is no such record."""
    if not work.open_directory.has(kind.record, record_id):
        raise NotFound


def read_one(work: Work, kind: Kind, record_id: UUID, form: Form) -> Document:
    """One record with all that hangs on it.

    Raises:
        NotFound: there is none.
    """
    require_one(work, kind, record_id)
    return _DOCUMENTS[kind](work, [record_id], form)[0]


def term_ids(term: str) -> tuple[UUID, ...]:
    """The terms that an id, or a code of ours, stands for; one of ours covers its descendants.

    Raises:
        Invalid: it is neither.
    """
    if term in taxonomy.BY_CODE:
        return tuple(taxonomy.TERM_IDS[code] for code in sorted(taxonomy.descendants_of(term)))
    try:
        found = UUID(term)
    except ValueError:
        raise Invalid(
            "The term cannot be read.", errors=(FieldError("taxonomy_term_id", "This is neither an id nor a code of ours."),)
        ) from None
    code = next((code for code, own in taxonomy.TERM_IDS.items() if own == found), None)
    return (found,) if code is None else term_ids(code)


def _services(work: Work, ids: Sequence[UUID], form: Form) -> list[Document]:
    if form.minimal:
        return [hsds.minimal_document(service, changed) for service, changed in work.open_directory.last_modified(ids)]
    return hsds.service_documents(work.open_directory.service_rows(ids, nested=form.full), full=form.full)


def _listings(work: Work, ids: Sequence[UUID], form: Form) -> list[Document]:
    return hsds.listing_documents(work.open_directory.listing_rows(ids, nested=form.full), ids, full=form.full)


def _organizations(work: Work, ids: Sequence[UUID], form: Form) -> list[Document]:
    rows = work.open_directory.organization_rows(ids, full=form.full, full_service=form.full_service)
    return hsds.organization_documents(rows, ids, full=form.full, full_service=form.full_service)


_RECORDS: dict[Kind, str] = {
    Kind.SERVICES: "service",
    Kind.LISTINGS: "service_at_location",
    Kind.ORGANIZATIONS: "organization",
    Kind.TAXONOMIES: "taxonomy",
    Kind.TERMS: "taxonomy_term",
}
_SELECTIONS: dict[Kind, Callable[[Work, HsdsQuery], Selection]] = {
    Kind.SERVICES: lambda work, query: work.open_directory.services(query),
    Kind.LISTINGS: lambda work, query: work.open_directory.listings(query),
    Kind.ORGANIZATIONS: lambda work, query: work.open_directory.organizations(query),
    Kind.TAXONOMIES: lambda work, query: work.open_directory.taxonomies(query),
    Kind.TERMS: lambda work, query: work.open_directory.terms(query),
}
_DOCUMENTS: dict[Kind, Callable[[Work, Sequence[UUID], Form], list[Document]]] = {
    Kind.SERVICES: _services,
    Kind.LISTINGS: _listings,
    Kind.ORGANIZATIONS: _organizations,
    Kind.TAXONOMIES: lambda work, ids, _form: hsds.taxonomy_documents(work.open_directory.taxonomy_rows(ids)),
    Kind.TERMS: lambda work, ids, _form: hsds.term_documents(work.open_directory.term_rows(ids)),
}
"""Documents of records that are there, in the order of the ids."""
