"""Values by number: kinds, languages, hours and areas stand in columns as small numbers."""

from __future__ import annotations

import threading
from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)


class Numbering(Generic[T]):
    """Each value once, with its number; grows and never changes, so that copies of an index may share it."""

    def __init__(self) -> None:
        self.values: list[T] = []
        self._numbers: dict[T, int] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self.values)

    def number(self, value: T) -> int:
        """The number of a value, a new one for a new value."""
        found = self._numbers.get(value)
        if found is None:
            with self._lock:
                found = self._numbers.get(value)
                if found is None:
                    self.values.append(value)
                    found = self._numbers[value] = len(self.values) - 1
        return found
