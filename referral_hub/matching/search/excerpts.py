"""Excerpts of a listing's texts with the found words marked: text and ranges, never markup."""

from __future__ import annotations

import re
from functools import lru_cache

from msgspec import Struct

from referral_hub.matching.search.model import Words
from referral_hub.matching.search.tokens import SMALL, find_meanings, spanish
from referral_hub.partners.words import split_words, stem_of

LONGEST = 180
"""Characters of an excerpt, about two lines."""
_WORD = re.compile(r"[^\W_]+(?:[\u0300-\u036f]+[^\W_]*)*")
_CUT = "…"


class Excerpt(Struct, frozen=True):
    """A text, and which parts of it were looked for: (start, end) in characters, in order, not overlapping."""

    text: str
    marks: list[tuple[int, int]]


def mark(text: str, words: Words) -> Excerpt:
    """A whole text with the found words marked."""
    return Excerpt(text, _marks(text, words))


def excerpt(text: str, words: Words, longest: int = LONGEST) -> Excerpt:
    """The part of a text that has the most of the found words; its beginning where it has none."""
    text = " ".join(text.split())
    marks = _marks(text, words)
    if len(text) <= longest:
        return Excerpt(text, marks)
    start, end = _window(text, marks, longest)
    before, after = _CUT if start else "", _CUT if end < len(text) else ""
    shift = len(before) - start
    inside = [(first + shift, last + shift) for first, last in marks if start <= first and last <= end]
    return Excerpt(f"{before}{text[start:end]}{after}", inside)


def _marks(text: str, words: Words) -> list[tuple[int, int]]:
    if not (words.stems or words.meanings):
        return []
    spans = [match.span() for match in _WORD.finditer(text)]
    plain = [_plain(text[start:end]) for start, end in spans]
    found = {place for place, word in enumerate(plain) if word not in SMALL and _is_wanted(word, words)}
    large = [place for place, word in enumerate(plain) if word not in SMALL] if words.meanings else []
    for first, length, number in find_meanings([stem_of(plain[place]) for place in large]):
        if number in words.meanings:
            found.update(large[first : first + length])
    return [spans[place] for place in sorted(found)]


@lru_cache(maxsize=100_000)
def _plain(word: str) -> str:
    """A word as it is compared."""
    return "".join(split_words(word))


def _is_wanted(word: str, words: Words) -> bool:
    return stem_of(word) in words.stems or spanish(word) in words.stems or word.startswith(words.beginnings or ("\0",))


def _window(text: str, marks: list[tuple[int, int]], longest: int) -> tuple[int, int]:
    """(start, end) on borders of words: from a little before the first of the marks that lie closest together."""

    def company(one: tuple[int, int]) -> tuple[int, int]:
        return sum(one[0] <= start and end <= one[0] + longest * 3 // 4 for start, end in marks), -one[0]

    best = max(marks, key=company, default=(0, 0))
    start = max(0, min(best[0] - longest // 4, len(text) - longest))
    if start:
        start = text.find(" ", start, best[0]) + 1 or best[0]
    end = min(len(text), start + longest)
    if end < len(text):
        end = text.rfind(" ", max(start, best[1]), end + 1)
        end = end if end > start else min(len(text), start + longest)
    return start, end
