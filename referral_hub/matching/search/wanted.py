"""What a typed text asks for: its words, what each may have meant, and the phrases among them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from referral_hub.matching.search.tokens import MEANING_WORDS, SMALL, find_meanings, spanish
from referral_hub.matching.sought import LONGEST_TEXT, MOST_CORRECTIONS, MOST_WORDS
from referral_hub.partners.words import split_words, stem_of

EXACT, BEGUN, ONE_SLIP, TWO_SLIPS, MEANT = 16, 12, 8, 6, 10
"""Of sixteen: how much a word counts by how it was found."""
MOST_BEGUN = 100


class Vocabulary(Protocol):
    """The words of the directory."""

    def count(self, word: str) -> int:
        """How many listings have a word in one of its forms."""

    def beginning(self, start: str) -> list[str]:
        """Words that begin so."""

    def near(self, word: str) -> list[tuple[str, int]]:
        """(word, slips) a slip or two away."""


class WantedWord(Struct, frozen=True):
    """One typed word; `ways`: token -> how much it counts."""

    typed: str
    meant: str
    """The word itself, or the likeliest of those that it may have been meant for."""
    ways: dict[str, int]
    is_corrected: bool = False
    is_begun: bool = False


class Group(Struct, frozen=True):
    """Words that are asked for together; a listing with one of the meanings does as well."""

    words: Sequence[WantedWord]
    meanings: frozenset[int] = frozenset()


class Wanted(Struct, frozen=True):
    """A text read: a hit has every group."""

    groups: list[Group]
    corrected: str
    """The text with its slips mended; empty where there was none."""

    @property
    def phrase(self) -> list[str]:
        """The stems of all words as they were meant."""
        return [stem_of(word.meant) for group in self.groups for word in group.words]


def read_wanted(text: str, vocabulary: Vocabulary) -> Wanted:
    """What a text asks for; no groups for a text without a word."""
    text = text[:LONGEST_TEXT]
    typed = split_words(text)
    kept = [place for place, word in enumerate(typed) if word not in SMALL] or list(range(len(typed)))
    # The last word may still be being typed, unless a space stands behind it.
    begun = len(typed) - 1 if text and not text[-1].isspace() else -1
    words = [_read_word(typed[place], vocabulary, is_begun=place == begun) for place in kept[:MOST_WORDS]]
    mended = {place: word.meant for place, word in zip(kept, words, strict=False) if word.is_corrected}
    corrected = " ".join(mended.get(place, word) for place, word in enumerate(typed)) if mended else ""
    return Wanted(_in_groups(words), corrected)


def _read_word(word: str, vocabulary: Vocabulary, *, is_begun: bool) -> WantedWord:
    ways = dict.fromkeys(_tokens(word), EXACT)
    is_known = word in MEANING_WORDS or vocabulary.count(word) > 0
    longer = _likely(vocabulary, vocabulary.beginning(word))[:MOST_BEGUN] if is_begun else []
    for other in longer:
        for token in _tokens(other):
            ways.setdefault(token, BEGUN)
    if is_known or longer:
        return WantedWord(word, word if is_known else longer[0], ways, is_begun=bool(longer))
    near = [(slips, -vocabulary.count(other), other) for other, slips in vocabulary.near(word)]
    near = sorted(one for one in near if one[1] < 0 or one[2] in MEANING_WORDS)[:MOST_CORRECTIONS]
    for slips, _, other in near:
        for token in _tokens(other):
            ways.setdefault(token, ONE_SLIP if slips == 1 else TWO_SLIPS)
    return WantedWord(word, near[0][2] if near else word, ways, is_corrected=bool(near))


def _likely(vocabulary: Vocabulary, words: Sequence[str]) -> list[str]:
    """Those that some listing has, the most frequent first."""
    counted = ((-vocabulary.count(word), word) for word in words)
    return [word for count, word in sorted(counted) if count < 0 or word in MEANING_WORDS]


def _tokens(word: str) -> tuple[str, str]:
    return stem_of(word), spanish(word)


def _in_groups(words: list[WantedWord]) -> list[Group]:
    """Each phrase of several meanings is one group, every other word one of its own."""
    stems = [stem_of(word.meant) for word in words]
    beginning = stem_of(words[-1].typed) if words and words[-1].is_begun else None
    meanings: dict[tuple[int, int], set[int]] = {}
    for first, length, number in find_meanings(stems, beginning):
        meanings.setdefault((first, length), set()).add(number)
    groups, place = [], 0
    by_first = {first: (length, frozenset(numbers)) for (first, length), numbers in meanings.items()}
    while place < len(words):
        length, numbers = by_first.get(place, (1, frozenset()))
        groups.append(Group(words[place : place + length], numbers))
        place += length
    return groups
