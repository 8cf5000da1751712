"""The words that a listing is found by: plain, stemmed, with the other words for what it offers.

Anybody can make them again from what the directory publishes: split the texts into words, add the synonyms, stem.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

import snowballstemmer

from referral_hub.partners import taxonomy
from referral_hub.partners.listing import Listing
from referral_hub.partners.synonyms import MEANINGS

_WORD = re.compile(r"\w+")
_stemmer = snowballstemmer.stemmer("english")
_spanish_stemmer = snowballstemmer.stemmer("spanish")
_lock = threading.Lock()


def words_of(listing: Listing, other_names: str, description: str, term_names: Iterable[str]) -> list[str]:
    """The search words of a listing, each once, sorted; a confidential place's name is none of them."""
    texts = [listing.service.name, listing.organization.name, other_names, description]
    if not listing.confidential:
        texts.append(listing.location.name)
    usual = [*term_names, *(synonym for code in listing.terms if code in taxonomy.BY_CODE for synonym in taxonomy.BY_CODE[code].synonyms)]
    split: list[Sequence[str]] = [*map(split_words, texts), *map(_split_again, usual)]
    found = {word for words in split for word in words}
    found.update(word for phrase in other_words(split) for word in _split_again(phrase))
    return sorted({stem_of(word) for word in found})


def split_words(text: str) -> list[str]:
    """Words in lower case and without accents; an underscore parts words."""
    if text.isascii():
        return _WORD.findall(text.lower().replace("_", " "))
    folded = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(letter for letter in folded if not unicodedata.combining(letter))
    return _WORD.findall(plain.replace("_", " "))


@lru_cache(maxsize=4_096)
def _split_again(text: str) -> tuple[str, ...]:
    """The words of a text that many listings share."""
    return tuple(split_words(text))


@lru_cache(maxsize=200_000)
def stem_of(word: str) -> str:
    """The stem of an English word by Snowball's rules (https://snowballstem.org); of a word that is none, something close."""
    with _lock:  # the stemmer keeps the word that it works on
        stem: str = _stemmer.stemWord(word)
    return stem


@lru_cache(maxsize=200_000)
def spanish_stem_of(word: str) -> str:
    """The stem of a Spanish word written without accents, by Snowball's rules."""
    with _lock:
        stem: str = _spanish_stemmer.stemWord(word)
    return stem


_BY_FIRST: dict[str, list[tuple[tuple[str, ...], int]]] = {}
"""First word of each phrase -> the phrase's words and its meaning."""
for _number, _meaning in enumerate(MEANINGS):
    for _phrase in _meaning:
        _words = tuple(split_words(_phrase))
        _BY_FIRST.setdefault(_words[0], []).append((_words, _number))


def other_words(texts: Iterable[Sequence[str]]) -> list[str]:
    """Every phrase of each meaning that one of the texts (split into words) has."""
    meant = {
        number
        for words in texts
        for place, word in enumerate(words)
        for phrase, number in _BY_FIRST.get(word, ())
        if tuple(words[place : place + len(phrase)]) == phrase
    }
    return [phrase for number in sorted(meant) for phrase in MEANINGS[number]]
