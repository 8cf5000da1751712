"""Which listings have a word: for most words a list of rows, for frequent ones bits, whichever is shorter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from referral_hub.matching import kernel
from referral_hub.matching.kernel import WordRows
from referral_hub.matching.postings import ragged

BLOCK = 32_768
"""Rows at a time; whole bytes and numbers of 32 bits."""
LINE_BITS = 32
SHORT = 1 << 16
"""So many words have short numbers, which are sorted in one go."""


def lines_for(rows: int) -> int:
    """Numbers of 32 bits for so many rows."""
    return (rows + LINE_BITS - 1) // LINE_BITS


def invert(words: Any, ends: Any, order: Any, count: int) -> WordRows:
    """The rows of each of `count` words.

    `words`: the numbers of all listings' words one after the other; `ends`: where those of each end; `order`: which
    listing each row is.
    """
    starts = np.append(0, ends[:-1]) if len(ends) else ends
    uses = np.bincount(words, minlength=count)
    is_frequent = uses > len(order) // LINE_BITS
    bits_of = np.full(count, -1, np.int32)
    bits_of[is_frequent] = np.arange(int(is_frequent.sum()))
    start = np.append(0, np.cumsum(np.where(is_frequent, 0, uses)))
    rows = np.zeros(int(start[-1]), np.int32)
    bits = np.zeros((int(is_frequent.sum()), lines_for(len(order))), np.uint32)
    filled = start[:-1].copy()
    for first in range(0, len(order), BLOCK):
        listings = order[first : first + BLOCK]
        places, belongs = ragged(starts[listings], ends[listings])
        found = words[places]
        is_bits = is_frequent[found]
        marks = np.zeros((len(bits), BLOCK), bool)
        marks[bits_of[found[is_bits]], belongs[is_bits]] = True
        packed = np.packbits(marks, axis=1, bitorder="little").view(np.uint32)
        bits[:, first // LINE_BITS : (first + BLOCK) // LINE_BITS] = packed[:, : bits.shape[1] - first // LINE_BITS]
        found, belongs = found[~is_bits], belongs[~is_bits]
        by_word = np.argsort(found.astype(np.uint16) if count <= SHORT else found, kind="stable")
        found, belongs = found[by_word], belongs[by_word]
        here = np.bincount(found, minlength=count)
        rows[filled[found] + np.arange(len(found)) - (np.cumsum(here) - here)[found]] = belongs + first
        filled += here
    return WordRows(start, rows, bits_of, bits.reshape(-1), bits.shape[1])


NO_WORDS = invert(np.zeros(0, np.uint16), np.zeros(0, np.int64), np.zeros(0, np.int64), 0)


def has_living_row(words: WordRows, number: int, later: Sequence[int], hot: Any) -> bool:
    """Whether a listing that is still there has a word; mostly the first one is."""
    flags = hot["flags"]
    if any(not flags[row] & kernel.GONE for row in later):
        return True
    if number >= len(words.bits_of):
        return False
    if words.bits_of[number] < 0:
        return any(not flags[row] & kernel.GONE for row in words.rows[words.start[number] : words.start[number + 1]])
    start = int(words.bits_of[number]) * words.width
    for place, line in enumerate(words.bits[start : start + words.width]):
        if line and any(not flags[LINE_BITS * place + bit] & kernel.GONE for bit in range(LINE_BITS) if (line >> bit) & 1):
            return True
    return False
