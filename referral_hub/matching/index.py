"""What a match reads: every listing with its rule parsed, in memory, kept by the directory's change number.

A worker looks at the number before each query and rebuilds when it moved. The index is whole or not
there: it is made aside and then put in the place of the old one.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping
from uuid import UUID
from weakref import WeakKeyDictionary

from msgspec import Struct

from referral_hub.adapters.geocoder_table import TableGeocoder
from referral_hub.adapters.search_embedded import EmbeddedSearch
from referral_hub.errors import BadSettings
from referral_hub.matching.candidates import Entry
from referral_hub.matching.criteria import Rule, read_stored_rule
from referral_hub.partners import taxonomy
from referral_hub.partners.listing import Listing
from referral_hub.partners.model import TaxonomyTerm
from referral_hub.ports import Geocoder, SearchDocument, SearchIndex
from referral_hub.unit_of_work import Hub, Work


class MatchIndex(Struct, frozen=True):
    """The directory as it was at one change number."""

    number: int
    entries: list[Entry]
    by_id: dict[UUID, Entry]
    by_term: dict[str, list[Entry]]
    below: dict[str, frozenset[str]]
    """Every known code, with itself and the codes below it."""
    term_names: dict[str, str]
    search: SearchIndex

    def of_terms(self, codes: Iterable[str]) -> list[Entry]:
        """The entries of any of these codes or of codes below them, in the order of their ids."""
        wanted = {below for code in codes for below in self.below.get(code, {code})}
        found = {entry.listing.id: entry for code in wanted for entry in self.by_term.get(code, ())}
        return sorted(found.values(), key=lambda entry: str(entry.listing.id))


_shared: WeakKeyDictionary[Hub, MatchIndex] = WeakKeyDictionary()
_geocoders: WeakKeyDictionary[Hub, Geocoder] = WeakKeyDictionary()
_lock = threading.Lock()


def index_of(work: Work) -> MatchIndex:
    """The index as of this transaction.

    A transaction that may write keeps what it builds to itself: its number may be rolled back and given to
    another change.
    """
    number = work.changes.number("directory")
    held = _shared.get(work.hub)
    if held is not None and held.number == number:
        return held
    if work.may_write:
        return build_index(work, number)
    with _lock:
        held = _shared.get(work.hub)
        if held is None or held.number != number:
            held = build_index(work, number)
            _shared[work.hub] = held
        return held


def build_index(work: Work, number: int) -> MatchIndex:
    """Everything read anew from the database."""
    terms = work.listings.terms()
    entries = prepare(work.listings.all())
    by_term: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        for code in entry.listing.terms:
            by_term[code].append(entry)
    names = {term.code: term.name for term in terms}
    search = open_search(work.hub.settings.search)
    search.rebuild(_documents(entries, names, work.listings.texts()))
    return MatchIndex(
        number=number,
        entries=entries,
        by_id={entry.listing.id: entry for entry in entries},
        by_term=dict(by_term),
        below=codes_below(terms),
        term_names=names,
        search=search,
    )


def prepare(listings: Iterable[Listing]) -> list[Entry]:
    """Listings with their rules parsed, equal rules once."""
    known: dict[str, tuple[Rule | None, int]] = {}
    entries = []
    for listing in listings:
        text = repr(listing.rule)
        if text not in known:
            known[text] = (read_stored_rule(listing.rule), len(known))
        entries.append(Entry(listing, *known[text]))
    return entries


def codes_below(terms: Iterable[TaxonomyTerm]) -> dict[str, frozenset[str]]:
    """For each code itself and every code below it; the hub's own taxonomy is known even before it is stored."""
    known = list(terms)
    code_of = {term.id: term.code for term in known}
    parents: dict[str, str | None] = {term.code: term.parent for term in taxonomy.TERMS}
    parents |= {term.code: code_of.get(term.parent_id) if term.parent_id else None for term in known}
    below: dict[str, set[str]] = {code: {code} for code in parents}
    for code in parents:
        seen, above = {code}, parents[code]
        while above is not None and above in below and above not in seen:
            below[above].add(code)
            seen.add(above)
            above = parents[above]
    return {code: frozenset(codes) for code, codes in below.items()}


def _documents(entries: Iterable[Entry], names: Mapping[str, str], texts: Mapping[UUID, tuple[str, str]]) -> list[SearchDocument]:
    documents = []
    for entry in entries:
        listing = entry.listing
        other, description = texts.get(listing.id, ("", ""))
        spoken = [names.get(code, code) for code in listing.terms]
        spoken += [word for code in listing.terms if code in taxonomy.BY_CODE for word in taxonomy.BY_CODE[code].synonyms]
        documents.append(
            SearchDocument(
                id=listing.id,
                name=listing.service.name,
                organization=listing.organization.name,
                other_names=other if listing.confidential else f"{other} {listing.location.name}",
                terms=", ".join(spoken),
                description=description,
            )
        )
    return documents


def open_search(setting: str) -> SearchIndex:
    """The search index that the settings name; raises BadSettings for another word."""
    if setting != "embedded":
        raise BadSettings("REFERRAL_HUB_SEARCH: only `embedded` is supported by this version.")
    return EmbeddedSearch()


def geocoder_of(hub: Hub) -> Geocoder:
    """The geocoder that the settings name, one a hub; raises BadSettings for another word."""
    with _lock:
        if hub not in _geocoders:
            if hub.settings.geocoder != "table":
                raise BadSettings("REFERRAL_HUB_GEOCODER: only `table` is supported by this version.")
            _geocoders[hub] = TableGeocoder()
        return _geocoders[hub]
