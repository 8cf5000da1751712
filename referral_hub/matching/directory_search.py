"""Which search index a search uses: one a process, following the database by its change number.

A worker looks at the number before each search and takes over what changed since. A transaction that changed the
directory itself searches a copy of its own, because it may be rolled back.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from math import inf
from uuid import UUID
from weakref import WeakKeyDictionary

import msgspec
from msgspec import Raw, Struct

from referral_hub.adapters.search_embedded import EmbeddedSearch
from referral_hub.adapters.search_meilisearch import MeilisearchSearch
from referral_hub.matching.kinds import Kinds, kinds_of
from referral_hub.matching.search.model import SearchDocument
from referral_hub.matching.search_server import SERVER_FORM, SERVER_HAS, server_form, server_of
from referral_hub.partners import taxonomy
from referral_hub.partners.freshness import availability
from referral_hub.partners.listing import Area, Capacity, Document, Named, Point
from referral_hub.partners.listing_row import ListingRow
from referral_hub.ports import SearchIndex
from referral_hub.unit_of_work import Hub, Work

MANY = 20_000
"""Changes above which, if they are also a quarter of the directory, the index is built anew."""


class SearchedListing(Struct, frozen=True, kw_only=True):
    """A stored partners.listing.Listing, in part; hours stay as they are packed."""

    id: UUID
    service: Named
    organization: Named
    location: Named
    terms: list[str]
    point: Point | None
    confidential: bool
    delivered: bool
    remote: bool
    service_area: Area | None
    documents: list[Document]
    schedule: Raw
    timezone: str
    languages: list[str]
    interpreted_languages: list[str]
    capacity: Capacity | None
    active: bool
    referrable: bool
    free: bool | None = None


_decode = msgspec.msgpack.Decoder(SearchedListing).decode


class DirectorySearch(Struct, frozen=True):
    """The search index as of a change number, and the tree of kinds."""

    index: SearchIndex
    kinds: Kinds
    number: int


class Followed(Struct, frozen=True):
    """The embedded index as of a change number."""

    index: EmbeddedSearch
    kinds: Kinds
    number: int
    told: int
    """The number of the last change that a search server has to know of too: more than a figure of room."""


class Held:
    """The search index of a process."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.directory: Followed | None = None
        self.identity = 0
        self.taxonomy = 0


_held: WeakKeyDictionary[Hub, Held] = WeakKeyDictionary()
_lock = threading.Lock()


def directory_of(work: Work) -> DirectorySearch:
    """The index as of this transaction."""
    identity, number, terms = work.changes.numbers("identity", "directory", "taxonomy")
    held = _held_by(work.hub)
    with held.lock:
        known = held.directory
        is_same = known is not None and (held.identity, held.taxonomy) == (identity, terms) and known.number <= number
        if work.changes.has_raised("directory"):
            own = _own(work, known if is_same else None, number)
            return DirectorySearch(own.index, own.kinds, number)
        if known is None or not is_same:
            known, held.identity, held.taxonomy = _build(work, number), identity, terms
        elif known.number < number:
            known = _follow(work, known, number)
        held.directory = known
    return DirectorySearch(_with_server(work, known), known.kinds, number)


def keep_search(hub: Hub, work: Work) -> None:
    """What is done beside the searches: a worn index is built anew, and what the first search of a day would wait for is done."""
    directory_of(work)
    held = _held_by(hub)
    known = held.directory
    if known is not None and known.index.is_worn:
        rebuilt = _build(work, known.number)
        with held.lock:
            if held.directory is known:
                held.directory = known = rebuilt
    if known is not None:
        known.index.warm(work.now)


def forget_search(hub: Hub) -> None:
    """Read everything anew with the next search."""
    with _lock:
        _held.pop(hub, None)


def _with_server(work: Work, known: Followed) -> SearchIndex:
    """The embedded index, or the search server before it where the settings name one."""
    server = server_of(work.hub, work.changes.identity)
    if server is None:
        return known.index
    has_taken, form = work.changes.numbers(SERVER_HAS, SERVER_FORM)
    return MeilisearchSearch(known.index, server, is_current=has_taken >= known.told and form == server_form(work))


def document_of(row: ListingRow, names: Mapping[str, str]) -> SearchDocument:
    """A ready row as search reads it; `names` of kinds by code. The row has a record."""
    listing = _decode(row.record or b"")
    spoken = [names.get(code, code) for code in listing.terms]
    spoken += [word for code in listing.terms if code in taxonomy.BY_CODE for word in taxonomy.BY_CODE[code].synonyms]
    is_visited = not (listing.confidential or listing.delivered or listing.remote)
    room = listing.capacity
    return SearchDocument(
        id=listing.id,
        name=listing.service.name,
        organization=listing.organization.name,
        other_names=row.other_names if listing.confidential else f"{row.other_names} {listing.location.name}",
        terms=", ".join(spoken),
        description=row.description,
        kinds=tuple(listing.terms),
        languages=(*listing.languages, *listing.interpreted_languages),
        free=listing.free is True,
        without_documents=not listing.documents,
        takes_referrals=listing.active and listing.referrable,
        visited=is_visited,
        point=None if listing.point is None or listing.confidential else (listing.point.latitude, listing.point.longitude),
        area=None if is_visited else listing.service_area,
        hours=bytes(listing.schedule),
        timezone=listing.timezone,
        room=_room(room),
        room_until=inf if room is None or room.until is None else room.until.timestamp(),
    )


def _room(capacity: Capacity | None) -> str:
    """As availability, the date of the figure aside."""
    return "unknown" if capacity is None else availability(msgspec.structs.replace(capacity, until=None), capacity.updated)


def _held_by(hub: Hub) -> Held:
    with _lock:
        found = _held.get(hub)
        if found is None:
            found = _held[hub] = Held()
        return found


def _build(work: Work, number: int) -> Followed:
    kinds = kinds_of(work.listings.terms())
    index = EmbeddedSearch()
    index.rebuild(documents_of(work.listings.rows(), kinds))
    return Followed(index, kinds, number, told=number)


def _follow(work: Work, known: Followed, number: int) -> Followed:
    changed = list(work.listings.changed_after(known.number))
    if len(changed) > MANY:
        return _build(work, number)
    is_told = known.index.apply(changes_of(changed, known.kinds))
    return Followed(known.index, known.kinds, number, told=number if is_told else known.told)


def _own(work: Work, known: Followed | None, number: int) -> Followed:
    """The index with what this transaction changed and has not committed."""
    if known is None:
        return _build(work, number)
    kinds = kinds_of(work.listings.terms())
    index = known.index.fork()
    index.apply(changes_of(work.listings.changed_after(known.number), kinds))
    return Followed(index, kinds, number, told=number)


def documents_of(rows: Iterable[ListingRow], kinds: Kinds) -> Iterable[SearchDocument]:
    """Every row that is not gone, as search reads it."""
    return (document_of(row, kinds.names) for row in rows)


def changes_of(rows: Iterable[ListingRow], kinds: Kinds) -> Iterable[tuple[UUID, SearchDocument | None]]:
    """Rows as changes of an index."""
    return ((row.id, None if row.record is None else document_of(row, kinds.names)) for row in rows)
