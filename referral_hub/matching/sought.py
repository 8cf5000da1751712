"""The words of a search, as a match takes them: a filter that forgives slips, not an order."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from msgspec import Struct
from rapidfuzz.distance import OSA

from referral_hub.partners.words import split_words, stem_of

LONGEST_TEXT = 200
"""Characters; what follows is not read."""
MOST_WORDS = 12
MOST_CORRECTIONS = 12
FILLER = frozenset("a an and at by for from get i in is me my near need of on or please some the to want where with".split())


class Sought(Struct, frozen=True):
    """One word as it was typed, and its stem; `is_begun`: the last word may still be being typed."""

    typed: str
    stem: str
    is_begun: bool


def read_search(text: str | None) -> list[Sought]:
    """The words that count; none for a text without a word."""
    if not text:
        return []
    text = text[:LONGEST_TEXT]
    words = split_words(text)
    kept = [place for place, word in enumerate(words) if word not in FILLER] or list(range(len(words)))
    last = len(words) - 1 if not text[-1].isspace() else -1
    return [Sought(words[place], stem_of(words[place]), place == last) for place in kept[:MOST_WORDS]]


def slips_allowed(word: str) -> int:
    """How many edits a typed word may be away from a known one: none below 4 letters or with a digit, one below 8, else two."""
    if any(letter.isdigit() for letter in word) or len(word) < 4:
        return 0
    return 1 if len(word) < 8 else 2


class Vocabulary:
    """Every stem of the directory with its number; grows, never shrinks: `is_used` tells those that some listing still has."""

    def __init__(self, numbers: Mapping[str, int], is_used: Callable[[int], bool] | None = None) -> None:
        self._numbers = numbers
        self._is_used = is_used or (lambda _number: True)
        self._names: list[str] = []
        self._sorted: list[str] = []
        self._letters = np.zeros(0, np.uint32)
        self._lengths = np.zeros(0, np.int16)
        self._corrected: dict[str, list[int]] = {}

    def meant_by(self, word: Sought) -> list[int]:
        """The numbers of the stems that a word may have meant."""
        self._follow()
        exact = self._numbers.get(word.stem)
        found = {exact} if exact is not None else set()
        if word.is_begun:
            found.update(self._numbers[name] for start in {word.typed, word.stem} for name in self._beginning(start))
        used = [number for number in sorted(found) if self._is_used(number)]
        return used or self._near(word)

    def forget(self) -> None:
        """Listings changed: what a slip may have meant is to be found anew."""
        self._corrected.clear()

    def _follow(self) -> None:
        if len(self._names) == len(self._numbers):
            return
        fresh = list(self._numbers)[len(self._names) :]
        self._names += fresh
        self._sorted = sorted(self._names)
        self._letters = np.concatenate([self._letters, np.array([letters_of(name) for name in fresh], np.uint32)])
        self._lengths = np.concatenate([self._lengths, np.array([len(name) for name in fresh], np.int16)])
        self._corrected.clear()

    def _beginning(self, start: str) -> Sequence[str]:
        place = bisect_left(self._sorted, start)
        return self._sorted[place : bisect_left(self._sorted, start + "\U0010ffff")]

    def _near(self, word: Sought) -> list[int]:
        """The nearest stems a slip or two away, by distance, then by name."""
        slips = slips_allowed(word.typed)
        if not slips:
            return []
        known = self._corrected.get(word.typed)
        if known is None:
            distances: dict[int, int] = {}
            for typed in {word.typed, word.stem}:
                for number in self._like(typed, slips):
                    distance = OSA.distance(typed, self._names[number], score_cutoff=slips)
                    if distance <= slips and self._is_used(number):
                        distances[number] = min(distance, distances.get(number, slips))
            ranked = sorted(distances, key=lambda number: (distances[number], self._names[number]))
            if len(self._corrected) > 10_000:
                self._corrected.clear()
            known = self._corrected[word.typed] = sorted(ranked[:MOST_CORRECTIONS])
        return known

    def _like(self, word: str, slips: int) -> list[int]:
        """Numbers of the words that can be so near at all: an edit changes at most one letter into one other."""
        apart = np.bitwise_count(self._letters ^ np.uint32(letters_of(word)))
        near = (apart <= 2 * slips) & (np.abs(self._lengths - len(word)) <= slips)
        found: list[int] = np.flatnonzero(near).tolist()
        return found


def letters_of(word: str) -> int:
    """Which letters a word has, as bits."""
    bits = 0
    for letter in word:
        bits |= 1 << (ord(letter) % 31)
    return bits
