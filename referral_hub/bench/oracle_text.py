"""The oracle's words: which listings satisfy a text, by the rules that docs/matching.md gives to outsiders."""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections import defaultdict
from functools import cache

import numpy as np
import snowballstemmer
from numpy.typing import NDArray

LONGEST_TEXT = 200
MOST_WORDS = 12
MOST_NEAR = 12
_FILLERS = frozenset("a an and at by for from get i in is me my near need of on or please some the to want where with".split())
_STEMMER = snowballstemmer.stemmer("english")


@cache
def stem(word: str) -> str:
    """By the Snowball algorithm for English."""
    return str(_STEMMER.stemWord(word))


def read_words(text: str) -> list[str]:
    """Words in lower case and without accents; an underscore parts words."""
    letters = [letter for letter in unicodedata.normalize("NFKD", text).casefold() if not unicodedata.combining(letter)]
    return re.findall(r"[^\W_]+", "".join(letters))


class WordLists:
    """Every listing's words, and for each word the listings that have it."""

    def __init__(self) -> None:
        self._number: dict[str, int] = {}
        self._flat = array("I")
        self._lengths = array("I")

    def add(self, words: str) -> None:
        """The next listing's words, with spaces between them."""
        each = words.split()
        self._flat.extend([self._number.setdefault(word, len(self._number)) for word in each])
        self._lengths.append(len(each))

    def close(self) -> None:
        """Nothing more comes: turn the lists around."""
        flat = np.frombuffer(self._flat, dtype=np.uint32) if self._flat else np.zeros(0, dtype=np.uint32)
        owners = np.repeat(np.arange(len(self._lengths), dtype=np.int32), np.frombuffer(self._lengths, dtype=np.uint32))
        self._owners = owners[np.argsort(flat, kind="stable")]
        self._starts = np.concatenate([[0], np.cumsum(np.bincount(flat, minlength=len(self._number)))])
        by_length: dict[int, list[str]] = defaultdict(list)
        for word in self._number:
            by_length[len(word)].append(word)
        self._by_length = {
            length: (words, np.array([[ord(letter) for letter in word] for word in words])) for length, words in by_length.items() if length
        }
        del self._flat

    def satisfying(self, text: str) -> list[NDArray[np.bool_]]:
        """For each listing whether it has every word of a text, then whether it has any; nothing where the text has no word."""
        given = text[:LONGEST_TEXT]
        words = read_words(given)
        kept = [place for place, word in enumerate(words) if word not in _FILLERS] or list(range(len(words)))
        if not kept:
            return []
        unfinished = not given[-1].isspace()
        masks = []
        for place in kept[:MOST_WORDS]:
            mask = np.zeros(len(self._lengths), dtype=bool)
            last = unfinished and place == len(words) - 1
            for one in self._meant(words[place], is_beginning=last):
                number = self._number[one]
                mask[self._owners[self._starts[number] : self._starts[number + 1]]] = True
            masks.append(mask)
        return [np.logical_and.reduce(masks), np.logical_or.reduce(masks)]

    def _meant(self, word: str, *, is_beginning: bool) -> list[str]:
        root = stem(word)
        found = [root] if root in self._number else []
        if is_beginning:
            found += [one for one in self._number if one.startswith((word, root)) and one != root]
        return found or self._near(word, root)

    def _near(self, word: str, root: str) -> list[str]:
        slips = 0 if len(word) < 4 or any(letter.isdigit() for letter in word) else 1 if len(word) < 8 else 2
        if not slips:
            return []
        distances: dict[str, int] = {}
        for typed in {word, root}:
            for length in range(max(1, len(typed) - slips), len(typed) + slips + 1):
                if length in self._by_length:
                    words, letters = self._by_length[length]
                    apart = _edits(typed, letters)
                    for number in np.flatnonzero(apart <= slips):
                        one = words[number]
                        distances[one] = min(int(apart[number]), distances.get(one, slips))
        return sorted(distances, key=lambda one: (distances[one], one))[:MOST_NEAR]


def _edits(typed: str, words: NDArray[np.int64]) -> NDArray[np.int64]:
    """Optimal string alignment distance of a text to each of some words of one length (letters as numbers, a row a word)."""
    count, length = words.shape
    before = np.zeros((length + 1, count), dtype=np.int64)
    row = np.tile(np.arange(length + 1)[:, None], (1, count))
    for i, letter in enumerate(typed, start=1):
        last, row = row, np.empty_like(row)
        row[0] = i
        for j in range(1, length + 1):
            wrong = words[:, j - 1] != ord(letter)
            row[j] = np.minimum(np.minimum(last[j] + 1, row[j - 1] + 1), last[j - 1] + wrong)
            if i > 1 and j > 1:
                swapped = (words[:, j - 2] == ord(letter)) & (words[:, j - 1] == ord(typed[i - 2]))
                row[j] = np.where(swapped, np.minimum(row[j], before[j - 2] + 1), row[j])
        before = last
    return row[length]
