"""Chance by a seed: numpy's generator, drawn in blocks, because one call for each number is what takes the time."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, log, pi, sqrt
from typing import TypeVar

import numpy as np

_T = TypeVar("_T")
_BLOCK = 1 << 14


class Dice:
    """The same seed gives the same throws, on every machine."""

    def __init__(self, *seed: int) -> None:
        self._generator = np.random.default_rng(seed)
        self._drawn: list[float] = []

    def throw(self) -> float:
        """From 0 (included) to 1 (not included)."""
        if not self._drawn:
            self._drawn = self._generator.random(_BLOCK).tolist()
        return self._drawn.pop()

    def below(self, probability: float) -> bool:
        return self.throw() < probability

    def whole(self, low: int, high: int) -> int:
        """From low to high, both included."""
        return low + int(self.throw() * (high - low + 1))

    def between(self, low: float, high: float) -> float:
        return low + self.throw() * (high - low)

    def bell(self) -> float:
        """Normal, mean 0, deviation 1 (G. Box, M. Muller 1958)."""
        return sqrt(-2 * log(1 - self.throw())) * cos(2 * pi * self.throw())

    def pick(self, choices: Sequence[_T]) -> _T:
        return choices[int(self.throw() * len(choices))]

    def pick_early(self, choices: Sequence[_T], steepness: float = 2.5) -> _T:
        """The first ones far more often than the last, as words and opening hours are in the world."""
        return choices[int(self.throw() ** steepness * len(choices))]

    def weigh(self, choices: Sequence[tuple[_T, float]]) -> _T:
        """By weights that add up to 1; what is missing from 1 goes to the last."""
        left = self.throw()
        for choice, weight in choices:
            left -= weight
            if left < 0:
                return choice
        return choices[-1][0]

    def some(self, choices: Sequence[_T], count: int) -> list[_T]:
        """Up to `count` different ones, in their own order."""
        places = sorted({int(self.throw() * len(choices)) for _ in range(count)})
        return [choices[place] for place in places]

    def bits(self, count: int) -> int:
        """A number of `count` bits."""
        value = 0
        for _ in range(0, count, 32):
            value = value << 32 | int(self.throw() * (1 << 32))
        return value & ((1 << count) - 1)
