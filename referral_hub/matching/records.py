"""The records that matches read last, kept in memory as of one change number: most matches read no others."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Sequence
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
        self._kept: dict[bytes, PackedListing] = {}

    def known(self, number: int, ids: Sequence[bytes]) -> tuple[list[PackedListing], list[bytes]]:
        """(the records that are known as they are at a number, the ids of the others)."""
        with self._lock:
            if number != self._number:
                return [], [*ids]
            found = [*map(self._kept.get, ids)]
        if None not in found:
            return found, []  # type: ignore[return-value]
        pairs = [*zip(ids, found, strict=True)]
        return [one for _, one in pairs if one is not None], [listing_id for listing_id, one in pairs if one is None]

    def keep(self, number: int, records: Iterable[PackedListing]) -> None:
        """Keep records that were read at a number, unless the directory has changed since."""
        with self._lock:
            if number != self._number:
                return
            self._kept.update((one.id.bytes, one) for one in records)
            for listing_id in list(islice(self._kept, max(0, len(self._kept) - MOST))):
                del self._kept[listing_id]

    def follow(self, number: int, changed: Collection[UUID]) -> None:
        """Go on to a later number, at which these listings are others."""
        with self._lock:
            self._number = number
            for listing_id in changed:
                self._kept.pop(listing_id.bytes, None)

    def forget(self, number: int) -> None:
        """Begin anew at a number."""
        with self._lock:
            self._number = number
            self._kept = {}
