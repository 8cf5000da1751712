"""Which rows of a source were met so far: millions of them in eight bytes each."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

Key = tuple[str, str]
"""(kind, source id)."""
_MARKS = 1 << 24


class Met:
    """A set of keys that only grows; two keys that differ are taken for the same once in ten thousand million imports of a million rows."""

    def __init__(self) -> None:
        self._marks = bytearray(_MARKS)
        """Whether any key of this place was met: mostly none was, and nothing more need be looked up."""
        self._by_number = np.frombuffer(self._marks, np.uint8)
        self._sorted = np.empty(0, np.int64)

    def __contains__(self, key: Key) -> bool:
        number = hash(key)
        if not self._marks[number & (_MARKS - 1)]:
            return False
        place = int(np.searchsorted(self._sorted, number))
        return place < len(self._sorted) and int(self._sorted[place]) == number

    def __len__(self) -> int:
        return len(self._sorted)

    def add(self, keys: Iterable[Key]) -> None:
        """Remember keys, those of a whole part at once."""
        new = np.unique(np.fromiter(map(hash, keys), np.int64))
        self._by_number[new & (_MARKS - 1)] = 1
        places = np.searchsorted(self._sorted, new)
        if len(self._sorted):
            is_new = self._sorted[np.minimum(places, len(self._sorted) - 1)] != new
            new, places = new[is_new], places[is_new]
        self._sorted = np.insert(self._sorted, places, new)
