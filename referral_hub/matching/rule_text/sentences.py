"""Sentences of an eligibility text, with where they stand in it."""

from __future__ import annotations

import re
from typing import NamedTuple


class Sentence(NamedTuple):
    """A sentence without the spaces around it; `start` counts characters of the whole text."""

    start: int
    text: str

    @property
    def end(self) -> int:
        """Where it ends, excluded."""
        return self.start + len(self.text)


# No end of a sentence: D.C., U.S., e.g., Dept., St., a single letter, and a stop inside a number.
_END = re.compile(
    r"(?<!\b[A-Za-z])(?<!\bDept)(?<!\bSt)(?<!\bMt)(?<!\bapprox)(?<!\byrs)(?<!\be\.g)(?<!\bi\.e)[.!?]+(?=\s|$|\))|[\n•]+|;(?=\s)"
)


def split_sentences(text: str) -> list[Sentence]:
    """Every sentence that says something; a line break, a bullet and a semicolon end one as well."""
    found, start = [], 0
    for stop in _END.finditer(text):
        found.append((start, stop.end()))
        start = stop.end()
    found.append((start, len(text)))
    return [sentence for first, last in found if (sentence := _stripped(text, first, last)).text.strip(".;!?•) ")]


def _stripped(text: str, first: int, last: int) -> Sentence:
    part = text[first:last]
    return Sentence(first + len(part) - len(part.lstrip()), part.strip())
