"""The records that matches read last, kept in memory as of one change number: most matches read no others."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable
from itertools import islice
from uuid import UUID

from referral_hub.partners.listing import PackedListing

MOST = 16_384
"""Records in memory at once, about 40 MB; the ones that were read first go first."""


class Records:
    """Whoever asks names the directory's change number that his transaction sees; for another number nothing is known."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._number = 0
        self._kept: dict[UUID, PackedListing] = {}

    def known(self, number: int, ids: Iterable[UUID]) -> dict[UUID, PackedListing]:
        """Those of the records that are known, as they are at a number."""
        with self._lock:
            if number != self._number:
                return {}
            kept = self._kept
            return {listing_id: kept[listing_id] for listing_id in ids if listing_id in kept}

    def keep(self, number: int, records: Iterable[PackedListing]) -> None:
        """Keep records that were read at a number, unless the directory has changed since."""
        with self._lock:
            if number != self._number:
                return
            self._kept.update((one.id, one) for one in records)
            for listing_id in list(islice(self._kept, max(0, len(self._kept) - MOST))):
                del self._kept[listing_id]

    def follow(self, number: int, changed: Collection[UUID]) -> None:
        """Go on to a later number, at which these listings are others."""
        with self._lock:
            self._number = number
            for listing_id in changed:
                self._kept.pop(listing_id, None)

    def forget(self, number: int) -> None:
        """Begin anew at a number."""
        with self._lock:
            self._number = number
            self._kept = {}
