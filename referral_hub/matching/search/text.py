"""Which listings have the words of a search, and how well: segments of postings, and one array of scores a search."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from referral_hub.matching.search.model import Words
from referral_hub.matching.search.segment import Fields, Rows, Segment, merge_segments
from referral_hub.matching.search.tokens import (
    DESCRIPTION,
    MEANING_WORDS,
    NAME,
    ORGANIZATION,
    OTHER_NAMES,
    TERMS,
    meaning,
    pair,
    spanish,
    whole,
)
from referral_hub.matching.search.wanted import MEANT, Group, Wanted, WantedWord, read_wanted
from referral_hub.partners.words import stem_of

Scores = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]
POINTS = {NAME: 12, ORGANIZATION: 10, OTHER_NAMES: 8, TERMS: 6, DESCRIPTION: 1}
"""A word counts as much as the fields that it stands in, together."""
WHOLE_NAME, WHOLE_ORGANIZATION, PHRASE_IN_NAME, PHRASE_IN_ORGANIZATION = 40_000, 30_000, 20_000, 15_000
"""More than any sum of words: who types a name wants that name."""
MOST_SEGMENTS = 8
MOST_REMEMBERED = 1_000
_BY_FIELDS = np.array([sum(points for bit, points in POINTS.items() if bits & bit) for bits in range(32)], np.int32)


class Found(Struct, frozen=True):
    """Of every row its score and whether it is a hit."""

    scores: Scores
    hits: Mask
    words: Words
    corrected: str
    is_partial: bool


class TextIndex:
    """Rows in segments; `alive` says which rows still stand for a listing. Never changed: `with_segment` makes another."""

    def __init__(self, segments: Sequence[Segment], alive: Mask) -> None:
        self._segments = tuple(segments)
        self._alive = alive
        self._read: dict[str, Wanted] = {}

    def with_segment(self, segment: Segment, alive: Mask) -> TextIndex:
        """With more rows behind those that it has; small segments become one now and then."""
        segments = [*self._segments, segment]
        if len(segments) > MOST_SEGMENTS:
            segments[1:] = [merge_segments(segments[1:])]
        return TextIndex(segments, alive)

    def with_alive(self, alive: Mask) -> TextIndex:
        """The same rows, some of which have gone."""
        return TextIndex(self._segments, alive)

    def find(self, text: str) -> Found:
        """The rows that have all the words, or else the most of them; every row for a text without a word."""
        wanted = self.read(text)
        scores, had = np.zeros(len(self._alive), np.int32), np.zeros(len(self._alive), np.uint8)
        for group in wanted.groups:
            points = self._score_group(group)
            scores += points
            had += points > 0
        had[~self._alive] = 0
        most = int(had.max(initial=0))
        if wanted.groups:
            self._add_phrases(wanted.phrase, scores)
        hits = (had == most) & (had > 0) if wanted.groups else np.zeros_like(self._alive)
        is_partial = 0 < most < len(wanted.groups)
        return Found(scores, hits, _words_of(wanted), wanted.corrected if most else "", is_partial)

    def read(self, text: str) -> Wanted:
        """What a text asks of these listings."""
        wanted = self._read.get(text)
        if wanted is None:
            if len(self._read) >= MOST_REMEMBERED:
                self._read.clear()
            wanted = self._read[text] = read_wanted(text, self)
        return wanted

    # The vocabulary, as search.wanted asks for it

    def count(self, word: str) -> int:
        """How many listings have a word in one of its forms."""
        return sum(int(self._alive[rows].sum()) for token in (stem_of(word), spanish(word)) for rows, _ in self._postings(token))

    def beginning(self, start: str) -> list[str]:
        """Words that begin so, longer ones only."""
        found = {word for segment in self._segments for word in segment.beginning(start)}
        found.update(word for word in MEANING_WORDS if word.startswith(start))
        return sorted(found - {start})

    def near(self, word: str) -> list[tuple[str, int]]:
        """(word, slips) a slip or two away."""
        found = {other: slips for segment in (*self._segments, _MEANINGS) for other, slips in segment.near(word)}
        return list(found.items())

    # How it is done

    def _postings(self, token: str) -> Iterator[tuple[Rows, Fields]]:
        return (segment.postings(token) for segment in self._segments)

    def _score_group(self, group: Group) -> Scores:
        together = self._score_word(group.words[0])
        for word in group.words[1:]:
            points = self._score_word(word)
            together = np.where((together > 0) & (points > 0), together + points, 0)
        for number in group.meanings:
            self._raise_to(together, meaning(number), MEANT * len(group.words))
        return together

    def _score_word(self, word: WantedWord) -> Scores:
        points = np.zeros(len(self._alive), np.int32)
        for token, share in word.ways.items():
            self._raise_to(points, token, share)
        return points

    def _raise_to(self, points: Scores, token: str, share: int) -> None:
        for rows, fields in self._postings(token):
            if len(rows):
                points[rows] = np.maximum(points[rows], _BY_FIELDS[fields] * share)

    def _add_phrases(self, stems: list[str], scores: Scores) -> None:
        for rows, fields in self._postings(whole(stems)):
            scores[rows] += np.where(fields & NAME, WHOLE_NAME, np.where(fields & ORGANIZATION, WHOLE_ORGANIZATION, 0)).astype(np.int32)
        if len(stems) < 2:
            return
        shared = np.full(len(scores), NAME | ORGANIZATION, np.uint8)
        for first, second in pairwise(stems):
            fields_of = np.zeros(len(scores), np.uint8)
            for rows, fields in self._postings(pair(first, second)):
                fields_of[rows] = fields
            shared &= fields_of
        scores[(shared & NAME) > 0] += PHRASE_IN_NAME
        scores[(shared & ORGANIZATION) > 0] += PHRASE_IN_ORGANIZATION


def _words_of(wanted: Wanted) -> Words:
    words = [word for group in wanted.groups for word in group.words]
    return Words(
        stems=frozenset(token for word in words for token in word.ways),
        beginnings=tuple(word.typed for word in words if word.is_begun),
        meanings=frozenset(number for group in wanted.groups for number in group.meanings),
    )


_MEANINGS = Segment(0, [], array("I"), array("I"), array("B"), MEANING_WORDS)
"""Words of phrases, which no listing need have."""
