"""What a listing is found by: tokens with the fields that they stand in.

A token is the stem of a word; in Spanish texts also the Spanish stem; in names two neighbouring stems and the whole
name, so that phrases are found without looking at texts again; and the number of each meaning that a text has a
phrase of (partners.synonyms).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from msgspec import Struct

from referral_hub.matching.search.model import SearchDocument
from referral_hub.matching.sought import FILLER
from referral_hub.partners.synonyms import MEANINGS
from referral_hub.partners.words import spanish_stem_of, split_words, stem_of

NAME, ORGANIZATION, OTHER_NAMES, TERMS, DESCRIPTION = 1, 2, 4, 8, 16
"""Bits of the fields."""
SPANISH_FILLER = frozenset("al con de del el en la las los para por un una unas unos".split())
SMALL = FILLER | SPANISH_FILLER
"""Words that neither widen nor narrow a search."""


class TextTokens(Struct, frozen=True):
    """A text taken apart: its words as they stand, and its tokens."""

    words: tuple[str, ...]
    tokens: tuple[str, ...]


def tokens_of(document: SearchDocument) -> tuple[set[str], dict[str, int]]:
    """(words as they stand, token -> bits of its fields) of a listing."""
    words: set[str] = set()
    tokens: dict[str, int] = {}
    parts = (
        (_read_name(document.name), NAME),
        (_read_name(document.organization), ORGANIZATION),
        (_read_name(document.other_names), OTHER_NAMES),
        (_read_known(document.terms), TERMS),
        (read_text(document.description), DESCRIPTION),
    )
    for read, field in parts:
        words.update(read.words)
        for token in read.tokens:
            tokens[token] = tokens.get(token, 0) | field
    return words, tokens


def read_text(text: str, *, is_name: bool = False) -> TextTokens:
    """Words and tokens of one text."""
    words = split_words(text)
    if not words:
        return TextTokens((), ())
    stems = [stem_of(word) for word in words]
    tokens = dict.fromkeys(stems)
    if not SPANISH_FILLER.isdisjoint(words):
        tokens |= dict.fromkeys(spanish(word) for word in words)
    large = [stem for word, stem in zip(words, stems, strict=True) if word not in SMALL]
    tokens |= dict.fromkeys(meaning(number) for _, _, number in find_meanings(large))
    if is_name:
        tokens |= dict.fromkeys(pair(*two) for two in pairwise(large))
        tokens[whole(large)] = None
    return TextTokens(tuple(dict.fromkeys(words)), tuple(tokens))


@lru_cache(maxsize=200_000)
def _read_name(text: str) -> TextTokens:
    return read_text(text, is_name=True)


@lru_cache(maxsize=20_000)
def _read_known(text: str) -> TextTokens:
    """Terms are few, and their Spanish words stand among English ones."""
    read = read_text(text)
    return TextTokens(read.words, (*read.tokens, *(spanish(word) for word in read.words)))


# How tokens that are no stems look: no word has these signs.


def spanish(word: str) -> str:
    """A word of a Spanish text."""
    return f"es:{spanish_stem_of(word)}"


def meaning(number: int) -> str:
    """A meaning that a text has a phrase of."""
    return f"~{number}"


def pair(first: str, second: str) -> str:
    """Two stems that are neighbours in a name."""
    return f"{first} {second}"


def whole(stems: Sequence[str]) -> str:
    """All of a name, small words left out."""
    return "=" + " ".join(stems)


# Meanings: phrases of several words, compared by their stems


_PHRASES: dict[str, list[tuple[tuple[str, ...], int]]] = {}
"""The first stem of each phrase -> its stems and its meaning; the longest first."""
MEANING_WORDS: dict[str, None] = {}
"""Every word of a phrase: known to a search though no listing may have it."""
for _number, _meaning in enumerate(MEANINGS):
    for _phrase in _meaning:
        _words = split_words(_phrase)
        MEANING_WORDS |= dict.fromkeys(word for word in _words if word not in SMALL)
        _stems = tuple(stem_of(word) for word in _words if word not in SMALL)
        _PHRASES.setdefault(_stems[0], []).append((_stems, _number))
for _known in _PHRASES.values():
    _known.sort(key=lambda one: -len(one[0]))


def find_meanings(stems: Sequence[str], beginning: str | None = None) -> list[tuple[int, int, int]]:
    """(first, length, meaning) of the phrases among stems without small words, one after the other, the longest at each place.

    `beginning`: the last word, still being typed: it may begin the last word of a phrase of several.
    """
    found: list[tuple[int, int, int]] = []
    place = 0
    while place < len(stems):
        length = 1
        for phrase, number in _PHRASES.get(stems[place], ()):
            if _stands_at(stems, place, phrase, beginning):
                # One phrase may stand in several meanings.
                if length > len(phrase):
                    break
                length = len(phrase)
                found.append((place, length, number))
        place += length
    return found


def _stands_at(stems: Sequence[str], place: int, phrase: tuple[str, ...], beginning: str | None) -> bool:
    end = place + len(phrase)
    if tuple(stems[place:end]) == phrase:
        return True
    is_last = beginning is not None and len(phrase) > 1 and end == len(stems)
    return is_last and tuple(stems[place : end - 1]) == phrase[:-1] and phrase[-1].startswith(beginning or " ")
