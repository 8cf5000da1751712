"""A setting of the network as every match reads it: made once a change, and held by each worker."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from referral_hub.unit_of_work import Hub, Work

T = TypeVar("T")


class HeldSetting(Generic[T]):
    """`name` is the setting's and the subject of its change number; `make` reads what is stored."""

    def __init__(self, name: str, nothing: T, make: Callable[[Any], T]) -> None:
        self.name = name
        self._nothing = nothing
        self._make = make
        self._held: WeakKeyDictionary[Hub, tuple[int, T]] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def now(self, work: Work) -> tuple[int, T]:
        """(how often it was changed, what it is) as of this transaction; `nothing` where nobody ever set it.

        One look at the change number; the setting itself is read when that moved. A transaction that may write keeps
        nothing: its number may be rolled back and given to another change.
        """
        number = work.changes.number(self.name)
        if number == 0:
            return 0, self._nothing
        held = self._held.get(work.hub)
        if held is not None and held[0] == number:
            return held
        setting = work.network_settings.get(self.name)
        made = (number, self._nothing if setting is None else self._make(setting.value))
        if not work.may_write:
            with self._lock:
                self._held[work.hub] = made
        return made
