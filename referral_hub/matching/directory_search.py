"""What a search of the directory reads: every listing in memory, and the words in which they are found."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from uuid import UUID
from weakref import WeakKeyDictionary

from referral_hub.adapters.search_embedded import EmbeddedSearch
from referral_hub.errors import BadSettings
from referral_hub.matching.kinds import kinds_of
from referral_hub.partners import taxonomy
from referral_hub.partners.listing import Listing, decode_listing
from referral_hub.partners.listing_row import ListingRow
from referral_hub.ports import SearchDocument, SearchIndex
from referral_hub.unit_of_work import Hub, Work


class DirectorySearch:
    """The directory as it was at one change number. Made when somebody searches; a change of room makes no text anew."""

    def __init__(self, search: SearchIndex) -> None:
        self.search = search
        self.number = -1
        self.kinds = kinds_of([])
        self._rows: dict[UUID, ListingRow] = {}
        self._listings: dict[UUID, Listing] = {}
        self._sorted: list[Listing] | None = None

    def listings(self, codes: Iterable[str] = ()) -> list[Listing]:
        """The listings of any of these codes or of codes below them, or all, in the order of their ids."""
        if self._sorted is None:
            self._sorted = sorted(self._listings.values(), key=lambda listing: str(listing.id))
        wanted = {below for code in codes for below in self.kinds.below.get(code, {code})}
        return [one for one in self._sorted if wanted.intersection(one.terms)] if wanted else self._sorted

    def follow(self, work: Work, number: int) -> None:
        """Take over what changed since the last time."""
        changed = list(work.listings.changed_after(self.number) if self._rows else work.listings.rows())
        is_same_text = bool(self._rows)
        for row in changed:
            before = self._rows.get(row.id)
            is_same_text = is_same_text and _same_text(before, row)
            self._rows.pop(row.id, None)
            self._listings.pop(row.id, None)
            if row.record is not None:
                self._rows[row.id] = row
                self._listings[row.id] = decode_listing(row.record)
        self._sorted = None
        self.kinds = kinds_of(work.listings.terms())
        self.number = number
        if not is_same_text:
            self.search.rebuild(self._documents())

    def _documents(self) -> Iterable[SearchDocument]:
        for listing in self.listings():
            row = self._rows[listing.id]
            spoken = [self.kinds.names.get(code, code) for code in listing.terms]
            spoken += [word for code in listing.terms if code in taxonomy.BY_CODE for word in taxonomy.BY_CODE[code].synonyms]
            yield SearchDocument(
                id=listing.id,
                name=listing.service.name,
                organization=listing.organization.name,
                other_names=row.other_names if listing.confidential else f"{row.other_names} {listing.location.name}",
                terms=", ".join(spoken),
                description=row.description,
            )


def _same_text(before: ListingRow | None, after: ListingRow) -> bool:
    if before is None or after.record is None or before.record is None:
        return before is None and after.record is None
    texts = [(row.words, row.other_names, row.description) for row in (before, after)]
    if texts[0] != texts[1]:
        return False
    one, other = decode_listing(before.record), decode_listing(after.record)
    return all(getattr(one, name) == getattr(other, name) for name in ("service", "organization", "location", "terms"))


_shared: WeakKeyDictionary[Hub, DirectorySearch] = WeakKeyDictionary()
_lock = threading.Lock()


def directory_of(work: Work) -> DirectorySearch:
    """The directory as of this transaction. One that may write reads for itself: what it sees may be rolled back."""
    number = work.changes.number("directory")
    if work.may_write:
        mine = DirectorySearch(open_search(work.hub.settings.search))
        mine.follow(work, number)
        return mine
    with _lock:
        held = _shared.get(work.hub)
        if held is None or held.number != number:
            held = held if held is not None and held.number < number else DirectorySearch(open_search(work.hub.settings.search))
            held.follow(work, number)
            _shared[work.hub] = held
        return held


def open_search(setting: str) -> SearchIndex:
    """The search index that the settings name; raises BadSettings for another word."""
    if setting != "embedded":
        raise BadSettings("REFERRAL_HUB_SEARCH: only `embedded` is supported by this version.")
    return EmbeddedSearch()
