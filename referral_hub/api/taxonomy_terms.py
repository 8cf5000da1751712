"""GET /api/taxonomy-terms: the codes that needs, listings and searches speak in."""

from __future__ import annotations

from litestar import get
from litestar.di import NamedDependency
from msgspec import Struct

from referral_hub.actors import Actor
from referral_hub.matching import actions
from referral_hub.unit_of_work import Hub


class TermView(Struct, frozen=True):
    code: str
    name: str
    parent: str | None
    """The parent's code."""
    description: str


class TermList(Struct, frozen=True):
    items: list[TermView]
    total: int


@get("/taxonomy-terms", sync_to_thread=True)
def list_all(hub: NamedDependency[Hub], actor: NamedDependency[Actor]) -> TermList:
    """Every term, by code."""
    with hub.read(actor) as work:
        terms = [TermView(term.code, term.name, parent, term.description) for term, parent in actions.list_terms(work)]
    return TermList(terms, len(terms))


handlers = [list_all]
