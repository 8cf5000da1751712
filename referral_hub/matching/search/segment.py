"""Some listings as the words search reads them: for each token its rows and fields. Never changed once it is made."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import chain

import numpy as np
import numpy.typing as npt
from rapidfuzz import process
from rapidfuzz.distance import OSA

from referral_hub.matching.search.model import SearchDocument
from referral_hub.matching.search.tokens import tokens_of
from referral_hub.matching.sought import letters_of, slips_allowed

Rows = npt.NDArray[np.uint32]
Fields = npt.NDArray[np.uint8]
MOST_REMEMBERED = 10_000
_NO_ROWS: tuple[Rows, Fields] = (np.zeros(0, np.uint32), np.zeros(0, np.uint8))


class Segment:
    """Postings and vocabulary of rows from `first` on."""

    def __init__(
        self, first: int, tokens: Sequence[str], token: array[int], row: array[int], field: array[int], words: Iterable[str]
    ) -> None:
        self.first = first
        self.size = len(token)
        """Postings."""
        self.tokens = tokens
        self._numbers = {name: number for number, name in enumerate(tokens)}
        order = np.argsort(np.frombuffer(token, np.uint32), kind="stable") if self.size else np.zeros(0, np.int64)
        counts = np.bincount(np.frombuffer(token, np.uint32), minlength=len(tokens)) if self.size else np.zeros(len(tokens), np.int64)
        self._ends = np.cumsum(counts)
        self._rows = np.frombuffer(row, np.uint32)[order] if self.size else _NO_ROWS[0]
        self._fields = np.frombuffer(field, np.uint8)[order] if self.size else _NO_ROWS[1]
        self.words = sorted(set(words))
        self._letters = np.array([letters_of(word) for word in self.words], np.uint32)
        self._lengths = np.array([len(word) for word in self.words], np.int16)
        self._near: dict[str, list[tuple[str, int]]] = {}

    def postings(self, token: str) -> tuple[Rows, Fields]:
        """(rows that have a token, bits of the fields that it stands in)."""
        number = self._numbers.get(token)
        if number is None:
            return _NO_ROWS
        end = int(self._ends[number])
        start = int(self._ends[number - 1]) if number else 0
        return self._rows[start:end], self._fields[start:end]

    def beginning(self, start: str) -> Sequence[str]:
        """The words that begin so."""
        place = bisect_left(self.words, start)
        return self.words[place : bisect_left(self.words, start + "\U0010ffff")]

    def near(self, word: str) -> list[tuple[str, int]]:
        """(word, slips) of the words that a typed one may have been meant for."""
        known = self._near.get(word)
        if known is None:
            if len(self._near) >= MOST_REMEMBERED:
                self._near.clear()
            known = self._near[word] = self._look_near(word)
        return known

    def _look_near(self, word: str) -> list[tuple[str, int]]:
        most = slips_between(word, word + "x")
        if not most or not self.words:
            return []
        apart = np.bitwise_count(self._letters ^ np.uint32(letters_of(word)))
        like = np.flatnonzero((apart <= 2 * most) & (np.abs(self._lengths - len(word)) <= most))
        candidates = [self.words[number] for number in like.tolist()]
        found = process.extract(word, candidates, scorer=OSA.distance, score_cutoff=most, limit=None)
        return [(other, int(slips)) for other, slips, _ in found if 0 < slips <= slips_between(word, other)]


def slips_between(typed: str, known: str) -> int:
    """How many edits may lie between a typed word and a known one: one where either has 4 letters, two from 8, none with a digit."""
    if any(letter.isdigit() for letter in typed + known):
        return 0
    return max(slips_allowed(typed), slips_allowed(known))


def write_segment(first: int, documents: Iterable[SearchDocument]) -> Segment:
    """The documents as rows from `first` on, in their order."""
    numbers: dict[str, int] = {}
    token, row, field = array("I"), array("I"), array("B")
    words: set[str] = set()
    for place, document in enumerate(documents, start=first):
        read, tokens = tokens_of(document)
        words |= read
        for name, bits in tokens.items():
            token.append(numbers.setdefault(name, len(numbers)))
            row.append(place)
            field.append(bits)
    return Segment(first, list(numbers), token, row, field, words)


def merge_segments(segments: Sequence[Segment]) -> Segment:
    """Neighbouring segments as one."""
    numbers: dict[str, int] = {}
    token, row, field = array("I"), array("I"), array("B")
    for segment in segments:
        for name in segment.tokens:
            rows, fields = segment.postings(name)
            number = numbers.setdefault(name, len(numbers))
            token.extend([number] * len(rows))
            row.extend(rows.tolist())
            field.extend(fields.tolist())
    words = chain.from_iterable(segment.words for segment in segments)
    return Segment(segments[0].first, list(numbers), token, row, field, words)
