"""GET /api/taxonomy-terms: the codes that needs, listings and searches speak in."""

from __future__ import annotations

from litestar import get
from litestar.di import NamedDependency
from msgspec import Struct

from referral_hub.actors import Actor
from referral_hub.matching import actions
from referral_hub.partners.taxonomies import list_taxonomies
from referral_hub.unit_of_work import Hub


class TermView(Struct, frozen=True):
    code: str
    name: str
    parent: str | None
    """The parent's code."""
    description: str
    taxonomy: str | None
    """The name of the taxonomy that it belongs to."""


class TaxonomyView(Struct, frozen=True):
    name: str
    description: str
    """Whose it is, and under which licence."""
    uri: str | None
    version: str | None
    terms: int


class TermList(Struct, frozen=True):
    items: list[TermView]
    total: int
    taxonomies: list[TaxonomyView]
    """The hub's own first."""


@get("/taxonomy-terms", sync_to_thread=True)
def list_all(hub: NamedDependency[Hub], actor: NamedDependency[Actor]) -> TermList:
    """Every term, by code."""
    with hub.read(actor) as work:
        counted = list_taxonomies(work)
        names = {one.scheme.id: one.scheme.name for one in counted}
        terms = [
            TermView(term.code, term.name, parent, term.description, names.get(term.taxonomy_id) if term.taxonomy_id else None)
            for term, parent in actions.list_terms(work)
        ]
    schemes = [TaxonomyView(one.scheme.name, one.scheme.description, one.scheme.uri, one.scheme.version, one.terms) for one in counted]
    return TermList(terms, len(terms), schemes)


handlers = [list_all]
