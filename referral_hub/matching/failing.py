"""Why a rule fails, as minimal failing sets: each alone makes it fail, and no smaller part of one does.

They are the prime implicants of the failure over what was found. Their number can grow as 2 to the
number of ways to qualify, so only the smallest are made. Each one that is shown is exact: it suffices,
and nothing in it can be left out. Of a rule in which no finding occurs twice they are the smallest there
are; of any other, too, as long as its parts have few (finding the smallest of many is NP-hard then).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

SHOWN = 8
"""(ours) Sets in an answer, the smallest first."""
SHOWN_FINDINGS = 200
"""(ours) Findings in them all; the first set is always whole."""
KEPT = 64
"""Sets that are kept of a part while they are put together."""
_SMALL = 64
"""Of more criteria fewer sets are kept, so that time grows with its parts alone."""
_PAIRS = 512
"""More combinations of two parts are not all tried."""


class Because(NamedTuple):
    """Why a part of a rule came out as it did: one finding (its number), or one (`any`) or all of several parts."""

    finding: int | None = None
    any_part: tuple[Because, ...] = ()
    every_part: tuple[Because, ...] = ()


def minimal_sets(because: Because) -> list[list[int]]:
    """Sets of finding numbers, the smallest first; each one in order."""
    findings = _findings(because)
    kept = KEPT if len(findings) <= _SMALL else SHOWN
    sets, whole = _sets(because, kept)
    if not whole and len(set(findings)) < len(findings):  # what is cut off may have been smaller
        tree = _Tree(because)
        sets = _smallest({tree.reduce(one) for one in sets}, kept)
    shown: list[list[int]] = []
    for one in sets[:SHOWN]:
        numbers = _numbers(one)
        if shown and sum(map(len, shown)) + len(numbers) > SHOWN_FINDINGS:
            break
        shown.append(numbers)
    return shown


def _findings(because: Because) -> list[int]:
    """Of every criterion; the same twice where two say the same."""
    if because.finding is not None:
        return [because.finding]
    return [finding for part in (*because.any_part, *because.every_part) for finding in _findings(part)]


def _sets(because: Because, kept: int) -> tuple[list[int], bool]:
    """(sets as bit masks, whether these are all of them)."""
    if because.finding is not None:
        return [1 << because.finding], True
    if because.any_part:
        found, whole = set[int](), True
        for part in because.any_part:
            sets, all_of_it = _sets(part, kept)
            found.update(sets)
            whole = whole and all_of_it
        smallest = _smallest(found, kept)
        return smallest, whole and len(smallest) < kept
    product, whole = [0], True
    for part in because.every_part:
        sets, all_of_it = _sets(part, kept)
        every_pair = len(product) * len(sets) <= _PAIRS
        # Of disjoint parts the pair (i, j) has (i + 1)(j + 1) - 1 pairs before it, so these hold the smallest.
        pairs = {one | other for i, one in enumerate(product) for other in (sets if every_pair else sets[: kept // (i + 1)])}
        product = _smallest(pairs, kept)
        whole = whole and all_of_it and every_pair and len(product) < kept
    return product, whole


def _smallest(sets: Iterable[int], kept: int) -> list[int]:
    """The smallest sets, in a fixed order, without those that hold another."""
    found: list[int] = []
    for one in sorted(sets, key=lambda mask: (mask.bit_count(), mask)):
        if not any(less & one == less for less in found):
            found.append(one)
            if len(found) == kept:
                break
    return found


def _numbers(mask: int) -> list[int]:
    text = bin(mask)[:1:-1]
    return [number for number, bit in enumerate(text) if bit == "1"]


class _Tree:
    """A tree of reasons with counters, in which findings can be taken away one by one."""

    def __init__(self, because: Because) -> None:
        self.parent: list[int] = []
        self.needs: list[int] = []
        """Parts that must hold: 1 of an `any`, all of the others."""
        self.places: dict[int, list[int]] = {}
        self._add(because, -1)

    def _add(self, because: Because, parent: int) -> None:
        here = len(self.parent)
        self.parent.append(parent)
        self.needs.append(1 if because.any_part or because.finding is not None else len(because.every_part))
        if because.finding is not None:
            self.places.setdefault(because.finding, []).append(here)
        for part in (*because.any_part, *because.every_part):
            self._add(part, here)

    def reduce(self, mask: int) -> int:
        """A minimal set within one that suffices: what can go goes, the last findings first."""
        held = [0] * len(self.parent)
        for number in _numbers(mask):
            for place in self.places[number]:
                self._raise(held, place)
        for number in reversed(_numbers(mask)):
            for place in self.places[number]:
                self._lower(held, place)
            if held[0] >= self.needs[0]:
                mask &= ~(1 << number)
                continue
            for place in self.places[number]:
                self._raise(held, place)
        return mask

    def _raise(self, held: list[int], node: int) -> None:
        held[node] += 1
        while held[node] == self.needs[node] and self.parent[node] >= 0:
            node = self.parent[node]
            held[node] += 1

    def _lower(self, held: list[int], node: int) -> None:
        held[node] -= 1
        while held[node] == self.needs[node] - 1 and self.parent[node] >= 0:
            node = self.parent[node]
            held[node] -= 1
